"""The rules by which amenities are reserved: no HTTP here (Protocol A.7, C row 16).

How Carson words its refusals is not known; codes and texts are invented.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulator.clock import Clock
from simulator.state.amenities import Amenity, Reservation, State as ReservationState, minutes
from simulator.state.model import Account, State

FIRST_ID = 9101


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something cannot be had."""

    text: str
    code: int = 1500


class Reservations:
    """Where reservations are made, decided and cancelled."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self.bookings: Counter[tuple[int, str, str, str, str]] = Counter()
        """Committed bookings by (account, amenity, date, begin, end), also those whose answer was lost."""
        self.cancellations: Counter[str] = Counter()
        """Committed cancellations by reservation."""
        self._made = 0

    def reset(self) -> None:
        """Forget what was counted."""
        self.bookings.clear()
        self.cancellations.clear()

    def amenities_of(self, building: str) -> list[Amenity]:
        """Return what a building has, also what is not active."""
        return [one for one in self._state.amenities if one.building == building]

    def amenity(self, key: str) -> Amenity | None:
        """Return an amenity."""
        return next((one for one in self._state.amenities if one.key == key), None)

    def reservation(self, key: str) -> Reservation | None:
        """Return a reservation."""
        return next((one for one in self._state.reservations if one.key == key), None)

    def reservations_of(self, account: Account, building: str) -> list[Reservation]:
        """Return all reservations of a resident in a building by their begin."""
        here = {one.key for one in self.amenities_of(building)}
        ours = (one for one in self._state.reservations if one.account == account.id and one.amenity in here)
        return sorted(ours, key=lambda one: (one.day, one.begin, one.key))

    def zone(self, amenity: Amenity) -> ZoneInfo:
        """Return the time zone of an amenity."""
        return ZoneInfo(amenity.time_zone or self._state.buildings[amenity.building].time_zone or "UTC")

    def is_over(self, reservation: Reservation) -> bool:
        """Whether its end has passed."""
        amenity = self.amenity(reservation.amenity)
        if amenity is None:
            return True
        now = self._clock.now().astimezone(self.zone(amenity)).replace(tzinfo=None)
        if reservation.end == time():
            return reservation.day < now.date()
        return datetime.combine(reservation.day, reservation.end) <= now

    def hours(self, amenity: Amenity, day: date, begin: time | None = None) -> list[tuple[time, time]] | Refusal:
        """Return the free hours of a date, perhaps from a time of day on."""
        if (refusal := self._check_date(amenity, day)) is not None:
            return refusal
        now = self._clock.now().astimezone(self.zone(amenity)).replace(tzinfo=None)
        taken = self._taken(amenity, day)
        found: list[tuple[time, time]] = []
        first, last = minutes(amenity.opens, amenity.closes)
        for minute in range(first, last, 60):
            start, end = time(minute // 60, minute % 60), time((minute + 60) // 60 % 24, minute % 60)
            if datetime.combine(day, start) < now or (begin is not None and start < begin):
                continue
            if self._has_room(amenity, taken, day, start, end):
                found.append((start, end))
        return found or Refusal("This date is full.", 1502)

    def reserved_dates(self, amenity: Amenity) -> list[date]:
        """Return the dates of the coming days that cannot be had."""
        today = self.today(amenity)
        dates = (today + timedelta(days=n) for n in range((amenity.maximum_days or 30) + 1))
        return [day for day in dates if isinstance(self.hours(amenity, day), Refusal)]

    def book(self, account: Account, amenity: Amenity, day: date, begin: time, end: time) -> Reservation | Refusal:
        """Reserve, unless a rule says no. The same resident may do so twice: nobody minds but the resident."""
        if (refusal := self._check_date(amenity, day) or self._check_hours(amenity, day, begin, end)) is not None:
            return refusal
        if (refusal := self._check_quotas(account, amenity, day)) is not None:
            return refusal
        self._made += 1
        number = FIRST_ID + self._made
        reservation = Reservation(
            id=number if isinstance(amenity.id, int) else f"r-{number}",
            amenity=amenity.key,
            account=account.id,
            day=day,
            begin=begin,
            end=end,
            state="pending" if amenity.requires_approval else "approved",
            auto_approved=not amenity.requires_approval,
        )
        self._state.reservations.append(reservation)
        self.bookings[account.id, amenity.key, day.isoformat(), begin.isoformat(), end.isoformat()] += 1
        return reservation

    def cancel(self, reservation: Reservation) -> Refusal | None:
        """Cancel a reservation that lies ahead."""
        if not reservation.is_live or self.is_over(reservation):
            return Refusal("This reservation cannot be cancelled.", 1505)
        reservation.state = "cancelled"
        self.cancellations[reservation.key] += 1
        return None

    def decide(self, key: str, state: ReservationState) -> None:
        """Say what the building's staff says to a reservation; its resident has news.

        Raises:
            KeyError: There is no such reservation.
        """
        if (reservation := self.reservation(key)) is None:
            raise KeyError(key)
        reservation.state = state
        reservation.has_unseen_update = True

    def left(self, account: Account, amenity: Amenity, day: date | None = None) -> tuple[int | None, ...]:
        """Return how many reservations a resident has left: in all, in the week and in the month of a date."""
        day = day or self.today(amenity)
        ours = [
            one
            for one in self._state.reservations
            if one.account == account.id and one.amenity == amenity.key and one.is_live
        ]
        week = [one for one in ours if one.day.isocalendar()[:2] == day.isocalendar()[:2]]
        month = [one for one in ours if (one.day.year, one.day.month) == (day.year, day.month)]
        ahead = [one for one in ours if not self.is_over(one)]
        limits = (amenity.limit, amenity.limit_per_week, amenity.limit_per_month)
        used = (len(ahead), len(week), len(month))
        return tuple(None if top is None else max(0, top - n) for top, n in zip(limits, used, strict=True))

    def double_bookings(self) -> list[tuple[Reservation, Reservation]]:
        """Return the live reservations that one resident has twice: same amenity, same date, same hours."""
        first: dict[tuple[int, str, date, time, time], Reservation] = {}
        found: list[tuple[Reservation, Reservation]] = []
        for one in self._state.reservations:
            if one.is_live:
                key = (one.account, one.amenity, one.day, one.begin, one.end)
                if (other := first.setdefault(key, one)) is not one:
                    found.append((other, one))
        return found

    def today(self, amenity: Amenity) -> date:
        """Return which day it is at an amenity."""
        return self._clock.now().astimezone(self.zone(amenity)).date()

    def _check_date(self, amenity: Amenity, day: date) -> Refusal | None:
        ahead = (day - self.today(amenity)).days
        if ahead < (amenity.minimum_days or 0):
            return Refusal("This date is too soon.", 1501)
        if amenity.maximum_days is not None and ahead > amenity.maximum_days:
            return Refusal("This date is too far ahead.", 1501)
        if day in amenity.closed_dates:
            return Refusal("The amenity is closed on this date.", 1501)
        return None

    def _check_hours(self, amenity: Amenity, day: date, begin: time, end: time) -> Refusal | None:
        first, last = minutes(begin, end)
        opens, closes = minutes(amenity.opens, amenity.closes)
        if first >= last or first < opens or last > closes:
            return Refusal("The amenity is closed at this time.", 1503)
        if last - first < int(amenity.minimum_minutes or 0):
            return Refusal("This is too short.", 1503)
        if amenity.maximum_minutes is not None and last - first > int(amenity.maximum_minutes):
            return Refusal("This is too long.", 1503)
        if datetime.combine(day, begin) < self._clock.now().astimezone(self.zone(amenity)).replace(tzinfo=None):
            return Refusal("This time has passed.", 1503)
        if not self._has_room(amenity, self._taken(amenity, day), day, begin, end):
            return Refusal("This time is taken.", 1502)
        return None

    def _check_quotas(self, account: Account, amenity: Amenity, day: date) -> Refusal | None:
        if 0 in self.left(account, amenity, day):
            return Refusal("No reservations are left.", 1504)
        return None

    def _taken(self, amenity: Amenity, day: date) -> list[Reservation]:
        every = self._state.reservations
        return [one for one in every if one.amenity == amenity.key and one.day == day and one.is_live]

    def _has_room(self, amenity: Amenity, taken: list[Reservation], day: date, begin: time, end: time) -> bool:
        if amenity.simultaneous is None:
            return True
        return sum(one.overlaps(day, begin, end) for one in taken) < amenity.simultaneous
