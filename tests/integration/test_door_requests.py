"""Requests to open a door: how often it is opened, how long that may take, and what is told about it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
import re
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.button import DOMAIN as BUTTON_DOMAIN, SERVICE_PRESS
from homeassistant.components.lock import DOMAIN as LOCK_DOMAIN, LockState
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import (
    ATTR_ENTITY_ID,
    SERVICE_OPEN,
    SERVICE_UNLOCK,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from simulator import Simulator
from tests.support.middle_box import middle_box
from tests.support.passing_time import pass_time
from tests.support.silence import make_silence_end
from tests.support.states import get_state
from tests.support.waiting import until

LOCK = "lock.harbor_house_front_door"
BUTTON = "button.harbor_house_front_door_open"


async def act(hass: HomeAssistant, domain: str, action: str, entity_id: str) -> None:
    await hass.services.async_call(domain, action, {ATTR_ENTITY_ID: entity_id}, blocking=True)


class TestOneRequestPerIntention:
    """Several presses in a row open a door once."""

    async def test_presses_during_a_request_join_it(
        self, hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
    ) -> None:
        outcomes = async_capture_events(hass, "carson_door")
        sim.faults.add("open_door", "delay", seconds=0.3)
        presses = [
            hass.async_create_task(act(hass, *press))
            for press in (
                (BUTTON_DOMAIN, SERVICE_PRESS, BUTTON),
                (LOCK_DOMAIN, SERVICE_OPEN, LOCK),
                (LOCK_DOMAIN, SERVICE_UNLOCK, LOCK),
            )
        ]
        await until(lambda: get_state(hass, LOCK).state == LockState.UNLOCKING)
        await asyncio.gather(*presses)
        assert sim.openings == {"7001": 1}
        assert [event.data["outcome"] for event in outcomes] == ["opened"]

    async def test_press_just_after_a_success_joins_it(
        self, hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
    ) -> None:
        await act(hass, BUTTON_DOMAIN, SERVICE_PRESS, BUTTON)
        freezer.tick(timedelta(seconds=1.5))
        await act(hass, LOCK_DOMAIN, SERVICE_OPEN, LOCK)
        assert sim.openings == {"7001": 1}
        freezer.tick(timedelta(seconds=1))
        await act(hass, LOCK_DOMAIN, SERVICE_OPEN, LOCK)
        assert sim.openings == {"7001": 2}

    async def test_presses_share_a_failure_and_the_next_one_is_a_new_request(
        self, hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
    ) -> None:
        sim.faults.add("open_door", "status", status=403, times=1)
        sim.faults.add("open_door", "delay", seconds=0.1)
        errors = await asyncio.gather(
            *(act(hass, LOCK_DOMAIN, SERVICE_OPEN, LOCK) for _ in range(3)), return_exceptions=True
        )
        assert [getattr(error, "translation_key", None) for error in errors] == ["not_permitted"] * 3
        assert sim.counters.count("open_door") == 1
        await act(hass, LOCK_DOMAIN, SERVICE_OPEN, LOCK)
        assert sim.openings == {"7001": 1}

    async def test_cancelled_caller_does_not_cancel_the_request(
        self, hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
    ) -> None:
        outcomes = async_capture_events(hass, "carson_door")
        sim.faults.add("open_door", "delay", seconds=0.3, when="after")
        press = hass.async_create_task(act(hass, LOCK_DOMAIN, SERVICE_OPEN, LOCK))
        await until(lambda: sim.openings)
        press.cancel()
        with pytest.raises(asyncio.CancelledError):
            await press
        assert get_state(hass, LOCK).state == LockState.UNLOCKING
        await hass.async_block_till_done()
        assert get_state(hass, LOCK).state == LockState.UNLOCKED
        assert [event.data["outcome"] for event in outcomes] == ["opened"]
        assert sim.openings == {"7001": 1}

    async def test_reload_waits_for_the_request(
        self, hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
    ) -> None:
        outcomes = async_capture_events(hass, "carson_door")
        sim.faults.add("open_door", "delay", seconds=0.3)
        press = hass.async_create_task(act(hass, BUTTON_DOMAIN, SERVICE_PRESS, BUTTON))
        await until(lambda: get_state(hass, LOCK).state == LockState.UNLOCKING)
        assert await hass.config_entries.async_reload(loaded.entry_id)
        await press
        assert [event.data["outcome"] for event in outcomes] == ["opened"]
        assert sim.openings == {"7001": 1}
        assert get_state(hass, LOCK).state == LockState.UNLOCKED, "the assumed time goes on"


@pytest.mark.parametrize(
    ("fault", "key", "opened"),
    [
        pytest.param(
            {"kind": "silence", "when": "after"}, "outcome_unclear", 1, marks=pytest.mark.timeouts(open_door=2.0)
        ),
        ({"kind": "reset", "when": "after"}, "outcome_unclear", 1),
        ({"kind": "reset"}, "outcome_unclear", 0),
        ({"kind": "status", "status": 503, "when": "after"}, "outcome_unclear", 1),
        ({"kind": "ok_html", "when": "after"}, "outcome_unclear", 1),
        ({"kind": "truncate"}, "outcome_unclear", 1),
        ({"kind": "code", "code": 4711}, "refused", 0),
        ({"kind": "status", "status": 400}, "refused", 0),
        ({"kind": "status", "status": 403}, "not_permitted", 0),
        ({"kind": "status", "status": 404}, "not_found", 0),
        ({"kind": "rate_limit"}, "too_many_requests", 0),
    ],
)
@pytest.mark.parametrize(("domain", "action", "entity_id"), [("button", "press", BUTTON), ("lock", "open", LOCK)])
async def test_failure_raises_an_error_and_nothing_is_repeated(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    fault: dict[str, Any],
    key: str,
    opened: int,
    domain: str,
    action: str,
    entity_id: str,
) -> None:
    sim.faults.add("open_door", **fault)
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, domain, action, entity_id)
    assert error.value.translation_domain == "carson"
    assert error.value.translation_key == key
    assert str(error.value).startswith("Front Door")
    assert not re.search(r"/|[0-9]{3}|status|Error", str(error.value))
    assert sim.counters.count("open_door") == 1
    assert sim.openings.get("7001", 0) == opened
    # It may be open if the outcome is unclear.
    unclear = key == "outcome_unclear"
    assert get_state(hass, LOCK).state == (LockState.UNLOCKED if unclear else LockState.LOCKED)


async def test_error_contains_the_reason_from_carson(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    sim.state.doors["7001"].available = False
    with pytest.raises(HomeAssistantError, match=r"The door is not available\.$"):
        await act(hass, BUTTON_DOMAIN, SERVICE_PRESS, BUTTON)
    assert sim.openings == {}


async def test_unreachable_cloud_raises_an_error(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    with (
        patch("aiohttp.TCPConnector.connect", side_effect=ConnectionRefusedError),
        pytest.raises(HomeAssistantError) as error,
    ):
        await act(hass, BUTTON_DOMAIN, SERVICE_PRESS, BUTTON)
    assert error.value.translation_key in {"cannot_connect", "outcome_unclear"}
    assert sim.openings == {}


async def test_expired_token_is_renewed_and_the_door_opens_once(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    before = loaded.data["token"]
    sim.tokens.revoke()
    await act(hass, BUTTON_DOMAIN, SERVICE_PRESS, BUTTON)
    assert sim.openings == {"7001": 1}
    assert sim.counters.logins == 1
    assert loaded.data["token"] != before
    assert loaded.data["password"]


@pytest.mark.parametrize("idle_seconds", [3, 8, 13, 600])
async def test_press_after_something_on_the_way_has_forgotten_the_connection(
    hass: HomeAssistant,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    monkeypatch: pytest.MonkeyPatch,
    freezer: FrozenDateTimeFactory,
    idle_seconds: int,
) -> None:
    """The clock is frozen: waiting for a lost response would never end."""
    async with middle_box(sim.api_url, 6) as box:
        monkeypatch.setenv("CARSON_API_URL", box.url)
        entry = make_entry()
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        await act(hass, LOCK_DOMAIN, SERVICE_OPEN, LOCK)
        freezer.tick(timedelta(seconds=idle_seconds))
        await act(hass, BUTTON_DOMAIN, SERVICE_PRESS, BUTTON)
        assert sim.openings == {"7001": 2}
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_rejected_sign_in_starts_reauth(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry], freezer: FrozenDateTimeFactory
) -> None:
    """A press finds out at once that Carson rejects the token; the user is asked once that is certain."""
    entry = make_entry(password=None)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    sim.tokens.revoke()
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, BUTTON_DOMAIN, SERVICE_PRESS, BUTTON)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert error.value.translation_key == "sign_in_refused"
    assert hass.config_entries.flow.async_progress_by_handler("carson") == []
    await pass_time(hass, freezer, seconds=32)
    flows = hass.config_entries.flow.async_progress_by_handler("carson")
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]
    assert sim.openings == {}


@pytest.mark.timeouts(open_door=3600)
async def test_doors_do_not_wait_for_each_other(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request without a response delays no other door, and goes on without its caller."""
    end_silence = make_silence_end(monkeypatch)
    sim.faults.add("open_door", "silence", door="7002", times=1)
    stuck = hass.async_create_task(act(hass, BUTTON_DOMAIN, SERVICE_PRESS, "button.harbor_house_garage_gate_open"))
    await until(lambda: sim.counters.count("open_door") == 1)
    await act(hass, BUTTON_DOMAIN, SERVICE_PRESS, BUTTON)
    assert sim.openings == {"7001": 1}
    assert not stuck.done()
    assert get_state(hass, "lock.harbor_house_garage_gate").state == LockState.UNLOCKING
    stuck.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stuck
    assert get_state(hass, "lock.harbor_house_garage_gate").state == LockState.UNLOCKING
    end_silence()
    await hass.async_block_till_done()
    assert get_state(hass, "lock.harbor_house_garage_gate").state == LockState.UNLOCKED


