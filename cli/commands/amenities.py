"""Amenities: `amenities`, `free`, `reservations`, `book`, `cancel`."""

from datetime import date, datetime, time, timedelta
import re
from typing import Annotated

import typer

from ..app import command
from ..client import aiocarson
from ..context import Run, now, zone
from ..exit_codes import CommandError, ExitCode
from ..prompts import confirm
from .doors import BuildingOption

_HOUR = re.compile(r"([0-2]?\d)(?::([0-5]\d))?", re.ASCII)

AmenityArgument = Annotated[str, typer.Argument(help="Name of the amenity, its beginning, or id.")]
DayArgument = Annotated[str, typer.Argument(help="today, tomorrow, a day of the week to come, or 2026-11-30")]
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def parse_day(text: str, today: date) -> date:
    """Read a day that is not past.

    Raises:
        CommandError: It cannot be read, or is past.
    """
    word = text.strip().lower()
    if word in {"today", "tomorrow"}:
        return today + timedelta(days=word == "tomorrow")
    if word in _DAYS:
        return today + timedelta(days=(_DAYS.index(word) - today.weekday() - 1) % 7 + 1)
    try:
        day = date.fromisoformat(word)
    except ValueError:
        raise CommandError(f"{text!r} is no day; write it like today, tomorrow, friday or 2026-11-30") from None
    if day < today:
        raise CommandError(f"{text!r} is past")
    return day


def parse_hour(text: str) -> time:
    """Read a time of day; 24:00 is midnight at its end.

    Raises:
        CommandError: It cannot be read.
    """
    found = _HOUR.fullmatch(text.strip())
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
    if (hour, minute) == (24, 0):
        return time()
    if hour > 23:
        raise CommandError(f"{text!r} is no time of day; write it like 18:00")
    return time(hour, minute)


async def _find(run: Run, name: str, building: str | None) -> tuple[aiocarson.Building, aiocarson.Amenity]:
    """Find one amenity among those of all buildings that have some."""
    found = await _all(run, building)
    homes = {amenity.id: home for home, amenity in found}
    amenity = aiocarson.pick(
        [amenity for _, amenity in found],
        name,
        what="amenity",
        label=lambda one: f"{homes[one.id].name} / {one.name} ({one.id})",
    )
    return homes[amenity.id], amenity


async def _all(run: Run, building: str | None) -> list[tuple[aiocarson.Building, aiocarson.Amenity]]:
    carson = await run.carson()
    return [
        (home, amenity)
        for home in await run.buildings(building)
        if home.amenities_allowed
        for amenity in await carson.amenities(home.id).list_amenities()
    ]


@command("amenities")
async def amenities(run: Run, *, building: BuildingOption = None) -> None:
    """List what can be booked in your buildings."""
    found = await _all(run, building)
    run.out.show(
        [
            {
                "id": one.id,
                "name": one.name,
                "building": home.name,
                "left": one.left,
                "requires_approval": one.requires_approval,
                "notes": one.notes,
            }
            for home, one in found
        ],
        ("Building", "Amenity", "Id", "Left", "Needs approval", "Notes"),
        [(home.name, one.name, one.id, one.left, one.requires_approval, one.notes) for home, one in found],
        none="There is nothing to book.",
    )


@command("free")
async def free(run: Run, name: AmenityArgument, day: DayArgument = "today", *, building: BuildingOption = None) -> None:
    """Tell when an amenity can be had on a day."""
    home, amenity = await _find(run, name, building)
    service = (await run.carson()).amenities(home.id)
    wanted = parse_day(day, now().astimezone(zone(home)).date())
    answer = await service.get_free_hours(amenity.id, wanted)
    if not answer.understood:
        run.out.note("Carson's answer could only be read in part; see `carson raw`.")
    run.out.show(
        {
            "amenity": amenity.name,
            "day": wanted.isoformat(),
            "free": [{"begin": f"{one.begin:%H:%M}", "end": f"{one.end:%H:%M}"} for one in answer.hours],
        },
        ("From", "To"),
        [(f"{one.begin:%H:%M}", f"{one.end:%H:%M}") for one in answer.hours],
        none=f"{amenity.name} is not free on {wanted}.",
    )


