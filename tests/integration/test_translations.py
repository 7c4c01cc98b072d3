"""The languages: complete, with the same placeholders and marks, and without English that was left over."""

import json
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components import carson

FOLDER = Path(carson.__file__).parent / "translations"
LANGUAGES = sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != "en")

# Labels that are short in English must fit on a phone.
SHORT, LONGEST = 25, 40
LONGEST_CHOICE, LONGEST_TITLE = 36, 52
# Words of the form of address that Home Assistant does not use in that language.
OTHER_FORMS_OF_ADDRESS = {
    "ca": r"\b[Vv]ostè\b",
    "cs": r"\b([Tt]vůj|[Tt]voje|[Tt]vé|[Tt]vých)\b",
    "de": r"\bIhre?[mnrs]? (Konto|Passwort|Gebäude|Token|Tür|Kamera)|\b(können|möchten|müssen|haben|geben) Sie\b",
    "es": r"\b([Uu]sted|[Ii]ntroduzca|[Ss]eleccione|[Cc]ompruebe|[Pp]uede iniciar)\b",
    "fr": r"\b([Tt]u|[Tt]on|[Tt]es|[Tt]oi)\b",
    "it": r"\b(Lei|Suo|Sua|[Ss]elezioni)\b",
    "nl": r"\b([Uu]|[Uu]w)\b",
    "pt": r"\b([Vv]ocê|[Tt]eu|[Tt]ua)\b",
}
# Words that are the same in another language.
SAME = {"Account", "Accounts", "Camera", "Opening", "Carson Living", "Date", "Limit", "Password", "Token"}


def texts(language: str) -> dict[str, str]:
    found: dict[str, str] = {}

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, f"{path}.{name}")
        else:
            found[path] = value

    walk(json.loads((FOLDER / f"{language}.json").read_text("utf-8")), "")
    return found


ENGLISH = texts("en")


def marks(text: str) -> list[str]:
    """Return what must be the same in every language: placeholders, names in code, bold words, paragraphs."""
    return sorted(re.findall(r"\{\w+\}|`[^`]*`|\*\*|\n|\]\(", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_is_complete(language: str) -> None:
    assert list(texts(language)) == list(ENGLISH)


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_and_marks_are_kept(language: str) -> None:
    found = texts(language)
    assert [key for key, text in ENGLISH.items() if marks(text) != marks(found[key])] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_fit_on_a_phone(language: str) -> None:
    found = texts(language)
    assert [key for key, text in ENGLISH.items() if len(text) < SHORT and len(found[key]) > LONGEST] == []


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_menus_and_titles_fit_on_a_phone(language: str) -> None:
    """A choice of a menu has one line there, and the title of a dialog two."""
    found = texts(language)
    choices = [text for key, text in found.items() if ".menu_options." in key and not key.endswith(".takeover")]
    assert [text for text in choices if len(text) > LONGEST_CHOICE] == []
    titles = [text for key, text in found.items() if re.fullmatch(r"\.(config|options)\.step\.\w+\.title", key)]
    assert [text for text in titles if len(text) > LONGEST_TITLE] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_english_is_left(language: str) -> None:
    found = texts(language)
    same = [key for key, text in ENGLISH.items() if found[key] == text and text not in SAME]
    assert same == []


@pytest.mark.parametrize("language", OTHER_FORMS_OF_ADDRESS)
def test_users_are_addressed_as_home_assistant_does(language: str) -> None:
    other = re.compile(OTHER_FORMS_OF_ADDRESS[language])
    assert {key: text for key, text in texts(language).items() if other.search(text)} == {}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_dashboard_in_every_language(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, language: str
) -> None:
    assert await async_setup_component(hass, "carson", {})
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "carson/dashboard", "language": language})
    found = (await client.receive_json())["result"]["texts"]
    prefix = ".selector.dashboard.options."
    assert found == {key.removeprefix(prefix): text for key, text in texts(language).items() if key.startswith(prefix)}
    assert found["cameras"] != "Cameras"
