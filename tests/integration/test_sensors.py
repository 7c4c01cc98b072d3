"""Sensors of the account and of its buildings, apart from those of reservations."""

from datetime import datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.support.not_none import not_none
from tests.support.passing_time import pass_time
from tests.support.states import get_state

CALLS = "binary_sensor.harbor_house_can_receive_calls"
EXPIRY = "sensor.robin_sample_sign_in_expiry"
INVITES = "sensor.harbor_house_visitor_invites_left"


@pytest.fixture
def platforms() -> list[Platform]:
    return [Platform.BINARY_SENSOR, Platform.SENSOR]


async def test_what_is_shown_by_default(
    hass: HomeAssistant, sim: Simulator, entity_registry: er.EntityRegistry, loaded: MockConfigEntry
) -> None:
    assert get_state(hass, INVITES).state == "10"
    assert datetime.fromisoformat(get_state(hass, EXPIRY).state) > sim.clock.now() + timedelta(days=300)
    assert not_none(entity_registry.async_get(CALLS)).disabled_by is er.RegistryEntryDisabler.INTEGRATION


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_calls_possible(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert get_state(hass, CALLS).state == STATE_ON
    sim.state.buildings["501"].overrides |= {"possibleToReceiveCalls": False, "visitorInvitesLeft": None}
    await pass_time(hass, freezer, minutes=5, seconds=12)
    assert get_state(hass, CALLS).state == STATE_OFF
    assert get_state(hass, INVITES).state == STATE_UNKNOWN
    sim.state.accounts["resident@example.com"].buildings = []
    await pass_time(hass, freezer, minutes=5, seconds=12)
    assert get_state(hass, CALLS).state == STATE_OFF
    await pass_time(hass, freezer, minutes=1, seconds=5)
    assert hass.states.get(CALLS) is None


async def test_invites_are_disabled_for_buildings_without_invites(
    hass: HomeAssistant, sim: Simulator, entity_registry: er.EntityRegistry, entry: MockConfigEntry
) -> None:
    sim.state.buildings["501"].overrides["visitorInviteEnabled"] = False
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    invites = not_none(entity_registry.async_get(INVITES))
    assert invites.disabled_by is er.RegistryEntryDisabler.INTEGRATION


async def test_expiry_of_a_renewed_token_is_shown(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    before = get_state(hass, EXPIRY).state
    sim.settings.token_lifetime = 86_400.0
    sim.tokens.revoke()
    await pass_time(hass, freezer, minutes=5, seconds=12)
    after = get_state(hass, EXPIRY).state
    assert datetime.fromisoformat(after) < datetime.fromisoformat(before)
