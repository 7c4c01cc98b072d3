"""Responses to requests about amenities and reservations (Protocol A.7).

Without HTTP, so that tests can make many requests in little time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
import json
from typing import Any

from yarl import URL

from simulator.settings import AmenitySettings
from simulator.state.amenities import Amenity, Reservation
from simulator.state.model import ABSENT, Account
from simulator.state.reservations import ReservationError, Reservations

DEFAULT_LIMIT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AmenityRequest:
    """An authenticated request."""

    account: Account
    args: Mapping[str, str] = field(default_factory=dict)
    """Parts of the path by name."""
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    url: URL = field(default_factory=URL)


@dataclass(frozen=True, slots=True)
class AmenityResponse:
    """Status and `data` of a response, or its error."""

    status: int = 200
    data: Any = None
    code: int = 0
    msg: str | None = None


NOT_FOUND = AmenityResponse(404, code=1404, msg="Not found.")
BAD_REQUEST = AmenityResponse(400, code=1400, msg="Bad request.")

type Responder = Callable[[Reservations, AmenitySettings, AmenityRequest], AmenityResponse]


def list_amenities(reservations: Reservations, _settings: AmenitySettings, request: AmenityRequest) -> AmenityResponse:
    """Return a page of the amenities of a building."""
    building = request.query.get("building", "")
    if building not in request.account.buildings:
        return _page(request, [])
    only_active = request.query.get("active") == "1"
    amenities = [amenity for amenity in reservations.amenities_of(building) if amenity.active or not only_active]
    return _page(request, [render_amenity(reservations, request.account, amenity) for amenity in amenities])


def get_amenity(reservations: Reservations, _settings: AmenitySettings, request: AmenityRequest) -> AmenityResponse:
    """Return one amenity."""
    amenity = _amenity(reservations, request)
    if amenity is None:
        return NOT_FOUND
    return AmenityResponse(data=render_amenity(reservations, request.account, amenity))


def reserved_dates(reservations: Reservations, _settings: AmenitySettings, request: AmenityRequest) -> AmenityResponse:
    """Return the dates on which an amenity is not available."""
    amenity = _amenity(reservations, request)
    if amenity is None:
        return NOT_FOUND
    dates = reservations.reserved_dates(amenity)
    has_others = len(dates) <= (amenity.maximum_days or 30)
    return AmenityResponse(data={"reservedDates": [day.isoformat() for day in dates], "hasAvailableDates": has_others})


def allowed_hours(reservations: Reservations, settings: AmenitySettings, request: AmenityRequest) -> AmenityResponse:
    """Return the free hours of a date; 400 if there are none."""
    amenity = _amenity(reservations, request)
    if amenity is None:
        return NOT_FOUND
    try:
        day = date.fromisoformat(request.query["date"])
        begin = time.fromisoformat(request.query["start_time"]) if "start_time" in request.query else None
    except (KeyError, ValueError):
        return BAD_REQUEST
    try:
        hours = reservations.hours(amenity, day, begin)
    except ReservationError as error:
        return _error(error)
    rows = [{"startTime": start.isoformat(), "endTime": end.isoformat()} for start, end in hours]
    return AmenityResponse(data={"timezone": None, "hours": rows} if settings.hours_in_object else rows)


def book(reservations: Reservations, _settings: AmenitySettings, request: AmenityRequest) -> AmenityResponse:
    """Make a reservation."""
    amenity = _amenity(reservations, request)
    if amenity is None:
        return NOT_FOUND
    try:
        body = json.loads(request.body)
        day = date.fromisoformat(body.pop("date"))
        begin, end = (time.fromisoformat(body.pop(name)) for name in ("startTime", "endTime"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return BAD_REQUEST
    if body or begin.tzinfo or end.tzinfo:
        return BAD_REQUEST
    try:
        reservation = reservations.book(request.account, amenity, day, begin, end)
    except ReservationError as error:
        return _error(error)
    return AmenityResponse(201, render_reservation(reservations, reservation))


def counts(reservations: Reservations, _settings: AmenitySettings, request: AmenityRequest) -> AmenityResponse:
    """Return the number of past and upcoming reservations."""
    own = reservations.reservations_of(request.account, request.query.get("building", ""))
    past = sum(reservations.is_over(reservation) for reservation in own)
    return AmenityResponse(data={"past": past, "upcoming": len(own) - past})


def list_reservations(
    reservations: Reservations, settings: AmenitySettings, request: AmenityRequest
) -> AmenityResponse:
    """Return a page of the resident's reservations."""
    own = reservations.reservations_of(request.account, request.query.get("building", ""))
    states = set(filter(None, request.query.get("approval_statuses", "").split(",")))
    if settings.cancelled == "gone":
        states.discard("cancelled")
    listed = [reservation for reservation in own if reservation.state in states]
    if request.query.get("status") == "upcoming":
        listed = [reservation for reservation in listed if not reservations.is_over(reservation)]
    return _page(request, [render_reservation(reservations, reservation) for reservation in listed])


