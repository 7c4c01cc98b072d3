"""`live`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import aiocarson
import typer

from ..context import Context
from ..exit_codes import CommandError, ExitCode, exit_code_for, sentence
from ..lookup import CameraRow, find_camera
from ..output import format_duration, safe_name
from ..output_files import check_target, is_standard_output, open_target
from ..times import now, parse_duration, time_zone
from .parameters import BuildingOption, CameraArgument, OutputOption

_LONGEST = timedelta(days=1)
# Eagle Eye ends a longer one itself, about then (Protocol B.8).
_LONGEST_PART = timedelta(minutes=5)


@dataclass(slots=True)
class _Received:
    """What was received: the size of the video, and for how long."""

    bytes: int = 0
    seconds: float = 0.0


async def live(
    context: Context,
    name: CameraArgument,
    *,
    duration: Annotated[str, typer.Option("--for", help="Duration: 30s, 5m, 2h; at most 24h.")] = "10s",
    output: OutputOption = None,
    building: BuildingOption = None,
) -> None:
    """Save the live view of a camera, as FLV or, if the file ends in .mp4, as MP4.

    More than five minutes are joined from several live views without a gap, and kept if they end early.
    """
    length = parse_duration(duration)
    if not timedelta(seconds=1) <= length <= _LONGEST:
        raise CommandError("The duration of a live view must be between 1 second and 24 hours")
    if output is not None:
        check_target(output)
    as_mp4 = output is not None and output.suffix.lower() == ".mp4"
    if as_mp4:
        from ..mp4 import check_mp4

        check_mp4()
    camera = await find_camera(context, name, building)
    begun_at = now().astimezone(time_zone(camera.building.time_zone))
    target = output or Path(f"{safe_name(camera.name)} {begun_at:%Y-%m-%d %H.%M.%S} live.flv")
    received = _Received()
    is_long = length > _LONGEST_PART
    try:
        await _save(context, camera, length, target, received, as_mp4=as_mp4)
    except (aiocarson.CarsonError, OSError, asyncio.CancelledError) as err:
        if not is_long or not received.bytes or is_standard_output(target) or not target.exists():
            raise
        context.kept = f"{camera.name} was saved to {target} until then"
        if isinstance(err, asyncio.CancelledError):
            raise
        context.output.status(f"The live view ended early: {sentence(err)}")
        context.exit_code = ExitCode.CANNOT_WRITE if isinstance(err, OSError) else exit_code_for(err)
        length = timedelta(seconds=received.seconds)
    if is_standard_output(target):
        return
    size = target.stat().st_size if as_mp4 else received.bytes
    time_text = f"{length.total_seconds():g} seconds" if length < timedelta(minutes=2) else format_duration(length)
    context.output.print(f"Saved {target}: {camera.name}, {time_text}, {size} bytes.")
    context.output.json(
        {"file": str(target), "camera": camera.name, "id": camera.id, "begun_at": begun_at, "bytes": size}
    )


async def _save(
    context: Context, camera: CameraRow, length: timedelta, target: Path, received: _Received, *, as_mp4: bool
) -> None:
    """Write the live view to the target, with a progress bar."""
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

    from ..mp4 import open_mp4

    eagle_eye = (await context.client()).eagle_eye(camera.building.id)
    is_long = length > _LONGEST_PART
    source: AbstractAsyncContextManager[AsyncIterator[bytes]] = (
        eagle_eye.endless_live(camera.id) if is_long else eagle_eye.live(camera.id, duration=length)
    )
    open_file = open_mp4 if as_mp4 else open_target
    progress = context.output.progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), TextColumn("{task.fields[size]} bytes")
    )
    time = asyncio.get_running_loop().time
    with progress:
        task = progress.add_task(camera.name, total=length.total_seconds(), size=0)
        begin = time()
        async with source as stream, open_file(target, keep_partial=is_long) as write:
            async for chunk in stream:
                await write(chunk)
                received.bytes += len(chunk)
                received.seconds = time() - begin
                progress.update(task, completed=received.seconds, size=received.bytes)
                if is_long and received.seconds >= length.total_seconds():
                    break
