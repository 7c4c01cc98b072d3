"""`doors`, `open`."""

from typing import Annotated

import aiocarson
import typer

from ..completion import complete_door
from ..context import Context
from ..exit_codes import CommandError, ExitCode, exit_code_for, sentence
from ..lookup import DoorRow, choose, door_rows, get_buildings
from .parameters import BuildingOption, YesOption


def _kinds(door: aiocarson.Door) -> str | None:
    kinds = [("unit door", door.is_unit_door), ("staff only", door.staff_only), ("default", door.default_in_building)]
    return ", ".join(kind for kind, applies in kinds if applies) or None


def _as_json(row: DoorRow) -> dict[str, object]:
    door = row.door
    return {
        "id": door.id,
        "name": door.name,
        "building_id": row.building.id,
        "building": row.building.name,
        "provider": door.provider,
        "usable": door.usable,
        "staff_only": door.staff_only,
        "unit_door": door.is_unit_door,
        "default": door.default_in_building,
    }


async def doors(context: Context, *, building: BuildingOption = None) -> None:
    """List the doors of your buildings."""
    rows = door_rows(await get_buildings(context, building))
    context.output.table(
        [_as_json(row) for row in rows],
        ("Building", "Door", "Id", "Kind", "Usable"),
        [(row.building.name, row.name, row.id, _kinds(row.door), row.door.usable) for row in rows],
        empty="No doors.",
    )


async def open_door(
    context: Context,
    name: Annotated[
        str,
        typer.Argument(
            autocompletion=complete_door, help="Name of the door, beginning of the name, id, or building/name."
        ),
    ],
    *,
    building: BuildingOption = None,
    yes: YesOption = False,
) -> None:
    """Open a door. The request is sent only once, even if it is not confirmed."""
    row = choose(door_rows(await get_buildings(context, building)), name, "door")
    title = f"{row.name} in {row.building.name}"
    if not yes and not context.confirm(f"Open {title}?"):
        raise CommandError(f"{title} was not opened", ExitCode.REFUSED)
    try:
        await (await context.client()).open_door(row.id)
    except aiocarson.OutcomeUnclearError:
        raise CommandError(
            f"{title}: the request was sent but not confirmed. The door may or may not have opened; "
            "check before trying again",
            ExitCode.UNCLEAR,
        ) from None
    except aiocarson.ApiError as err:
        reason = err.reason or sentence(err)
        raise CommandError(f"{title} was not opened. {reason}", exit_code_for(err)) from None
    result = {
        "opened": True,
        "id": row.id,
        "name": row.name,
        "building_id": row.building.id,
        "building": row.building.name,
    }
    context.carried_out(f"Opened {title}.", result)
