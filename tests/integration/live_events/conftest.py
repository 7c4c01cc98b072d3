"""Names and helpers of the tests of live events."""

import time

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.support.waiting import until

LOBBY, GARAGE = "1000a001", "1000a002"
CAMERA = "camera.harbor_house_lobby"
MOTION = "binary_sensor.harbor_house_lobby_motion"
EVENT = "event.harbor_house_lobby_motion_event"


@pytest.fixture
def quiet(sim: Simulator) -> None:
    """Let no camera see any motion."""
    for camera in sim.state.cameras.values():
        camera.recordings = []


@pytest.fixture
async def live(quiet: None, loaded: MockConfigEntry) -> MockConfigEntry:
    """Return the loaded entry, whose cameras have seen nothing yet."""
    return loaded


def move(sim: Simulator, *, seconds: float, camera: str = LOBBY, begin: float = 0.2) -> None:
    """Let something move in front of a camera for some seconds, from a moment on."""
    sim.state.cameras[camera].recordings = [(time.time() + begin, time.time() + begin + seconds)]


async def state_is(hass: HomeAssistant, entity_id: str, state: str) -> None:
    """Wait for a state."""

    def is_reached() -> bool:
        found = hass.states.get(entity_id)
        return found is not None and found.state == state

    await until(is_reached)


def states_of(hass: HomeAssistant, entity_id: str) -> list[State]:
    """Return a list to which each new state of an entity is added: some last for a moment only."""
    states: list[State] = []

    @callback
    def add(event: Event[EventStateChangedData]) -> None:
        if (state := event.data["new_state"]) is not None:
            states.append(state)

    async_track_state_change_event(hass, entity_id, add)
    return states


def motion_entities(hass: HomeAssistant) -> set[str]:
    """Return the ids of the registered entities of motion."""
    return {entity_id for entity_id in er.async_get(hass).entities if "_motion" in entity_id}
