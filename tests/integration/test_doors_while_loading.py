"""Doors while their account is being loaded, reloaded, or Carson is silent at the start."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.auth.permissions.const import CAT_ENTITIES
from homeassistant.components.group.lock import LockGroup
from homeassistant.components.lock import LockState
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import Context, Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_capture_events,
    async_fire_time_changed,
)

from simulator import Simulator
from tests.support.not_none import not_none
from tests.support.silence import make_silence_end
from tests.support.states import get_state
from tests.support.waiting import until

LOCK = "lock.harbor_house_front_door"
BUTTON = "button.harbor_house_front_door_open"
LOBBY = "camera.harbor_house_lobby"


@pytest.fixture
def outcomes(hass: HomeAssistant) -> list[Event]:
    return async_capture_events(hass, "carson_door")


@asynccontextmanager
async def reloading(hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry) -> AsyncIterator[None]:
    """Reload the entry, which waits for Carson until the block has ended."""
    sim.faults.add("me", "silence", times=1)
    requests = sim.counters.count("me")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("custom_components.carson._START_SECONDS", 3600)
        end_silence = make_silence_end(patch)
        reload = hass.async_create_task(hass.config_entries.async_reload(entry.entry_id))
        await until(lambda: sim.counters.count("me") > requests)
        yield
        assert entry.state is ConfigEntryState.SETUP_IN_PROGRESS
        end_silence()
        assert await reload
    await hass.async_block_till_done()


async def press_while_reloading(hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry) -> None:
    async with reloading(hass, sim, entry):
        await press(hass, "lock", "open", {"entity_id": LOCK})


async def press(hass: HomeAssistant, domain: str, action: str, target: dict[str, Any], **more: Any) -> None:
    await hass.services.async_call(domain, action, target, blocking=True, **more)


class TestReload:
    """A press during a reload waits for its end."""

    @pytest.mark.parametrize(
        ("domain", "action", "entity_id"),
        [("lock", "open", LOCK), ("lock", "unlock", LOCK), ("button", "press", BUTTON)],
    )
    async def test_press_opens_once(
        self,
        hass: HomeAssistant,
        sim: Simulator,
        loaded: MockConfigEntry,
        outcomes: list[Event],
        domain: str,
        action: str,
        entity_id: str,
    ) -> None:
        context = Context()
        async with reloading(hass, sim, loaded):
            for _ in range(3):
                await press(hass, domain, action, {"entity_id": entity_id}, context=context)
            assert sim.openings == {}
        assert sim.openings == {"7001": 1}
        assert [(event.data["outcome"], event.data["entity_id"]) for event in outcomes] == [("opened", entity_id)]
        assert outcomes[0].context is context
        assert get_state(hass, LOCK).state == LockState.UNLOCKED

    @pytest.mark.parametrize("target", ["device", "area"])
    async def test_other_targets(
        self, hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, target: str
    ) -> None:
        device_id = not_none(not_none(er.async_get(hass).async_get(LOCK)).device_id)
        area = ar.async_get(hass).async_create("Entrance")
        dr.async_get(hass).async_update_device(device_id, area_id=area.id)
        async with reloading(hass, sim, loaded):
            await press(hass, "lock", "open", {f"{target}_id": device_id if target == "device" else area.id})
        assert sim.openings == {"7001": 1}

    async def test_group(self, hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
        group = LockGroup("doors", "Doors", [LOCK, "lock.harbor_house_garage_gate"])
        await hass.data["entity_components"]["lock"].async_add_entities([group])
        async with reloading(hass, sim, loaded):
            await press(hass, "lock", "open", {"entity_id": group.entity_id})
        assert sim.openings == {"7001": 1, "7002": 1}

    async def test_other_actions_are_left_alone(
        self, hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, outcomes: list[Event]
    ) -> None:
        async with reloading(hass, sim, loaded):
            await press(hass, "lock", "lock", {"entity_id": LOCK})
            await press(hass, "button", "press", {"entity_id": LOCK})
            await press(hass, "lock", "open", {"entity_id": "lock.of_another_integration"})
        assert sim.openings == {}
        assert outcomes == []

    async def test_person_without_permission(
        self, hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, hass_read_only_user: MockUser
    ) -> None:
        hass_read_only_user.mock_policy({CAT_ENTITIES: {"entity_ids": {BUTTON: True}}})
        context = Context(user_id=hass_read_only_user.id)
        async with reloading(hass, sim, loaded):
            await press(hass, "lock", "open", {"area_id": "none"}, context=context)
            with pytest.raises(HomeAssistantError):
                await press(hass, "lock", "open", {"entity_id": LOCK}, context=context)
        assert sim.openings == {}

    @pytest.mark.timeouts(open_door=0.05)
    async def test_press_that_would_open_too_late_is_refused(
        self,
        hass: HomeAssistant,
        sim: Simulator,
        loaded: MockConfigEntry,
        outcomes: list[Event],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        async with reloading(hass, sim, loaded):
            await press(hass, "lock", "open", {"entity_id": LOCK})
            await until(lambda: outcomes)
        assert sim.counters.count("open_door") == 0
        assert [(event.data["outcome"], event.data["name"]) for event in outcomes] == [("failed", "Front Door")]
        assert "A door was not opened" in caplog.text

    @pytest.mark.timeouts(open_door=0.05)
    async def test_press_while_the_account_is_not_loaded(
        self, hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, outcomes: list[Event]
    ) -> None:
        assert await hass.config_entries.async_unload(loaded.entry_id)
        await press(hass, "lock", "open", {"entity_id": LOCK})
        await hass.async_block_till_done()
        assert [event.data["outcome"] for event in outcomes] == ["failed"]
        assert sim.openings == {}

    async def test_failure_after_the_reload(
        self,
        hass: HomeAssistant,
        sim: Simulator,
        loaded: MockConfigEntry,
        outcomes: list[Event],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        sim.faults.add("open_door", "status", status=403)
        await press_while_reloading(hass, sim, loaded)
        assert [event.data["outcome"] for event in outcomes] == ["failed"]
        assert "has failed" in caplog.text

    async def test_door_opened_just_before_is_not_opened_again(
        self, hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
    ) -> None:
        await press(hass, "lock", "open", {"entity_id": LOCK})
        async with reloading(hass, sim, loaded):
            freezer.tick(timedelta(seconds=1))
            await press(hass, "lock", "open", {"entity_id": LOCK})
        assert sim.openings == {"7001": 1}
        assert get_state(hass, LOCK).state == LockState.UNLOCKED
        freezer.tick(timedelta(seconds=5))
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
        assert get_state(hass, LOCK).state == LockState.LOCKED


class TestSilentStart:
    """The doors known from last time are there although Carson cannot be reached."""

    @pytest.fixture
    async def silent(
        self, hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
    ) -> MockConfigEntry:
        """Load the entry again, while Carson is silent; this start waits only briefly."""
        monkeypatch.setattr("custom_components.carson._START_SECONDS", 0.3)
        assert await hass.config_entries.async_unload(loaded.entry_id)
        sim.faults.add("me", "silence")
        assert await hass.config_entries.async_setup(loaded.entry_id)
        await hass.async_block_till_done()
        assert loaded.state is ConfigEntryState.LOADED
        return loaded

    async def test_doors_work(self, hass: HomeAssistant, sim: Simulator, silent: MockConfigEntry) -> None:
        assert get_state(hass, LOCK).state == LockState.LOCKED
        assert get_state(hass, BUTTON).state != STATE_UNAVAILABLE
        assert get_state(hass, LOBBY).state == STATE_UNAVAILABLE
        await press(hass, "lock", "open", {"entity_id": LOCK})
        assert sim.openings == {"7001": 1}

    async def test_press_fails_loudly(self, hass: HomeAssistant, sim: Simulator, silent: MockConfigEntry) -> None:
        sim.faults.add("open_door", "reset")
        with pytest.raises(HomeAssistantError, match="Front Door"):
            await press(hass, "lock", "open", {"entity_id": LOCK})

    async def test_registries_are_left_alone(self, hass: HomeAssistant, silent: MockConfigEntry) -> None:
        devices = dr.async_entries_for_config_entry(dr.async_get(hass), silent.entry_id)
        assert {"Harbor House", "Front Door", "Lobby", "Robin Sample"} <= {device.name for device in devices}
        silent.runtime_data.account.async_update_listeners()
        assert dr.async_entries_for_config_entry(dr.async_get(hass), silent.entry_id) == devices

    @pytest.mark.timeouts(read=3.0)
    async def test_everything_is_back_once_carson_responds(
        self, hass: HomeAssistant, sim: Simulator, silent: MockConfigEntry
    ) -> None:
        sim.faults.clear()
        await silent.runtime_data.account.async_refresh()
        await hass.async_block_till_done(wait_background_tasks=True)
        assert get_state(hass, LOBBY).state != STATE_UNAVAILABLE
        assert get_state(hass, "calendar.harbor_house_reservations").state != STATE_UNAVAILABLE
        assert get_state(hass, LOCK).state == LockState.LOCKED

    async def test_failure_is_logged_once_and_repeated_soon(
        self,
        hass: HomeAssistant,
        sim: Simulator,
        loaded: MockConfigEntry,
        freezer: FrozenDateTimeFactory,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        assert await hass.config_entries.async_unload(loaded.entry_id)
        sim.faults.add("me", "reset")
        caplog.clear()
        assert await hass.config_entries.async_setup(loaded.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        for _ in range(4):
            requests = sim.counters.count("me")
            freezer.tick(timedelta(seconds=35))
            async_fire_time_changed(hass)
            await hass.async_block_till_done(wait_background_tasks=True)
            assert sim.counters.count("me") > requests
        lines = [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]
        assert len([record for record in lines if record.name.startswith("custom_components.carson")]) == 1
        sim.faults.clear()
        freezer.tick(timedelta(seconds=35))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert get_state(hass, LOBBY).state != STATE_UNAVAILABLE


async def test_first_set_up_without_known_doors_is_tried_again(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry
) -> None:
    sim.faults.add("me", "reset")
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