async def test_request_under_way_is_finished_when_home_assistant_stops(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    outcomes = async_capture_events(hass, "carson_door")
    sim.faults.add("open_door", "delay", seconds=0.3, when="after")
    press = asyncio.create_task(act(hass, LOCK_DOMAIN, SERVICE_OPEN, LOCK))
    await until(lambda: sim.openings)
    await hass.async_stop(force=True)
    await press
    assert [event.data["outcome"] for event in outcomes] == ["opened"]
    assert sim.openings == {"7001": 1}


async def test_answer_that_comes_too_late_is_unclear_and_nothing_is_sent_again(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    rule = sim.faults.add("open_door", "delay", seconds=25)
    press = hass.async_create_task(act(hass, LOCK_DOMAIN, SERVICE_OPEN, LOCK))
    async with asyncio.timeout(60):
        while not sim.counters.count("open_door"):  # noqa: ASYNC110 - the clock is frozen
            await asyncio.sleep(0)
    freezer.tick(timedelta(seconds=9))
    await asyncio.sleep(0)
    assert not press.done()
    freezer.tick(timedelta(seconds=1.5))
    with pytest.raises(HomeAssistantError) as error:
        await press
    assert error.value.translation_key == "outcome_unclear"
    assert get_state(hass, LOCK).state == LockState.UNLOCKED
    sim.faults.remove(rule)
    freezer.tick(timedelta(seconds=20))
    await asyncio.sleep(0)
    assert sim.counters.count("open_door") == 1
    assert sim.openings.get("7001", 0) <= 1


async def test_door_that_carson_no_longer_has(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    doors = sim.state.buildings["501"].doors
    doors[:] = [door for door in doors if str(door.id) != "7001"]
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, LOCK_DOMAIN, SERVICE_OPEN, LOCK)
    assert error.value.translation_key == "not_found"
    assert get_state(hass, LOCK).state == LockState.LOCKED
    assert sim.openings == {}


async def test_locked_account(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    sim.faults.add("open_door", "status", status=423)
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, LOCK_DOMAIN, SERVICE_OPEN, LOCK)
    assert error.value.translation_key == "refused"
    assert get_state(hass, LOCK).state == LockState.LOCKED
    assert sim.openings == {}
