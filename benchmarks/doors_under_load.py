"""A door, from the action in Home Assistant to the arrival at Carson: idle, and while Home Assistant is busy.

Many look at stills, many look at live video, or all buildings are updated.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
import random
import time
from typing import Any

from aiohttp import ClientSession, web
from homeassistant.components.camera import async_get_image
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.carson.identifiers import camera_unique_id, door_unique_id
from custom_components.carson.media.live_view import live_url

from .bench import Bench
from .common import ROUND_TRIP, Clouds, clouds, count, percentile
from .front import Arrivals, front
from .home import home_assistant, set_up_ours
from .live_players import live_players
from .peers import PeerClient
from .rows import Row, figure
from .town import EMAIL, PER_BUILDING, building_id, camera_id, door_id

_VIEWERS = 100
_CAMERAS = 10
_LIVE_VIEWS = 40
_STILL_INTERVAL_SECONDS = 10.0
_PACE_SECONDS = 0.02
_CHANGED = 0.01
_PRESSES = 100
_JOINING_SECONDS = 2.1
_MEDIAN_GOAL, _LATE_GOAL = 2.0, 10.0

type Open = Callable[[str], Awaitable[object]]
type Still = Callable[[int], Awaitable[object]]


async def measure(bench: Bench) -> AsyncGenerator[Row]:
    """Yield two rows for each load."""
    buildings = bench.choose(10, 100)
    number = bench.choose(1, 2)
    # A press just after another one would join it, so each door is opened once.
    doors = [
        door_id(1 + press // PER_BUILDING, 1 + press % PER_BUILDING) for press in range(bench.choose(25, _PRESSES))
    ]
    async with (
        clouds(delay_seconds=ROUND_TRIP, buildings=buildings) as cloud,
        front(cloud.api_url) as (api_url, arrivals),
        home_assistant() as hass,
    ):
        token = (await cloud.control("token", email=EMAIL))["token"]
        entry = await set_up_ours(hass, replace(cloud, api_url=api_url), token)
        ours, still = _ours(hass, entry)
        peer, peer_still = _peers(hass, PeerClient(api_url, cloud.eagle_eye_url, token))

        async def samples(open_door: Open) -> list[list[float]]:
            return await bench.machine.samples(lambda: _delays(open_door, doors, arrivals), number)

        floors = await samples(_floor(cloud.session, api_url, token))
        for row in _rows("idle", floors, await samples(peer), await samples(ours)):
            yield row
        if not bench.is_quick:
            async with _viewers(peer_still):
                watched_by_peers = await samples(peer)
            async with _viewers(still):
                watched = await samples(ours)
            for row in _rows(f"{_VIEWERS} viewers of {_CAMERAS} cameras", floors, watched_by_peers, watched):
                yield row
            async with live_players(await _peer_live_urls(entry)):
                played_by_peers = await samples(peer)
            async with _server(hass) as port, live_players(_live_urls(hass, entry, port)):
                played = await samples(ours)
            for row in _rows(f"{_LIVE_VIEWS} live views", floors, played_by_peers, played):
                yield row
        async with _updates(cloud, entry):
            updating = await samples(ours)
        for row in _rows(f"while {count(buildings)} are updated", floors, [], updating):
            yield row


def _rows(load: str, floor: list[list[float]], peers: list[list[float]], ours: list[list[float]]) -> list[Row]:
    rows = []
    for name, share, goal in (("median", 0.5, _MEDIAN_GOAL), ("99th percentile", 0.99, _LATE_GOAL)):
        floors, others, own = (
            figure([percentile(delays, share) for delays in samples], 1000) for samples in (floor, peers, ours)
        )
        rows.append(
            Row(
                measure=f"door, action to arrival, {load}, {name}",
                unit="ms",
                floor=floors,
                peers=others,
                ours=own,
                goal=goal,
            )
        )
    return rows


def _ours(hass: HomeAssistant, entry: MockConfigEntry) -> tuple[Open, Still]:
    registry = er.async_get(hass)
    account = entry.runtime_data.account.data.id
    ids = {row.unique_id: row.entity_id for row in er.async_entries_for_config_entry(registry, entry.entry_id)}
    cameras = [ids[camera_unique_id(account, camera_id(1, number))] for number in range(1, _CAMERAS + 1)]

    async def open_door(door: str) -> None:
        await hass.services.async_call(
            "lock", "open", {ATTR_ENTITY_ID: ids[door_unique_id(account, door)]}, blocking=True
        )

    async def still(number: int) -> None:
        await async_get_image(hass, cameras[number])

    return open_door, still


def _peers(hass: HomeAssistant, client: PeerClient) -> tuple[Open, Still]:
    """Return the same with a blocking client, in the threads of Home Assistant, and one request for each viewer."""

    async def open_door(door: str) -> None:
        await hass.async_add_executor_job(client.open_door, door)

    async def still(number: int) -> None:
        await hass.async_add_executor_job(client.still, building_id(1), camera_id(1, number + 1))

    return open_door, still


def _live_cameras() -> list[tuple[str, str]]:
    """Return the ids of the buildings and of the cameras that are viewed live."""
    places = [divmod(number, PER_BUILDING) for number in range(_LIVE_VIEWS)]
    return [(building_id(1 + building), camera_id(1 + building, 1 + camera)) for building, camera in places]


@asynccontextmanager
async def _server(hass: HomeAssistant) -> AsyncGenerator[int]:
    """Serve Home Assistant's views on a free port; yield it."""
    runner = web.AppRunner(hass.http.app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _live_urls(hass: HomeAssistant, entry: MockConfigEntry, port: int) -> list[str]:
    media = entry.runtime_data.media
    urls = [
        live_url(hass, entry.entry_id, camera, media.get_or_create(building, camera))
        for building, camera in _live_cameras()
    ]
    return [str(URL(url).with_port(port)) for url in urls]


async def _peer_live_urls(entry: MockConfigEntry) -> list[str]:
    """Return the URLs of Eagle Eye, which players get instead of ours."""
    client = entry.runtime_data.client
    return [str(await client.eagle_eye(building).live_url(camera)) for building, camera in _live_cameras()]


def _floor(session: ClientSession, api_url: str, token: str) -> Open:
    async def open_door(door: str) -> None:
        url = f"{api_url}/v1.4.4/doors/{door}/open/"
        async with session.post(url, headers={"Authorization": f"JWT {token}"}, raise_for_status=True) as answer:
            await answer.read()

    return open_door


async def _delays(open_door: Open, doors: list[str], arrivals: Callable[[], Awaitable[Arrivals]]) -> list[float]:
    """Open each door, without waiting for the answer to the one before; return the seconds until the requests arrived.

    Not before the doors are closed again: a request just after another one would join it.
    """
    await asyncio.sleep(_JOINING_SECONDS)
    await arrivals()
    sent: dict[str, float] = {}

    async def press(door: str) -> None:
        sent[door] = time.time()
        await open_door(door)

    async with asyncio.TaskGroup() as group:
        for door in doors:
            await asyncio.sleep(_PACE_SECONDS)
            group.create_task(press(door))
    arrived = await arrivals()
    assert arrived.keys() == sent.keys()
    return [arrived[door] - at for door, at in sent.items()]


@asynccontextmanager
async def _tasks(work: list[Coroutine[Any, Any, None]]) -> AsyncGenerator[None]:
    """Let tasks run meanwhile."""
    tasks = [asyncio.create_task(coroutine) for coroutine in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _viewers(still: Still) -> AsyncGenerator[None]:
    """Let every viewer look at every camera, with a new picture every ten seconds."""
    generator = random.Random(1)  # noqa: S311 - spreads viewers, protects nothing

    async def view(camera: int) -> None:
        await asyncio.sleep(generator.uniform(0, _STILL_INTERVAL_SECONDS))
        while True:
            await still(camera)
            await asyncio.sleep(_STILL_INTERVAL_SECONDS)

    async with _tasks([view(camera) for _ in range(_VIEWERS) for camera in range(_CAMERAS)]):
        yield


@asynccontextmanager
async def _updates(cloud: Clouds, entry: MockConfigEntry) -> AsyncGenerator[None]:
    """Update the account all the time; each time, 1 % of the doors have changed."""

    async def update() -> None:
        while True:
            await cloud.order(change=_CHANGED)
            await entry.runtime_data.account.async_refresh()
            await entry.runtime_data.cameras.async_refresh()

    async with _tasks([update()]):
        yield
