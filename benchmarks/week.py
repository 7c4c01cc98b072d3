"""How much more memory an account takes after a week than after its first two days.

It is measured in a process of its own: `python -m benchmarks.week`. Hours follow each other at once: all updates
of an hour, and what happens in it. What would be kept for some seconds is kept for shorter, so it does not pile up.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta
import gc
import logging
import statistics
import sys
import tracemalloc
from unittest.mock import patch

from homeassistant.components.camera import async_get_image
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.carson import media_accounts
from custom_components.carson.identifiers import camera_unique_id, door_unique_id

from .common import REPOSITORY, Clouds, clouds
from .home import home_assistant, set_up_ours, settle
from .rows import Row, exact
from .town import EMAIL, PER_BUILDING, building_id, camera_id, door_id

_HOUR = timedelta(hours=1)
_WEEK_HOURS = 7 * 24
_FIRST_HOURS = 2 * 24
"""What is kept only once, such as the results of functions, is there by then."""
_SESSION_HOURS = 8
_EVENTS_SECONDS = 360
"""The simulated cameras see motion more often than real ones, so each hour has the events of a tenth."""
_KEPT_SECONDS = 0.5
_GOAL_KIB = 32.0


async def week_row() -> Row:
    """Measure the growth in another process, and return its row."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.week"), cwd=REPOSITORY, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return Row(
        measure="memory that a week adds after its first two days, 1 building",
        unit="KiB",
        floor=exact(0),
        ours=exact(float(output) / 1024),
        goal=_GOAL_KIB,
    )


class _Hours:
    """Lets hours pass for an account."""

    def __init__(self, hass: HomeAssistant, cloud: Clouds, entry: ConfigEntry) -> None:
        self._hass, self._cloud, self._data = hass, cloud, entry.runtime_data
        rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        self._ids = {row.unique_id: row.entity_id for row in rows}
        self._passed = 0

    async def run(self, hours: int) -> None:
        """Let so many hours pass."""
        for _ in range(hours):
            await self._run_hour(1 + self._passed % PER_BUILDING)
            self._passed += 1
            if self._passed % _SESSION_HOURS == 0:
                await self._cloud.control("sessions/expire")

    async def median_bytes(self) -> float:
        """Let the hours of a session pass; return the median of the bytes in use after each of them."""
        readings = []
        for _ in range(_SESSION_HOURS):
            await self.run(1)
            await asyncio.sleep(2 * _KEPT_SECONDS)
            gc.collect()
            readings.append(tracemalloc.get_traced_memory()[0])
        return statistics.median(readings)

    async def _run_hour(self, number: int) -> None:
        """Change a door; update everything as often as in an hour; open a door and view a camera."""
        data = self._data
        account_id = data.account.data.id
        await self._cloud.control("clock/advance", seconds=_EVENTS_SECONDS)
        await self._cloud.order(change=1 / PER_BUILDING)
        for coordinator in (data.account, *data.dependent_coordinators):
            for _ in range(round(_HOUR / coordinator.update_interval)):
                await coordinator.async_refresh()
        lock = self._ids[door_unique_id(account_id, door_id(1, number))]
        await self._hass.services.async_call("lock", "open", {ATTR_ENTITY_ID: lock}, blocking=True)
        camera = camera_id(1, number)
        await async_get_image(self._hass, self._ids[camera_unique_id(account_id, camera)])
        async with data.media.get_or_create(building_id(1), camera).relay.attach() as player:
            await player.start()
            await anext(player)
        await self._hass.async_block_till_done()


async def _measure() -> float:
    """Return how many more bytes are in use at the end of a week than after the first ones."""
    timeouts = media_accounts.TIMEOUTS
    shorter = replace(
        timeouts,
        live=replace(timeouts.live, linger=_KEPT_SECONDS, remember=_KEPT_SECONDS),
        stills=replace(timeouts.stills, refresh_age=_KEPT_SECONDS, idle=_KEPT_SECONDS),
    )
    async with clouds(delay_seconds=0, buildings=1) as cloud, home_assistant() as hass:
        token = (await cloud.control("token", email=EMAIL))["token"]
        with patch.object(media_accounts, "TIMEOUTS", shorter):
            entry = await set_up_ours(hass, cloud, token)
        await settle(hass, entry)
        passing = _Hours(hass, cloud, entry)
        tracemalloc.start()
        await passing.run(_FIRST_HOURS - _SESSION_HOURS)
        first = await passing.median_bytes()
        await passing.run(_WEEK_HOURS - _FIRST_HOURS - _SESSION_HOURS)
        return await passing.median_bytes() - first


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    print(asyncio.run(_measure()))
