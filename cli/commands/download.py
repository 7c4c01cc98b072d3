"""`download`."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import aiocarson
import typer

from ..completion import complete_camera
from ..context import Context
from ..downloads import Download, Downloader, Format, Summary, in_turn, with_targets
from ..exit_codes import CommandError, ExitCode, sentence
from ..lookup import CameraRow, camera_rows, find_cameras, get_buildings
from ..output_files import check_folder
from ..templates import USUAL, check_template
from ..times import now, time_zone
from .parameters import BuildingOption
from .recordings import (
    NO_RECORDINGS,
    LimitOption,
    LongerOption,
    RecordingFilter,
    ShorterOption,
    SinceOption,
    UntilOption,
)

# A recording that ended this recently may still continue.
_SETTLING_TIME = timedelta(seconds=15)
_LISTS_AT_ONCE = 4


async def download(
    context: Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            autocompletion=complete_camera, help="Names of cameras, as for `carson still`.", metavar="NAMES"
        ),
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All cameras that Carson shows you.")] = False,
    since: SinceOption = "1d",
    until: UntilOption = None,
    longer_than: LongerOption = None,
    shorter_than: ShorterOption = None,
    limit: LimitOption = None,
    to: Annotated[Path, typer.Option("--to", "-t", help="Folder for the files; it is created if necessary.")] = Path(),
    template: Annotated[
        str,
        typer.Option(
            "--output", "-o", help="Path of each file in the folder, such as '{building}/{camera}/{date}/{time}.mp4'."
        ),
    ] = USUAL,
    exact: Annotated[
        bool, typer.Option("--exact", help="Cut at --since and --until instead of saving whole segments.")
    ] = False,
    file_format: Annotated[Format, typer.Option("--form", help="File format.")] = "mp4",
    at_once: Annotated[int, typer.Option(min=1, max=6, help="Number of parallel downloads.")] = 3,
    building: BuildingOption = None,
) -> None:
    """Save recordings as files.

    Each stored segment of up to five minutes becomes one file. Existing files are skipped.
    """
    if bool(names) == every:
        raise CommandError("Name one or more cameras, or use --all")
    check_template(template)
    check_folder(to)
    cameras = await _find_cameras(context, names or (), building)
    summary = Summary()
    limits = asyncio.Semaphore(_LISTS_AT_ONCE)

    async def find(camera: CameraRow) -> list[Download]:
        wanted = RecordingFilter.parse(
            time_zone(camera.building.time_zone),
            since,
            until,
            longer_than=longer_than,
            shorter_than=shorter_than,
            limit=limit,
        )
        async with limits:
            try:
                return await _find_downloads(context, camera, wanted, exact=exact)
            except aiocarson.CarsonError as err:
                if len(cameras) == 1:
                    raise
                summary.unlisted[camera.name] = sentence(err)
                context.output.status(f"{camera.name}: {sentence(err)}")
                return []

    found = in_turn(await asyncio.gather(*map(find, cameras)))
    if not found and not summary.unlisted:
        context.output.status(NO_RECORDINGS)
    account = (await context.client()).account
    downloads = with_targets(found, account, to, template, file_format)
    await Downloader(context, summary, file_format=file_format, parallel=at_once).run(downloads)
    _print_summary(context, summary)


async def _find_cameras(context: Context, names: list[str] | tuple[()], building: str | None) -> list[CameraRow]:
    if names:
        found = await find_cameras(context, names, building)
    else:
        found = _known_to_eagle_eye(await camera_rows(context, await get_buildings(context, building)))
        if not found:
            raise CommandError("There are no cameras", ExitCode.NOTHING_THERE)
    return list({(row.building.id, row.id): row for row in found}.values())


def _known_to_eagle_eye(rows: list[CameraRow]) -> list[CameraRow]:
    """Leave out cameras that Eagle Eye does not list although it lists others of the building: it records nothing."""
    listed = {row.building.id for row in rows if row.camera.state is not None}
    return [row for row in rows if row.id and (row.camera.state is not None or row.building.id not in listed)]


async def _find_downloads(
    context: Context, camera: CameraRow, wanted: RecordingFilter, *, exact: bool
) -> list[Download]:
    """Return one download for each stored segment of the requested recordings."""
    source = (await context.client()).eagle_eye(camera.building.id).recordings
    found = await wanted.list_recordings(source, camera.id)
    segments = (
        await source.list_recordings(camera.id, begin=wanted.begin, end=wanted.end, coalesce=False) if found else ()
    )
    downloads: list[Download] = []
    in_progress = False
    for segment in segments:
        if not any(one.begin <= segment.begin and (one.end is None or segment.begin < one.end) for one in found):
            continue
        begin, end = segment.begin, segment.end
        if exact:
            begin, end = max(begin, wanted.begin), min(end or wanted.end, wanted.end)
        if end is None or now() - end < _SETTLING_TIME:
            in_progress = True
            continue
        downloads.append(
            Download(camera=camera, source=source, begin=begin, end=end, starts_with_segment=begin == segment.begin)
        )
    if in_progress:
        context.output.status(
            f"{camera.name}: skipped a recording that is still in progress. Run the command again when it has ended."
        )
    return downloads


def _print_summary(context: Context, summary: Summary) -> None:
    output = context.output
    output.print(
        f"{len(summary.saved)} saved, {len(summary.skipped)} skipped (already exist), {len(summary.failed)} failed."
    )
    output.json(
        {
            "saved": sorted(str(target) for target in summary.saved),
            "skipped": sorted(str(target) for target in summary.skipped),
            "failed": {str(target): text for target, text in summary.failed},
            "unlisted": summary.unlisted,
        }
    )
    if summary.cannot_write is not None:
        output.status(f"Stopped, because no further file can be saved. {summary.cannot_write}")
        context.exit_code = ExitCode.CANNOT_WRITE
    elif summary.failed or summary.unlisted:
        context.exit_code = ExitCode.SOME_FAILED
