"""How amenities and reservations look in answers, and what each request about them gets (Protocol A.7).

Without HTTP: a question goes in, status and `data` come out, so that many can be asked in little time.
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
from simulator.state.reservations import Refusal, Reservations

NO_PAGE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AmenityRequest:
    """A request, when it is known who asks."""

    account: Account
    args: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    url: URL = field(default_factory=URL)


@dataclass(frozen=True, slots=True)
class AmenityResponse:
    """Status and `data` of the answer, or why there are none."""

    status: int = 200
    data: Any = None
    code: int = 0
    msg: str | None = None


NOT_FOUND = AmenityResponse(404, code=1404, msg="Not found.")
BAD_REQUEST = AmenityResponse(400, code=1400, msg="Bad request.")

type Answerer = Callable[[Reservations, AmenitySettings, AmenityRequest], AmenityResponse]


def list_amenities(reservations: Reservations, _settings: AmenitySettings, ask: AmenityRequest) -> AmenityResponse:
    """Answer a page of the catalogue."""
    building = ask.query.get("building", "")
    if building not in ask.account.buildings:
        return _page(ask, [])
    only_active = ask.query.get("active") == "1"
    rows = [one for one in reservations.amenities_of(building) if one.active or not only_active]
    return _page(ask, [render_amenity(reservations, ask.account, one) for one in rows])


def get_amenity(reservations: Reservations, _settings: AmenitySettings, ask: AmenityRequest) -> AmenityResponse:
    """Answer one amenity."""
    amenity = _amenity(reservations, ask)
    return NOT_FOUND if amenity is None else AmenityResponse(data=render_amenity(reservations, ask.account, amenity))


def reserved_dates(reservations: Reservations, _settings: AmenitySettings, ask: AmenityRequest) -> AmenityResponse:
    """Answer on which dates an amenity cannot be had."""
    amenity = _amenity(reservations, ask)
    if amenity is None:
        return NOT_FOUND
    dates = reservations.reserved_dates(amenity)
    has_others = len(dates) <= (amenity.maximum_days or 30)
    return AmenityResponse(data={"reservedDates": [day.isoformat() for day in dates], "hasAvailableDates": has_others})


def allowed_hours(reservations: Reservations, settings: AmenitySettings, ask: AmenityRequest) -> AmenityResponse:
    """Answer the free hours of a date; 400 where there are none."""
    amenity = _amenity(reservations, ask)
    if amenity is None:
        return NOT_FOUND
    try:
        day = date.fromisoformat(ask.query["date"])
        begin = time.fromisoformat(ask.query["start_time"]) if "start_time" in ask.query else None
    except KeyError, ValueError:
        return BAD_REQUEST
    hours = reservations.hours(amenity, day, begin)
    if isinstance(hours, Refusal):
        return _refused(hours)
    rows = [{"startTime": start.isoformat(), "endTime": end.isoformat()} for start, end in hours]
    return AmenityResponse(data={"timezone": None, "hours": rows} if settings.hours_in_object else rows)


def book(reservations: Reservations, _settings: AmenitySettings, ask: AmenityRequest) -> AmenityResponse:
    """Reserve."""
    amenity = _amenity(reservations, ask)
    if amenity is None:
        return NOT_FOUND
    try:
        wanted = json.loads(ask.body)
        day = date.fromisoformat(wanted.pop("date"))
        begin, end = (time.fromisoformat(wanted.pop(name)) for name in ("startTime", "endTime"))
    except ValueError, KeyError, TypeError, AttributeError:
        return BAD_REQUEST
    if wanted or begin.tzinfo or end.tzinfo:
        return BAD_REQUEST
    made = reservations.book(ask.account, amenity, day, begin, end)
    return _refused(made) if isinstance(made, Refusal) else AmenityResponse(201, render_reservation(reservations, made))


def counts(reservations: Reservations, _settings: AmenitySettings, ask: AmenityRequest) -> AmenityResponse:
    """Answer how many reservations there are."""
    every = reservations.reservations_of(ask.account, ask.query.get("building", ""))
    past = sum(reservations.is_over(one) for one in every)
    return AmenityResponse(data={"past": past, "upcoming": len(every) - past})


def list_reservations(reservations: Reservations, settings: AmenitySettings, ask: AmenityRequest) -> AmenityResponse:
    """Answer a page of the resident's reservations."""
    every = reservations.reservations_of(ask.account, ask.query.get("building", ""))
    states = set(filter(None, ask.query.get("approval_statuses", "").split(",")))
    if settings.cancelled == "gone":
        states.discard("cancelled")
    rows = [one for one in every if one.state in states]
    if ask.query.get("status") == "upcoming":
        rows = [one for one in rows if not reservations.is_over(one)]
    return _page(ask, [render_reservation(reservations, one) for one in rows])


