"""Booking an amenity: what is checked before, and what is said after. Used by the calendar and the actions.

Dates and times of day are in the amenity's own time zone, or else in its building's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from homeassistant.util import dt as dt_util

from .aiocarson import Amenities, Amenity, Reservation
from .aiocarson.carson.amenities.models import FreeHours, Hours
from .aiocarson.errors import DateUnavailableError
from .coordinator import ReservationCoordinator
from .errors import invalid_input, translated_errors, translated_reservation_errors

MIDNIGHT = time()


@dataclass(frozen=True, slots=True)
class AmenityBooking:
    """The amenities of a building, as a user books them.

    Attributes:
        coordinator: The coordinator of the reservations, which is updated after each booking.
        building_id: Id of the building.
        building_name: Its name, for messages.
    """

    coordinator: ReservationCoordinator
    building_id: str
    building_name: str

    @property
    def amenities(self) -> Amenities:
        """The client of the building's amenities."""
        return self.coordinator.client.amenities(self.building_id)

    async def async_find(self, name: str) -> Amenity:
        """Return the amenity with an id, or else with a name, or else the only one whose name begins like that."""
        with translated_errors(self.building_name):
            amenities = await self.amenities.list_amenities()
        wanted = name.strip().casefold()
        matches = (
            [amenity for amenity in amenities if amenity.id == name]
            or [amenity for amenity in amenities if amenity.name.casefold() == wanted]
            or [amenity for amenity in amenities if wanted and amenity.name.casefold().startswith(wanted)]
        )
        if not matches:
            raise invalid_input("unknown_amenity", name=name, building=self.building_name, known=_names(amenities))
        if len(matches) > 1:
            if len({amenity.name.casefold() for amenity in matches}) > 1:
                raise invalid_input("amenity_not_clear", name=name, known=_names(matches))
            raise invalid_input("ambiguous_amenity", name=name, ids=", ".join(amenity.id for amenity in matches))
        return matches[0]

    def check_date(self, amenity: Amenity, day: date) -> None:
        """Raise an error if the amenity's rules do not allow to reserve the date today."""
        first, last = amenity.dates_from(self.amenities.today(amenity, dt_util.utcnow()))
        if day < first or (last is not None and day > last):
            placeholders = {"name": amenity.name, "date": day.isoformat(), "first": first.isoformat()}
            if last is None:
                raise invalid_input("too_soon", **placeholders)
            raise invalid_input("outside_window", **placeholders, last=last.isoformat())

    async def async_free_hours(self, amenity: Amenity, day: date) -> FreeHours:
        """Return the free hours; none if Carson rejects the date."""
        with translated_errors(amenity.name):
            try:
                return await self.amenities.get_free_hours(amenity.id, day)
            except DateUnavailableError:
                return FreeHours(amenity_id=amenity.id, day=day, hours=())

    async def async_book(self, name: str, day: date, wanted: Hours) -> Reservation:
        """Book an amenity if its rules and its free hours allow it. The request is sent only once.

        Raises:
            ServiceValidationError: Something does not fit; nothing was sent.
            HomeAssistantError: It was not booked, or it is not clear whether it was.
        """
        if wanted.end <= wanted.begin and wanted.end != MIDNIGHT:
            raise invalid_input("bad_hours")
        listed = await self.async_find(name)
        with translated_errors(listed.name):
            amenity = await self.amenities.get_amenity(listed.id)
        self.check_date(amenity, day)
        self._check_quota(amenity, day)
        free = await self.async_free_hours(amenity, day)
        # If not all free hours could be parsed, Carson decides.
        if free.complete and not free.contains(wanted):
            hours = format_ranges(free.ranges)
            raise invalid_input("hours_not_free", name=amenity.name, date=day.isoformat(), hours=hours)
        try:
            with translated_reservation_errors(amenity.name, date=day.isoformat(), hours=format_ranges(free.ranges)):
                return await self.amenities.book(amenity.id, day, wanted.begin, wanted.end)
        finally:
            await self.coordinator.async_refresh()

    async def async_book_event(self, title: str, begin: date, end: date) -> Reservation:
        """Book the amenity in the title of a calendar's event, for its begin and end.

        Raises:
            ServiceValidationError: Something does not fit; nothing was sent.
            HomeAssistantError: It was not booked, or it is not clear whether it was.
        """
        if not isinstance(begin, datetime) or not isinstance(end, datetime):
            raise invalid_input("event_without_hours")
        amenity = await self.async_find(title)
        zone = self.amenities.time_zone_of(amenity)
        first, last = begin.astimezone(zone), end.astimezone(zone)
        is_until_midnight = last.timetz().replace(tzinfo=None) == MIDNIGHT
        last_day = last.date() - timedelta(days=1) if is_until_midnight else last.date()
        if last <= first:
            raise invalid_input("bad_hours")
        if last_day != first.date():
            raise invalid_input("event_over_midnight", name=amenity.name)
        return await self.async_book(amenity.id, first.date(), Hours(_time(first), _time(last)))

    def _check_quota(self, amenity: Amenity, day: date) -> None:
        """Raise an error if no reservation is left: at all, or in the current week or month if the date is in it."""
        today = self.amenities.today(amenity, dt_util.utcnow())
        this_week = day.isocalendar()[:2] == today.isocalendar()[:2]
        this_month = (day.year, day.month) == (today.year, today.month)
        if (
            amenity.exhausted
            or (this_week and amenity.remaining_per_week == 0)
            or (this_month and amenity.remaining_per_month == 0)
        ):
            raise invalid_input("quota_used_up", name=amenity.name)


def format_ranges(ranges: Iterable[Hours]) -> str:
    """Return parts of a day as a text."""
    return ", ".join(f"{hours.begin:%H:%M}-{hours.end:%H:%M}" for hours in ranges) or "-"


def _names(amenities: Iterable[Amenity]) -> str:
    return ", ".join(sorted(amenity.name for amenity in amenities)) or "-"


def _time(moment: datetime) -> time:
    return moment.time().replace(tzinfo=None, fold=0)
