"""Waiting: for what happens at the other end of a socket or in a thread, and for Home Assistant as time passes."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import async_fire_time_changed


async def until(condition: Callable[[], object]) -> None:
    """Wait until a condition is true, also if the clock is frozen."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - the other end has no event for it
            # A longer pause would never end if the clock is frozen.
            await asyncio.sleep(0)


async def pass_time(hass: HomeAssistant, freezer: FrozenDateTimeFactory, **span: float) -> None:
    """Let time pass at once, and wait for everything that Home Assistant does because of that."""
    freezer.tick(timedelta(**span))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
