"""How recordings are presented: segments to play, sorted by the days and hours of the building.

Eagle Eye stores video in segments of at most five minutes, and its apps request no more at once (Protocol B.8).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
import re
from typing import Self

from ...aiocarson import Recording

MAX_LENGTH = timedelta(minutes=5)
"""The longest segment."""
MAX_SEGMENTS = 5000
"""The most segments that are shown of one day."""
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SEGMENT = re.compile(r"([0-9]{13})-([0-9]{13})", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_HOUR = re.compile(r"([01][0-9]|2[0-3])(b?)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSegment:
    """Recorded video that is played as one: five minutes at most."""

    begin: datetime
    end: datetime

    @property
    def duration(self) -> timedelta:
        """The length of the segment."""
        return self.end - self.begin

    @property
    def key(self) -> str:
        """The segment in identifiers and urls: both ends in milliseconds since the epoch."""
        return f"{to_milliseconds(self.begin)}-{to_milliseconds(self.end)}"

    @classmethod
    def parse(cls, key: str) -> Self:
        """Parse a key.

        Raises:
            ValueError: The key is invalid.
        """
        match = _SEGMENT.fullmatch(key)
        if match is None:
            raise ValueError("Not a recording segment")
        begin, end = (from_milliseconds(int(part)) for part in match.groups())
        if not timedelta(0) < end - begin <= MAX_LENGTH:
            raise ValueError("Invalid length of a recording segment")
        return cls(begin=begin, end=end)


@dataclass(frozen=True, slots=True, order=True)
class Hour:
    """An hour on the clock of the building; `repeated` when clocks were set back and it is the second one."""

    number: int
    repeated: bool = False

    @property
    def key(self) -> str:
        """The hour in identifiers: `07`, or `01b` for a repeated one."""
        return f"{self.number:02}{'b' if self.repeated else ''}"

    @property
    def title(self) -> str:
        """The hour for users."""
        return f"{self.number:02}:00{' (2)' if self.repeated else ''}"

    @classmethod
    def parse(cls, key: str) -> Self:
        """Parse a key.

        Raises:
            ValueError: The key is invalid.
        """
        match = _HOUR.fullmatch(key)
        if match is None:
            raise ValueError("Not an hour")
        return cls(int(match.group(1)), bool(match.group(2)))

    @classmethod
    def containing(cls, moment: datetime, time_zone: tzinfo) -> Self:
        """Return the hour that contains a moment."""
        local = moment.astimezone(time_zone)
        return cls(local.hour, bool(local.fold))

    def span(self, day: date, time_zone: tzinfo) -> tuple[datetime, datetime]:
        """Return a range that contains the whole hour, and part of the next one when clocks are set back."""
        begin = datetime.combine(day, time(self.number), time_zone).astimezone(UTC)
        # Some places set clocks back by half an hour: the repeated hour is somewhere in the next two.
        return begin, begin + timedelta(hours=2 if self.repeated else 1)


def to_milliseconds(moment: datetime) -> int:
    """Return a moment in milliseconds since the epoch."""
    return (moment - _EPOCH) // _MILLISECOND


def from_milliseconds(number: int) -> datetime:
    """Return the moment that is so many milliseconds after the epoch."""
    return _EPOCH + number * _MILLISECOND


def parse_day(key: str) -> date:
    """Parse a day, `YYYY-MM-DD`.

    Raises:
        ValueError: The day is invalid or not in the years 2000 to 2199.
    """
    if _DAY.fullmatch(key) is None:
        raise ValueError("Not a day")
    day = date.fromisoformat(key)
    # At either end of the calendar, a day cannot be converted to another time zone.
    if not 2000 <= day.year < 2200:
        raise ValueError("Not a day between 2000 and 2199")
    return day


def day_span(day: date, time_zone: tzinfo) -> tuple[datetime, datetime]:
    """Return the begin and end of a day in a time zone: 23 to 25 hours."""
    begin = datetime.combine(day, time(), time_zone)
    end = datetime.combine(day + timedelta(days=1), time(), time_zone)
    return begin.astimezone(UTC), end.astimezone(UTC)


def list_segments(
    recordings: Iterable[Recording], begin: datetime, end: datetime, now: datetime
) -> list[RecordingSegment]:
    """Return the segments that begin within a range, newest first.

    A recording that is longer than a segment is split. One that has not ended yet counts until now.
    """
    last = end + MAX_LENGTH
    found = (
        segment
        for recording in recordings
        for segment in split_range(_first_begin(recording.begin, begin), min(recording.end or now, last))
    )
    inside = (segment for segment in found if begin <= segment.begin < end)
    return sorted(islice(inside, MAX_SEGMENTS), key=lambda segment: segment.begin, reverse=True)


def _first_begin(recording_begin: datetime, begin: datetime) -> datetime:
    """Return the begin of a recording's first segment that ends after a moment; it may have begun long before."""
    return recording_begin + max(0, (begin - recording_begin) // MAX_LENGTH) * MAX_LENGTH


def split_range(begin: datetime, end: datetime) -> Iterator[RecordingSegment]:
    """Split a time range into segments, oldest first."""
    while begin < end:
        until = min(end, begin + MAX_LENGTH)
        yield RecordingSegment(begin=begin, end=until)
        begin = until
