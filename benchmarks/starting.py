"""How long an account holds up the start of Home Assistant: with both clouds, and with such as never respond."""

from collections.abc import AsyncIterator
from functools import partial
import time

from homeassistant.core import CoreState, HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .bench import Bench
from .common import ROUND_TRIP, clouds
from .home import Inventory, home_assistant, set_up_again, set_up_bare, set_up_ours
from .machine import Kind
from .rows import Row, figure
from .town import EMAIL

_GOAL_SECONDS = 10.0
_SILENT = {"both clouds respond": (), "Eagle Eye is silent": ("eagle_eye",), "both are silent": ("carson", "eagle_eye")}
"""The clouds that accept requests and never respond."""


async def measure(bench: Bench) -> AsyncIterator[Row]:
    """Yield a row for each case; a quick run does not wait for silent clouds."""
    async with clouds(delay_seconds=ROUND_TRIP, buildings=1) as cloud, home_assistant() as hass:
        token = (await cloud.control("token", email=EMAIL))["token"]
        entry = await set_up_ours(hass, cloud, token)
        bare = await set_up_bare(hass, Inventory.of(hass, entry))
        number = bench.choose(1, 3)
        floor = await bench.machine.samples(partial(_seconds_held_up, hass, bare), number, Kind.ROUND_TRIPS)
        for case, silent in list(_SILENT.items())[: bench.choose(1, len(_SILENT))]:
            for name in silent:
                await cloud.control("faults", operation="*", kind="silence", cloud=name)
            ours = await bench.machine.samples(
                partial(_seconds_held_up, hass, entry), 1 if silent else number, Kind.ROUND_TRIPS
            )
            await cloud.control("faults/clear")
            yield Row(
                measure=f"start of Home Assistant held up, {case}",
                unit="s",
                floor=figure(floor),
                ours=figure(ours),
                goal=_GOAL_SECONDS,
            )


async def _seconds_held_up(hass: HomeAssistant, entry: MockConfigEntry) -> float:
    """Set up an account that is known from before, as at a start; return how long the start waits for it."""
    await hass.config_entries.async_unload(entry.entry_id)
    hass.set_state(CoreState.not_running)
    started = time.monotonic()
    await set_up_again(hass, entry)
    seconds = time.monotonic() - started
    hass.set_state(CoreState.running)
    return seconds
