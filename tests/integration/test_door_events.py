"""What is told about requests to open a door: events, and the activity that Home Assistant shows."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.lock.const import LockState
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.tasks import SynchronizeTask
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNKNOWN
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_capture_events,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket, WebSocketGenerator

from simulator import Simulator
from tests.support.not_none import not_none
from tests.support.states import get_state
from tests.support.waiting import until

LOCK = "lock.harbor_house_front_door"
FRONT_BUTTON = "button.harbor_house_front_door_open"
EVENT = "event.harbor_house_front_door_opening"
BUTTON = "button.harbor_house_garage_gate_open"


@pytest.fixture(autouse=True)
def real_sockets(recorder_mock: Any, enable_custom_integrations: None, socket_enabled: None) -> None:
    """Set up the recorder first."""


async def open_door(hass: HomeAssistant, domain: str, action: str, entity_id: str, context: Context) -> None:
    await hass.services.async_call(domain, action, {"entity_id": entity_id}, blocking=True, context=context)


async def test_request_to_open_a_door_fires_an_event(
    hass: HomeAssistant,
    hass_admin_user: MockUser,
    sim: Simulator,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    events = async_capture_events(hass, "carson_door")
    context = Context(user_id=hass_admin_user.id)
    await open_door(hass, "lock", "open", LOCK, context)
    sim.faults.add("open_door", "status", status=403)
    with pytest.raises(HomeAssistantError):
        await open_door(hass, "button", "press", BUTTON, context)
    sim.faults.clear()
    sim.faults.add("open_door", "reset")
    freezer.tick(3)  # a press just after a success would join it
    with pytest.raises(HomeAssistantError):
        await open_door(hass, "lock", "unlock", LOCK, context)
    front_image, garage_image = (f"image.harbor_house_{door}_last_opening" for door in ("front_door", "garage_gate"))
    assert [event.data for event in events] == [
        {"entity_id": LOCK, "name": "Front Door", "outcome": "opened", "image": front_image},
        {"entity_id": BUTTON, "name": "Garage Gate", "outcome": "failed", "image": garage_image},
        {"entity_id": LOCK, "name": "Front Door", "outcome": "unclear", "image": front_image},
    ]
    assert [event.context for event in events] == [context] * 3


type Activity = Callable[[], Awaitable[list[dict[str, Any]]]]


@pytest.fixture
async def activity(hass: HomeAssistant, hass_ws_client: WebSocketGenerator, loaded: MockConfigEntry) -> Activity:
    """Return a function that returns the lines of the front door's activity since now, as its device page does."""
    assert await async_setup_component(hass, "logbook", {})
    client, start = await hass_ws_client(), dt_util.utcnow()
    return partial(_fetch_activity, hass, client, start)


async def _fetch_activity(hass: HomeAssistant, client: MockHAClientWebSocket, start: datetime) -> list[dict[str, Any]]:
    await hass.async_block_till_done()
    # Not `async_block_till_done`: that returns while the recorder is at the last event that it took from its queue.
    recorded = hass.loop.create_future()
    get_instance(hass).queue_task(SynchronizeTask(recorded))
    await recorded
    registry = er.async_get(hass)
    device_id = not_none(not_none(registry.async_get(LOCK)).device_id)
    entities = er.async_entries_for_device(registry, device_id)
    await client.send_json_auto_id(
        {
            "type": "logbook/get_events",
            "start_time": start.isoformat(),
            "entity_ids": [entity.entity_id for entity in entities],
            "device_ids": [device_id],
        }
    )
    activity: list[dict[str, Any]] = (await client.receive_json())["result"]
    return activity


@pytest.fixture
async def person(hass: HomeAssistant, hass_admin_user: MockUser) -> str:
    """Return the person of the administrator."""
    people = [{"id": "robin", "name": "Robin", "user_id": hass_admin_user.id}]
    assert await async_setup_component(hass, "person", {"person": people})
    return "person.robin"