def mark_seen(reservations: Reservations, _settings: AmenitySettings, ask: AmenityRequest) -> AmenityResponse:
    """Clear the marks of news."""
    try:
        keys = {str(key) for key in json.loads(ask.body)["amenity_reservations"]}
    except ValueError, KeyError, TypeError:
        return BAD_REQUEST
    found = [reservations.reservation(key) for key in keys]
    ours = [one for one in found if one is not None and one.account == ask.account.id]
    if not keys or len(ours) < len(keys):
        return BAD_REQUEST
    for one in ours:
        one.has_unseen_update = False
    return AmenityResponse(data=None)


def cancel(reservations: Reservations, _settings: AmenitySettings, ask: AmenityRequest) -> AmenityResponse:
    """Cancel a reservation of one's own."""
    reservation = reservations.reservation(ask.args["reservation"])
    if reservation is None or reservation.account != ask.account.id:
        return NOT_FOUND
    refusal = reservations.cancel(reservation)
    return AmenityResponse(204) if refusal is None else _refused(refusal)


def render_amenity(reservations: Reservations, account: Account, amenity: Amenity) -> dict[str, Any]:
    """Return an amenity's row, with fields that nobody has told of."""
    left, left_per_week, left_per_month = reservations.left(account, amenity)
    upcoming = [one for one in reservations.reservations_of(account, amenity.building) if one.amenity == amenity.key]
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
            "reservationsLeft": left,
            "reservationsLeftPerWeek": left_per_week,
            "reservationsLeftPerMonth": left_per_month,
            "upcomingReservationsCount": sum(one.is_live and not reservations.is_over(one) for one in upcoming),
            "gallery": [],
        },
        amenity.overrides,
    )


def render_reservation(reservations: Reservations, reservation: Reservation) -> dict[str, Any]:
    """Return a reservation's row."""
    amenity = reservations.amenity(reservation.amenity)
    shown = None
    building: int | str | None = None
    if amenity is not None:
        shown = _with({"id": amenity.id, "name": amenity.name, "timezone": amenity.time_zone}, amenity.overrides)
        building = int(amenity.building) if isinstance(amenity.id, int) else amenity.building
    return _with(
        {
            "id": reservation.id,
            "amenity": shown,
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


def _amenity(reservations: Reservations, ask: AmenityRequest) -> Amenity | None:
    amenity = reservations.amenity(ask.args["amenity"])
    return amenity if amenity is not None and amenity.building in ask.account.buildings else None


def _refused(refusal: Refusal) -> AmenityResponse:
    return AmenityResponse(400, code=refusal.code, msg=refusal.text)


def _with(row: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in (row | overrides).items() if value is not ABSENT}


def _page(ask: AmenityRequest, rows: list[dict[str, Any]]) -> AmenityResponse:
    try:
        limit, offset = int(ask.query.get("limit", NO_PAGE)), int(ask.query.get("offset", 0))
    except ValueError:
        return BAD_REQUEST
    if limit < 1 or offset < 0:
        return BAD_REQUEST

    def at(there: int) -> str:
        return str(ask.url.update_query(limit=str(limit), offset=str(there)))

    return AmenityResponse(
        data={
            "count": len(rows),
            "next": at(offset + limit) if offset + limit < len(rows) else None,
            "previous": at(max(0, offset - limit)) if offset > 0 else None,
            "results": rows[offset : offset + limit],
        }
    )
