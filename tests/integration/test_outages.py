"""Outages of the clouds: what stays available, what is logged, and how often is asked again."""

from collections.abc import Callable
import logging

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.lock import LockState
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from simulator import Simulator
from tests.support.devices import device_names
from tests.support.passing_time import pass_time
from tests.support.states import entry_state, get_state

LOCK = "lock.harbor_house_front_door"
CAMERA = "camera.harbor_house_lobby"
INVITES = "sensor.harbor_house_visitor_invites_left"


async def test_two_failed_polls_are_tolerated_and_the_third_is_logged_once(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sim.faults.add("me", "ok_html")
    for _ in range(2):
        await pass_time(hass, freezer, minutes=5, seconds=5)
        assert get_state(hass, INVITES).state == "10"
    assert not [
        record
        for record in caplog.records
        if record.levelno >= logging.WARNING and "carson" in record.name and "environment" not in record.message
    ]
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert get_state(hass, INVITES).state == STATE_UNAVAILABLE
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1
    sim.faults.clear()
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert get_state(hass, INVITES).state == "10"


async def test_doors_stay_available_during_an_outage_and_a_request_fails_with_an_error(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    sim.faults.add("*", "status", status=503)
    for _ in range(5):
        await pass_time(hass, freezer, minutes=5, seconds=5)
    assert not loaded.runtime_data.account.last_update_success
    assert get_state(hass, LOCK).state == LockState.LOCKED
    for domain, action, entity_id in (
        ("lock", "open", LOCK),
        ("button", "press", "button.harbor_house_front_door_open"),
    ):
        with pytest.raises(HomeAssistantError, match="Front Door"):
            await hass.services.async_call(domain, action, {"entity_id": entity_id}, blocking=True)
    assert sim.openings == {}
    sim.faults.clear()
    await hass.services.async_call("lock", "open", {"entity_id": LOCK}, blocking=True)
    assert sim.openings == {"7001": 1}


async def test_doors_stay_available_while_the_sign_in_is_rejected(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry], freezer: FrozenDateTimeFactory
) -> None:
    entry = make_entry(password=None)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    sim.tokens.revoke()
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert get_state(hass, LOCK).state == LockState.LOCKED
    with pytest.raises(HomeAssistantError) as error:
        await hass.services.async_call("lock", "open", {"entity_id": LOCK}, blocking=True)
    assert error.value.translation_key == "sign_in_refused"


async def test_unchanged_data_writes_no_state(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    reported = get_state(hass, LOCK).last_reported
    before = sim.counters.count("me")
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert sim.counters.count("me") == before + 1
    assert [event for event in changes if event.data["entity_id"] == LOCK] == []
    assert get_state(hass, LOCK).last_reported == reported


async def test_polling_intervals(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    sim.counters.reset()
    for _ in range(10):
        await pass_time(hass, freezer, seconds=61)
    assert sim.counters.count("me") == 2
    assert sim.counters.count("device_list") == 10
    assert sim.counters.session_calls == 0


async def test_failing_building_keeps_its_cameras_for_two_polls(
    hass: HomeAssistant,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = make_entry("two@example.com")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    sim.faults.add("device_list", "ok_html", building="502")
    sim.faults.add("image", "status:503", building="502")
    for _ in range(2):
        await pass_time(hass, freezer, minutes=1, seconds=2)
        assert get_state(hass, "camera.mill_lofts_courtyard").state != STATE_UNAVAILABLE
    await pass_time(hass, freezer, minutes=1, seconds=2)
    assert get_state(hass, "camera.mill_lofts_courtyard").state == STATE_UNAVAILABLE
    assert get_state(hass, CAMERA).state != STATE_UNAVAILABLE
    assert get_state(hass, "lock.mill_lofts_main_entrance").state == LockState.LOCKED
    begins = "Failed to update the cameras of building Mill Lofts: "
    assert [record.levelno for record in caplog.records if record.message.startswith(begins)] == [logging.INFO]
    await pass_time(hass, freezer, minutes=1, seconds=2)
    assert caplog.text.count(begins) == 1
    assert "Courtyard" in device_names(hass, entry)
    sim.faults.clear()
    await pass_time(hass, freezer, minutes=1, seconds=2)
    assert get_state(hass, "camera.mill_lofts_courtyard").state != STATE_UNAVAILABLE
    assert "Updated the cameras of building Mill Lofts again" in caplog.text


async def test_doors_work_if_eagle_eye_is_down_at_startup(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    sim.faults.add("session", "ok_empty")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert get_state(hass, LOCK).state == LockState.LOCKED
    assert hass.states.get(CAMERA) is None
    sim.faults.clear()
    await pass_time(hass, freezer, minutes=1, seconds=5)
    await pass_time(hass, freezer, minutes=1, seconds=5)
    assert get_state(hass, CAMERA).state != STATE_UNAVAILABLE


async def test_missing_eagle_eye_account_is_requested_again_slowly(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A 404 for the session is remembered for a while, and until the building changes."""
    account, sim.state.buildings["501"].eagle_eye_account = sim.state.buildings["501"].eagle_eye_account, None
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    for _ in range(15):
        await pass_time(hass, freezer, minutes=1, seconds=5)
    assert sim.counters.session_calls <= 5
    assert get_state(hass, LOCK).state == LockState.LOCKED
    sim.state.buildings["501"].eagle_eye_account = account
    sim.state.buildings["501"].state = "NJ"
    await pass_time(hass, freezer, minutes=5, seconds=5)
    await pass_time(hass, freezer, minutes=1, seconds=5)
    assert get_state(hass, CAMERA).state != STATE_UNAVAILABLE


async def test_setup_retries_when_carson_is_down(hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry) -> None:
    sim.faults.add("me", "ok_html")
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason
    sim.faults.clear()
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert entry_state(entry) is ConfigEntryState.LOADED


@pytest.mark.parametrize("where", ["start", "poll"])
async def test_rejected_sign_in_starts_reauth(
    hass: HomeAssistant,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    freezer: FrozenDateTimeFactory,
    where: str,
) -> None:
    entry = make_entry(password=None)
    if where == "poll":
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
    sim.tokens.revoke()
    await hass.config_entries.async_setup(entry.entry_id) if where == "start" else None
    await pass_time(hass, freezer, minutes=5, seconds=5)
    if where == "poll":
        assert hass.config_entries.flow.async_progress_by_handler("carson") == []
        await pass_time(hass, freezer, seconds=32)
    flows = hass.config_entries.flow.async_progress_by_handler("carson")
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]
