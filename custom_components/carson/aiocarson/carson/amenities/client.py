"""The amenities of one building and their reservations (Protocol A.7)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, time, tzinfo
from typing import Any, override

from aiohttp import hdrs

from ...errors import ApiError, CarsonError, DateUnavailableError, InvalidInputError, InvalidResponseError
from ...http.bounds import RowBounds, RowKind
from ...http.coerce import as_mapping
from ...http.stats import Cloud
from ...http.urls import path_segment
from ..api import CarsonApi
from ..paging import Rows, read_pages
from ..time_zones import TimeZones
from . import reservations
from .models import Amenity, FreeHours, Hours, Reservation, Reservations, ReservedDates
from .parsing import parse_amenity, parse_free_hours, parse_reservation, parse_reserved_dates

AMENITIES_VERSION = "v2.0.0"
STATES = "approved,denied,cancelled,pending"
# Rows that are parsed in one step.
_STEP = 50


class Amenities:
    """The amenities of one building and the resident's reservations of them.

    Every method may raise CannotConnectError, RateLimitError, AuthenticationError, and ApiError with its subclasses.
    Commands are sent once; the list of reservations shows what came of one whose outcome is unclear.

    Args:
        api: Sends the requests.
        building_id: Id of the building.
        time_zone: Returns the name of the building's time zone, if it has one.
        zones: Loads time zones.
    """

    def __init__(
        self, api: CarsonApi, building_id: str, *, time_zone: Callable[[], str | None], zones: TimeZones | None = None
    ) -> None:
        path_segment(building_id, "building")
        self.building_id = building_id
        self._api = api
        self._time_zone = time_zone
        self._zones = zones or TimeZones()
        self._zone_names: dict[str, str | None] = {}
        self._command_lock = asyncio.Lock()

    async def list_amenities(self) -> tuple[Amenity, ...]:
        """Return the amenities that can be booked at present."""
        params = {"building": self.building_id, "active": "1"}
        rows = await self._read_pages("amenities/", params, "amenities", RowKind.AMENITY)
        found: dict[str, Amenity] = {}
        for row in rows.items:
            if isinstance(row, dict) and (amenity := parse_amenity(row)) is not None:
                found.setdefault(amenity.id, amenity)
        await self._load_zones(*found.values())
        return tuple(found.values())

    async def get_amenity(self, amenity_id: str) -> Amenity:
        """Return one amenity, with the number of remaining reservations."""
        data = await self._read(f"amenities/{path_segment(amenity_id, 'amenity')}/")
        amenity = parse_amenity(data) if isinstance(data, dict) else None
        if amenity is None:
            raise self._api.record_error(InvalidResponseError("Carson's response has no amenity"))
        await self._load_zones(amenity)
        return amenity

    async def get_reserved_dates(self, amenity_id: str) -> ReservedDates:
        """Return the dates on which an amenity is not available."""
        path = f"amenities/{path_segment(amenity_id, 'amenity')}/reserved-dates/"
        return parse_reserved_dates(await self._read(path))

    async def get_free_hours(self, amenity_id: str, day: date, *, begin: time | None = None) -> FreeHours:
        """Return when an amenity is available on a date, optionally from a time of day on.

        Raises:
            DateUnavailableError: The rules of the amenity do not allow the date, or it is full.
        """
        params = {"date": day.isoformat()}
        if begin is not None:
            params["start_time"] = begin.strftime("%H:%M:%S")
        try:
            data = await self._read(f"amenities/{path_segment(amenity_id, 'amenity')}/allowed-hours/", params)
        except ApiError as err:
            if err.status != 400:
                raise
            unavailable = DateUnavailableError(
                "Carson offers no hours on that date", status=err.status, code=err.code, reason=err.reason
            )
            raise self._api.record_error(unavailable) from None
        return parse_free_hours(data, amenity_id, day)

    async def list_reservations(self) -> Reservations:
        """Return the upcoming reservations in every state, sorted by begin."""
        params = {"building": self.building_id, "approval_statuses": STATES, "status": "upcoming"}
        rows = await self._read_pages("amenities/reservations/", params, "reservations", RowKind.RESERVATION)
        await self._load_zones_of_rows(rows.items)
        found: dict[str, Reservation] = {}
        parsed = 0
        for position, row in enumerate(rows.items):
            if position % _STEP == _STEP - 1:
                # Other tasks get their turn.
                await asyncio.sleep(0)
            if (reservation := self._parse_reservation(row)) is not None:
                found.setdefault(reservation.id, reservation)
                parsed += 1
        return Reservations(
            items=tuple(sorted(found.values(), key=lambda one: (one.begin, one.id))),
            complete=rows.complete and parsed == len(rows.items) and len(found) >= (rows.count or 0),
        )

    async def get_counts(self) -> Mapping[str, Any]:
        """Return the numbers of past and upcoming reservations, in the provider's own form."""
        return as_mapping(await self._read("amenities/reservations/counts/", {"building": self.building_id}))

    async def book(self, amenity_id: str, day: date, begin: time, end: time) -> Reservation:
        """Book an amenity for a part of a day, in its own time zone. An end of 00:00 is the end of the day.

        Commands are sent one after another. The list of reservations is read before each, to see whether the
        reservation exists, and after it, to check its outcome.

        Raises:
            AlreadyBookedError: The reservation exists; nothing was sent.
            NotAppliedError: The response was lost, and the list shows that nothing was booked.
            OutcomeUnclearError: Neither the response nor the list shows whether it was booked.
            ApiError: Carson responded with an error; nothing was booked.
            InvalidInputError: An argument is invalid; nothing was sent.
        """
        path_segment(amenity_id, "amenity")
        if any(at.tzinfo is not None for at in (begin, end)):
            raise InvalidInputError("Times of day must not have a time zone; they are in that of the amenity")
        if end <= begin and end != time():
            raise InvalidInputError("The end must be after the beginning")
        async with self._command_lock:
            return await reservations.book(self, amenity_id, day, Hours(begin, end))

    async def cancel(self, reservation_id: str) -> Reservation:
        """Cancel an upcoming reservation, and return it as it was before.

        Raises:
            NotFoundError: There is no such upcoming reservation.
            NotAppliedError: The response was lost, and the list shows the reservation unchanged.
            OutcomeUnclearError: Neither the response nor the list shows whether it was cancelled.
            ApiError: Carson responded with an error; nothing was cancelled.
            InvalidInputError: The id is invalid; nothing was sent.
        """
        path_segment(reservation_id, "reservation")
        async with self._command_lock:
            return await reservations.cancel(self, reservation_id)

    async def mark_seen(self, *reservation_ids: str) -> None:
        """Mark updates of reservations as seen by the resident, which clears `has_unseen_update`.

        Raises:
            InvalidInputError: An id is missing or invalid; nothing was sent.
            OutcomeUnclearError: No response. Marking them again does no harm.
        """
        if not reservation_ids:
            raise InvalidInputError("At least one reservation is required")
        for reservation_id in reservation_ids:
            path_segment(reservation_id, "reservation")
        ids = [_id_to_send(one) for one in reservation_ids]
        await self.send_command("amenities/reservations/", method=hdrs.METH_PUT, body={"amenity_reservations": ids})

    async def send_command(self, path: str, *, method: str, body: Mapping[str, Any] | None = None) -> Any:
        """Send a command once, even if Carson responds with 401 (Protocol A.7)."""
        return await self._api.send_command(
            path, method=method, body=body, version=AMENITIES_VERSION, retry_on_401=False
        )

    async def list_after_command(self) -> AsyncIterator[Reservations | None]:
        """Read the list of reservations a few times, since Carson may take a moment to show the outcome.

        Yields:
            The list; None if it could not be read.
        """
        for pause in self._api.transport.timeouts.reservation_checks:
            if pause:
                await self._api.transport.sleep(pause)
            listed: Reservations | None = None
            with suppress(CarsonError):
                listed = await self.list_reservations()
            yield listed

    async def parse_reservation(self, row: object) -> Reservation | None:
        """Return the reservation in a response, if there is one."""
        await self._load_zones_of_rows([row])
        return self._parse_reservation(row)

    def time_zone_of(self, amenity: Amenity) -> tzinfo:
        """Return the time zone of an amenity's dates and times."""
        return self._zones.first(amenity.time_zone or self._zone_names.get(amenity.id), self._time_zone())

    def today(self, amenity: Amenity, now: datetime) -> date:
        """Return the current date in the time zone of an amenity."""
        return now.astimezone(self.time_zone_of(amenity)).date()

    def _parse_reservation(self, row: object) -> Reservation | None:
        return parse_reservation(row, self.building_id, self.time_zone_of)

    async def _load_zones_of_rows(self, rows: list[Any]) -> None:
        """Load the time zones of all amenities in a list of reservations.

        An amenity in a reservation may lack its time zone, so the list of amenities is read once for unknown ones.
        """
        amenities = [one for one in (parse_amenity(as_mapping(row).get("amenity")) for row in rows) if one]
        await self._load_zones(*(one for one in amenities if one.time_zone is not None))
        if unknown := {one.id for one in amenities} - self._zone_names.keys():
            try:
                await self.list_amenities()
            except CarsonError:
                return  # until the next time, the building's time zone is used
            self._zone_names |= dict.fromkeys(unknown - self._zone_names.keys())

    async def _load_zones(self, *amenities: Amenity) -> None:
        self._zone_names |= {one.id: one.time_zone for one in amenities}
        await self._zones.load(self._time_zone(), *(one.time_zone for one in amenities))

    async def _read(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        time_limit = self._api.transport.timeouts.amenities_read
        return await self._api.read(path, params=params, version=AMENITIES_VERSION, time_limit=time_limit)

    async def _read_pages(self, path: str, params: Mapping[str, str], name: str, kind: RowKind) -> Rows:
        bounds = RowBounds()
        rows = await read_pages(lambda page: self._read(path, page), params, name, kind, bounds)
        self._api.transport.stats.record_ignored(Cloud.CARSON, bounds)
        return rows

    @override
    def __repr__(self) -> str:
        return f"<Amenities of building {self.building_id}>"


def _id_to_send(reservation_id: str) -> int | str:
    """Return an id in the form in which Carson sends most of them: as a number if it is one."""
    plain = reservation_id.isascii() and reservation_id.isdecimal() and str(int(reservation_id)) == reservation_id
    return int(reservation_id) if plain else reservation_id
