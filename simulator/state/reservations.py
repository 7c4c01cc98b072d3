"""The rules by which amenities are reserved, without HTTP (Protocol A.7, C row 16).

Codes and texts of Carson's error responses are not known; these are invented.
"""

from collections import Counter
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulator.clock import Clock
from simulator.state.amenities import Amenity, Reservation, State as ReservationState, minutes
from simulator.state.model import Account, State

FIRST_ID = 9101


class ReservationError(Exception):
    """A reservation or a date is not available."""

    def __init__(self, text: str, code: int) -> None:
        """Initialize the error with the text and the code of the response."""
        super().__init__(text)
        self.text = text
        self.code = code


class Reservations:
    """Makes, decides and cancels reservations."""

    def __init__(self, state: State, clock: Clock) -> None:
        """Initialize the rules over the state of the clouds."""
        self._state = state
        self._clock = clock
        self.bookings: Counter[tuple[int, str, str, str, str]] = Counter()
        """Committed bookings by (account, amenity, date, begin, end), including those whose response was lost."""
        self.cancellations: Counter[str] = Counter()
        """Committed cancellations by reservation."""
        self._last_id = FIRST_ID

    def reset(self) -> None:
        """Reset the counters."""
        self.bookings.clear()
        self.cancellations.clear()

    def amenities_of(self, building: str) -> list[Amenity]:
        """Return the amenities of a building, including inactive ones."""
        return [amenity for amenity in self._state.amenities if amenity.building == building]

    def amenity(self, key: str) -> Amenity | None:
        """Return an amenity."""
        return next((amenity for amenity in self._state.amenities if amenity.key == key), None)

    def reservation(self, key: str) -> Reservation | None:
        """Return a reservation."""
        return next((reservation for reservation in self._state.reservations if reservation.key == key), None)

    def reservations_of(self, account: Account, building: str) -> list[Reservation]:
        """Return all reservations of a resident in a building, by their begin."""
        amenities = {amenity.key for amenity in self.amenities_of(building)}
        own = (one for one in self._state.reservations if one.account == account.id and one.amenity in amenities)
        return sorted(own, key=lambda one: (one.day, one.begin, one.key))

    def is_over(self, reservation: Reservation) -> bool:
        """Whether the end of a reservation has passed."""
        amenity = self.amenity(reservation.amenity)
        if amenity is None:
            return True
        now = self._local_now(amenity)
        if reservation.end == time():
            return reservation.day < now.date()
        return datetime.combine(reservation.day, reservation.end) <= now

    def hours(self, amenity: Amenity, day: date, begin: time | None = None) -> list[tuple[time, time]]:
        """Return the free hours of a date, optionally from a time of day on.

        Raises:
            ReservationError: There are none.
        """
        self._check_date(amenity, day)
        now = self._local_now(amenity)
        existing = self._live_reservations(amenity, day)
        free: list[tuple[time, time]] = []
        first, last = minutes(amenity.opens, amenity.closes)
        for minute in range(first, last, 60):
            start, end = time(minute // 60, minute % 60), time((minute + 60) // 60 % 24, minute % 60)
            if datetime.combine(day, start) < now or (begin is not None and start < begin):
                continue
            if self._is_free(amenity, existing, day, start, end):
                free.append((start, end))
        if not free:
            raise ReservationError("This date is full.", 1502)
        return free

    def reserved_dates(self, amenity: Amenity) -> list[date]:
        """Return the dates of the coming days that are not available."""
        today = self.today(amenity)
        dates = (today + timedelta(days=days) for days in range((amenity.maximum_days or 30) + 1))
        return [day for day in dates if not self._has_hours(amenity, day)]

    def book(self, account: Account, amenity: Amenity, day: date, begin: time, end: time) -> Reservation:
        """Make a reservation. A resident may reserve the same time twice.

        Raises:
            ReservationError: A rule of the amenity does not allow it.
        """
        self._check_date(amenity, day)
        self._check_hours(amenity, day, begin, end)
        if 0 in self.remaining(account, amenity, day):
            raise ReservationError("No reservations are left.", 1504)
        self._last_id += 1
        reservation = Reservation(
            id=self._last_id if isinstance(amenity.id, int) else f"r-{self._last_id}",
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

    def cancel(self, reservation: Reservation) -> None:
        """Cancel a reservation.

        Raises:
            ReservationError: It is over, or not live.
        """
        if not reservation.is_live or self.is_over(reservation):
            raise ReservationError("This reservation cannot be cancelled.", 1505)
        reservation.state = "cancelled"
        self.cancellations[reservation.key] += 1

    def decide(self, key: str, state: ReservationState) -> None:
        """Set the state of a reservation as the building's staff would, as an unseen update.

        Raises:
            KeyError: There is no such reservation.
        """
        if (reservation := self.reservation(key)) is None:
            raise KeyError(key)
        reservation.state = state
        reservation.has_unseen_update = True

    def remaining(self, account: Account, amenity: Amenity, day: date | None = None) -> tuple[int | None, ...]:
        """Return how many reservations a resident has left: in total, and in the week and the month of a date."""
        day = day or self.today(amenity)
        live = [
            one
            for one in self._state.reservations
            if one.account == account.id and one.amenity == amenity.key and one.is_live
        ]
        week = [one for one in live if one.day.isocalendar()[:2] == day.isocalendar()[:2]]
        month = [one for one in live if (one.day.year, one.day.month) == (day.year, day.month)]
        upcoming = [one for one in live if not self.is_over(one)]
        limits = (amenity.limit, amenity.limit_per_week, amenity.limit_per_month)
        used = (len(upcoming), len(week), len(month))
        return tuple(None if limit is None else max(0, limit - n) for limit, n in zip(limits, used, strict=True))

    def double_bookings(self) -> list[tuple[Reservation, Reservation]]:
        """Return the live reservations that a resident has twice: same amenity, date and hours."""
        first: dict[tuple[int, str, date, time, time], Reservation] = {}
        doubles: list[tuple[Reservation, Reservation]] = []
        for reservation in self._state.reservations:
            if reservation.is_live:
                key = (
                    reservation.account,
                    reservation.amenity,
                    reservation.day,
                    reservation.begin,
                    reservation.end,
                )
                if (other := first.setdefault(key, reservation)) is not reservation:
                    doubles.append((other, reservation))
        return doubles

    def today(self, amenity: Amenity) -> date:
        """Return the current date at an amenity."""
        return self._local_now(amenity).date()

    def _local_now(self, amenity: Amenity) -> datetime:
        """Return the current local time at an amenity, without a time zone."""
        zone = ZoneInfo(amenity.time_zone or self._state.buildings[amenity.building].time_zone or "UTC")
        return self._clock.now().astimezone(zone).replace(tzinfo=None)

    def _has_hours(self, amenity: Amenity, day: date) -> bool:
        try:
            return bool(self.hours(amenity, day))
        except ReservationError:
            return False

    def _check_date(self, amenity: Amenity, day: date) -> None:
        days = (day - self.today(amenity)).days
        if days < (amenity.minimum_days or 0):
            raise ReservationError("This date is too soon.", 1501)
        if amenity.maximum_days is not None and days > amenity.maximum_days:
            raise ReservationError("This date is too far ahead.", 1501)
        if day in amenity.closed_dates:
            raise ReservationError("The amenity is closed on this date.", 1501)

    def _check_hours(self, amenity: Amenity, day: date, begin: time, end: time) -> None:
        first, last = minutes(begin, end)
        opens, closes = minutes(amenity.opens, amenity.closes)
        if first >= last or first < opens or last > closes:
            raise ReservationError("The amenity is closed at this time.", 1503)
        if last - first < int(amenity.minimum_minutes or 0):
            raise ReservationError("This is too short.", 1503)
        if amenity.maximum_minutes is not None and last - first > int(amenity.maximum_minutes):
            raise ReservationError("This is too long.", 1503)
        if datetime.combine(day, begin) < self._local_now(amenity):
            raise ReservationError("This time has passed.", 1503)
        if not self._is_free(amenity, self._live_reservations(amenity, day), day, begin, end):
            raise ReservationError("This time is taken.", 1502)

    def _live_reservations(self, amenity: Amenity, day: date) -> list[Reservation]:
        reservations = self._state.reservations
        return [one for one in reservations if one.amenity == amenity.key and one.day == day and one.is_live]

    def _is_free(self, amenity: Amenity, existing: list[Reservation], day: date, begin: time, end: time) -> bool:
        if amenity.simultaneous is None:
            return True
        return sum(one.overlaps(day, begin, end) for one in existing) < amenity.simultaneous
