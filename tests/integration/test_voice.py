"""Home Assistant's own voice assistant: the documented sentences work in each language, with an exposed door."""

from homeassistant.components.conversation import async_converse
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.support.not_none import not_none
from tests.support.voice_sentences import DOOR_NAMES, documented_sentences

DOOR = "lock.harbor_house_front_door"
SENTENCES = documented_sentences("Unlock a door")


@pytest.fixture(autouse=True)
async def assist(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    for component in ("homeassistant", "conversation", "intent"):
        assert await async_setup_component(hass, component, {})


async def say(hass: HomeAssistant, language: str) -> None:
    """Say the sentence of a language, in which the door has its name."""
    # The lock has the name of its device. Home Assistant 2026.11 would put that before a name of the lock's own.
    lock = not_none(er.async_get(hass).async_get(DOOR))
    dr.async_get(hass).async_update_device(not_none(lock.device_id), name_by_user=DOOR_NAMES[language])
    await hass.async_block_till_done()
    await async_converse(hass, SENTENCES[language], None, Context(), language=language)
    await hass.async_block_till_done()


@pytest.mark.parametrize("language", SENTENCES)
async def test_exposed_door_is_unlocked(hass: HomeAssistant, sim: Simulator, language: str) -> None:
    async_expose_entity(hass, "conversation", DOOR, should_expose=True)
    await say(hass, language)
    assert sim.openings == {"7001": 1}


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
async def test_door_that_is_not_exposed_stays_closed(hass: HomeAssistant, sim: Simulator, language: str) -> None:
    """Locks are not exposed by default."""
    await say(hass, language)
    assert sim.openings == {}


def test_languages_are_documented() -> None:
    """Polish cannot unlock."""
    assert set(DOOR_NAMES) - set(SENTENCES) == {"pl"}
