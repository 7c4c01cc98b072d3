"""Home Assistant's own voice assistant: the sentences in the README work, in four languages, with an exposed door."""

from homeassistant.components.conversation import async_converse
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator

DOOR = "lock.harbor_house_front_door"


@pytest.fixture(autouse=True)
async def assist(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    for component in ("homeassistant", "conversation", "intent"):
        assert await async_setup_component(hass, component, {})


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "unlock the front door"),
        ("de", "schließe Front Door auf"),
        ("fr", "déverrouille Front Door"),
        ("es", "abre Front Door"),
    ],
)
@pytest.mark.parametrize("is_exposed", [True, False])
async def test_door_is_unlocked(
    hass: HomeAssistant, sim: Simulator, language: str, sentence: str, is_exposed: bool
) -> None:
    """Only a door that the user has exposed opens; locks are not exposed by default."""
    if is_exposed:
        async_expose_entity(hass, "conversation", DOOR, should_expose=True)
        await hass.async_block_till_done()
    await async_converse(hass, sentence, None, Context(), language=language)
    await hass.async_block_till_done()
    assert sim.openings == ({"7001": 1} if is_exposed else {})
