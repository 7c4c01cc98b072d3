"""Cameras now: `cameras`, `still`, `live`."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
import typer

from ..app import command
from ..client import aiocarson
from ..context import Run, now, zone
from ..exit_codes import CommandError
from ..output import clock, safe_name
from ..output_files import check_target, is_standard_output, opened_target, write_target
from ..times import parse_length, parse_when
from .doors import BuildingOption

NameArgument = Annotated[str, typer.Argument(help="Name, its beginning, or id (ESN); also building/name.")]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="File to write; - is standard output.")]


@command("cameras")
async def cameras(
    run: Run,
    *,
    building: BuildingOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that Carson does not show, but Eagle Eye has.")
    ] = False,
    online: Annotated[bool | None, typer.Option("--online/--offline", help="Only these.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only those with this tag.")] = None,
) -> None:
    """List the cameras that Eagle Eye serves, and what they do."""
    found = [
        one
        for one in await run.cameras(await run.buildings(building), everything=everything)
        if (online is None or (one.state == aiocarson.CameraState.ONLINE) is online)
        and (tag is None or tag in one.tags)
    ]
    run.out.show(
        [one.as_data() for one in found],
        ("Building", "Camera", "Id", "State", "Recording", "Tags"),
        [
            (one.building.name, one.name, one.id or None, one.state, one.recording, ", ".join(one.tags) or None)
            for one in found
        ],
        none="There are no such cameras.",
    )


@command("still")
async def still(
    run: Run,
    name: NameArgument,
    *,
    at: Annotated[str | None, typer.Option(help="When; now by default. 10:30, 'yesterday 18:00', ISO, 3h")] = None,
    output: OutputOption = None,
    full: Annotated[bool, typer.Option("--full", help="In full size, from the recording; needs --at.")] = False,
    building: BuildingOption = None,
) -> None:
    """Save a picture of a camera: the newest, or the last one before a point in time."""
    if full and at is None:
        raise CommandError("--full takes the picture out of a recording: say --at which time")
    if output is not None:
        check_target(output)
    camera = await run.camera(name, building)
    when = None if at is None else parse_when(at, zone(camera.building), now())
    eagle_eye = (await run.carson()).eagle_eye(camera.building.id)
    if full and when is not None:
        picture = await eagle_eye.recordings.get_snapshot(camera.id, when)
    else:
        picture = await eagle_eye.get_still(camera.id, timestamp=when)
    taken = (picture.taken_at or when or now()).astimezone(zone(camera.building))
    target = output or Path(f"{safe_name(camera.name)} {taken:%Y-%m-%d %H.%M.%S}.jpg")
    await write_target(target, picture.content)
    if is_standard_output(target):
        return
    age = f"taken {clock(taken)}" if picture.taken_at else "taken at an unknown time"
    run.out.say(f"Saved {target}: {camera.name}, {age}, {len(picture.content)} bytes.")
    run.out.data(
        {
            "file": str(target),
            "camera": camera.name,
            "id": camera.id,
            "taken_at": taken if picture.taken_at else None,
            "bytes": len(picture.content),
        }
    )


@command("live")
async def live(
    run: Run,
    name: NameArgument,
    *,
    length: Annotated[str, typer.Option("--for", help="How long: 30s, 5m; half an hour at most.")] = "10s",
    output: OutputOption = None,
    building: BuildingOption = None,
) -> None:
    """Save the live view of a camera as FLV, as it comes. It is kept only if it came whole."""
    duration = parse_length(length)
    if not timedelta(seconds=1) <= duration <= timedelta(minutes=30):
        raise CommandError("A live view lasts between one second and half an hour")
    if output is not None:
        check_target(output)
    camera = await run.camera(name, building)
    begun = now().astimezone(zone(camera.building))
    target = output or Path(f"{safe_name(camera.name)} {begun:%Y-%m-%d %H.%M.%S} live.flv")
    eagle_eye = (await run.carson()).eagle_eye(camera.building.id)
    written = 0
    bars = run.out.progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), TextColumn("{task.fields[size]} bytes")
    )
    clock_now = asyncio.get_running_loop().time
    with bars:
        bar = bars.add_task(camera.name, total=duration.total_seconds(), size=0)
        begun_at = clock_now()
        async with eagle_eye.live(camera.id, duration=duration) as stream, opened_target(target) as write:
            async for chunk in stream:
                await write(chunk)
                written += len(chunk)
                bars.update(bar, completed=clock_now() - begun_at, size=written)
    if is_standard_output(target):
        return
    run.out.say(f"Saved {target}: {camera.name}, live for {duration.total_seconds():g} s, {written} bytes.")
    run.out.data({"file": str(target), "camera": camera.name, "id": camera.id, "begun_at": begun, "bytes": written})
