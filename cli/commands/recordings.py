"""`recordings`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Annotated, Self

import aiocarson
import typer

from ..context import Context
from ..exit_codes import CommandError
from ..lookup import CameraRow, find_camera
from ..output import format_duration, format_time
from ..times import now, parse_duration, parse_past_time, time_zone
from .parameters import BuildingOption, CameraArgument

if TYPE_CHECKING:
    from aiocarson.eagle_eye.recordings import Recordings

SinceOption = Annotated[str, typer.Option(help="Start: 10:30, 'yesterday 18:00', 2026-11-20T18:00, or 3h (ago).")]
UntilOption = Annotated[str | None, typer.Option(help="End. Default: now.")]
LongerOption = Annotated[str | None, typer.Option(help="Only recordings of at least this duration: 30s, 5m.")]
ShorterOption = Annotated[str | None, typer.Option(help="Only recordings of at most this duration.")]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Only so many of the newest recordings.")]

NO_RECORDINGS = "No recordings in this time range."


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
    context.output.table(times, ("Taken",), rows, empty=NO_RECORDINGS)


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
        empty=NO_RECORDINGS,
    )
