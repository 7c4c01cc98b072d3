"""Eagle Eye's timestamps, as milliseconds since the epoch (Protocol B.6)."""

from datetime import UTC, datetime, timedelta
import re

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ABSOLUTE = re.compile(r"\d{14}\.\d{3}")
_RELATIVE = re.compile(r"[+-]\d{1,13}")


def to_text(ms: int) -> str:
    """Return milliseconds since the epoch as `YYYYMMDDhhmmss.xxx` in UTC."""
    moment = _EPOCH + timedelta(milliseconds=ms)
    return f"{moment:%Y%m%d%H%M%S}.{ms % 1000:03d}"


def from_text(text: str) -> int:
    """Return milliseconds since the epoch of `YYYYMMDDhhmmss.xxx`.

    Raises:
        ValueError: The text has another form, or there is no such moment.
    """
    if _ABSOLUTE.fullmatch(text) is None:
        raise ValueError("not a timestamp")
    whole = datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return int((whole - _EPOCH).total_seconds()) * 1000 + int(text[15:])


def offset(text: str) -> int:
    """Return the milliseconds of a signed offset.

    Raises:
        ValueError: The text has another form.
    """
    if _RELATIVE.fullmatch(text) is None:
        raise ValueError("not an offset")
    return int(text)


def resolve(text: str, now_ms: int) -> tuple[int, bool]:
    """Return the moment of `now`, an offset from now, or a timestamp.

    Returns:
        Milliseconds since the epoch, and whether the text was relative to now.

    Raises:
        ValueError: The text has another form.
    """
    if text == "now":
        return now_ms, True
    if text[:1] in {"+", "-"}:
        return now_ms + offset(text), True
    return from_text(text), False
