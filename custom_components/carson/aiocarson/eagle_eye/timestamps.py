"""Eagle Eye's format of times (Protocol B.6)."""

from datetime import UTC, datetime, timedelta
import re

from ..errors import InvalidInputError

_TIMESTAMP = re.compile(r"(?:[a-zA-Z_]+-)?([0-9]{14})(?:\.([0-9]{1,6}))?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1970, 2199


def format_timestamp(when: datetime) -> str:
    """Return an aware datetime as `YYYYMMDDhhmmss.xxx` in UTC.

    Raises:
        InvalidInputError: The datetime has no time zone.
    """
    if when.tzinfo is None:
        raise InvalidInputError("The time must have a time zone")
    utc = when.astimezone(UTC)
    return f"{utc:%Y%m%d%H%M%S}.{utc.microsecond // 1000:03}"


def format_offset(offset: timedelta) -> str:
    """Return an offset as signed milliseconds, such as `+5000`.

    The plus sign must be encoded as `%2B` (Protocol B.8), which yarl does in query parameters.
    """
    return f"{round(offset / timedelta(milliseconds=1)):+d}"


def parse_timestamp(text: str | None) -> datetime | None:
    """Return a time in UTC; None for `unknown` or anything else that is not a time.

    A prefix that names the kind, as in `preview-2018…`, is ignored. Years out of range count as invalid:
    calculations with them could overflow.
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
