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
class _Saved:
    """What was saved.

    Attributes:
        bytes: The size of the video as it was received.
        seconds: For how long.
        error: Why it ended early, if it did.
    """

    bytes: int = 0
    seconds: float = 0.0
    error: aiocarson.CarsonError | None = None


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
    saved = await _save(context, camera, length, target, as_mp4=as_mp4)
    if saved.error is not None:
        context.output.status(f"The live view ended early: {sentence(saved.error)}")
        context.exit_code = exit_code_for(saved.error) or ExitCode.NO_CONNECTION
    if is_standard_output(target):
        return
    size = target.stat().st_size if as_mp4 else saved.bytes
    lasted = length if saved.error is None else timedelta(seconds=saved.seconds)
    time_text = f"{lasted.total_seconds():g} seconds" if lasted < timedelta(minutes=2) else format_duration(lasted)
    context.output.print(f"Saved {target}: {camera.name}, {time_text}, {size} bytes.")
    context.output.json(
        {"file": str(target), "camera": camera.name, "id": camera.id, "begun_at": begun_at, "bytes": size}
    )


async def _save(context: Context, camera: CameraRow, length: timedelta, target: Path, *, as_mp4: bool) -> _Saved:
    """Write the live view to the target, with a progress bar."""
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

    from ..mp4 import open_mp4

    eagle_eye = (await context.client()).eagle_eye(camera.building.id)
    is_long = length > _LONGEST_PART
    source: AbstractAsyncContextManager[AsyncIterator[bytes]] = (
        eagle_eye.endless_live(camera.id) if is_long else eagle_eye.live(camera.id, duration=length)
    )
    progress = context.output.progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), TextColumn("{task.fields[size]} bytes")
    )
    time = asyncio.get_running_loop().time
    saved = _Saved()
    cancelled: asyncio.CancelledError | None = None
    with progress:
        task = progress.add_task(camera.name, total=length.total_seconds(), size=0)
        begin = time()
        async with source as stream, open_mp4(target) if as_mp4 else open_target(target) as write:
            try:
                async for chunk in stream:
                    await write(chunk)
                    saved.bytes += len(chunk)
                    saved.seconds = time() - begin
                    progress.update(task, completed=saved.seconds, size=saved.bytes)
                    if is_long and saved.seconds >= length.total_seconds():
                        break
            except aiocarson.CarsonError as err:
                if not is_long or not saved.bytes:
                    raise
                saved.error = err
            except asyncio.CancelledError as err:
                if not is_long or not saved.bytes:
                    raise
                cancelled = err
    if cancelled is not None:
        context.output.status(f"Saved {target}: {camera.name}, {format_duration(timedelta(seconds=saved.seconds))}.")
        raise cancelled
    return saved
