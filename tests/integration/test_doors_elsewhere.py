"""Doors as other parts of Home Assistant, and the systems behind them, see and use them."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.alexa.capabilities import AlexaLockController
from homeassistant.components.conversation.agent_manager import async_converse
from homeassistant.components.google_assistant import trait
from homeassistant.components.group.lock import LockGroup
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.components.homekit.type_locks import HASS_TO_HOMEKIT_CURRENT, HASS_TO_HOMEKIT_TARGET
from homeassistant.components.lock.const import LockState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import Context, HomeAssistant, State
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from simulator import Simulator
from tests.support.not_none import not_none
from tests.support.states import get_state
from tests.support.waiting import until

LOCK = "lock.harbor_house_front_door"
GARAGE = "lock.harbor_house_garage_gate"


async def act(hass: HomeAssistant, action: str, target: dict[str, str | list[str]]) -> None:
    await hass.services.async_call("lock", action, target, blocking=True)


async def show_all_states(hass: HomeAssistant, sim: Simulator, freezer: FrozenDateTimeFactory) -> dict[str, State]:
    """Bring a door into each of its states; return the states of the lock."""
    shown: dict[str, State] = {}

    def store() -> None:
        state = get_state(hass, LOCK)
        shown[state.state] = state

    store()
    rule = sim.faults.add("open_door", "silence")
    opening = hass.async_create_task(act(hass, "open", {"entity_id": LOCK}))
    await until(lambda: sim.counters.count("open_door") == 1)
    store()
    freezer.tick(timedelta(seconds=11))
    with pytest.raises(Exception, match="Front Door"):
        await opening
    sim.faults.remove(rule)
    store()
    await act(hass, "lock", {"entity_id": LOCK})
    store()
    freezer.tick(timedelta(seconds=6))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert get_state(hass, LOCK).state == LockState.LOCKED
    assert list(shown) == [LockState.LOCKED, LockState.UNLOCKING, LockState.UNLOCKED, LockState.LOCKING]
    return shown


async def test_homekit_shows_secured_and_unsecured(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """HomeKit: 0 is unsecured, 1 secured, 2 jammed, 3 unknown."""
    states = await show_all_states(hass, sim, freezer)
    assert [HASS_TO_HOMEKIT_CURRENT[state] for state in states] == [1, 1, 0, 0]
    assert [HASS_TO_HOMEKIT_TARGET[state] for state in states] == [1, 0, 0, 1]


async def test_alexa_and_google_show_locked_and_unlocked(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    states = await show_all_states(hass, sim, freezer)
    alexa = [AlexaLockController(state).get_property("lockState") for state in states.values()]
    google = [trait.LockUnlockTrait(hass, state, None).query_attributes() for state in states.values()]
    assert alexa == ["LOCKED", "LOCKED", "UNLOCKED", "UNLOCKED"]
    assert [one["isLocked"] for one in google] == [True, True, False, False]
    assert not any(one.get("isJammed") for one in google)


@pytest.mark.parametrize("state", ["locked", "unlocked"])
async def test_scene(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, state: str) -> None:
    scene = {"scene": {"name": "Leaving", "entities": {LOCK: state, GARAGE: "locked"}}}
    assert await async_setup_component(hass, "scene", scene)
    await act(hass, "open", {"entity_id": GARAGE})
    await hass.services.async_call("scene", "turn_on", {"entity_id": "scene.leaving"}, blocking=True)
    assert sim.openings == ({"7002": 1} if state == "locked" else {"7001": 1, "7002": 1})
    assert get_state(hass, GARAGE).state == LockState.LOCKING


@pytest.mark.parametrize("action", ["open", "unlock", "lock"])
async def test_area(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, action: str) -> None:
    area = ar.async_get(hass).async_create("Entrance")
    for entity_id in (LOCK, GARAGE):
        device_id = not_none(not_none(er.async_get(hass).async_get(entity_id)).device_id)
        dr.async_get(hass).async_update_device(device_id, area_id=area.id)
    await act(hass, "open", {"entity_id": LOCK})
    await act(hass, action, {"area_id": area.id})
    # The front door had just been opened.
    assert sim.openings == ({"7001": 1} if action == "lock" else {"7001": 1, "7002": 1})


async def test_group(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    group = LockGroup("doors", "Doors", [LOCK, GARAGE])
    await hass.data["entity_components"]["lock"].async_add_entities([group])
    assert get_state(hass, group.entity_id).state == LockState.LOCKED
    await act(hass, "open", {"entity_id": group.entity_id})
    assert sim.openings == {"7001": 1, "7002": 1}
    assert get_state(hass, group.entity_id).state == LockState.UNLOCKED
    await act(hass, "lock", {"entity_id": group.entity_id})
    assert get_state(hass, group.entity_id).state == LockState.LOCKING
    freezer.tick(timedelta(seconds=6))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert get_state(hass, group.entity_id).state == LockState.LOCKED


@pytest.mark.parametrize(
    ("sentence", "openings", "state"),
    [
        ("unlock the front door", {"7001": 1}, LockState.UNLOCKED),
        ("lock the front door", {}, LockState.LOCKED),
        ("is the front door locked", {}, LockState.LOCKED),
    ],
)
async def test_assist(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    sentence: str,
    openings: dict[str, int],
    state: LockState,
) -> None:
    for component in ("homeassistant", "conversation", "intent"):
        assert await async_setup_component(hass, component, {})
    async_expose_entity(hass, "conversation", LOCK, True)
    er.async_get(hass).async_update_entity(LOCK, aliases=["front door"])
    result = await async_converse(hass, sentence, None, Context(), language="en")
    assert result.response.error_code is None, result.response.speech
    assert sim.openings == openings
    assert get_state(hass, LOCK).state == state


async def test_door_that_carson_disables_is_unavailable_for_everybody(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    sim.state.doors["7001"].disabled = True
    freezer.tick(timedelta(minutes=5, seconds=5))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert get_state(hass, LOCK).state == STATE_UNAVAILABLE
    await act(hass, "open", {"entity_id": [LOCK, GARAGE]})
    assert sim.openings == {"7002": 1}
