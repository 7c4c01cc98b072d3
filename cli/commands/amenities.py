"""`amenities`, `free`, `reservations`, `book`, `cancel`."""

from datetime import date, time, timedelta
import re
from typing import Annotated

import aiocarson
from aiocarson.carson.amenities.models import Amenity, Reservation
from aiocarson.search import pick
import typer

from ..context import Context
from ..exit_codes import CommandError, ExitCode
from ..lookup import get_buildings
from ..times import now, time_zone
from .parameters import BuildingOption, YesOption

AmenityArgument = Annotated[str, typer.Argument(help="Name of the amenity, beginning of the name, or id.")]
DayArgument = Annotated[str, typer.Argument(help="Day: today, tomorrow, friday or 2026-11-30.")]

_HOUR = re.compile(r"([0-2]?\d)(?::([0-5]\d))?", re.ASCII)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def parse_day(text: str, today: date) -> date:
    """Parse a day that is not in the past; a day of the week is the next one after today.

    Raises:
        CommandError: It cannot be parsed, or is in the past.
    """
    word = text.strip().lower()
    if word in {"today", "tomorrow"}:
        return today + timedelta(days=word == "tomorrow")
    if word in _DAYS:
        return today + timedelta(days=(_DAYS.index(word) - today.weekday() - 1) % 7 + 1)
    try:
        day = date.fromisoformat(word)
    except ValueError:
        raise CommandError(f"Invalid day {text!r}. Use today, tomorrow, a day of the week, or 2026-11-30") from None
    if day < today:
        raise CommandError(f"The day must not be in the past: {text}")
    return day


def parse_hour(text: str) -> time:
    """Parse a time of day; 24:00 is the midnight at the end of the day.

    Raises:
        CommandError: It cannot be parsed.
    """
    found = _HOUR.fullmatch(text.strip())
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
    if (hour, minute) == (24, 0):
        return time()
    if hour > 23:
        raise CommandError(f"Invalid time of day {text!r}. Use a form like 18:00")
    return time(hour, minute)


def _today(building: aiocarson.Building) -> date:
    return now().astimezone(time_zone(building.time_zone)).date()


async def _list_amenities(context: Context, building_name: str | None) -> list[tuple[aiocarson.Building, Amenity]]:
    client = await context.client()
    return [
        (building, amenity)
        for building in await get_buildings(context, building_name)
        if building.amenities_allowed
        for amenity in await client.amenities(building.id).list_amenities()
    ]


async def _find_amenity(context: Context, name: str, building_name: str | None) -> tuple[aiocarson.Building, Amenity]:
    """Return the amenity with this name, and its building."""
    found = await _list_amenities(context, building_name)
    buildings = {amenity.id: building for building, amenity in found}
    amenity = pick(
        [amenity for _, amenity in found],
        name,
        kind="amenity",
        label=lambda one: f"{buildings[one.id].name} / {one.name} ({one.id})",
    )
    return buildings[amenity.id], amenity


async def _list_reservations(
    context: Context, building_name: str | None
) -> list[tuple[aiocarson.Building, Reservation]]:
    client = await context.client()
    return [
        (building, reservation)
        for building in await get_buildings(context, building_name)
        if building.amenities_allowed
        for reservation in (await client.amenities(building.id).list_reservations()).items
    ]


def _as_json(building: aiocarson.Building, reservation: Reservation) -> dict[str, object]:
    zone = time_zone(building.time_zone)
    return {
        "id": reservation.id,
        "amenity_id": reservation.amenity.id,
        "amenity": reservation.amenity.name,
        "building_id": building.id,
        "building": building.name,
        "begin": reservation.begin.astimezone(zone),
        "end": reservation.end.astimezone(zone),
        "state": reservation.state,
    }


async def amenities(context: Context, *, building: BuildingOption = None) -> None:
    """List the amenities of your buildings."""
    found = await _list_amenities(context, building)
    context.output.table(
        [
            {
                "id": amenity.id,
                "name": amenity.name,
                "building_id": home.id,
                "building": home.name,
                "left": amenity.remaining,
                "requires_approval": amenity.requires_approval,
                "notes": amenity.notes,
            }
            for home, amenity in found
        ],
        ("Building", "Amenity", "Id", "Left", "Needs approval", "Notes"),
        [
            (home.name, amenity.name, amenity.id, amenity.remaining, amenity.requires_approval, amenity.notes)
            for home, amenity in found
        ],
        empty="No amenities.",
    )


