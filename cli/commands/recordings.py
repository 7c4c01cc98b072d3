"""`recordings`, `download`."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
import errno
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

import aiocarson
from aiocarson.files import AtomicFile
import typer

from ..context import Context
from ..exit_codes import CommandError, ExitCode, sentence
from ..lookup import CameraRow, find_camera
from ..output import file_size, format_duration, format_time, safe_name
from ..output_files import check_folder
from ..times import now, parse_duration, parse_past_time, time_zone
from .parameters import BuildingOption, CameraArgument

if TYPE_CHECKING:
    from aiocarson.eagle_eye.recordings import Recordings
    from rich.progress import Progress, TaskID

SinceOption = Annotated[str, typer.Option(help="Start: 10:30, 'yesterday 18:00', 2026-11-20T18:00, or 3h (ago).")]
UntilOption = Annotated[str | None, typer.Option(help="End. Default: now.")]
LongerOption = Annotated[str | None, typer.Option(help="Only recordings of at least this duration: 30s, 5m.")]
ShorterOption = Annotated[str | None, typer.Option(help="Only recordings of at most this duration.")]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Only so many of the newest recordings.")]

# Errors after which the next file would fail as well.
_NO_MORE_FILES = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES}

type Format = Literal["mp4", "flv"]

_EMPTY = "No recordings in this time range."
# A recording that ended this recently may still continue.
_SETTLING_TIME = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFilter:
    """Which recordings are requested."""

    begin: datetime
    end: datetime
    min_duration: timedelta | None
    max_duration: timedelta | None
    limit: int | None

    @classmethod
    def parse(
        cls,
        zone: tzinfo,
        since: str,
        until: str | None,
        *,
        longer_than: str | None,
        shorter_than: str | None,
        limit: int | None,
    ) -> Self:
        """Parse the options of the user.

        Raises:
            CommandError: One of them is invalid.
        """
        current_time = now()
        begin = parse_past_time(since, zone, current_time)
        end = current_time if until is None else parse_past_time(until, zone, current_time)
        if end <= begin:
            raise CommandError("The end must be after the start")
        return cls(
            begin=begin,
            end=end,
            min_duration=None if longer_than is None else parse_duration(longer_than),
            max_duration=None if shorter_than is None else parse_duration(shorter_than),
            limit=limit,
        )

    async def list_recordings(self, recordings: "Recordings", camera_id: str) -> "tuple[aiocarson.Recording, ...]":
        """Return the recordings that match, oldest first."""
        found = await recordings.list_recordings(
            camera_id,
            begin=self.begin,
            end=self.end,
            min_duration=self.min_duration,
            max_duration=self.max_duration,
        )
        return found if self.limit is None else found[-self.limit :]


async def recordings(
    context: Context,
    name: CameraArgument,
    *,
    since: SinceOption = "1d",
    until: UntilOption = None,
    longer_than: LongerOption = None,
    shorter_than: ShorterOption = None,
    limit: LimitOption = None,
    last: Annotated[bool, typer.Option("--last", help="Only the newest recording, at any time.")] = False,
    previews: Annotated[bool, typer.Option("--previews", help="List the times of the preview images instead.")] = False,
    building: BuildingOption = None,
) -> None:
    """List the recordings of a camera, oldest first."""
    camera = await find_camera(context, name, building)
    zone = time_zone(camera.building.time_zone)
    wanted = RecordingFilter.parse(zone, since, until, longer_than=longer_than, shorter_than=shorter_than, limit=limit)
    source = (await context.client()).eagle_eye(camera.building.id).recordings
    if previews:
        times = await source.list_previews(camera.id, begin=wanted.begin, end=wanted.end)
        times = times if limit is None else times[-limit:]
        _print_previews(context, [when.astimezone(zone) for when in times])
        return
    if last:
        newest = await source.last_activity(camera.id)
        found: tuple[aiocarson.Recording, ...] = () if newest is None else (newest,)
    else:
        found = await wanted.list_recordings(source, camera.id)
    _print_recordings(context, camera, found, zone)


def _print_previews(context: Context, times: Sequence[datetime]) -> None:
    rows = [(f"{when:%Y-%m-%d %H:%M:%S.%f}"[:-3],) for when in times]
    context.output.table(times, ("Taken",), rows, empty=_EMPTY)


def _print_recordings(
    context: Context, camera: CameraRow, found: "Sequence[aiocarson.Recording]", zone: tzinfo
) -> None:
    local = [(one.begin.astimezone(zone), one.end and one.end.astimezone(zone), one.duration) for one in found]
    context.output.table(
        [
            {
                "begin": begin,
                "end": end,
                "duration": length,
                "camera_id": camera.id,
                "camera": camera.name,
                "building_id": camera.building.id,
                "building": camera.building.name,
            }
            for begin, end, length in local
        ],
        ("Begin", "End", "Length"),
        [
            (format_time(begin), format_time(end) or "in progress", format_duration(length))
            for begin, end, length in local
        ],
        empty=_EMPTY,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """One file to download.

    Attributes:
        starts_with_segment: Whether a stored segment begins exactly here.
    """

    begin: datetime
    end: datetime
    starts_with_segment: bool
    target: Path


@dataclass(slots=True)
class Summary:
    """The result of several downloads."""

    saved: list[Path] = field(default_factory=list)
    skipped: list[Path] = field(default_factory=list)
    failed: list[tuple[Path, str]] = field(default_factory=list)
    cannot_write: str | None = None
    """Why no further file can be written, if that is so."""


async def download(
    context: Context,
    name: CameraArgument,
    *,
    since: SinceOption = "1d",
    until: UntilOption = None,
    longer_than: LongerOption = None,
    shorter_than: ShorterOption = None,
    limit: LimitOption = None,
    to: Annotated[Path, typer.Option("--to", "-t", help="Folder for the files; it is created if necessary.")] = Path(),
    exact: Annotated[
        bool, typer.Option("--exact", help="Cut at --since and --until instead of saving whole segments.")
    ] = False,
    file_format: Annotated[Literal["mp4", "flv"], typer.Option("--form", help="File format.")] = "mp4",
    at_once: Annotated[int, typer.Option(min=1, max=6, help="Number of parallel downloads.")] = 3,
    building: BuildingOption = None,
) -> None:
    """Save recordings as files.

    Each stored segment of up to five minutes becomes one file. Existing files are skipped.
    """
    check_folder(to)
    camera = await find_camera(context, name, building)
    zone = time_zone(camera.building.time_zone)
    wanted = RecordingFilter.parse(zone, since, until, longer_than=longer_than, shorter_than=shorter_than, limit=limit)
    source = (await context.client()).eagle_eye(camera.building.id).recordings
    downloads = await _find_downloads(context, source, camera, wanted, exact=exact, folder=to, file_format=file_format)
    to.mkdir(parents=True, exist_ok=True)
    summary = await _download_all(context, source, camera.id, downloads, file_format=file_format, parallel=at_once)
    _print_summary(context, summary)


async def _find_downloads(
    context: Context,
    source: "Recordings",
    camera: CameraRow,
    wanted: RecordingFilter,
    *,
    exact: bool,
    folder: Path,
    file_format: Format,
) -> list[Download]:
    """Return one download for each stored segment of the requested recordings."""
    found = await wanted.list_recordings(source, camera.id)
    segments = (
        await source.list_recordings(camera.id, begin=wanted.begin, end=wanted.end, coalesce=False) if found else ()
    )
    zone = time_zone(camera.building.time_zone)
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
        stamp = f"{begin.astimezone(zone):%Y-%m-%d %H.%M.%S%z}"
        title = f"{safe_name(camera.name)} {stamp} {(end - begin).total_seconds():.0f}s.{file_format}"
        downloads.append(
            Download(begin=begin, end=end, starts_with_segment=begin == segment.begin, target=folder / title)
        )
    if in_progress:
        context.output.status("Skipped a recording that is still in progress. Run the command again when it has ended.")
    elif not downloads:
        context.output.status(_EMPTY)
    return downloads


async def _download_all(
    context: Context,
    source: "Recordings",
    camera_id: str,
    downloads: Sequence[Download],
    *,
    file_format: Format,
    parallel: int,
) -> Summary:
    """Download the files that do not exist yet, some of them in parallel."""
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

    summary = Summary()
    missing = [one for one in downloads if not file_size(one.target)]
    summary.skipped += [one.target for one in downloads if one not in missing]
    limit = asyncio.Semaphore(parallel)
    progress = context.output.progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    )

    overall = progress.add_task(f"0 of {len(missing)}", total=len(missing), visible=len(missing) > 1)

    def count() -> None:
        done = len(summary.saved) + len(summary.failed)
        progress.update(overall, completed=done, description=f"{done} of {len(missing)}")

    async def download_one(one: Download) -> None:
        async with limit:
            if summary.cannot_write is not None:
                return
            task = progress.add_task(one.target.name, total=2.0)
            try:
                await _download(source, camera_id, one, file_format, progress=progress, task=task)
            except (aiocarson.CarsonError, OSError) as err:
                summary.failed.append((one.target, sentence(err)))
                context.output.status(f"{one.target.name}: {sentence(err)}")
                if isinstance(err, OSError) and err.errno in _NO_MORE_FILES:
                    summary.cannot_write = sentence(err)
            else:
                summary.saved.append(one.target)
            progress.remove_task(task)
            count()

    try:
        with progress:
            async with asyncio.TaskGroup() as group:
                for one in missing:
                    group.create_task(download_one(one))
    except asyncio.CancelledError:
        context.output.status(f"{len(summary.saved)} of {len(missing)} saved.")
        raise
    return summary


async def _download(
    source: "Recordings",
    camera_id: str,
    download: Download,
    file_format: Format,
    *,
    progress: "Progress",
    task: "TaskID",
) -> None:
    """Download one file; its progress bar is half for the preparation by Eagle Eye, half for the transfer."""

    def report_preparation(ratio: float) -> None:
        progress.update(task, completed=ratio)

    clip = source.clip(
        camera_id,
        download.begin,
        download.end,
        video_format=file_format,
        on_progress=report_preparation,
        locate=not download.starts_with_segment,
    )
    async with clip as stream, AtomicFile(download.target) as file:
        async for chunk in stream.chunks():
            await file.write(chunk)
            progress.update(task, advance=len(chunk) / stream.content_length if stream.content_length else 0)
        progress.update(task, completed=2.0)


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
        }
    )
    if summary.cannot_write is not None:
        output.status(f"Stopped, because no further file can be saved. {summary.cannot_write}")
        context.exit_code = ExitCode.CANNOT_WRITE
    elif summary.failed:
        context.exit_code = ExitCode.SOME_FAILED
