"""The passing of time in Home Assistant."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import async_fire_time_changed


async def pass_time(hass: HomeAssistant, freezer: FrozenDateTimeFactory, **span: float) -> None:
    """Let time pass at once, and wait for everything that Home Assistant does because of that."""
    freezer.tick(timedelta(**span))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