async def free(
    context: Context, name: AmenityArgument, day: DayArgument = "today", *, building: BuildingOption = None
) -> None:
    """Show when an amenity is available on a day."""
    home, amenity = await _find_amenity(context, name, building)
    wanted = parse_day(day, _today(home))
    response = await (await context.client()).amenities(home.id).get_free_hours(amenity.id, wanted)
    if not response.complete:
        context.output.status("Carson's response was only partly understood; see `carson raw`.")
    hours = [(f"{one.begin:%H:%M}", f"{one.end:%H:%M}") for one in response.hours]
    context.output.table(
        {
            "amenity": amenity.name,
            "day": wanted.isoformat(),
            "free": [{"begin": begin, "end": end} for begin, end in hours],
        },
        ("From", "To"),
        hours,
        empty=f"{amenity.name} is not available on {wanted}.",
    )


async def reservations(context: Context, *, building: BuildingOption = None) -> None:
    """List your upcoming reservations."""
    found = await _list_reservations(context, building)
    context.output.table(
        [_as_json(home, reservation) for home, reservation in found],
        ("Building", "Amenity", "Id", "Day", "From", "To", "State"),
        [
            (
                home.name,
                reservation.amenity.name,
                reservation.id,
                reservation.day,
                f"{reservation.hours.begin:%H:%M}",
                f"{reservation.hours.end:%H:%M}",
                reservation.state,
            )
            for home, reservation in found
        ],
        empty="No upcoming reservations.",
    )


async def book(
    context: Context,
    name: AmenityArgument,
    day: DayArgument,
    begin: Annotated[str, typer.Argument(help="Start, like 18:00.")],
    end: Annotated[str, typer.Argument(help="End, like 20:00.")],
    *,
    building: BuildingOption = None,
    yes: YesOption = False,
) -> None:
    """Book an amenity. The request is sent only once, even if it is not confirmed."""
    first, last = parse_hour(begin), parse_hour(end)
    if last <= first and last != time():
        raise CommandError("The end must be after the start")
    home, amenity = await _find_amenity(context, name, building)
    wanted = parse_day(day, _today(home))
    title = f"{amenity.name} in {home.name} on {wanted}, {first:%H:%M} to {last:%H:%M}"
    if not yes and not context.confirm(f"Book {title}?"):
        raise CommandError(f"{title} was not booked", ExitCode.REFUSED)
    try:
        reservation = await (await context.client()).amenities(home.id).book(amenity.id, wanted, first, last)
    except aiocarson.OutcomeUnclearError:
        raise _unclear(title, "booked") from None
    order = f"Booked {title}: {reservation.state}, reservation {reservation.id}."
    context.carried_out(order, _as_json(home, reservation))


async def cancel(
    context: Context,
    reservation_id: Annotated[
        str, typer.Argument(metavar="reservation", help="Id of the reservation; see `carson reservations`.")
    ],
    *,
    building: BuildingOption = None,
    yes: YesOption = False,
) -> None:
    """Cancel a reservation."""
    found = {reservation.id: (home, reservation) for home, reservation in await _list_reservations(context, building)}
    if reservation_id not in found:
        raise CommandError(f"No upcoming reservation has the id {reservation_id!r}", ExitCode.NOTHING_THERE)
    home, reservation = found[reservation_id]
    hours = reservation.hours
    title = f"{reservation.amenity.name} in {home.name} on {reservation.day}, {hours.begin:%H:%M} to {hours.end:%H:%M}"
    if not yes and not context.confirm(f"Cancel {title}?"):
        raise CommandError(f"{title} was not canceled", ExitCode.REFUSED)
    try:
        await (await context.client()).amenities(home.id).cancel(reservation.id)
    except aiocarson.OutcomeUnclearError:
        raise _unclear(title, "canceled") from None
    context.carried_out(f"Canceled {title}.", {"cancelled": True, **_as_json(home, reservation)})


def _unclear(title: str, action: str) -> CommandError:
    return CommandError(
        f"{title}: the request was sent but not confirmed. It may or may not be {action}; "
        "check `carson reservations` before trying again",
        ExitCode.UNCLEAR,
    )
