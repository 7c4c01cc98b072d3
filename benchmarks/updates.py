"""Updates of an account in Home Assistant: nothing has changed, or 1 % of the doors."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
import gc
import time
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.carson.const import BUILDINGS_AT_ONCE
from custom_components.carson.identifiers import MOTION, MOTION_EVENT

from .bench import Bench
from .common import Clouds, LoopWatch, clouds, count
from .home import home_assistant, set_up_ours, settle, wait_for_events
from .machine import Kind
from .peers import PeerClient
from .rows import Row, exact, figure
from .town import EMAIL

_CHANGED = 0.01
_MANY = 100
_MS_PER_BUILDING = 6.0
_BLOCK_GOALS = {100: 15.0, 300: 50.0}


async def measure(bench: Bench) -> AsyncIterator[Row]:
    """Yield the rows of each size."""
    for buildings in bench.choose((10,), (1, 10, 100, 300)):
        gc.collect()
        async with clouds(delay_seconds=0, buildings=buildings) as cloud, home_assistant() as hass:
            token = (await cloud.control("token", email=EMAIL))["token"]
            updates = _Updates(hass, await set_up_ours(hass, cloud, token))
            await updates.update()
            if bench.is_quick:
                await wait_for_events(updates.entry)
                await hass.async_block_till_done()
            else:
                await settle(hass, updates.entry)
            for row in await _unchanged(bench, cloud, updates, buildings, token):
                yield row
            if buildings > 1:
                for row in await _changed(bench, cloud, updates, buildings):
                    yield row


class _Updates:
    """Updates an account that is set up."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        self.hass, self.entry = hass, entry
        self.written = 0

    async def update(self) -> None:
        """Fetch the account and all lists of cameras, and wait until everything shows what they say."""
        await self.entry.runtime_data.account.async_refresh()
        await self.entry.runtime_data.cameras.async_refresh()
        await self.hass.async_block_till_done()

    async def sample(self) -> tuple[float, float, int]:
        """Return the CPU seconds of an update, its longest block in seconds, and the number of written states."""
        written = 0
        # The simulated cameras see motion meanwhile.
        registry = er.async_get(self.hass)
        rows = er.async_entries_for_config_entry(registry, self.entry.entry_id)
        motion = {row.entity_id for row in rows if row.unique_id.endswith((MOTION, MOTION_EVENT))}

        @callback
        def add_state(event: Event[Any]) -> None:
            nonlocal written
            written += event.data["entity_id"] not in motion

        removers = (
            self.hass.bus.async_listen(EVENT_STATE_CHANGED, add_state),
            # Home Assistant requires a filter.
            self.hass.bus.async_listen(EVENT_STATE_REPORTED, add_state, event_filter=_every),
        )
        gc.collect()
        async with LoopWatch() as watch:
            started = time.process_time()
            await self.update()
            seconds = time.process_time() - started
        for remove in removers:
            remove()
        return seconds, watch.longest, written


@callback
def _every(_: object) -> bool:
    return True


async def _unchanged(bench: Bench, cloud: Clouds, updates: _Updates, buildings: int, token: str) -> list[Row]:
    peer = PeerClient(cloud.api_url, cloud.eagle_eye_url, token)
    await asyncio.to_thread(peer.fetch_all)
    number = bench.choose(3, 5 if buildings <= _MANY else 3)
    ours = await bench.machine.samples(updates.sample, number, Kind.CPU_TIME)
    floor = await bench.machine.samples(lambda: _cpu_seconds(lambda: _fetch_only(cloud, peer)), number, Kind.CPU_TIME)
    peers = await bench.machine.samples(
        lambda: _cpu_seconds(lambda: asyncio.to_thread(peer.fetch_all)),
        number if buildings <= _MANY else 1,
        Kind.CPU_TIME,
    )
    return [
        Row(
            measure=f"update without a change, {count(buildings)}, CPU per building",
            unit="ms",
            floor=figure(floor, 1000 / buildings),
            peers=figure(peers, 1000 / buildings),
            ours=figure([cpu for cpu, _, _ in ours], 1000 / buildings),
            goal=_MS_PER_BUILDING,
            series="Update without a change, ms of CPU per building",
            buildings=buildings,
        ),
        Row(
            measure=f"longest block of the loop during that, {count(buildings)}",
            unit="ms",
            ours=figure([block for _, block, _ in ours], 1000),
            goal=_BLOCK_GOALS.get(buildings),
            series="Longest block of the loop during an update without a change, ms",
            buildings=buildings,
        ),
    ]


async def _changed(bench: Bench, cloud: Clouds, updates: _Updates, buildings: int) -> list[Row]:
    changed = 0

    async def sample() -> tuple[float, float, int]:
        nonlocal changed
        changed = await cloud.order(change=_CHANGED)
        return await updates.sample()

    samples = await bench.machine.samples(sample, bench.choose(3, 5 if buildings <= _MANY else 3), Kind.CPU_TIME)
    registry = er.async_get(updates.hass)
    rows = er.async_entries_for_config_entry(registry, updates.entry.entry_id)
    doors = {row.device_id for row in rows if row.domain == "lock"}
    # The image of the last opening shows nothing of a door that can change.
    shown = sum(
        row.device_id in doors and row.domain in {"lock", "button", "event"} and not row.disabled for row in rows
    )
    return [
        Row(
            measure=f"1 % of doors changed, {count(buildings)}, longest block of the loop",
            unit="ms",
            ours=figure([block for _, block, _ in samples], 1000),
            goal=_BLOCK_GOALS.get(buildings),
            series="Longest block of the loop when 1 % of the doors have changed, ms",
            buildings=buildings,
        ),
        Row(
            measure=f"1 % of doors changed, {count(buildings)}, states written",
            unit="",
            floor=exact(round(changed * shown / len(doors))),
            ours=figure([written for _, _, written in samples]),
            series="States written when 1 % of the doors have changed",
            buildings=buildings,
        ),
    ]


async def _fetch_only(cloud: Clouds, peer: PeerClient) -> None:
    """Fetch what an update fetches, over connections that are kept, and look at nothing of it."""
    at_once = asyncio.Semaphore(BUILDINGS_AT_ONCE)

    async def fetch(url: str, headers: dict[str, str]) -> None:
        async with at_once, cloud.session.get(url, headers=headers, raise_for_status=True) as response:
            await response.read()

    first, *others = peer.polled()
    await fetch(*first)
    await asyncio.gather(*(fetch(*other) for other in others))


async def _cpu_seconds(work: Callable[[], Awaitable[object]]) -> float:
    gc.collect()
    started = time.process_time()
    await work()
    return time.process_time() - started
