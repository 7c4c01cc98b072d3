"""The answers of the actions, as the documentation describes them."""

from pathlib import Path
import re

_PAGE = Path(__file__).parents[2] / "docs" / "actions.md"


def documented_answers() -> dict[str, set[str]]:
    """Return the keys that the page names for each action that answers."""
    page = _PAGE.read_text("utf-8")
    sections = re.findall(r"^## `carson\.(\w+)`\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    answers = {name: re.search(r"^Answer.*?: (.*?)\n\n", text, re.DOTALL | re.MULTILINE) for name, text in sections}
    return {name: set(re.findall(r"`(\w+)`", answer[1])) for name, answer in answers.items() if answer is not None}
