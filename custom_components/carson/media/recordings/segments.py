"""How recordings are presented: pieces to be played, sorted by the days and hours of the place.

Eagle Eye stores in pieces of five minutes at most and asks for no more at a time (Protocol B.8).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
import re
from typing import Self

from ...aiocarson import Recording

LONGEST_PIECE = timedelta(minutes=5)
MOST_PIECES = 5000
"""The most that is shown of one day; a list of more makes no sense to anybody."""
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PIECE = re.compile(r"([0-9]{13})-([0-9]{13})", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_HOUR = re.compile(r"([01][0-9]|2[0-3])(b?)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSegment:
    """A stretch of recorded video that is played at once: five minutes at most."""

    begin: datetime
    end: datetime

    @property
    def duration(self) -> timedelta:
        """How long it is."""
        return self.end - self.begin

    @property
    def key(self) -> str:
        """The piece in identifiers and urls: both ends in milliseconds since the epoch."""
        return f"{to_milliseconds(self.begin)}-{to_milliseconds(self.end)}"

    @classmethod
    def parse(cls, key: str) -> Self:
        """Read a key.

        Raises:
            ValueError: It is none.
        """
        match = _PIECE.fullmatch(key)
        if match is None:
            raise ValueError("Not a piece of a recording")
        begin, end = (from_milliseconds(int(part)) for part in match.groups())
        if not timedelta(0) < end - begin <= LONGEST_PIECE:
            raise ValueError("No length that a piece can have")
        return cls(begin=begin, end=end)


@dataclass(frozen=True, slots=True, order=True)
class Hour:
    """An hour on the clock of the place; `again` is the second one of its name when clocks are set back."""

    number: int
    again: bool = False

    @property
    def key(self) -> str:
        """The hour in identifiers: `07`, or `01b` for the second one."""
        return f"{self.number:02}{'b' if self.again else ''}"

    @property
    def title(self) -> str:
        """The hour for people."""
        return f"{self.number:02}:00{' (2)' if self.again else ''}"

    @classmethod
    def parse(cls, key: str) -> Self:
        """Read a key.

        Raises:
            ValueError: It is none.
        """
        match = _HOUR.fullmatch(key)
        if match is None:
            raise ValueError("Not an hour")
        return cls(int(match.group(1)), bool(match.group(2)))

    @classmethod
    def of(cls, moment: datetime, zone: tzinfo) -> Self:
        """Tell the hour a moment lies in."""
        local = moment.astimezone(zone)
        return cls(local.hour, bool(local.fold))

    def span(self, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
        """Tell between which moments all of the hour lies, with some of the next one where clocks are set."""
        begin = datetime.combine(day, time(self.number), zone).astimezone(UTC)
        # Clocks are set back by half an hour in places: the second hour is somewhere in the next two.
        return begin, begin + timedelta(hours=2 if self.again else 1)


def to_milliseconds(moment: datetime) -> int:
    """Tell a moment in milliseconds since the epoch."""
    return (moment - _EPOCH) // _MILLISECOND


def from_milliseconds(number: int) -> datetime:
    """Tell the moment of so many milliseconds since the epoch."""
    return _EPOCH + number * _MILLISECOND


def parse_day(key: str) -> date:
    """Read a day, `YYYY-MM-DD`.

    Raises:
        ValueError: It is none, or none on which there were cameras of this kind.
    """
    if _DAY.fullmatch(key) is None:
        raise ValueError("Not a day")
    day = date.fromisoformat(key)
    # At either end of the calendar, a day's beginning or end is no time in another zone.
    if not 2000 <= day.year < 2200:
        raise ValueError("Not a day of our time")
    return day


def day_span(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """Tell when a day begins and ends at the place: 23 to 25 hours."""
    begin = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    return begin.astimezone(UTC), end.astimezone(UTC)


def pieces_of(recordings: Iterable[Recording], begin: datetime, end: datetime, now: datetime) -> list[RecordingSegment]:
    """Tell the pieces that begin within a time, newest first.

    What is stored in a longer piece than can be asked for is cut. A recording that still
    goes on is told as far as it has come.
    """
    last = end + LONGEST_PIECE
    found = (piece for one in recordings for piece in _cut(_piece_begin(one.begin, begin), min(one.end or now, last)))
    inside = (piece for piece in found if begin <= piece.begin < end)
    return sorted(islice(inside, MOST_PIECES), key=lambda one: one.begin, reverse=True)


def _piece_begin(first: datetime, begin: datetime) -> datetime:
    """Tell when the first piece begins that is not over at a time: one of a recording that may have begun long ago."""
    return first + max(0, (begin - first) // LONGEST_PIECE) * LONGEST_PIECE


def split_range(begin: datetime, end: datetime) -> Iterator[RecordingSegment]:
    """Cut a time into pieces, oldest first."""
    return _cut(begin, end)


def _cut(begin: datetime, end: datetime) -> Iterator[RecordingSegment]:
    while begin < end:
        until = min(end, begin + LONGEST_PIECE)
        yield RecordingSegment(begin=begin, end=until)
        begin = until
