"""`cameras`, `still`."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import aiocarson
from aiocarson.eagle_eye.models import CameraState
import typer

from ..context import Context
from ..exit_codes import CommandError, exit_code_for, sentence
from ..lookup import CameraRow, camera_rows, find_camera, get_buildings
from ..output import format_duration, format_time, safe_name
from ..output_files import check_target, is_standard_output, write_target
from ..times import now, parse_past_time, time_zone
from .parameters import BuildingOption, CameraArgument, OutputOption

# Older pictures come with a remark.
_OLD = timedelta(minutes=1)
_STATES = {
    CameraState.OFF: "off",
    CameraState.OFFLINE: "offline",
    CameraState.INTERNET_OFFLINE: "offline: its bridge has no connection",
    CameraState.PASSWORD_NEEDED: "not accessible: its bridge needs the password",
}


async def cameras(
    context: Context,
    *,
    building: BuildingOption = None,
    include_hidden: Annotated[
        bool, typer.Option("--all", help="Include cameras that Eagle Eye has but Carson does not show.")
    ] = False,
    online: Annotated[
        bool | None, typer.Option("--online/--offline", help="Only cameras that are online, or that are not.")
    ] = None,
    tag: Annotated[str | None, typer.Option(help="Only cameras with this tag.")] = None,
) -> None:
    """List the cameras of your buildings and their state."""
    rows = [
        row
        for row in await camera_rows(context, await get_buildings(context, building), include_hidden=include_hidden)
        if (online is None or (row.camera.state == CameraState.ONLINE) is online)
        and (tag is None or tag in row.camera.tags)
    ]
    context.output.table(
        [row.as_json() for row in rows],
        ("Building", "Camera", "Id", "State", "Recording", "Tags"),
        [
            (
                row.building.name,
                row.name,
                row.id or None,
                row.camera.state,
                row.camera.is_recording,
                ", ".join(row.camera.tags) or None,
            )
            for row in rows
        ],
        empty="No matching cameras.",
    )


async def still(
    context: Context,
    name: CameraArgument,
    *,
    at: Annotated[
        str | None,
        typer.Option(help="Time of the still: 10:30, 'yesterday 18:00', 2026-11-20T18:00, or 3h (ago). Default: now."),
    ] = None,
    output: OutputOption = None,
    full: Annotated[
        bool, typer.Option("--full", help="Full resolution, taken from the recording; requires --at.")
    ] = False,
    building: BuildingOption = None,
) -> None:
    """Save the newest still of a camera. With --at, save the last one before that time."""
    if full and at is None:
        raise CommandError("--full takes the still from a recording and requires --at")
    if output is not None:
        check_target(output)
    camera = await find_camera(context, name, building)
    zone = time_zone(camera.building.time_zone)
    when = None if at is None else parse_past_time(at, zone, now())
    eagle_eye = (await context.client()).eagle_eye(camera.building.id)
    try:
        if full and when is not None:
            image = await eagle_eye.recordings.get_snapshot(camera.id, when)
        else:
            image = await eagle_eye.get_still(camera.id, timestamp=when)
    except (aiocarson.ApiError, aiocarson.CannotConnectError) as err:
        if when is not None or (state := await _state_that_explains(context, camera)) is None:
            raise
        text = f"{camera.name} is {state}, so there is no new picture. {sentence(err)}"
        raise CommandError(text, exit_code_for(err)) from None
    taken_at = image.taken_at.astimezone(zone) if image.taken_at else None
    stamp = taken_at or (when or now()).astimezone(zone)
    target = output or Path(f"{safe_name(camera.name)} {stamp:%Y-%m-%d %H.%M.%S}.jpg")
    await write_target(target, image.content)
    if is_standard_output(target):
        return
    time_text = f"taken {format_time(taken_at)}" if taken_at else "time unknown"
    context.output.print(f"Saved {target}: {camera.name}, {time_text}, {len(image.content)} bytes.")
    if when is None and image.taken_at is not None and (age := now() - image.taken_at) > _OLD:
        state = await _state_that_explains(context, camera)
        reason = f": the camera is {state}" if state is not None else ""
        context.output.status(f"The picture is {format_duration(age)} old{reason}.")
    context.output.json(
        {
            "file": str(target),
            "camera": camera.name,
            "id": camera.id,
            "taken_at": taken_at,
            "bytes": len(image.content),
        }
    )


async def _state_that_explains(context: Context, camera: CameraRow) -> str | None:
    """Return the state of a camera that gives no new pictures; None if it is online or unknown."""
    try:
        devices = await (await context.client()).eagle_eye(camera.building.id).get_devices()
    except aiocarson.CarsonError:
        return None
    state = next((device.status.state for device in devices if device.id == camera.id), None)
    return None if state in {None, CameraState.ONLINE} else _STATES[state]
