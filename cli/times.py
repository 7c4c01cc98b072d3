"""Points in time and durations as people write them.

Points in time: `10:30`, `yesterday 18:00`, ISO 8601, `3h` (ago). Durations: `30s`, `1h30m`.
"""

from datetime import UTC, datetime, timedelta, tzinfo
import re
from zoneinfo import ZoneInfo

from .exit_codes import CommandError

_DURATION = re.compile(
    r"(?:\d+(?:\.\d+)?\s*(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)\s*)+", re.IGNORECASE
)
_AGO = re.compile(r"\s+ago$", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_DAY_WORDS = ("today", "yesterday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def now() -> datetime:
    """Return the current time, in UTC."""
    return datetime.now(UTC)


def time_zone(name: str | None) -> tzinfo:
    """Return the time zone with this name, or the local one if the name is missing or unknown."""
    try:
        return ZoneInfo(name or "")
    except (OSError, ValueError, KeyError):
        return datetime.now().astimezone().tzinfo or UTC


def parse_duration(text: str) -> timedelta:
    """Parse a duration; a number without a unit is in seconds.

    Raises:
        CommandError: It cannot be parsed, or is not positive.
    """
    stripped = text.strip()
    try:
        if _NUMBER.fullmatch(stripped):
            duration = timedelta(seconds=float(stripped))
        elif _DURATION.fullmatch(stripped):
            duration = _parse_relative(stripped, datetime(2000, 1, 1, tzinfo=UTC))
        else:
            duration = timedelta(0)
    except OverflowError:
        duration = timedelta(0)
    if duration <= timedelta(0):
        raise CommandError(f"Invalid duration {text!r}. Use a form like 30s, 5m or 1h30m")
    return duration


def parse_past_time(text: str, zone: tzinfo, current_time: datetime) -> datetime:
    """Parse a point in time in the past; a duration means that long ago.

    Args:
        text: The text to parse.
        zone: The time zone, unless the text names another.
        current_time: The current time, aware.

    Raises:
        CommandError: It cannot be parsed, or is in the future.
    """
    when = _parse_time(text.strip(), zone, current_time)
    if when is None:
        raise CommandError(f"Invalid time {text!r}. Use a form like 10:30, 'yesterday 18:00', 2026-11-20T18:00 or 3h")
    if when > current_time:
        raise CommandError(f"The time must be in the past: {text!r} is {when.astimezone(zone):%Y-%m-%d %H:%M:%S}")
    return when


def _parse_time(text: str, zone: tzinfo, current_time: datetime) -> datetime | None:
    if text.lower() == "now":
        return current_time
    if _NUMBER.fullmatch(text):
        return None
    try:
        if _DURATION.fullmatch(_AGO.sub("", text)):
            # In UTC, because the local clock may have been changed since then.
            duration = _parse_relative(_AGO.sub("", text), current_time.astimezone(UTC))
            return current_time - duration if duration else None
        when = _parse_iso(text) or _parse_words(text, zone, current_time)
        if when is None:
            return None
        return (when.replace(tzinfo=zone) if when.tzinfo is None else when).astimezone(UTC)
    except OverflowError:
        return None


def _parse_iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _parse_words(text: str, zone: tzinfo, current_time: datetime) -> datetime | None:
    if text.lower() in _DAY_WORDS:
        text += " 00:00"
    import dateparser

    local = current_time.astimezone(zone).replace(tzinfo=None)
    return dateparser.parse(
        text,
        languages=["en"],
        settings={"PREFER_DATES_FROM": "past", "RELATIVE_BASE": local, "DATE_ORDER": "YMD"},
    )


def _parse_relative(text: str, base: datetime) -> timedelta:
    import dateparser

    naive = base.replace(tzinfo=None)
    when = dateparser.parse(f"{text} ago", languages=["en"], settings={"RELATIVE_BASE": naive})
    return timedelta(0) if when is None else naive - when.replace(tzinfo=None)