def _reservation(home: aiocarson.Building, one: aiocarson.Reservation) -> dict[str, object]:
    return {
        "id": one.id,
        "amenity": one.amenity.name,
        "building": home.name,
        "begin": _local(home, one.begin),
        "end": _local(home, one.end),
        "state": one.state,
    }


def _local(home: aiocarson.Building, when: datetime) -> datetime:
    return when.astimezone(zone(home))


@command("reservations")
async def reservations(run: Run, *, building: BuildingOption = None) -> None:
    """List your upcoming reservations."""
    found = await _reservations(run, building)
    run.out.show(
        [_reservation(home, one) for home, one in found],
        ("Building", "Amenity", "Id", "Day", "From", "To", "State"),
        [
            (
                home.name,
                one.amenity.name,
                one.id,
                one.day,
                f"{one.hours.begin:%H:%M}",
                f"{one.hours.end:%H:%M}",
                one.state,
            )
            for home, one in found
        ],
        none="You have no upcoming reservations.",
    )


async def _reservations(run: Run, building: str | None) -> list[tuple[aiocarson.Building, aiocarson.Reservation]]:
    carson = await run.carson()
    return [
        (home, one)
        for home in await run.buildings(building)
        if home.amenities_allowed
        for one in (await carson.amenities(home.id).list_reservations()).items
    ]


YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@command("book")
async def book(
    run: Run,
    name: AmenityArgument,
    day: DayArgument,
    begin: Annotated[str, typer.Argument(help="From: 18:00")],
    end: Annotated[str, typer.Argument(help="To: 20:00")],
    *,
    building: BuildingOption = None,
    yes: YesOption = False,
) -> None:
    """Book an amenity, after asking whether you mean it. The order is sent once, whatever comes of it."""
    first, last = parse_hour(begin), parse_hour(end)
    if last <= first and last != time():
        raise CommandError("The end must be after the beginning")
    home, amenity = await _find(run, name, building)
    wanted = parse_day(day, now().astimezone(zone(home)).date())
    title = f"{amenity.name} in {home.name} on {wanted}, {first:%H:%M} to {last:%H:%M}"
    if not yes and not confirm(f"Book {title}?"):
        raise CommandError(f"{title} was not booked", ExitCode.REFUSED)
    try:
        made = await (await run.carson()).amenities(home.id).book(amenity.id, wanted, first, last)
    except aiocarson.OutcomeUnclearError as err:
        text = f"It is not clear whether {title} is booked: see `carson reservations` before you try again. {err}"
        raise CommandError(text, ExitCode.UNCLEAR) from None
    run.out.say(f"Booked {title}: {made.state}, reservation {made.id}.")
    run.out.data(_reservation(home, made))


@command("cancel")
async def cancel(
    run: Run,
    reservation: Annotated[str, typer.Argument(help="Id of the reservation; see `carson reservations`.")],
    *,
    building: BuildingOption = None,
    yes: YesOption = False,
) -> None:
    """Cancel a reservation, after asking whether you mean it."""
    found = {one.id: (home, one) for home, one in await _reservations(run, building)}
    if reservation not in found:
        raise CommandError(f"There is no upcoming reservation {reservation!r}", ExitCode.NOTHING_THERE)
    home, one = found[reservation]
    title = f"{one.amenity.name} in {home.name} on {one.day}, {one.hours.begin:%H:%M} to {one.hours.end:%H:%M}"
    if not yes and not confirm(f"Cancel {title}?"):
        raise CommandError(f"{title} was not cancelled", ExitCode.REFUSED)
    try:
        await (await run.carson()).amenities(home.id).cancel(one.id)
    except aiocarson.OutcomeUnclearError as err:
        text = f"It is not clear whether {title} is cancelled: see `carson reservations`. {err}"
        raise CommandError(text, ExitCode.UNCLEAR) from None
    run.out.say(f"Cancelled {title}.")
    run.out.data({"cancelled": True, **_reservation(home, one)})
