"""The text of a search."""

import pytest

from custom_components.carson.aiocarson import BuildingCamera
from custom_components.carson.media.recordings.browse_path import BrowsePath
from custom_components.carson.media.recordings.search import SearchText


@pytest.mark.parametrize(
    ("text", "names", "date"),
    [
        ("Lobby", ("lobby",), ""),
        ("lobby 2026-11-20", ("lobby",), "2026-11-20"),
        ("20.11.2026 front  door", ("front", "door"), "20.11.2026"),
        ("lobby November 20 2026", ("lobby",), "november 20 2026"),
        ("20 nov lobby", ("lobby",), "20 nov"),
        ("YESTERDAY", (), "yesterday"),
        ("lobby 2026-02-30", ("lobby", "2026-02-30"), ""),
        ("unit 12", ("unit", "12"), ""),
    ],
)
def test_text_is_parsed(text: str, names: tuple[str, ...], date: str) -> None:
    assert SearchText.parse(text) == SearchText(names, tuple(date.split()))


@pytest.mark.parametrize("text", ["", "  ", "today yesterday", "today today"])
def test_text_without_words_or_with_several_dates_matches_nothing(text: str) -> None:
    assert SearchText.parse(text) is None


@pytest.mark.parametrize(("text", "expected"), [("LOB", True), ("lobby ob", True), ("lobby garage", False)])
def test_every_word_must_be_part_of_a_name(text: str, expected: bool) -> None:
    search = SearchText.parse(text)
    assert search is not None
    camera = BuildingCamera(id="1000a001", building_id="501", name="Lobby")
    assert search.matches(BrowsePath(camera=camera)) is expected
