"""Times as people write them: `10:30`, `yesterday 18:00`, ISO, `3h` (ago); lengths like `30s` and `1h30m`."""

from datetime import UTC, datetime, timedelta, tzinfo
import re
from zoneinfo import ZoneInfo

import dateparser

from .exit_codes import CommandError

_LENGTH = re.compile(
    r"(?:\d+(?:\.\d+)?\s*(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)\s*)+", re.IGNORECASE
)
_AGO = re.compile(r"\s+ago$", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_DAY_WORDS = ("today", "yesterday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def zone_of(name: str | None) -> tzinfo:
    """Find a time zone by its name; the computer's own if there is no such zone."""
    try:
        return ZoneInfo(name or "")
    except OSError, ValueError, KeyError:
        return datetime.now().astimezone().tzinfo or UTC


def parse_length(text: str) -> timedelta:
    """Read a length of time; a mere number means seconds.

    Raises:
        CommandError: It cannot be read, or is nothing.
    """
    wanted = text.strip()
    try:
        if _NUMBER.fullmatch(wanted):
            length = timedelta(seconds=float(wanted))
        elif _LENGTH.fullmatch(wanted):
            length = _relative(wanted, datetime(2000, 1, 1, tzinfo=UTC))
        else:
            length = timedelta(0)
    except OverflowError:
        length = timedelta(0)
    if length <= timedelta(0):
        raise CommandError(f"{text!r} is no length of time; write it like 30s, 5m or 1h30m")
    return length


def parse_when(text: str, zone: tzinfo, now: datetime) -> datetime:
    """Read a point in time that is past, in a zone; a length means that long ago.

    Args:
        text: What the person wrote.
        zone: Where it holds, unless the text names another.
        now: The present moment, aware.

    Raises:
        CommandError: It cannot be read, or lies in the future.
    """
    when = _read(text.strip(), zone, now)
    if when is None:
        raise CommandError(
            f"{text!r} is no point in time; write it like 10:30, 'yesterday 18:00', 2026-11-20T18:00 or 3h"
        )
    if when > now:
        raise CommandError(f"{text!r} lies in the future: {when.astimezone(zone):%Y-%m-%d %H:%M:%S}")
    return when


def _read(text: str, zone: tzinfo, now: datetime) -> datetime | None:
    if text.lower() == "now":
        return now
    if _NUMBER.fullmatch(text):
        return None
    try:
        if _LENGTH.fullmatch(_AGO.sub("", text)):
            # Reckoned in real time, not on a clock that may have been put forward or back since.
            length = _relative(_AGO.sub("", text), now.astimezone(UTC))
            return now - length if length else None
        when = datetime.fromisoformat(text)
    except OverflowError:
        return None
    except ValueError:
        when = None
    if when is None:
        if text.lower() in _DAY_WORDS:
            text += " 00:00"
        local = now.astimezone(zone).replace(tzinfo=None)
        when = dateparser.parse(
            text,
            languages=["en"],
            settings={"PREFER_DATES_FROM": "past", "RELATIVE_BASE": local, "DATE_ORDER": "YMD"},
        )
    if when is None:
        return None
    try:
        return (when.replace(tzinfo=zone) if when.tzinfo is None else when).astimezone(UTC)
    except OverflowError:
        return None


def _relative(text: str, base: datetime) -> timedelta:
    naive = base.replace(tzinfo=None)
    when = dateparser.parse(f"{text} ago", languages=["en"], settings={"RELATIVE_BASE": naive})
    return timedelta(0) if when is None else naive - when.replace(tzinfo=None)
