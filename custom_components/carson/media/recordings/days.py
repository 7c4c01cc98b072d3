"""Dates as people write them in a search: ISO, American, European, and in words."""

from datetime import date, timedelta
import re

from .segments import parse_day

MAX_WORDS = 3
"""The most words of a date: `25 November 2026`."""

_SLASHES = re.compile(r"([0-9]{1,2})/([0-9]{1,2})(?:/([0-9]{4}|[0-9]{2}))?", re.ASCII)
_DOTS = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4}|[0-9]{2})?", re.ASCII)
_DAY_OF_MONTH = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?\.?,?", re.ASCII)
_YEAR = re.compile(r"[0-9]{4}", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def parse_date(words: tuple[str, ...], today: date) -> date:
    """Return the date that some words say, in lower case; without a year, the last such day.

    11/25 is American; 25/11 can only be European.

    Raises:
        ValueError: They say no date.
    """
    if len(words) == 1:
        return _parse_word(words[0], today)
    month_at = next((at for at, word in enumerate(words) if _month(word)), None)
    if month_at is None:
        raise ValueError("No month")
    rest = [word for at, word in enumerate(words) if at != month_at]
    day = _DAY_OF_MONTH.fullmatch(rest[0])
    year = rest[1] if len(rest) == 2 else None
    if day is None or len(rest) > 2 or month_at > 1 or (year is not None and _YEAR.fullmatch(year) is None):
        raise ValueError("Not a date")
    return _date(year, _month(words[month_at]), int(day.group(1)), today)


def _parse_word(word: str, today: date) -> date:
    if word in {"today", "yesterday"}:
        return today - timedelta(days=word == "yesterday")
    if word in WEEKDAYS:
        return today - timedelta(days=(today.weekday() - WEEKDAYS.index(word)) % 7)
    if match := _DOTS.fullmatch(word):
        day, month, year = match.groups()
        return _date(year, int(month), int(day), today)
    if match := _SLASHES.fullmatch(word):
        first, second, year = match.groups()
        month, day = (second, first) if int(first) > 12 else (first, second)
        return _date(year, int(month), int(day), today)
    return parse_day(word)


def _month(word: str) -> int:
    """Return the number of a month, 0 if the word is none."""
    plain = word.rstrip(".,")
    if plain in _MONTH_NAMES:
        return _MONTH_NAMES.index(plain) + 1
    return _MONTHS.index(plain) + 1 if plain in _MONTHS else 0


def _date(year: str | None, month: int, day: int, today: date) -> date:
    if year is not None:
        # The same check as for all days.
        return parse_day(f"{'20' if len(year) == 2 else ''}{year}-{month:02}-{day:02}")
    # 29 February may be years ago.
    for back in range(8):
        try:
            found = date(today.year - back, month, day)
        except ValueError:
            continue
        if found <= today:
            return found
    raise ValueError("Not a day")
