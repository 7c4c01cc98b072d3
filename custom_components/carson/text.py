"""Text from outside, where Home Assistant shows it as Markdown."""

import html
import re

# Characters that may begin something in Markdown, after HTML has been escaped.
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~:<>])")

_MAX_LENGTH = 100

_MARKUP = re.compile(r"[\\`*_{}\[\]#|~<>&]")


def escape_markdown(text: str) -> str:
    """Return a text that Markdown shows as it is, in one line: names may contain anything."""
    return _SPECIAL.sub(r"\\\1", html.escape(" ".join(text.split()), quote=False))


def without_markup(text: str) -> str:
    """Return a text without the characters that HTML and Markdown need, for where it cannot be escaped."""
    return " ".join(_MARKUP.sub(" ", text).split())


def shortened(text: str | None) -> str | None:
    """Return a text that is short enough for an attribute."""
    return text if text is None or len(text) <= _MAX_LENGTH else f"{text[: _MAX_LENGTH - 1]}…"
