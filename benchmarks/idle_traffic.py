"""Requests and bytes in an hour in which nobody looks, beside a poller that asks for everything every half a minute."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

from homeassistant.config_entries import ConfigEntry
from yarl import URL

from .bench import Bench
from .common import Clouds, clouds, count
from .counting_proxy import Traffic, counting_proxy
from .home import home_assistant, set_up_ours, wait_for_events
from .peers import PeerClient
from .rows import Row, exact
from .town import EMAIL

_HOUR = timedelta(hours=1)
_POLL_INTERVAL = timedelta(seconds=30)
"""Home Assistant's own, if an integration does not choose another one."""
_SILENCE_SECONDS = 0.5
"""After so long without a message, the simulator has sent all."""


async def measure(bench: Bench) -> AsyncIterator[Row]:
    """Yield the rows of each size: of the requests and their volume, and of the messages of live events and theirs.

    The former are those of one update of each kind, times the updates in an hour; for the latter, an hour passes in the
    simulator.
    """
    for buildings in bench.choose((1,), (1, 10)):
        async with (
            clouds(delay_seconds=0, buildings=buildings) as cloud,
            counting_proxy(cloud.api_url) as (port, traffic),
        ):
            urls = {name: getattr(cloud, name).replace(f":{URL(cloud.url).port}", f":{port}") for name in _URLS}
            counted = replace(cloud, **urls)
            token = (await cloud.control("token", email=EMAIL))["token"]
            async with home_assistant() as hass:
                entry = await set_up_ours(hass, counted, token)
                await wait_for_events(entry)
                await _silence(traffic)
                polled = await _polled(entry, traffic)
                pushed = await _pushed(cloud, traffic)
            peer = PeerClient(counted.api_url, counted.eagle_eye_url, token)
            await asyncio.to_thread(peer.fetch_all)
            before = replace(traffic)
            await asyncio.to_thread(peer.fetch_all)
            polls = _HOUR / _POLL_INTERVAL
            peers = Traffic()
            peers.add(traffic, before, polls)
        title = f"an hour when nobody looks, {count(buildings)}"
        for what, unit, others, own in (
            ("requests", "", peers.requests, polled.requests),
            ("volume", "MB", peers.request_bytes / 1e6, polled.request_bytes / 1e6),
            ("messages of live events", "", None, pushed.messages),
            ("volume of live events", "MB", None, pushed.message_bytes / 1e6),
        ):
            peers_figure = None if others is None else exact(others)
            yield Row(measure=f"{title}, {what}", unit=unit, peers=peers_figure, ours=exact(own))


_URLS = ("api_url", "eagle_eye_url")


async def _polled(entry: ConfigEntry, traffic: Traffic) -> Traffic:
    """Return the traffic of an hour of updates."""
    data = entry.runtime_data
    polled = Traffic()
    for coordinator in (data.account, *data.dependent_coordinators):
        await coordinator.async_refresh()
        before = replace(traffic)
        await coordinator.async_refresh()
        polled.add(traffic, before, _HOUR / coordinator.update_interval)
    return polled


async def _pushed(cloud: Clouds, traffic: Traffic) -> Traffic:
    """Let an hour pass for the cameras; return the traffic of their events."""
    pushed = Traffic()
    before = replace(traffic)
    await cloud.control("clock/advance", seconds=_HOUR.total_seconds())
    await _silence(traffic)
    pushed.add(traffic, before)
    return pushed


async def _silence(traffic: Traffic) -> None:
    """Wait until no more live events arrive."""
    messages = -1.0
    while messages != traffic.messages:
        messages = traffic.messages
        await asyncio.sleep(_SILENCE_SECONDS)
