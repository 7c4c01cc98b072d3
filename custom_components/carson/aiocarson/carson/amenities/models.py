"""Amenities and their reservations (Protocol A.7).

Dates and times of day are in the time zone of the amenity, or else of its building; points in time are in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any


class ReservationState(StrEnum):
    """What the building has decided about a reservation."""

    APPROVED = "approved"
    PENDING = "pending"
    DENIED = "denied"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def is_active(self) -> bool:
        """Whether the amenity is, or may still become, reserved for the resident."""
        return self not in {ReservationState.DENIED, ReservationState.CANCELLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Amenity:
    """Something in a building that residents can reserve.

    Attributes:
        time_zone: Name of its own time zone; None for that of the building.
        minimum_days_ahead: How many days before the date it must be booked at the latest.
        maximum_days_ahead: How many days before the date it can be booked at the earliest.
        minimum_reservation_time: A number or a text; Carson's unit is unknown.
        maximum_reservation_time: A number or a text; Carson's unit is unknown.
        limit: Maximum number of reservations in total, if known; the others are per week and per month.
        remaining: How many of them remain, if known; the others are per week and per month.
        schedule: The opening hours, as Carson sends them.
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
    remaining: int | None = None
    remaining_per_week: int | None = None
    remaining_per_month: int | None = None
    upcoming: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)

    @property
    def exhausted(self) -> bool:
        """Whether no reservation remains in total. The limits per week and month depend on the date."""
        return self.remaining is not None and self.remaining <= 0

    def dates_from(self, today: date) -> tuple[date, date | None]:
        """Return the first and the last date that can be booked on a day; None if there is no last one."""
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
        """Begin and end in minutes since the start of the day; the end comes after the begin."""
        begin, end = _minutes(self.begin), _minutes(self.end)
        return begin, end if end > begin else end + 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeHours:
    """When an amenity is available on a date.

    Attributes:
        hours: The parts of the day that Carson offers, in its order.
        complete: Whether the whole response could be parsed; its form depends on the provider.
        raw: The response.
    """

    amenity_id: str
    day: date
    hours: tuple[Hours, ...]
    complete: bool = True
    raw: Any = field(default=None, repr=False, hash=False)

    @property
    def ranges(self) -> tuple[Hours, ...]:
        """The free hours by begin; adjacent and overlapping ones are one range."""
        merged: list[Hours] = []
        for hours in sorted(self.hours, key=lambda part: part.minutes):
            if merged and hours.minutes[0] <= merged[-1].minutes[1]:
                merged[-1] = max(merged[-1], Hours(merged[-1].begin, hours.end), key=lambda part: part.minutes[1])
            else:
                merged.append(hours)
        return tuple(merged)

    def contains(self, wanted: Hours) -> bool:
        """Return whether a part of the day is free, even if it spans several adjacent parts."""
        begin, end = wanted.minutes
        for free_begin, free_end in sorted(hours.minutes for hours in self.hours):
            if free_begin <= begin < free_end:
                begin = free_end
        return begin >= end


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedDates:
    """The dates on which an amenity is not available."""

    dates: tuple[date, ...] = ()
    has_available_dates: bool = True
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A reservation of an amenity.

    Attributes:
        day: The date on which it begins, in the time zone of the amenity.
        hours: The part of the day, in the time zone of the amenity.
        begin: The point in time at which it begins.
        end: The point in time at which it ends, never before `begin`.
        has_unseen_update: Whether there is an update that the resident has not seen; `mark_seen` clears it.
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

    def matches(self, amenity_id: str, day: date, hours: Hours) -> bool:
        """Return whether it is a reservation of this amenity at exactly this time."""
        return (self.amenity.id, self.day, self.hours) == (amenity_id, day, hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservations:
    """The upcoming reservations of a building, sorted by begin.

    Attributes:
        complete: Whether every reservation could be parsed, so one that is missing does not exist.
    """

    items: tuple[Reservation, ...]
    complete: bool = True

    def find(self, reservation_id: str) -> Reservation | None:
        """Return the reservation with this id, if there is one."""
        return next((item for item in self.items if item.id == reservation_id), None)


def _minutes(at: time) -> float:
    return at.hour * 60 + at.minute + at.second / 60


def span(day: date, hours: Hours, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return begin and end of a part of a day in a time zone, in UTC."""
    last = day if hours.end > hours.begin else day + timedelta(days=1)
    begin = to_utc(datetime.combine(day, hours.begin), zone)
    return begin, max(begin, to_utc(datetime.combine(last, hours.end), zone))


def to_utc(local: datetime, zone: tzinfo) -> datetime:
    """Return a local time in UTC.

    A time that occurs twice because clocks are set back is the first one. A time that does not occur because
    clocks are set forward is the moment at which they are set.
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
