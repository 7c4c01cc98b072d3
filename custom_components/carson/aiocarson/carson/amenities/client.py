"""The amenities of one building: what can be booked, when it is free, what is booked (Protocol A.7)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, time, tzinfo
from typing import Any, override

from aiohttp import hdrs

from ...errors import ApiError, CarsonError, DateUnavailableError, InvalidInputError, InvalidResponseError
from ...http.coerce import as_mapping
from ...http.stats import Cloud
from ...http.urls import path_segment
from ..api import CarsonApi
from ..paging import read_pages
from ..time_zones import TimeZones
from . import reservations
from .models import Amenity, FreeHours, Hours, Reservation, Reservations, ReservedDates
from .parsing import parse_amenity, parse_free_hours, parse_reservation, parse_reserved_dates

AMENITIES_VERSION = "v2.0.0"
STATES = "approved,denied,cancelled,pending"


class Amenities:
    """One building's amenities and the resident's reservations of them.

    Every method may raise what its requests meet: CannotConnectError, RateLimitError, AuthenticationError, and
    ApiError with its kinds. Orders are given once; whatever is unclear after them is settled by reading the list.

    Args:
        api: Sends the requests.
        building_id: The building.
        time_zone: Tells the name of the building's time zone, if there is one.
        zones: Knows time zones.
    """

    def __init__(
        self, api: CarsonApi, building_id: str, *, time_zone: Callable[[], str | None], zones: TimeZones | None = None
    ) -> None:
        path_segment(building_id, "building")
        self.building_id = building_id
        self._api = api
        self._time_zone = time_zone
        self._zones = zones or TimeZones()
        self._own_zones: dict[str, str | None] = {}
        self._orders = asyncio.Lock()

    async def list_amenities(self) -> tuple[Amenity, ...]:
        """List what can be booked at present."""
        params = {"building": self.building_id, "active": "1"}
        rows = await read_pages(self._reader("amenities/"), params, "amenities")
        found: dict[str, Amenity] = {}
        for row in rows.items:
            if isinstance(row, dict) and (amenity := parse_amenity(row)) is not None:
                found.setdefault(amenity.id, amenity)
        await self._learn_zones(*found.values())
        return tuple(found.values())

    async def get_amenity(self, amenity_id: str) -> Amenity:
        """Read one amenity, with how many reservations of it are left."""
        data = await self._read(f"amenities/{path_segment(amenity_id, 'amenity')}/")
        amenity = parse_amenity(data) if isinstance(data, dict) else None
        if amenity is None:
            raise self._noted(InvalidResponseError("Carson's answer holds no amenity"))
        await self._learn_zones(amenity)
        return amenity

    async def get_reserved_dates(self, amenity_id: str) -> ReservedDates:
        """Tell on which dates an amenity is taken."""
        return parse_reserved_dates(
            await self._read(f"amenities/{path_segment(amenity_id, 'amenity')}/reserved-dates/")
        )

    async def get_free_hours(self, amenity_id: str, day: date, *, begin: time | None = None) -> FreeHours:
        """Tell when an amenity can be had on a date, perhaps from a time of day on.

        Raises:
            DateUnavailableError: Not at all: the rules say no, or it is full.
        """
        params = {"date": day.isoformat()}
        if begin is not None:
            params["start_time"] = begin.strftime("%H:%M:%S")
        try:
            data = await self._read(f"amenities/{path_segment(amenity_id, 'amenity')}/allowed-hours/", params)
        except ApiError as err:
            if err.status != 400:
                raise
            refused = DateUnavailableError(
                "Carson offers no hours on that date", status=err.status, code=err.code, reason=err.reason
            )
            raise self._noted(refused) from None
        return parse_free_hours(data, amenity_id, day)

    async def list_reservations(self) -> Reservations:
        """List the upcoming reservations, whatever the building said to them, by begin."""
        params = {"building": self.building_id, "approval_statuses": STATES, "status": "upcoming"}
        rows = await read_pages(self._reader("amenities/reservations/"), params, "reservations")
        await self._learn_zones_of(rows.items)
        found: dict[str, Reservation] = {}
        readable = 0
        for row in rows.items:
            if (reservation := self._parse(row)) is not None:
                found.setdefault(reservation.id, reservation)
                readable += 1
        return Reservations(
            items=tuple(sorted(found.values(), key=lambda one: (one.begin, one.id))),
            complete=readable == len(rows.items) and len(found) >= (rows.count or 0),
        )

    async def get_counts(self) -> Mapping[str, Any]:
        """Tell the numbers of past and upcoming reservations, in whatever form the provider has them."""
        return as_mapping(await self._read("amenities/reservations/counts/", {"building": self.building_id}))

    async def book(self, amenity_id: str, day: date, begin: time, end: time) -> Reservation:
        """Book an amenity from a time of day to another, where it is; an end of 00:00 is the end of the day.

        One order after another: the list tells before whether it is booked already, and after what came of it.

        Raises:
            AlreadyBookedError: There is such a reservation; nothing was sent.
            NotAppliedError: The answer was lost, and the list shows that it is not booked.
            OutcomeUnclearError: Neither an answer nor the list tells whether it is booked.
            ApiError: Carson refused; not booked.
            InvalidInputError: An argument is wrong; nothing was sent.
        """
        path_segment(amenity_id, "amenity")
        if any(at.tzinfo is not None for at in (begin, end)):
            raise InvalidInputError("Times of day are where the amenity is, so they have no zone of their own")
        if end <= begin and end != time():
            raise InvalidInputError("The end must be after the begin")
        async with self._orders:
            return await reservations.book(self, amenity_id, day, Hours(begin, end))

    async def cancel(self, reservation_id: str) -> Reservation:
        """Cancel an upcoming reservation; hand it out as it was.

        Raises:
            NotFoundError: There is no such upcoming reservation, so nothing was sent; or Carson says so.
            NotAppliedError: The answer was lost, and the list shows the reservation as before.
            OutcomeUnclearError: Neither an answer nor the list tells whether it is cancelled.
            ApiError: Carson refused; not cancelled.
            InvalidInputError: This is no id; nothing was sent.
        """
        path_segment(reservation_id, "reservation")
        async with self._orders:
            return await reservations.cancel(self, reservation_id)

    async def mark_seen(self, *reservation_ids: str) -> None:
        """Tell Carson that the resident has seen the news of reservations: clears `has_unseen_update`, books nothing.

        Raises:
            InvalidInputError: There is no id, or one that is none; nothing was sent.
            OutcomeUnclearError: No answer; it may be asked for again.
        """
        if not reservation_ids:
            raise InvalidInputError("At least one reservation is needed")
        for reservation_id in reservation_ids:
            path_segment(reservation_id, "reservation")
        ids = [_as_sent(one) for one in reservation_ids]
        await self.order("amenities/reservations/", method=hdrs.METH_PUT, body={"amenity_reservations": ids})

    async def order(self, path: str, *, method: str, body: Mapping[str, Any] | None = None) -> Any:
        """Give an order, once: not even a 401 lets it be sent again (Protocol A.7)."""
        return await self._api.order(path, method=method, body=body, version=AMENITIES_VERSION, again_after_401=False)

    async def checks(self) -> AsyncIterator[Reservations | None]:
        """Read the list of reservations a few times after a command, with pauses; None where that fails."""
        for pause in self._api.transport.timeouts.reservation_checks:
            if pause:
                await self._api.transport.sleep(pause)
            seen: Reservations | None = None
            with suppress(CarsonError):
                seen = await self.list_reservations()
            yield seen

    async def parse(self, row: object) -> Reservation | None:
        """Read a reservation; None if it is none."""
        await self._learn_zones_of([row])
        return self._parse(row)

    def zone_of(self, amenity: Amenity) -> tzinfo:
        """Tell the time zone in which an amenity's dates and times are."""
        return self._zones.first(amenity.time_zone or self._own_zones.get(amenity.id), self._time_zone())

    def today(self, amenity: Amenity, now: datetime) -> date:
        """Tell which day it is at an amenity."""
        return now.astimezone(self.zone_of(amenity)).date()

    def _parse(self, row: object) -> Reservation | None:
        return parse_reservation(row, self.building_id, self.zone_of)

    async def _learn_zones_of(self, rows: list[Any]) -> None:
        """Get to know the zones of all amenities in a list of reservations.

        A reservation may hold less of its amenity than the catalogue, which is asked once for those not met yet.
        """
        amenities = [one for one in (parse_amenity(as_mapping(row).get("amenity")) for row in rows) if one]
        await self._learn_zones(*(one for one in amenities if one.time_zone is not None))
        if strangers := {one.id for one in amenities} - self._own_zones.keys():
            try:
                await self.list_amenities()
            except CarsonError:
                return  # the building's zone it is, until the next time
            self._own_zones |= dict.fromkeys(strangers - self._own_zones.keys())

    async def _learn_zones(self, *amenities: Amenity) -> None:
        self._own_zones |= {one.id: one.time_zone for one in amenities}
        await self._zones.load(self._time_zone(), *(one.time_zone for one in amenities))

    async def _read(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        seconds = self._api.transport.timeouts.amenities_read
        return await self._api.read(path, params=params, version=AMENITIES_VERSION, seconds=seconds)

    def _reader(self, path: str) -> Callable[[Mapping[str, str]], Any]:
        return lambda params: self._read(path, params)

    def _noted[E: CarsonError](self, error: E) -> E:
        return self._api.transport.stats.record_error(Cloud.CARSON, error)

    @override
    def __repr__(self) -> str:
        return f"<Amenities of building {self.building_id}>"


def _as_sent(reservation_id: str) -> int | str:
    """Give an id the form in which Carson sends most of them: a number where it is one."""
    plain = reservation_id.isascii() and reservation_id.isdecimal() and str(int(reservation_id)) == reservation_id
    return int(reservation_id) if plain else reservation_id
