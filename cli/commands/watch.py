"""What is different from now on: `watch`."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing
from datetime import datetime, tzinfo
from typing import Annotated

import typer

from ..app import command
from ..client import aiocarson
from ..context import Run, now, zone
from ..times import parse_length, zone_of
from .changes import change_data, change_text


@command("watch")
async def watch(
    run: Run,
    *,
    length: Annotated[str | None, typer.Option("--for", help="How long; without it until Ctrl-C.")] = None,
    interval: Annotated[str, typer.Option(help="Time between two looks; less than 1m is nothing for long.")] = "1m",
    everything: Annotated[bool, typer.Option("--all", help="Also account, buildings and units.")] = False,
    events: Annotated[bool, typer.Option("--events", help="Also what happens at the cameras, like motion.")] = False,
) -> None:
    """Look again and again, and tell what changes of doors and cameras, as it is seen.

    Carson tells nothing by itself: a change is seen up to one interval later. Events come at once, if Eagle Eye
    tells them to the account at all.
    """
    pause = parse_length(interval)
    seconds = None if length is None else parse_length(length).total_seconds()
    carson = await run.carson()
    buildings = await run.buildings()

    def missed(err: aiocarson.CarsonError) -> None:
        run.out.note(f"{now().astimezone():%H:%M:%S} {err}; looking again later.")

    async def follow_changes() -> None:
        places: Mapping[str, tzinfo] = {one.id: zone(one) for one in buildings}
        follow = carson.changes if everything else carson.watch
        async for change in follow(interval=pause, on_error=missed):
            when = now().astimezone(places.get(change.building_id or "", zone_of(None)))
            run.out.line({"at": when, **change_data(change)}, f"{when:%Y-%m-%d %H:%M:%S} {change_text(change)}")

    try:
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as tasks:
            tasks.create_task(follow_changes())
            for building in buildings if events else ():
                if building.has_eagle_eye:
                    tasks.create_task(_follow_events(run, carson.eagle_eye(building.id), building, missed))
    except TimeoutError:
        return
    except ExceptionGroup as errors:
        # What ends one of them ends all.
        raise errors.exceptions[0] from None


async def _follow_events(
    run: Run,
    eagle_eye: aiocarson.EagleEye,
    building: aiocarson.Building,
    missed: Callable[[aiocarson.CarsonError], None],
) -> None:
    """Tell what happens at the cameras of a building, until Eagle Eye refuses to."""
    seen = {device.id for device in await run.devices(building)}
    names = {one.live_view_id: one.name for one in building.cameras if one.live_view_id in seen}
    if not names:
        return
    try:
        async with aclosing(eagle_eye.events(names, resources=(aiocarson.EventKind.EVENT,), on_error=missed)) as news:
            async for one in news:
                _tell(run, building, names.get(one.camera_id) or one.camera_id, one)
    except aiocarson.ApiError as err:
        run.out.note(f"{building.name}: Eagle Eye tells this account no events. {err}.")


def _tell(run: Run, building: aiocarson.Building, name: str, news: aiocarson.CameraEvent) -> None:
    when: datetime = (news.at or now()).astimezone(zone(building))
    event = (f"event {news.code}" if news.event is None else news.event.name.lower()).replace("_", " ")
    told = {
        "at": when,
        "kind": "event",
        "what": "camera",
        "id": news.camera_id,
        "name": name,
        "building_id": building.id,
        "code": news.code,
        "event": event,
    }
    run.out.line(told, f"{when:%Y-%m-%d %H:%M:%S} camera {name}: {event}")