def mark_seen(reservations: Reservations, _settings: AmenitySettings, request: AmenityRequest) -> AmenityResponse:
    """Mark updates of reservations as seen."""
    try:
        keys = {str(key) for key in json.loads(request.body)["amenity_reservations"]}
    except (ValueError, KeyError, TypeError):
        return BAD_REQUEST
    found = [reservations.reservation(key) for key in keys]
    own = [reservation for reservation in found if reservation and reservation.account == request.account.id]
    if not keys or len(own) < len(keys):
        return BAD_REQUEST
    for reservation in own:
        reservation.has_unseen_update = False
    return AmenityResponse(data=None)


def cancel(reservations: Reservations, _settings: AmenitySettings, request: AmenityRequest) -> AmenityResponse:
    """Cancel a reservation of the resident."""
    reservation = reservations.reservation(request.args["reservation"])
    if reservation is None or reservation.account != request.account.id:
        return NOT_FOUND
    try:
        reservations.cancel(reservation)
    except ReservationError as error:
        return _error(error)
    return AmenityResponse(204)


def render_amenity(reservations: Reservations, account: Account, amenity: Amenity) -> dict[str, Any]:
    """Return the row of an amenity, with some fields that are not documented."""
    remaining, remaining_per_week, remaining_per_month = reservations.remaining(account, amenity)
    own = [one for one in reservations.reservations_of(account, amenity.building) if one.amenity == amenity.key]
    return _with(
        {
            "id": amenity.id,
            "name": amenity.name,
            "active": amenity.active,
            "timezone": amenity.time_zone,
            "notes": amenity.notes,
            "minimumDaysBeforeReservation": amenity.minimum_days,
            "maximumDaysBeforeReservation": amenity.maximum_days,
            "minimumReservationTime": amenity.minimum_minutes,
            "maximumReservationTime": amenity.maximum_minutes,
            "simultaneousNumberOfReservations": amenity.simultaneous,
            "requiresApproval": amenity.requires_approval,
            "rentalAgreementRequired": False,
            "schedule": [{"days": list(range(7)), "from": amenity.opens.isoformat(), "to": amenity.closes.isoformat()}],
            "reservationsCount": amenity.limit,
            "reservationsCountPerWeek": amenity.limit_per_week,
            "reservationsCountPerMonth": amenity.limit_per_month,
            "reservationsLeft": remaining,
            "reservationsLeftPerWeek": remaining_per_week,
            "reservationsLeftPerMonth": remaining_per_month,
            "upcomingReservationsCount": sum(one.is_live and not reservations.is_over(one) for one in own),
            "gallery": [],
        },
        amenity.overrides,
    )


def render_reservation(reservations: Reservations, reservation: Reservation) -> dict[str, Any]:
    """Return the row of a reservation."""
    amenity = reservations.amenity(reservation.amenity)
    amenity_row = None
    building: int | str | None = None
    if amenity is not None:
        amenity_row = _with({"id": amenity.id, "name": amenity.name, "timezone": amenity.time_zone}, amenity.overrides)
        building = int(amenity.building) if isinstance(amenity.id, int) else amenity.building
    return _with(
        {
            "id": reservation.id,
            "amenity": amenity_row,
            "building": building,
            "unit": {"id": 601, "name": "12B"},
            "date": reservation.day.isoformat(),
            "startTime": reservation.begin.strftime("%H:%M:%S"),
            "endTime": reservation.end.strftime("%H:%M:%S"),
            "status": {"status": reservation.state, "autoApprovedRequest": reservation.auto_approved},
            "expired": reservations.is_over(reservation),
            "hasNew": reservation.has_unseen_update,
            "guests": None,
        },
        reservation.overrides,
    )


def _amenity(reservations: Reservations, request: AmenityRequest) -> Amenity | None:
    """Return the requested amenity, if the resident may see it."""
    amenity = reservations.amenity(request.args["amenity"])
    return amenity if amenity is not None and amenity.building in request.account.buildings else None


def _error(error: ReservationError) -> AmenityResponse:
    return AmenityResponse(400, code=error.code, msg=error.text)


def _with(row: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in (row | overrides).items() if value is not ABSENT}


def _page(request: AmenityRequest, rows: list[dict[str, Any]]) -> AmenityResponse:
    """Return the requested page of rows."""
    try:
        limit, offset = int(request.query.get("limit", DEFAULT_LIMIT)), int(request.query.get("offset", 0))
    except ValueError:
        return BAD_REQUEST
    if limit < 1 or offset < 0:
        return BAD_REQUEST

    def page_url(start: int) -> str:
        return str(request.url.update_query(limit=str(limit), offset=str(start)))

    return AmenityResponse(
        data={
            "count": len(rows),
            "next": page_url(offset + limit) if offset + limit < len(rows) else None,
            "previous": page_url(max(0, offset - limit)) if offset > 0 else None,
            "results": rows[offset : offset + limit],
        }
    )
