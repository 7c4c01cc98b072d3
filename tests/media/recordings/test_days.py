"""Dates as people write them."""

from datetime import date

import pytest

from custom_components.carson.media.recordings.days import parse_date

TODAY = date(2026, 11, 26)  # a Thursday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-25", date(2026, 11, 25)),
        ("11/25/2026", date(2026, 11, 25)),
        ("11/25/26", date(2026, 11, 25)),
        ("11/25", date(2026, 11, 25)),
        ("25/11/2026", date(2026, 11, 25)),
        ("25/11", date(2026, 11, 25)),
        ("12/24", date(2025, 12, 24)),
        ("25.11.2026", date(2026, 11, 25)),
        ("5.1.26", date(2026, 1, 5)),
        ("25.11.", date(2026, 11, 25)),
        ("november 25", date(2026, 11, 25)),
        ("nov. 25, 2026", date(2026, 11, 25)),
        ("25 november 2026", date(2026, 11, 25)),
        ("25th nov", date(2026, 11, 25)),
        ("feb 29", date(2024, 2, 29)),
        ("dec 24", date(2025, 12, 24)),
        ("today", TODAY),
        ("yesterday", date(2026, 11, 25)),
        ("thursday", TODAY),
        ("friday", date(2026, 11, 20)),
        ("monday", date(2026, 11, 23)),
    ],
)
def test_dates(text: str, expected: date) -> None:
    assert parse_date(tuple(text.split()), TODAY) == expected


@pytest.mark.parametrize(
    "text",
    [
        "lobby",
        "13/13/2026",
        "2/30/2026",
        "31.02.",
        "25",
        "11-25",
        "november",
        "november lobby",
        "lobby november 25",
        "25 11 2026",
        "november 25 26",
        "25 2026 november",
        "november 25 2026 x",
        "2300-01-01",
        "\u0661/\u0662",
    ],
)
def test_other_words_are_no_date(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - what is wrong does not matter
        parse_date(tuple(text.split()), TODAY)
