"""What residents can book, and what they have booked (Protocol A.7).

Dates and times of day are those of the amenity's own time zone, or else of its building's; points in time are in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any


class ReservationState(StrEnum):
    """What the building says to a reservation."""

    APPROVED = "approved"
    PENDING = "pending"
    DENIED = "denied"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def is_live(self) -> bool:
        """Whether the amenity is, or may still be, kept for the resident."""
        return self not in {ReservationState.DENIED, ReservationState.CANCELLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Amenity:
    """Something in a building that residents can reserve.

    Attributes:
        time_zone: Name of its own time zone; None: that of the building.
        minimum_days_ahead: How many days before the date it must be booked at the latest.
        maximum_days_ahead: How many days before the date it can be booked at the earliest.
        minimum_reservation_time: In whatever unit Carson uses: a number, or a text that is none.
        maximum_reservation_time: As above.
        limit: The most reservations, in all or for each week or month; None: not told.
        left: How many of them are left.
        schedule: When it is open, in whatever form Carson has it.
    """

    id: str
    name: str
    active: bool = True
    time_zone: str | None = None
    notes: str | None = None
    minimum_days_ahead: int | None = None
    maximum_days_ahead: int | None = None
    minimum_reservation_time: int | str | None = None
    maximum_reservation_time: int | str | None = None
    simultaneous_reservations: int | None = None
    requires_approval: bool = False
    rental_agreement_required: bool = False
    schedule: Any = field(default=None, repr=False, hash=False)
    limit: int | None = None
    limit_per_week: int | None = None
    limit_per_month: int | None = None
    left: int | None = None
    left_per_week: int | None = None
    left_per_month: int | None = None
    upcoming: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)

    @property
    def exhausted(self) -> bool:
        """Whether no reservation is left in all; those of a week or month are another date's matter."""
        return self.left is not None and self.left <= 0

    def dates_from(self, today: date) -> tuple[date, date | None]:
        """Tell the first and the last date (None: no end) that can be booked on a day."""
        first = today + timedelta(days=max(0, self.minimum_days_ahead or 0))
        if self.maximum_days_ahead is None:
            return first, None
        return first, today + timedelta(days=max(0, self.maximum_days_ahead))


@dataclass(frozen=True, slots=True, order=True)
class Hours:
    """A part of a day. An end of 00:00 is the midnight at the end of the day."""

    begin: time
    end: time

    @property
    def minutes(self) -> tuple[float, float]:
        """Begin and end in minutes since the begin of the day; the end comes after the begin."""
        begin, end = _minutes(self.begin), _minutes(self.end)
        return begin, end if end > begin else end + 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeHours:
    """When an amenity can be had on a date.

    Attributes:
        hours: What Carson offers, in its order.
        understood: Whether the answer, whose form is up to the provider, could be read in full.
        raw: The answer.
    """

    amenity_id: str
    day: date
    hours: tuple[Hours, ...]
    understood: bool = True
    raw: Any = field(default=None, repr=False, hash=False)

    def hold(self, wanted: Hours) -> bool:
        """Whether a time is free from its begin to its end, be it in several pieces that touch."""
        begin, end = wanted.minutes
        for free_begin, free_end in sorted(hours.minutes for hours in self.hours):
            if free_begin <= begin < free_end:
                begin = free_end
        return begin >= end


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedDates:
    """On which dates an amenity is taken."""

    dates: tuple[date, ...] = ()
    has_available_dates: bool = True
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A reservation of an amenity.

    Attributes:
        day: On which it begins, where the amenity is.
        hours: From when to when, where the amenity is.
        begin: Point in time.
        end: Point in time, never before `begin`.
        has_unseen_update: There is news about it that the resident has not seen; only `mark_seen` clears that.
    """

    id: str
    amenity: Amenity
    building_id: str
    day: date
    hours: Hours
    begin: datetime
    end: datetime
    state: ReservationState = ReservationState.UNKNOWN
    auto_approved: bool = False
    expired: bool = False
    has_unseen_update: bool = False
    unit: Any = field(default=None, repr=False, hash=False)
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)

    def takes(self, amenity_id: str, day: date, hours: Hours) -> bool:
        """Whether it is one of this amenity at exactly this time."""
        return (self.amenity.id, self.day, self.hours) == (amenity_id, day, hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservations:
    """The upcoming reservations of a building, by begin.

    Attributes:
        complete: Nothing had to be left out: what is not here is not there.
    """

    items: tuple[Reservation, ...]
    complete: bool = True

    def find(self, reservation_id: str) -> Reservation | None:
        """Find a reservation by its id."""
        return next((item for item in self.items if item.id == reservation_id), None)


def _minutes(at: time) -> float:
    return at.hour * 60 + at.minute + at.second / 60


def span(day: date, hours: Hours, zone: tzinfo) -> tuple[datetime, datetime]:
    """Turn a part of a day in a time zone into two points in time."""
    last = day if hours.end > hours.begin else day + timedelta(days=1)
    begin = instant(datetime.combine(day, hours.begin), zone)
    return begin, max(begin, instant(datetime.combine(last, hours.end), zone))


def instant(local: datetime, zone: tzinfo) -> datetime:
    """Turn a wall clock's time into a point in time.

    A time that comes twice (clocks are set back) is the first one; one that never comes (clocks are
    set forward) is the moment at which the clocks are set.
    """
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local:
        return moment
    before = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    offset = before.astimezone(zone).utcoffset()
    while moment - before > timedelta(seconds=1):
        middle = before + (moment - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            moment = middle
    return moment.replace(microsecond=0)
