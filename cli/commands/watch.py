"""`watch`."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from datetime import timedelta, tzinfo
from typing import Annotated

import aiocarson
from aiocarson.eagle_eye.event_ways import EventWay
from aiocarson.eagle_eye.events import CameraEvent, EventKind
import typer

from ..context import Context
from ..lookup import get_buildings, get_devices
from ..output import Output
from ..program import Program
from ..times import now, parse_duration, time_zone
from .changes import change_as_json, change_as_text


class _Printer:
    """Prints each line, and tells the program of the user about it."""

    def __init__(self, output: Output, program: Program | None) -> None:
        self._output = output
        self._program = program

    async def print(self, value: object, text: str) -> None:
        self._output.json_line(value, text)
        if self._program is not None:
            await self._program.tell(value)


async def watch(
    context: Context,
    *,
    duration: Annotated[str | None, typer.Option("--for", help="Duration. Default: until Ctrl-C.")] = None,
    interval: Annotated[
        str, typer.Option(help="Time between two polls. Use less than 1m only for a short time.")
    ] = "1m",
    include_account: Annotated[
        bool, typer.Option("--all", help="Include changes of the account, buildings and units.")
    ] = False,
    events: Annotated[bool, typer.Option("--events", help="Include camera events, such as motion.")] = False,
    program: Annotated[
        str | None, typer.Option("--exec", help="Program to run for each line, with the line as JSON on its input.")
    ] = None,
) -> None:
    """Print changes of doors and cameras as they are seen.

    Carson does not report changes, so it is polled, and a change is seen up to one interval later. Events are printed
    at once, if Eagle Eye reports them to the account.
    """
    pause = parse_duration(interval)
    seconds = None if duration is None else parse_duration(duration).total_seconds()
    printer = _Printer(context.output, None if program is None else Program(program, context.output))
    buildings = await get_buildings(context)
    # From now on, silence is the rule.
    context.output.sign_of_life.end()
    try:
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as tasks:
            tasks.create_task(_watch_changes(context, printer, buildings, pause, include_account=include_account))
            for building in buildings if events else ():
                if building.has_eagle_eye:
                    tasks.create_task(_watch_events(context, printer, building))
    except TimeoutError:
        return
    except ExceptionGroup as errors:
        # The error of one task ends the command.
        raise errors.exceptions[0] from None


def _report_failure(context: Context, err: aiocarson.CarsonError) -> None:
    context.output.status(f"{now().astimezone():%H:%M:%S} {err}. Trying again later.")


async def _watch_changes(
    context: Context,
    printer: _Printer,
    buildings: Sequence[aiocarson.Building],
    pause: timedelta,
    *,
    include_account: bool,
) -> None:
    """Print the changes found by polling."""
    zones: Mapping[str, tzinfo] = {building.id: time_zone(building.time_zone) for building in buildings}
    client = await context.client()
    follow = client.changes if include_account else client.watch
    async for change in follow(interval=pause, on_error=lambda err: _report_failure(context, err)):
        when = now().astimezone(zones.get(change.building_id or "", time_zone(None)))
        text = f"{when:%Y-%m-%d %H:%M:%S} {change.what} {change.name}: {change_as_text(change)}"
        await printer.print({"at": when, **change_as_json(change)}, text)


async def _watch_events(context: Context, printer: _Printer, building: aiocarson.Building) -> None:
    """Print the events of the cameras in a building, unless Eagle Eye rejects the subscription."""
    known = {device.id for device in await get_devices(context, building)}
    names = {camera.live_view_id: camera.name for camera in building.cameras if camera.live_view_id in known}
    if not names:
        return
    eagle_eye = (await context.client()).eagle_eye(building.id)
    stream = eagle_eye.events(
        names,
        resources=(EventKind.EVENT,),
        on_error=lambda err: _report_failure(context, err),
        ways=(EventWay.POLL,),
    )
    try:
        async with aclosing(stream) as found:
            async for event in found:
                await _print_event(printer, building, names.get(event.camera_id) or event.camera_id, event)
    except aiocarson.ApiError as err:
        context.output.status(f"{building.name}: events are not available to this account. {err}.")


async def _print_event(printer: _Printer, building: aiocarson.Building, name: str, event: CameraEvent) -> None:
    when = (event.at or now()).astimezone(time_zone(building.time_zone))
    title = (f"event {event.code}" if event.event is None else event.event.name.lower()).replace("_", " ")
    value = {
        "at": when,
        "kind": "event",
        "what": "camera",
        "id": event.camera_id,
        "name": name,
        "building_id": building.id,
        "code": event.code,
        "event": title,
    }
    await printer.print(value, f"{when:%Y-%m-%d %H:%M:%S} camera {name}: {title}")
