"""Rules that hold under any fault: renewals, isolation, registries, load after an outage, unloading."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import nullcontext
from datetime import timedelta
import gc
import threading
import time
from typing import Any

import aiohttp
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.camera import async_get_image
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.carson.aiocarson import AuthenticationError, Carson
from custom_components.carson.aiocarson.errors import SessionRejectedError
from custom_components.carson.const import CAMERA_INTERVAL
from custom_components.carson.door_state import DoorOutcome, DoorRequest
from simulator import Simulator
from simulator.state.model import ABSENT, CarsonCamera, Device, Door
from tests.integration.conftest import EMAIL, PASSWORD, settle
from tests.reliability.buildings import EMAIL as OWNER, add_buildings
from tests.support.states import get_state
from tests.support.tasks import pending_timers, running_tasks
from tests.support.waiting import until

# The rules hold for all that the integration does by default.
pytestmark = pytest.mark.live_events

FRONT_DOOR = "lock.harbor_house_front_door"
LOBBY = "camera.harbor_house_lobby"
COURTYARD = "camera.mill_lofts_courtyard"
MAIN_ENTRANCE = "lock.mill_lofts_main_entrance"
SIMULTANEOUS = 40
PACKAGE = "custom_components.carson"


@pytest.fixture
async def carson(sim: Simulator) -> AsyncGenerator[Carson]:
    """Return a client that has a token and a session key, and does not pause."""

    async def no_pause(_: float) -> None:
        await asyncio.sleep(0)

    client = Carson(
        email=EMAIL, password=PASSWORD, api_url=sim.api_url, eagle_eye_url=sim.eagle_eye_url, sleep=no_pause
    )
    async with client:
        await client.get_account()
        await client.eagle_eye("501").get_devices()
        sim.counters.reset()
        yield client


async def request_all(carson: Carson) -> list[object]:
    """Make many requests of all kinds at the same time; return results and errors."""
    eagle_eye = carson.eagle_eye("501")
    requests = [
        request
        for _ in range(SIMULTANEOUS // 4)
        for request in (
            eagle_eye.get_devices(),
            eagle_eye.get_still("1000a001"),
            eagle_eye.get_still("1000a002"),
            carson.get_account(),
        )
    ]
    return await asyncio.gather(*requests, return_exceptions=True)


@pytest.mark.parametrize("revoked", ["key", "token", "both"])
async def test_revoked_credential_is_renewed_once(sim: Simulator, carson: Carson, revoked: str) -> None:
    if revoked != "key":
        sim.tokens.revoke()
    if revoked != "token":
        sim.sessions.revoke()
    assert errors_in(await request_all(carson)) == []
    assert sim.counters.logins == (revoked != "key")
    assert len([one for one in sim.counters.log if one.operation == "session" and one.status == 200]) == (
        revoked != "token"
    )


async def test_rejected_new_key_is_not_renewed_again(sim: Simulator, carson: Carson) -> None:
    for operation in ("device_list", "image"):
        sim.faults.add(operation, "bare401")
    for _ in range(5):
        errors = errors_in(await request_all(carson))
        assert {type(error) for error in errors} == {SessionRejectedError}
    # One renewal, although 150 requests were rejected; after it each request is sent once.
    assert sim.counters.session_calls == 1
    assert sim.counters.logins == 0


async def test_rejected_new_token_is_not_renewed_again(sim: Simulator, carson: Carson) -> None:
    sim.faults.add("me", "bare401")
    for _ in range(5):
        results = await asyncio.gather(*(carson.get_account() for _ in range(10)), return_exceptions=True)
        assert {type(error) for error in results} == {AuthenticationError}
    assert sim.counters.logins == 1


def errors_in(results: list[object]) -> list[BaseException]:
    return [result for result in results if isinstance(result, BaseException)]


@pytest.fixture
async def owner(hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]) -> MockConfigEntry:
    """Load the account of two buildings."""
    entry = make_entry(OWNER, password="two buildings")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


async def poll(hass: HomeAssistant, entry: MockConfigEntry, times: int = 1) -> None:
    for _ in range(times):
        await entry.runtime_data.account.async_refresh()
        await entry.runtime_data.cameras.async_refresh()
        await hass.async_block_till_done()


def unavailable(hass: HomeAssistant) -> set[str]:
    return {state.entity_id for state in hass.states.async_all() if state.state == "unavailable"}


def registered(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    return {device.id for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)}


FAULTS: dict[str, tuple[Callable[[Simulator], object], str]] = {
    "session of a building": (
        lambda sim: (sim.sessions.revoke(building_id="502"), sim.faults.add("session", "html", building="502")),
        "mill_lofts",
    ),
    "device list of a building": (lambda sim: sim.faults.add("device_list", "reset", building="502"), "mill_lofts"),
    "no Eagle Eye of a building": (
        lambda sim: (
            sim.sessions.revoke(building_id="502"),
            sim.faults.add("session", "status", status=404, building="502"),
        ),
        "mill_lofts",
    ),
    "door": (lambda sim: sim.faults.add("open_door", "reset", door="7101"), "nothing"),
    "still of a camera": (lambda sim: sim.faults.add("image", "status", status=503, camera="2000a001"), "nothing"),
    "row of a door": (
        lambda sim: sim.state.doors["7101"].overrides.update({"name": {"text": []}, "order": "x" * 10_000}),
        "nothing",
    ),
    "row of a camera": (lambda sim: sim.state.buildings["502"].overrides.update({"cameras": ["no row", 5]}), "mill"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_fault_of_one_item_does_not_affect_others(
    hass: HomeAssistant, sim: Simulator, owner: MockConfigEntry, fault: str
) -> None:
    cause, affected = FAULTS[fault]
    registry = er.async_get(hass)
    await settle(hass, owner)
    before, entities = unavailable(hass), set(registry.entities)
    cause(sim)
    await poll(hass, owner, 4)
    with pytest.raises(HomeAssistantError) if fault == "door" else nullcontext():
        await hass.services.async_call("lock", "open", {"entity_id": MAIN_ENTRANCE}, blocking=True)
    await hass.services.async_call("lock", "open", {"entity_id": FRONT_DOOR}, blocking=True)
    assert (await async_get_image(hass, LOBBY)).content
    now_unavailable = unavailable(hass) - before
    assert [one for one in now_unavailable if affected not in one or "lock." in one] == []
    if fault != "row of a camera":
        assert set(registry.entities) == entities


async def test_incomplete_responses_remove_nothing(hass: HomeAssistant, sim: Simulator, owner: MockConfigEntry) -> None:
    """Doors and cameras stay registered unless a valid response lists others of their kind and not them."""
    devices = registered(hass, owner)
    incomplete: list[dict[str, Any]] = [
        {"properties": None},
        {"properties": ABSENT},
        {"properties": "none"},
        {"properties": [17]},
        {"properties": {"501": {}}},
    ]
    for overrides in incomplete:
        sim.state.accounts[OWNER].overrides = overrides
        await poll(hass, owner)
        assert registered(hass, owner) == devices, overrides
    sim.state.accounts[OWNER].overrides = {}
    for field in ("doors", "cameras"):
        for value in (ABSENT, "none", [None], [{"name": "nameless"}], {"a": 1}):
            sim.state.buildings["502"].overrides = {field: value}
            await poll(hass, owner)
            assert registered(hass, owner) >= devices, (field, value)
    sim.state.buildings["502"].overrides = {}
    await poll(hass, owner)
    assert get_state(hass, MAIN_ENTRANCE).state == "locked"
    assert get_state(hass, COURTYARD).state != "unavailable"


async def test_returning_device_has_its_former_entity_ids(
    hass: HomeAssistant, sim: Simulator, owner: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """New devices appear without a reload, and returning ones keep the ids that the user chose."""
    registry = er.async_get(hass)
    registry.async_update_entity(MAIN_ENTRANCE, new_entity_id="lock.my_door")
    registry.async_update_entity(COURTYARD, new_entity_id="camera.my_yard")
    building = sim.state.buildings["502"]
    doors, cameras = list(building.doors), list(building.cameras or [])
    building.doors[:] = [Door(id=7999, name="Attic")]
    building.cameras = [CarsonCamera(id=8999, name="Attic", live_view_id="2000afff")]
    attic = Device(esn="2000afff", name="Attic", account=building.eagle_eye_account)
    sim.state.devices.append(attic)
    await poll(hass, owner)
    assert get_state(hass, "lock.mill_lofts_attic").state == "locked"
    for _ in range(3):
        freezer.tick(60)
        await poll(hass, owner)
    assert hass.states.get("lock.my_door") is None
    assert hass.states.get("camera.my_yard") is None
    assert get_state(hass, "lock.mill_lofts_attic").state == "locked"
    assert hass.states.get("camera.mill_lofts_attic") is not None
    building.doors[:] = doors
    building.cameras = cameras
    sim.state.devices.remove(attic)
    for _ in range(3):
        await poll(hass, owner)
        freezer.tick(60)
    assert get_state(hass, "lock.my_door").state == "locked"
    assert hass.states.get("camera.my_yard") is not None
    assert hass.states.get("lock.mill_lofts_attic") is None


async def tick(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float) -> None:
    freezer.tick(timedelta(seconds=seconds))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


BUILDINGS = 10
OUTAGES = {
    "all 503": lambda sim: sim.faults.add("*", "status", status=503),
    "all reset": lambda sim: sim.faults.add("*", "reset"),
    "Carson 429": lambda sim: sim.faults.add("*", "rate_limit", cloud="carson"),
    "Eagle Eye 429": lambda sim: sim.faults.add("*", "rate_limit", cloud="eagle_eye"),
    "Eagle Eye 401": lambda sim: sim.faults.add("*", "bare401", cloud="eagle_eye"),
}


@pytest.mark.parametrize(
    ("outage", "restarted"), [*((outage, False) for outage in OUTAGES), ("all 503", True), ("Eagle Eye 429", True)]
)
async def test_few_requests_after_an_outage(
    hass: HomeAssistant,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    freezer: FrozenDateTimeFactory,
    outage: str,
    restarted: bool,
) -> None:
    """With ten buildings no cloud receives more than one request per second on average."""
    add_buildings(sim, BUILDINGS)
    entry = make_entry(OWNER, password="two buildings")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    OUTAGES[outage](sim)
    if restarted:
        await hass.config_entries.async_reload(entry.entry_id)
    for _ in range(6):
        sim.counters.reset()
        await tick(hass, freezer, 60)
        assert max(requests_by_cloud(sim).values(), default=0) <= 60
    # All credentials have expired meanwhile.
    sim.sessions.revoke()
    sim.tokens.revoke()
    sim.faults.clear()
    sim.counters.reset()
    for _ in range(12):
        await tick(hass, freezer, 5)
    assert max(requests_by_cloud(sim).values(), default=0) <= 60
    for _ in range(6):
        await tick(hass, freezer, 60)
    assert entry.state is ConfigEntryState.LOADED
    answered = entry.runtime_data.cameras.data.available_building_ids
    assert len(answered) == BUILDINGS


def requests_by_cloud(sim: Simulator) -> dict[str, int]:
    clouds = {cloud for cloud, _ in sim.counters.requests}
    return {cloud: sum(n for (one, _), n in sim.counters.requests.items() if one == cloud) for cloud in clouds}


def leftovers(hass: HomeAssistant) -> dict[str, object]:
    """Return what could remain after an unload: tasks, timers, threads, listeners and sessions."""
    gc.collect()
    sessions = [one for one in gc.get_objects() if isinstance(one, aiohttp.ClientSession) and not one.closed]
    return {
        "tasks": {task.get_name() for task in running_tasks(PACKAGE)},
        "timers": len(pending_timers(PACKAGE)),
        "threads": {thread.name for thread in threading.enumerate()},
        # Home Assistant's own registries wait to be written to disk.
        "listeners": {**hass.bus.async_listeners(), EVENT_HOMEASSISTANT_FINAL_WRITE: 0},
        "sessions": len(sessions),
    }


@pytest.mark.parametrize("fault", ["none", "status:503", "silence", "bare401"])
@pytest.mark.timeouts(open_door=1.0)
async def test_unloading_leaves_nothing(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    fault: str,
) -> None:
    outcomes: list[DoorOutcome] = []
    doors = iter(("7001", "7002", "7003"))
    sent = {"me": 2, "device_list": 2, "image": 1, "open_door": 1}

    async def load_and_unload() -> dict[str, object]:
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        if fault != "none":
            sim.faults.add("*", fault)
        data = entry.runtime_data
        # Another one each time: a second press would join the first one's success.
        door = data.door_state(next(doors))
        door.async_add_outcome_listener(outcomes.append)
        request = DoorRequest(entity_id=FRONT_DOOR, door_name="Front Door", context=None, at=time.monotonic())
        running = [
            asyncio.create_task(data.account.async_refresh()),
            asyncio.create_task(data.cameras.async_refresh()),
            asyncio.create_task(async_get_image(hass, LOBBY)),
            asyncio.create_task(door.async_open(request)),
        ]
        await until(lambda: all(sim.counters.count(one) >= times for one, times in sent.items()))
        assert await hass.config_entries.async_unload(entry.entry_id)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        sim.faults.clear()
        for flow in hass.config_entries.flow.async_progress():
            hass.config_entries.flow.async_abort(flow["flow_id"])
        await hass.async_block_till_done(wait_background_tasks=True)
        await until(lambda: not sim.counters.in_flight.total())
        sim.counters.reset()
        async_fire_time_changed(hass, fire_all=True)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert sim.counters.requests.total() == 0
        return leftovers(hass)

    # Home Assistant keeps some objects that it creates the first time.
    await load_and_unload()
    before, after = await load_and_unload(), await load_and_unload()
    assert len(outcomes) == 3
    assert after["tasks"] == set()
    assert after["timers"] == 0
    for kind, remaining in before.items():
        assert after[kind] == remaining, kind


@pytest.mark.parametrize("days", [-1, 1, 400])
async def test_clock_may_jump(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory, days: int
) -> None:
    """Polling continues, doors open and cameras stay available after the clock was changed."""
    freezer.tick(timedelta(days=days))
    sim.counters.reset()
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    for _ in range(6):
        await tick(hass, freezer, CAMERA_INTERVAL.total_seconds())
    await hass.services.async_call("lock", "open", {"entity_id": FRONT_DOOR}, blocking=True)
    assert sim.openings == {"7001": 1}
    # While live events arrive, once in five minutes is enough.
    assert sim.counters.count("device_list") >= 2
    assert get_state(hass, LOBBY).state != "unavailable"