async def test_event_entity_tells_who_and_why(
    hass: HomeAssistant,
    hass_admin_user: MockUser,
    person: str,
    sim: Simulator,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    assert get_state(hass, EVENT).state == STATE_UNKNOWN
    context = Context(user_id=hass_admin_user.id)
    await open_door(hass, "button", "press", FRONT_BUTTON, context)
    opened = get_state(hass, EVENT)
    assert opened.context is context
    assert (
        opened.attributes.items()
        >= {
            "event_type": "opened",
            "requested_by": person,
            "requested_through": FRONT_BUTTON,
            "reason": None,
            "message": None,
        }.items()
    )
    freezer.tick(3)
    sim.state.doors["7001"].available = False
    with pytest.raises(HomeAssistantError):
        await open_door(hass, "lock", "open", LOCK, Context())
    refused = get_state(hass, EVENT)
    assert refused.state > opened.state
    assert (
        refused.attributes.items()
        >= {
            "event_type": "failed",
            "requested_by": None,
            "requested_through": LOCK,
            "reason": "refused",
            "message": "The door is not available.",
        }.items()
    )
    freezer.tick(1)
    sim.state.doors["7001"].available = True
    sim.faults.add("open_door", "reset")
    with pytest.raises(HomeAssistantError):
        await open_door(hass, "lock", "open", LOCK, Context())
    unclear = get_state(hass, EVENT)
    assert unclear.attributes.items() >= {"event_type": "unclear", "reason": "outcome_unclear"}.items()
    assert get_state(hass, "event.harbor_house_garage_gate_opening").state == STATE_UNKNOWN


async def test_joined_press_is_no_second_event(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    await asyncio.gather(*(open_door(hass, "lock", "open", LOCK, Context()) for _ in range(3)))
    assert len([change for change in changes if change.data["entity_id"] == EVENT]) == 1


async def test_event_is_restored_after_a_reload(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    await open_door(hass, "lock", "open", LOCK, Context())
    before = get_state(hass, EVENT)
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    after = get_state(hass, EVENT)
    assert (after.state, after.attributes) == (before.state, before.attributes)


async def test_activity_of_a_door_has_three_lines_with_the_person(
    hass: HomeAssistant,
    activity: Activity,
    hass_admin_user: MockUser,
    sim: Simulator,
    loaded: MockConfigEntry,
) -> None:
    await open_door(hass, "lock", "open", LOCK, Context(user_id=hass_admin_user.id))
    rows = await activity()
    assert [(row["entity_id"], row["state"]) for row in rows[:2]] == [(LOCK, "unlocking"), (LOCK, "unlocked")]
    assert (rows[2]["entity_id"], rows[2]["attributes"]) == (EVENT, {"event_type": "opened"})
    assert {row["context_user_id"] for row in rows} == {hass_admin_user.id}
    assert len(rows) == 3


async def test_activity_shows_the_person_who_pressed_the_button(
    hass: HomeAssistant,
    activity: Activity,
    hass_admin_user: MockUser,
    sim: Simulator,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    freezer.tick(1)
    await open_door(hass, "button", "press", FRONT_BUTTON, Context(user_id=hass_admin_user.id))
    freezer.tick(1)
    rows = await activity()
    assert sorted(row["entity_id"] for row in rows) == sorted([LOCK, LOCK, EVENT, FRONT_BUTTON])
    assert {row["context_user_id"] for row in rows} == {hass_admin_user.id}
    freezer.tick(5)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    freezer.tick(1)
    (locked,) = [row for row in await activity() if row.get("state") == "locked"]
    assert "context_user_id" not in locked, "it locks by itself"


async def test_activity_of_a_failed_request(
    hass: HomeAssistant,
    activity: Activity,
    hass_admin_user: MockUser,
    sim: Simulator,
    loaded: MockConfigEntry,
) -> None:
    sim.faults.add("open_door", "status", status=403)
    with pytest.raises(HomeAssistantError):
        await open_door(hass, "lock", "open", LOCK, Context(user_id=hass_admin_user.id))
    rows = await activity()
    assert [row["state"] for row in rows[:2]] == ["unlocking", "locked"]
    assert rows[2]["attributes"] == {"event_type": "failed"}
    assert {row["context_user_id"] for row in rows} == {hass_admin_user.id}
    assert len(rows) == 3


PRESSES = pytest.mark.parametrize(
    ("domain", "action", "entity_id"),
    [("lock", "open", LOCK), ("button", "press", FRONT_BUTTON)],
    ids=["lock", "button"],
)


@PRESSES
async def test_states_of_the_lock_carry_the_context_of_the_request(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    domain: str,
    action: str,
    entity_id: str,
) -> None:
    """Home Assistant forgets the context of an entity after five seconds."""
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    context = Context()
    sim.faults.add("open_door", "delay", seconds=0.2)
    press = hass.async_create_task(open_door(hass, domain, action, entity_id, context))
    await until(lambda: sim.counters.count("open_door"))
    freezer.tick(timedelta(seconds=6))
    await press
    found = [
        (not_none(change.data["new_state"]).state, change.context)
        for change in changes
        if change.data["entity_id"] == LOCK
    ]
    assert found == [(state, context) for state in (LockState.UNLOCKING, LockState.UNLOCKED)]


async def test_door_that_somebody_else_locks_carries_the_context_of_that(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    opening, locking = Context(), Context()
    await open_door(hass, "lock", "open", LOCK, opening)
    await open_door(hass, "lock", "lock", LOCK, locking)
    found = [
        (not_none(change.data["new_state"]).state, change.context)
        for change in changes
        if change.data["entity_id"] == LOCK
    ]
    assert found == [
        (LockState.UNLOCKING, opening),
        (LockState.UNLOCKED, opening),
        (LockState.LOCKING, locking),
    ]


@PRESSES
async def test_all_lines_of_a_press_show_the_automation(
    hass: HomeAssistant,
    activity: Activity,
    sim: Simulator,
    loaded: MockConfigEntry,
    domain: str,
    action: str,
    entity_id: str,
) -> None:
    automation = {
        "alias": "Coming home",
        "triggers": {"trigger": "event", "event_type": "coming_home"},
        "actions": {"action": f"{domain}.{action}", "target": {"entity_id": entity_id}},
    }
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await hass.async_block_till_done()
    hass.bus.async_fire("coming_home")
    await until(lambda: get_state(hass, LOCK).state == LockState.UNLOCKED)
    rows = await activity()
    button = [FRONT_BUTTON] if domain == "button" else []
    assert [row["entity_id"] for row in rows] == [*button, LOCK, LOCK, EVENT]
    assert {row.get("context_name") for row in rows} == {"Coming home"}
    assert get_state(hass, EVENT).attributes["requested_by"] is None
