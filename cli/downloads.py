"""Downloading recordings of one or several cameras: what to save where, several files at a time, and progress."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
import errno
from itertools import chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import aiocarson
from aiocarson.files import AtomicFile

from .context import Context
from .exit_codes import CommandError, sentence
from .lookup import CameraRow
from .output import file_size, safe_name
from .templates import fill_template
from .times import time_zone

if TYPE_CHECKING:
    from aiocarson.eagle_eye.recordings import Recordings
    from rich.progress import Progress, TaskID

# Errors after which the next file would fail as well.
_NO_MORE_FILES = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}

type Format = Literal["mp4", "flv"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """One file to download.

    Attributes:
        starts_with_segment: Whether a stored segment begins exactly here.
    """

    camera: CameraRow
    source: "Recordings"
    begin: datetime
    end: datetime
    starts_with_segment: bool
    target: Path = Path()


@dataclass(slots=True)
class Summary:
    """The result of several downloads.

    Attributes:
        unlisted: Why the recordings of cameras could not be listed, by their names.
        cannot_write: Why no further file can be written, if that is so.
    """

    saved: list[Path] = field(default_factory=list)
    skipped: list[Path] = field(default_factory=list)
    failed: list[tuple[Path, str]] = field(default_factory=list)
    unlisted: dict[str, str] = field(default_factory=dict)
    cannot_write: str | None = None


def with_targets(
    downloads: Sequence[Download], account: aiocarson.Account | None, folder: Path, template: str, file_format: Format
) -> list[Download]:
    """Return the downloads with the paths of their files.

    Cameras of the account that have one name are told apart by their ids, whether or not all of them are downloaded:
    a file must not be taken for that of another camera.

    Raises:
        CommandError: Two of them would have the same path.
    """
    buildings = () if account is None else account.buildings
    names = Counter(
        safe_name(camera.name).casefold() for building in buildings for camera in building.eagle_eye_cameras
    )
    found = [
        replace(one, target=folder / fill_template(template, _values(one, names, file_format))) for one in downloads
    ]
    # Some file systems ignore the case.
    paths = Counter(str(one.target).casefold() for one in found)
    if twice := next((one.target for one in found if paths[str(one.target).casefold()] > 1), None):
        raise CommandError(f"Several recordings would be saved as {twice}. Add {{date}}, {{time}} or {{offset}}")
    return found


def _values(download: Download, names: Counter[str], file_format: Format) -> dict[str, str]:
    camera = download.camera
    name = safe_name(camera.name)
    is_unique = camera.camera.is_listed and names[name.casefold()] == 1
    begin = download.begin.astimezone(time_zone(camera.building.time_zone))
    return {
        "building": camera.building.name,
        "building_id": camera.building.id,
        "camera": name if is_unique else f"{name[:60]} ({camera.id})",
        "camera_id": camera.id,
        "date": f"{begin:%Y-%m-%d}",
        "time": f"{begin:%H.%M.%S}",
        "offset": f"{begin:%z}",
        "seconds": f"{(download.end - download.begin).total_seconds():.0f}",
        "format": file_format,
    }


def in_turn(cameras: Iterable[Sequence[Download]]) -> list[Download]:
    """Return the downloads of several cameras so that each has its turn."""
    return [one for one in chain.from_iterable(zip_longest(*cameras)) if one is not None]


class Downloader:
    """Downloads files, some of them in parallel; files that exist already are skipped."""

    def __init__(self, context: Context, summary: Summary, *, file_format: Format, parallel: int) -> None:
        self._output = context.output
        self._summary = summary
        self._file_format = file_format
        self._limit = asyncio.Semaphore(parallel)
        self._received = 0

    async def run(self, downloads: Sequence[Download]) -> None:
        """Download everything; what fails is in the summary."""
        from .console import transfer_columns

        summary = self._summary
        missing = [one for one in downloads if not file_size(one.target)]
        summary.skipped += [one.target for one in downloads if file_size(one.target)]
        progress = self._output.progress(*transfer_columns())
        begin = asyncio.get_running_loop().time()
        overall = progress.add_task("", total=len(missing), visible=len(missing) > 1, transfer="")

        def show(*_: object) -> None:
            seconds = max(asyncio.get_running_loop().time() - begin, 0.001)
            done = len(summary.saved) + len(summary.failed)
            transfer = f"{_megabytes(self._received)}, {_megabytes(self._received / seconds)}/s"
            progress.update(overall, completed=done, description=f"{done} of {len(missing)}", transfer=transfer)

        show()
        try:
            with progress:
                async with asyncio.TaskGroup() as group:
                    for one in missing:
                        group.create_task(self._try(one, progress)).add_done_callback(show)
        except asyncio.CancelledError:
            self._output.status(f"{len(summary.saved)} of {len(missing)} saved.")
            raise

    async def _try(self, one: Download, progress: "Progress") -> None:
        async with self._limit:
            if self._summary.cannot_write is not None:
                return
            task = progress.add_task(one.target.name, total=2.0, transfer="")
            try:
                await self._download(one, progress, task)
            except (aiocarson.CarsonError, OSError) as err:
                self._summary.failed.append((one.target, sentence(err)))
                self._output.status(f"{one.target.name}: {sentence(err)}")
                if isinstance(err, OSError) and err.errno in _NO_MORE_FILES:
                    self._summary.cannot_write = sentence(err)
            else:
                self._summary.saved.append(one.target)
            progress.remove_task(task)

    async def _download(self, one: Download, progress: "Progress", task: "TaskID") -> None:
        """Download one file; its progress bar is half for the preparation by Eagle Eye, half for the transfer."""
        clip = one.source.clip(
            one.camera.id,
            one.begin,
            one.end,
            video_format=self._file_format,
            on_progress=lambda ratio: progress.update(task, completed=ratio),
            locate=not one.starts_with_segment,
        )
        size = 0
        one.target.parent.mkdir(parents=True, exist_ok=True)
        async with clip as stream, AtomicFile(one.target) as file:
            async for chunk in stream.chunks():
                await file.write(chunk)
                size += len(chunk)
                self._received += len(chunk)
                share = len(chunk) / stream.content_length if stream.content_length else 0
                progress.update(task, advance=share, transfer=_megabytes(size))
            progress.update(task, completed=2.0)


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.1f} MB"
