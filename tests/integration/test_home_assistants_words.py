"""Common words are those that Home Assistant itself uses in each language."""

from collections import Counter
import json
from pathlib import Path
from typing import Any

import homeassistant.components
import pytest

from .test_translations import ENGLISH, LANGUAGES, texts

FOLDER = Path(homeassistant.components.__file__).parent
# Some of all its integrations. What several of them say is said the same by all.
MODELS = sorted(path.parent.parent.name for path in FOLDER.glob("*/translations/de.json"))[::8]
COMMON = 8


def flat(value: Any) -> dict[str, str]:
    """Return all texts by their path."""
    if not isinstance(value, dict):
        return {"": value}
    return {f".{name}{path}": text for name, inner in value.items() for path, text in flat(inner).items()}


def read(model: str, language: str) -> dict[str, str]:
    path = FOLDER / model / "translations" / f"{language}.json"
    return flat(json.loads(path.read_text("utf-8"))) if path.exists() else {}


MODELS_ENGLISH = {model: read(model, "en") for model in MODELS}


@pytest.mark.parametrize("language", LANGUAGES)
def test_common_words(language: str) -> None:
    theirs: dict[str, Counter[str]] = {}
    for model, english in MODELS_ENGLISH.items():
        translated = read(model, language)
        for key, text in english.items():
            if key in translated and translated[key] != text:
                theirs.setdefault(text, Counter())[translated[key]] += 1
    ours = texts(language)
    common = {key: theirs[text] for key, text in ENGLISH.items() if text in theirs and theirs[text].total() >= COMMON}
    assert len(common) >= 3
    assert {key: (ours[key], words) for key, words in common.items() if ours[key] not in words} == {}
