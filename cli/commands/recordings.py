"""What was recorded: `recordings`, `download`."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Literal

from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn
import typer

from ..app import command
from ..client import aiocarson
from ..context import Run, SeenCamera, now, zone
from ..exit_codes import CommandError, ExitCode, sentence
from ..output import clock, safe_name, size_of, span
from ..times import parse_length, parse_when
from .cameras import NameArgument
from .doors import BuildingOption

SinceOption = Annotated[str, typer.Option(help="From when on: 10:30, 'yesterday 18:00', ISO, 3h")]
UntilOption = Annotated[str | None, typer.Option(help="Until when; now by default.")]
LongerOption = Annotated[str | None, typer.Option(help="Leave out shorter recordings: 30s, 5m")]
ShorterOption = Annotated[str | None, typer.Option(help="Leave out longer recordings.")]
LimitOption = Annotated[int | None, typer.Option(min=1, help="The most recordings to take, oldest first.")]

# What ended so lately may still go on.
_STILL_GOING = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """Which recordings."""

    begin: datetime
    end: datetime
    longer: timedelta | None
    shorter: timedelta | None
    limit: int | None

    @classmethod
    def read(
        cls,
        place: tzinfo,
        since: str,
        until: str | None,
        *,
        longer: str | None,
        shorter: str | None,
        limit: int | None,
    ) -> _Wish:
        """Read what the person wrote.

        Raises:
            CommandError: It makes no sense.
        """
        present = now()
        begin = parse_when(since, place, present)
        end = present if until is None else parse_when(until, place, present)
        if end <= begin:
            raise CommandError("The end must be after the beginning")
        return cls(
            begin=begin,
            end=end,
            longer=None if longer is None else parse_length(longer),
            shorter=None if shorter is None else parse_length(shorter),
            limit=limit,
        )

    async def find(self, store: aiocarson.Recordings, camera_id: str) -> tuple[aiocarson.Recording, ...]:
        """List them."""
        return await store.list_recordings(
            camera_id,
            begin=self.begin,
            end=self.end,
            limit=self.limit,
            min_duration=self.longer,
            max_duration=self.shorter,
        )


@command("recordings")
async def recordings(
    run: Run,
    name: NameArgument,
    *,
    since: SinceOption = "1d",
    until: UntilOption = None,
    longer_than: LongerOption = None,
    shorter_than: ShorterOption = None,
    limit: LimitOption = None,
    last: Annotated[bool, typer.Option("--last", help="Only the newest recording of all.")] = False,
    previews: Annotated[bool, typer.Option("--previews", help="Times of the preview pictures instead.")] = False,
    building: BuildingOption = None,
) -> None:
    """List what a camera has recorded, oldest first."""
    camera = await run.camera(name, building)
    place = zone(camera.building)
    wish = _Wish.read(place, since, until, longer=longer_than, shorter=shorter_than, limit=limit)
    store = (await run.carson()).eagle_eye(camera.building.id).recordings
    if previews:
        times = [
            when.astimezone(place)
            for when in await store.list_previews(camera.id, begin=wish.begin, end=wish.end, limit=limit)
        ]
        run.out.show(times, ("Taken",), [(f"{when:%Y-%m-%d %H:%M:%S.%f}"[:-3],) for when in times], none=_NONE)
        return
    if last:
        newest = await store.last_activity(camera.id)
        found: tuple[aiocarson.Recording, ...] = () if newest is None else (newest,)
    else:
        found = await wish.find(store, camera.id)
    local = [(one.begin.astimezone(place), one.end and one.end.astimezone(place), one.duration) for one in found]
    run.out.show(
        [{"camera_id": camera.id, "begin": begin, "end": end, "duration": length} for begin, end, length in local],
        ("Begin", "End", "Length"),
        [(clock(begin), clock(end) or "goes on", span(length)) for begin, end, length in local],
        none=_NONE,
    )


_NONE = "Nothing was recorded then."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A stretch to download; `exact_start` if it begins where a stored piece does."""

    begin: datetime
    end: datetime
    exact_start: bool
    target: Path


@dataclass(slots=True)
class _Tally:
    """What became of the files."""

    saved: list[Path]
    skipped: list[Path]
    failed: list[tuple[Path, str]]


