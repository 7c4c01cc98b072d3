"""Eagle Eye's way of writing times (Protocol B.6)."""

from datetime import UTC, datetime, timedelta
import re

from ..errors import InvalidInputError

_TIMESTAMP = re.compile(r"(?:[a-zA-Z_]+-)?([0-9]{14})(?:\.([0-9]{1,6}))?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1970, 2199


def format_timestamp(when: datetime) -> str:
    """Write an aware datetime as `YYYYMMDDhhmmss.xxx` in UTC.

    Raises:
        InvalidInputError: It has no time zone.
    """
    if when.tzinfo is None:
        raise InvalidInputError("The point in time needs a time zone")
    utc = when.astimezone(UTC)
    return f"{utc:%Y%m%d%H%M%S}.{utc.microsecond // 1000:03}"


def format_offset(offset: timedelta) -> str:
    """Write an offset as milliseconds with their sign, `+5000`.

    The plus sign must reach the wire as `%2B` (Protocol B.8): pass it through the query parameters of yarl.
    """
    return f"{round(offset / timedelta(milliseconds=1)):+d}"


def parse_timestamp(text: str | None) -> datetime | None:
    """Read a time, with or without the kind before it (`preview-2018…`); None for `unknown` and whatever else.

    A year in which nobody filmed is none either: what reckons with it would leave the calendar.
    """
    if text is None or (match := _TIMESTAMP.fullmatch(text.strip())) is None:
        return None
    if not _FIRST_YEAR <= int(match[1][:4]) <= _LAST_YEAR:
        return None
    try:
        whole = datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return whole + timedelta(microseconds=int((match[2] or "").ljust(6, "0")))
