"""Parsing of amenities and reservations (Protocol A.7).

Their form depends on the provider: what cannot be parsed is left out, and what has no field is kept in `raw`.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, tzinfo
import logging
import re
from typing import Any

from ...http.coerce import MAX_TEXT, as_bool, as_id, as_int, as_list, as_mapping, clean_text
from .models import Amenity, FreeHours, Hours, Reservation, ReservationState, ReservedDates, span

_LOGGER = logging.getLogger(__name__)

MAX_NOTES = 4000
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?", re.ASCII)

type TimeZoneOf = Callable[[Amenity], tzinfo]


def parse_amenity(value: object) -> Amenity | None:
    """Return an amenity; None if it has no usable id. In a reservation it may consist of the id only."""
    raw = as_mapping(value)
    amenity_id = as_id(raw.get("id")) if raw else as_id(value)
    if amenity_id is None:
        return None
    return Amenity(
        id=amenity_id,
        name=clean_text(raw.get("name")) or f"Amenity {amenity_id}",
        active=as_bool(raw.get("active"), default=True),
        time_zone=clean_text(raw.get("timezone")),
        notes=clean_text(raw.get("notes"), MAX_NOTES),
        minimum_days_ahead=_days(raw.get("minimumDaysBeforeReservation")),
        maximum_days_ahead=_days(raw.get("maximumDaysBeforeReservation")),
        minimum_reservation_time=_duration(raw.get("minimumReservationTime")),
        maximum_reservation_time=_duration(raw.get("maximumReservationTime")),
        simultaneous_reservations=as_int(raw.get("simultaneousNumberOfReservations")),
        requires_approval=as_bool(raw.get("requiresApproval")),
        rental_agreement_required=as_bool(raw.get("rentalAgreementRequired")),
        schedule=raw.get("schedule"),
        limit=as_int(raw.get("reservationsCount")),
        limit_per_week=as_int(raw.get("reservationsCountPerWeek")),
        limit_per_month=as_int(raw.get("reservationsCountPerMonth")),
        remaining=as_int(raw.get("reservationsLeft")),
        remaining_per_week=as_int(raw.get("reservationsLeftPerWeek")),
        remaining_per_month=as_int(raw.get("reservationsLeftPerMonth")),
        upcoming=as_int(raw.get("upcomingReservationsCount")),
        raw=raw,
    )


def parse_reservation(value: object, building_id: str, time_zone_of: TimeZoneOf) -> Reservation | None:
    """Return a reservation; None if its id, amenity, date or hours are missing."""
    raw = as_mapping(value)
    reservation_id, amenity = as_id(raw.get("id")), parse_amenity(raw.get("amenity"))
    day, begin, end = parse_date(raw.get("date")), parse_time(raw.get("startTime")), parse_time(raw.get("endTime"))
    if reservation_id is None or amenity is None or day is None or begin is None or end is None:
        _LOGGER.debug("Ignoring a reservation without id, amenity, date or hours")
        return None
    hours = Hours(begin, end)
    try:
        first, last = span(day, hours, time_zone_of(amenity))
    except OverflowError:
        return None
    status = raw.get("status")
    details = as_mapping(status)
    return Reservation(
        id=reservation_id,
        amenity=amenity,
        building_id=building_id,
        day=day,
        hours=hours,
        begin=first,
        end=last,
        state=_state(details.get("status") if details else status),
        auto_approved=as_bool(details.get("autoApprovedRequest")),
        expired=as_bool(raw.get("expired")),
        has_unseen_update=as_bool(raw.get("hasNew")),
        unit=raw.get("unit"),
        raw=raw,
    )


def parse_reserved_dates(value: object) -> ReservedDates:
    """Return the dates on which an amenity is not available."""
    raw = as_mapping(value)
    dates = (parse_date(one) for one in as_list(raw.get("reservedDates")))
    return ReservedDates(
        dates=tuple(sorted({one for one in dates if one is not None})),
        has_available_dates=as_bool(raw.get("hasAvailableDates"), default=True),
        raw=raw,
    )


def parse_free_hours(value: object, amenity_id: str, day: date) -> FreeHours:
    """Return the free hours: a list of begins and ends, which may be inside an object."""
    rows = value if isinstance(value, list) else _only_list(as_mapping(value))
    hours = tuple(_hours(row) for row in rows or ())
    return FreeHours(
        amenity_id=amenity_id,
        day=day,
        hours=tuple(one for one in hours if one is not None),
        complete=rows is not None and None not in hours,
        raw=value,
    )


def parse_date(value: object) -> date | None:
    """Return a date in the form `YYYY-MM-DD`, which a time of day may follow."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value.strip()[:10])
    except ValueError:
        return None


def parse_time(value: object) -> time | None:
    """Return a time in the form `HH:MM:SS` or `HH:MM`, which a date may precede; 24:00 is midnight."""
    text = value.strip() if isinstance(value, str) else ""
    if "T" in text:
        try:
            return datetime.fromisoformat(text).time().replace(microsecond=0)
        except ValueError:
            return None
    if (match := _TIME.fullmatch(text)) is None:
        return None
    hour, minute, second = (int(part or 0) for part in match.groups())
    if (hour, minute, second) == (24, 0, 0):
        return time()
    try:
        return time(hour, minute, second)
    except ValueError:
        return None


def _hours(row: object) -> Hours | None:
    raw = as_mapping(row)
    begin, end = parse_time(raw.get("startTime")), parse_time(raw.get("endTime"))
    return None if begin is None or end is None else Hours(begin, end)


def _only_list(raw: Mapping[str, Any]) -> list[Any] | None:
    """Return the list in an object, if it holds exactly one."""
    lists = [value for value in raw.values() if isinstance(value, list)]
    return lists[0] if len(lists) == 1 else None


def _state(value: object) -> ReservationState:
    try:
        return ReservationState((clean_text(value) or "").lower())
    except ValueError:
        return ReservationState.UNKNOWN


def _days(value: object) -> int | None:
    days = as_int(value)
    return days if days is not None and abs(days) <= 36_500 else None


def _duration(value: object) -> int | str | None:
    number = as_int(value)
    return clean_text(value, MAX_TEXT) if number is None else number
