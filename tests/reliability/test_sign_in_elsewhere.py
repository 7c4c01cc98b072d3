"""Somebody else signs in to the same account: a phone, or a second Home Assistant. Each revokes the other's token."""

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.carson.aiocarson import Carson
from simulator import Simulator
from tests.integration.conftest import EMAIL, NO_PAUSES, PASSWORD
from tests.support.passing_time import pass_time
from tests.support.states import get_state

MINUTES = 60
DOOR = "lock.harbor_house_front_door"
LOBBY = "camera.harbor_house_lobby"


@pytest.fixture
async def account(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> MockConfigEntry:
    """Return the loaded account of a cloud in which only the last sign-in counts; the clock is frozen."""
    sim.settings.single_sign_in = True
    await pass_time(hass, freezer, seconds=61)
    sim.counters.reset()
    return loaded


def is_asked_to_sign_in(hass: HomeAssistant) -> bool:
    return any(flow["context"]["source"] == SOURCE_REAUTH for flow in hass.config_entries.flow.async_progress())


async def test_phone(
    hass: HomeAssistant, sim: Simulator, account: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A phone that signs in every five minutes costs little more than the usual 1.3 requests a minute."""
    phone = 0
    for minute in range(MINUTES):
        if minute % 5 == 0:
            async with Carson(email=EMAIL, password=PASSWORD, api_url=sim.api_url, timeouts=NO_PAUSES) as carson:
                await carson.get_account()
            phone += 2
        await pass_time(hass, freezer, seconds=60)
    assert sim.counters.requests.total() - phone <= 1.8 * MINUTES
    assert not is_asked_to_sign_in(hass)
    await hass.services.async_call("lock", "open", {"entity_id": DOOR}, blocking=True)
    assert sim.openings == {"7001": 1}


async def test_second_home_assistant(
    hass: HomeAssistant, sim: Simulator, account: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Both sign in again and again, at a pace that stays the same."""
    async with Carson(
        email=EMAIL, password=PASSWORD, api_url=sim.api_url, eagle_eye_url=sim.eagle_eye_url, timeouts=NO_PAUSES
    ) as other:
        for minute in range(MINUTES):
            if minute % 5 == 2:
                await other.get_account()
            await other.eagle_eye("501").get_devices()
            await pass_time(hass, freezer, seconds=60)
            assert get_state(hass, LOBBY).state != "unavailable"
    assert sim.counters.requests.total() <= 3.4 * MINUTES
    assert sim.counters.logins <= 2 * MINUTES / 5 + 2
    assert not is_asked_to_sign_in(hass)
