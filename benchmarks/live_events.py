"""What live events save in an hour, and how soon a change of a camera's status is seen with them and without."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
import time

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from simulator.state.model import Status

from .bench import Bench
from .common import Clouds, clouds
from .home import home_assistant, set_up_ours, wait_for_events
from .machine import Kind
from .rows import Row, exact, figure
from .town import EMAIL, camera_id

_CHANGES = (4, 20)
_HOUR = timedelta(hours=1)


async def measure(bench: Bench) -> AsyncIterator[Row]:
    """Yield rows for the lists of cameras in an hour, and one for the time until a status is shown."""
    async with clouds(delay_seconds=0, buildings=1) as cloud:
        token = (await cloud.control("token", email=EMAIL))["token"]
        for is_on, name in ((False, "without"), (True, "with")):
            async with home_assistant() as hass:
                entry = await set_up_ours(hass, cloud, token, live_events=is_on)
                if is_on:
                    await wait_for_events(entry)
                cameras = entry.runtime_data.cameras
                await cameras.async_refresh()
                interval = cameras.update_interval
                yield Row(
                    measure=f"lists of a building's cameras in an hour, {name} live events",
                    unit="",
                    ours=exact(_HOUR / interval),
                )
                if is_on:
                    samples = await _changes(bench, hass, cloud)
                    yield Row(
                        measure="status of a camera, from the change until it is shown",
                        unit="ms",
                        ours=figure(samples, 1000),
                        goal=1000,
                    )


async def _changes(bench: Bench, hass: HomeAssistant, cloud: Clouds) -> list[float]:
    """Return how long some changes of the first camera's status took."""
    entity_id = _connectivity(hass)
    words = [Status.INTERNET_OFFLINE, Status.ONLINE]

    async def change() -> float:
        words.reverse()
        return await _seconds_until_shown(hass, cloud, entity_id, words[0])

    words.reverse()
    return await bench.machine.samples(change, bench.choose(*_CHANGES), Kind.ROUND_TRIPS)


def _connectivity(hass: HomeAssistant) -> str:
    """Return the entity of the first camera that shows whether it is online."""
    suffix = f"{camera_id(1, 1)}-connectivity"
    return next(one.entity_id for one in er.async_get(hass).entities.values() if one.unique_id.endswith(suffix))


async def _seconds_until_shown(hass: HomeAssistant, cloud: Clouds, entity_id: str, word: int) -> float:
    """Change the status of the first camera; return the seconds until its entity has another state."""
    shown = asyncio.Event()

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == entity_id:
            shown.set()

    remove = hass.bus.async_listen("state_changed", note)
    try:
        started = time.perf_counter()
        await cloud.control(f"camera/{camera_id(1, 1)}", status=int(word))
        async with asyncio.timeout(90):
            await shown.wait()
        return time.perf_counter() - started
    finally:
        remove()