@command("download")
async def download(
    run: Run,
    name: NameArgument,
    *,
    since: SinceOption = "1d",
    until: UntilOption = None,
    longer_than: LongerOption = None,
    shorter_than: ShorterOption = None,
    limit: LimitOption = None,
    to: Annotated[Path, typer.Option("--to", "-t", help="Folder for the files; made if need be.")] = Path(),
    exact: Annotated[
        bool, typer.Option("--exact", help="Cut at --since and --until, instead of taking whole stored pieces.")
    ] = False,
    form: Annotated[Literal["mp4", "flv"], typer.Option(help="Kind of file.")] = "mp4",
    at_once: Annotated[int, typer.Option(min=1, max=6, help="How many files at a time.")] = 3,
    building: BuildingOption = None,
) -> None:
    """Save recordings as files, one for each stored piece (five minutes at most); those that are there are skipped."""
    if to.exists() and not to.is_dir():
        raise CommandError(f"{to}: Is no directory", ExitCode.CANNOT_WRITE)
    camera = await run.camera(name, building)
    wish = _Wish.read(zone(camera.building), since, until, longer=longer_than, shorter=shorter_than, limit=limit)
    store = (await run.carson()).eagle_eye(camera.building.id).recordings
    pieces = await _pieces(run, store, camera, wish, exact=exact, folder=to, form=form)
    to.mkdir(parents=True, exist_ok=True)
    tally = _Tally([], [], [])
    slots = asyncio.Semaphore(at_once)
    bars = run.out.progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())

    async def one(piece: _Piece) -> None:
        if size_of(piece.target):
            tally.skipped.append(piece.target)
            return
        async with slots:
            bar = bars.add_task(piece.target.name, total=2.0)
            try:
                await _fetch(store, camera.id, piece, form, bars=bars, bar=bar)
            except (aiocarson.CarsonError, OSError) as err:
                tally.failed.append((piece.target, sentence(err)))
                bars.update(bar, description=f"{piece.target.name}: failed")
            else:
                tally.saved.append(piece.target)

    with bars:
        async with asyncio.TaskGroup() as group:
            for piece in pieces:
                group.create_task(one(piece))
    _tell(run, tally)


def _tell(run: Run, tally: _Tally) -> None:
    for target, text in tally.failed:
        run.out.note(f"{target.name}: {text}")
    run.out.say(f"Saved {len(tally.saved)}, skipped {len(tally.skipped)} already there, failed {len(tally.failed)}.")
    run.out.data(
        {
            "saved": sorted(str(target) for target in tally.saved),
            "skipped": sorted(str(target) for target in tally.skipped),
            "failed": {str(target): text for target, text in tally.failed},
        }
    )
    if tally.failed:
        run.code = ExitCode.SOME_FAILED


async def _pieces(
    run: Run,
    store: aiocarson.Recordings,
    camera: SeenCamera,
    wish: _Wish,
    *,
    exact: bool,
    folder: Path,
    form: str,
) -> list[_Piece]:
    whole = await wish.find(store, camera.id)
    stored = await store.list_recordings(camera.id, begin=wish.begin, end=wish.end, coalesce=False) if whole else ()
    found: list[_Piece] = []
    going = 0
    for one in stored:
        if not any(have.begin <= one.begin and (have.end is None or one.begin < have.end) for have in whole):
            continue
        begin, end = one.begin, one.end
        if exact:
            begin, end = max(begin, wish.begin), min(end or wish.end, wish.end)
        if end is None or now() - end < _STILL_GOING:
            going += 1
            continue
        stamp = f"{begin.astimezone(zone(camera.building)):%Y-%m-%d %H.%M.%S%z}"
        title = f"{safe_name(camera.name)} {stamp} {(end - begin).total_seconds():.0f}s.{form}"
        found.append(_Piece(begin=begin, end=end, exact_start=begin == one.begin, target=folder / title))
    if going:
        run.out.note("A recording that still goes on is left out; ask again when it has ended.")
    elif not found:
        run.out.note(_NONE)
    return found


async def _fetch(
    store: aiocarson.Recordings,
    camera_id: str,
    piece: _Piece,
    form: Literal["mp4", "flv"],
    *,
    bars: Progress,
    bar: TaskID,
) -> None:
    """Fetch one piece: the first half of its bar is the making, the second the transfer."""

    def made(ratio: float) -> None:
        bars.update(bar, completed=ratio)

    begin, end = piece.begin, piece.end
    clip = store.clip(camera_id, begin, end, form=form, on_progress=made, locate=not piece.exact_start)
    async with clip as stream, aiocarson.AtomicFile(piece.target) as file:
        async for chunk in stream.chunks():
            await file.write(chunk)
            bars.update(bar, advance=len(chunk) / stream.content_length if stream.content_length else 0)
        bars.update(bar, completed=2.0)
