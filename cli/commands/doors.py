"""Doors: `doors`, `open`."""

from typing import Annotated

import typer

from ..app import command
from ..client import aiocarson
from ..context import Run, SeenDoor, choose, doors_of
from ..exit_codes import CommandError, ExitCode
from ..prompts import confirm

BuildingOption = Annotated[str | None, typer.Option("--building", "-b", help="Only this building.")]


def _kinds(door: aiocarson.Door) -> str | None:
    kinds = [("unit door", door.is_unit_door), ("staff only", door.staff_only), ("default", door.default_in_building)]
    return ", ".join(word for word, holds in kinds if holds) or None


def _data(one: SeenDoor) -> dict[str, object]:
    door = one.door
    return {
        "id": door.id,
        "name": door.name,
        "building_id": one.building.id,
        "building": one.building.name,
        "provider": door.provider,
        "usable": door.usable,
        "staff_only": door.staff_only,
        "unit_door": door.is_unit_door,
        "default": door.default_in_building,
    }


@command("doors")
async def doors(run: Run, *, building: BuildingOption = None) -> None:
    """List the doors of your buildings."""
    found = doors_of(await run.buildings(building))
    run.out.show(
        [_data(one) for one in found],
        ("Building", "Door", "Id", "Kind", "Usable"),
        [(one.building.name, one.name, one.id, _kinds(one.door), one.door.usable) for one in found],
        none="There are no doors.",
    )


@command("open")
async def open_door(
    run: Run,
    name: Annotated[str, typer.Argument(help="Name, its beginning, or id; also building/name.")],
    *,
    building: BuildingOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Open a door, after asking whether you mean it. The order is sent once, whatever comes of it."""
    one = choose(doors_of(await run.buildings(building)), name, "door")
    title = f"{one.name} in {one.building.name}"
    if not yes and not confirm(f"Open {title}?"):
        raise CommandError(f"{title} was not opened", ExitCode.REFUSED)
    try:
        await (await run.carson()).open_door(one.id)
    except aiocarson.OutcomeUnclearError as err:
        text = f"It is not clear whether {title} opened: look at the door before you try again. {err}"
        raise CommandError(text, ExitCode.UNCLEAR) from None
    run.out.say(f"Opened {title}.")
    run.out.data({"opened": True, "id": one.id, "name": one.name, "building": one.building.name})
