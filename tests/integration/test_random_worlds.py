"""An account in random worlds: it is set up, or says why not; a door opens once, or not at all."""

import logging

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.fuzz.worlds import spoil

DOOR = "lock.harbor_house_front_door"


@pytest.mark.timeouts(connect=2, read=2, open_door=2, session=2, still=2, waiting_still=2, token_probe=2)
@pytest.mark.parametrize("seed", range(100, 120))
async def test_random_world(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    seed: int,
) -> None:
    spoil(sim, seed)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state in {ConfigEntryState.LOADED, ConfigEntryState.SETUP_RETRY, ConfigEntryState.SETUP_ERROR}
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING and record.exc_info]
    if hass.states.get(DOOR) is None:
        return
    outcome = "opened"
    try:
        await hass.services.async_call("lock", "open", {"entity_id": DOOR}, blocking=True)
    except HomeAssistantError as err:
        outcome = err.translation_key or "failed"
    # Only if the outcome is not certain may it have been opened after an error.
    assert sim.openings.get("7001", 0) in {"opened": {1}, "outcome_unclear": {0, 1}}.get(outcome, {0})
    assert await hass.config_entries.async_unload(entry.entry_id)
