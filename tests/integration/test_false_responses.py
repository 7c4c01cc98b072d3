"""False responses: a single one takes nothing away, nobody has to sign in, and everything heals by itself."""

import asyncio
from collections.abc import Callable
import json
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.lock import LockState
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.support.passing_time import pass_time
from tests.support.repairs import active_issues
from tests.support.states import entry_state, get_state
from tests.support.waiting import until

from .conftest import EMAIL, PASSWORD

DOOR = "lock.harbor_house_front_door"
LOBBY = "camera.harbor_house_lobby"
COURTYARD = "camera.mill_lofts_courtyard"
CALENDAR = "calendar.harbor_house_reservations"


async def minutes(hass: HomeAssistant, freezer: FrozenDateTimeFactory, number: int) -> None:
    for _ in range(number):
        await pass_time(hass, freezer, seconds=61)


def reauth_flows(hass: HomeAssistant) -> list[Any]:
    return [flow for flow in hass.config_entries.flow.async_progress() if flow["context"]["source"] == SOURCE_REAUTH]


def devices(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    return {device.id for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)}


def unavailable(hass: HomeAssistant) -> set[str]:
    return {state.entity_id for state in hass.states.async_all() if state.state == STATE_UNAVAILABLE}


@pytest.fixture
async def two(hass: HomeAssistant, make_entry: Callable[..., MockConfigEntry]) -> MockConfigEntry:
    """Return the loaded account of two buildings."""
    entry = make_entry("two@example.com", password="two buildings")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


# -- the sign-in


@pytest.mark.parametrize("password", [PASSWORD, None])
@pytest.mark.parametrize("lasts", [0, 20, 120])
async def test_passing_rejection_heals(
    hass: HomeAssistant,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    freezer: FrozenDateTimeFactory,
    password: str | None,
    lasts: int,
) -> None:
    """Whatever Carson answered meanwhile, the stored token and the password are still good."""
    entry = make_entry(password=password)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    before = unavailable(hass)
    fault = sim.faults.add("*", "bare401", cloud="carson")
    await entry.runtime_data.account.async_refresh()
    await minutes(hass, freezer, lasts)
    assert len(reauth_flows(hass)) == (lasts > 0)
    assert get_state(hass, DOOR).state == LockState.LOCKED
    sim.faults.remove(fault)
    await minutes(hass, freezer, 1 if lasts == 0 else 62)
    assert entry.runtime_data.account.last_update_success
    assert reauth_flows(hass) == []
    assert [issue for _, issue in ir.async_get(hass).issues if "reauth" in issue] == []
    assert unavailable(hass) == before
    await hass.services.async_call("lock", "open", {"entity_id": DOOR}, blocking=True)
    assert sim.openings == {"7001": 1}


@pytest.mark.parametrize("password", [PASSWORD, None])
async def test_rejection_during_the_first_start_heals(
    hass: HomeAssistant,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    freezer: FrozenDateTimeFactory,
    password: str | None,
) -> None:
    entry = make_entry(password=password)
    fault = sim.faults.add("*", "bare401", cloud="carson")
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert reauth_flows(hass) == []
    await minutes(hass, freezer, 20)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert len(reauth_flows(hass)) == 1
    assert sim.counters.logins <= 5
    sim.faults.remove(fault)
    await minutes(hass, freezer, 31)
    assert entry_state(entry) is ConfigEntryState.LOADED
    assert reauth_flows(hass) == []


