"""The sentences for voice assistants in the documentation."""

from pathlib import Path
import re

_PAGE = Path(__file__).parents[2] / "docs" / "voice.md"

LANGUAGES = {
    "English": "en",
    "German": "de",
    "French": "fr",
    "Spanish": "es",
    "Italian": "it",
    "Dutch": "nl",
    "Polish": "pl",
    "Portuguese": "pt",
    "Portuguese (Brazil)": "pt-BR",
    "Swedish": "sv",
    "Danish": "da",
    "Norwegian": "nb",
    "Czech": "cs",
    "Catalan": "ca",
    "Korean": "ko",
    "Chinese": "zh-Hans",
}


def documented_sentences(heading: str) -> dict[str, str]:
    """Return the sentences of the table below a heading, by the code of their language."""
    section = _PAGE.read_text("utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| `?(.+?)`? \|$", section, re.MULTILINE)
    return {LANGUAGES[language]: sentence.replace("\\|", "|") for language, sentence in rows if language in LANGUAGES}


DOOR_NAMES = {
    "en": "front door",
    "de": "Haustür",
    "fr": "porte d'entrée",
    "es": "puerta principal",
    "it": "porta d'ingresso",
    "nl": "voordeur",
    "pl": "drzwi wejściowe",
    "pt": "porta da frente",
    "pt-BR": "porta da frente",
    "sv": "ytterdörren",
    "da": "hoveddøren",
    "nb": "ytterdøra",
    "cs": "vchodové dveře",
    "ca": "porta principal",
    "ko": "현관문",
    "zh-Hans": "大门",
}
"""What the door is called in them."""