async def test_wrong_password_costs_at_most_thirty_sign_ins_a_day(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    sim.state.accounts[EMAIL].password = "changed"
    sim.tokens.revoke()
    sim.sessions.revoke()
    for hour in range(24):
        for _ in range(6):
            await pass_time(hass, freezer, minutes=10)
        if hour % 6 == 0:
            with pytest.raises(HomeAssistantError):
                await hass.services.async_call("lock", "open", {"entity_id": DOOR}, blocking=True)
        if hour % 8 == 0:
            await hass.config_entries.async_reload(loaded.entry_id)
            await hass.async_block_till_done()
    assert len(reauth_flows(hass)) == 1
    assert 10 <= sim.counters.logins <= 30
    sim.state.accounts[EMAIL].password = PASSWORD
    await minutes(hass, freezer, 62)
    assert reauth_flows(hass) == []
    assert get_state(hass, LOBBY).state != STATE_UNAVAILABLE


async def test_successful_press_ends_the_request_to_sign_in(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    fault = sim.faults.add("*", "bare401", cloud="carson")
    await minutes(hass, freezer, 30)
    assert len(reauth_flows(hass)) == 1
    sim.faults.remove(fault)
    await hass.services.async_call("lock", "open", {"entity_id": DOOR}, blocking=True)
    await until(lambda: loaded.runtime_data.account.last_update_success)
    await until(lambda: not reauth_flows(hass))
    await until(lambda: loaded.runtime_data.reservations.update_status("501").error is None)


async def test_everything_is_back_as_soon_as_the_sign_in_is_accepted(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Nothing waits for its own next update."""
    before = unavailable(hass)
    sim.sessions.revoke()
    fault = sim.faults.add("*", "bare401", cloud="carson")
    await minutes(hass, freezer, 60)
    assert {LOBBY, CALENDAR} <= unavailable(hass)
    sim.faults.remove(fault)
    await loaded.runtime_data.account.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert unavailable(hass) == before


# -- one path only


@pytest.mark.parametrize("fault", ["bare401", "status:403"])
async def test_refused_session_of_one_building(
    hass: HomeAssistant, sim: Simulator, two: MockConfigEntry, freezer: FrozenDateTimeFactory, fault: str
) -> None:
    """Only the cameras of that building are gone, and a repair says why; signing in would not help."""
    sim.faults.add("session", fault, building="502")
    sim.sessions.revoke()
    await minutes(hass, freezer, 30)
    assert reauth_flows(hass) == []
    assert sim.counters.logins == 0
    assert get_state(hass, LOBBY).state != STATE_UNAVAILABLE
    assert get_state(hass, COURTYARD).state == STATE_UNAVAILABLE
    assert [issue.translation_key for issue in active_issues(hass)] == ["eagle_eye_refused"]
    sim.faults.clear()
    await minutes(hass, freezer, 31)
    assert get_state(hass, COURTYARD).state != STATE_UNAVAILABLE
    assert active_issues(hass) == []


# -- responses that lack something


async def test_other_account(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A mix-up in a cache: nobody else's door may appear, and ours must stay."""
    registered, entities = devices(hass, loaded), set(er.async_get(hass).entities)
    sim.faults.add("me", "other_account")
    await minutes(hass, freezer, 40)
    assert devices(hass, loaded) == registered
    assert set(er.async_get(hass).entities) == entities
    assert get_state(hass, DOOR).state == LockState.LOCKED
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert ["data of another account" in record.message for record in errors] == [True]
    sim.faults.clear()
    await minutes(hass, freezer, 6)
    assert loaded.runtime_data.account.last_update_success


EMPTY = {
    "buildings": ("me", "properties"),
    "doors": ("me", "doors"),
    "cameras": ("me", "cameras"),
    "devices": ("device_list", None),
}


@pytest.mark.parametrize("what", EMPTY)
async def test_empty_for_one_poll(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory, what: str
) -> None:
    registered, before = devices(hass, loaded), unavailable(hass)
    operation, name = EMPTY[what]
    rule = sim.faults.add(operation, "empty_lists", name=name, times=1)
    data = loaded.runtime_data
    await (data.cameras if what == "devices" else data.account).async_refresh()
    await hass.async_block_till_done()
    assert rule.is_used_up
    assert devices(hass, loaded) == registered
    assert unavailable(hass) == before
    await minutes(hass, freezer, 10)
    assert devices(hass, loaded) == registered
    assert unavailable(hass) == before


@pytest.mark.parametrize("what", EMPTY)
async def test_empty_for_good(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory, what: str
) -> None:
    """What two responses lack is gone within minutes; a camera only if it gives no pictures either."""
    registered = devices(hass, loaded)
    operation, name = EMPTY[what]
    sim.faults.add(operation, "empty_lists", name=name)
    await minutes(hass, freezer, 11)
    if what == "devices":
        assert get_state(hass, LOBBY).state != STATE_UNAVAILABLE
        sim.faults.add("image", "status:404")
        await minutes(hass, freezer, 11)
    assert devices(hass, loaded) < registered
    gone = LOBBY if what in {"cameras", "devices"} else DOOR
    assert hass.states.get(gone) is None
    assert er.async_get(hass).async_get(gone) is None


JUNK: dict[str, Any] = {
    "texts": ["junk", None, 5],
    "objects": [{"id": "1000a001"}],
    "rows without ids": [["00007aaa", None, "Lobby", "camera"], ["00007aaa", "", "Garage", "camera"]],
    "error object": {"error": "none"},
    "rows with odd ids": [["00007aaa", ["x"], "Lobby", "camera"]],
    "short rows": [["00007aaa"], []],
}


@pytest.mark.parametrize("rows", JUNK)
async def test_device_list_of_unreadable_rows_removes_nothing(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory, rows: str
) -> None:
    registered = devices(hass, loaded)
    body = json.dumps(JUNK[rows])
    sim.faults.add("device_list", "status", status=200, body=body, content_type="application/json")
    await minutes(hass, freezer, 12)
    assert devices(hass, loaded) == registered
    assert er.async_get(hass).async_get(LOBBY) is not None
    sim.faults.clear()
    await minutes(hass, freezer, 2)
    assert get_state(hass, LOBBY).state != STATE_UNAVAILABLE


async def test_unreadable_row_removes_nothing_of_its_kind(
    hass: HomeAssistant, sim: Simulator, two: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Another building, whose list is complete, can still lose a door."""
    sim.state.doors["7001"].overrides["id"] = None
    sim.state.buildings["501"].doors[:] = [
        door for door in sim.state.buildings["501"].doors if str(door.id) in {"7001", "7002"}
    ]
    sim.state.buildings["502"].doors.clear()
    await minutes(hass, freezer, 12)
    assert get_state(hass, DOOR).state == LockState.LOCKED
    assert get_state(hass, "lock.harbor_house_roof_deck").state == LockState.LOCKED
    assert hass.states.get("lock.mill_lofts_main_entrance") is None


async def test_missing_reservation_is_not_cancelled_by_one_list(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    reservations = loaded.runtime_data.reservations
    await reservations.async_refresh()
    before = reservations.data
    assert before.by_building["501"]
    rule = sim.faults.add("reservations", "empty_lists")
    await reservations.async_refresh()
    assert reservations.data == before
    sim.faults.remove(rule)
    await minutes(hass, freezer, 16)
    assert reservations.data == before


async def test_restart_with_a_response_that_lacks_a_door(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """After a restart, the first response is believed no more than any other."""
    registered = devices(hass, loaded)
    building = sim.state.buildings["501"]
    building.overrides |= {"doors": [], "cameras": []}
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert devices(hass, loaded) == registered
    assert get_state(hass, DOOR).state == LockState.LOCKED
    building.overrides.clear()
    await minutes(hass, freezer, 8)
    assert devices(hass, loaded) == registered
    assert get_state(hass, LOBBY).state != STATE_UNAVAILABLE


# -- the start, and the end


@pytest.mark.timeouts(read=3600)
@pytest.mark.parametrize("state", [CoreState.not_running, CoreState.starting])
async def test_home_assistant_does_not_wait_long_for_a_silent_cloud(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch, state: CoreState
) -> None:
    """Not even for an account of which nothing is known yet, however long a request may take otherwise."""
    monkeypatch.setattr("custom_components.carson._START_SECONDS", 0.2)
    hass.set_state(state)
    sim.faults.add("me", "silence")
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY


async def test_entry_removed_while_the_token_is_renewed(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    sim.tokens.revoke()
    sim.faults.add("login", "delay", seconds=0.2)
    refresh = hass.async_create_background_task(loaded.runtime_data.account.async_refresh(), "refresh")
    await until(lambda: sim.counters.count("login") or sim.counters.in_flight.total())
    await hass.config_entries.async_remove(loaded.entry_id)
    await asyncio.wait([refresh])
    await until(lambda: not sim.counters.in_flight.total())
    ours = [record for record in caplog.records if "custom_components" in record.name]
    assert [record.message for record in ours if record.levelno >= logging.WARNING] == []
    assert "UnknownEntry" not in caplog.text
