"""Repairs: raised when somebody has to do something, and gone by themselves when it is done."""

from collections.abc import Callable
from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components import carson
from custom_components.carson import issues as kinds
from custom_components.carson.repairs import async_create_fix_flow
from simulator import Simulator

from .conftest import EMAIL
from .test_account import pass_time

DAY = 86400.0
ROOF = "lock.harbor_house_roof_deck"


def issues(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    """Tell the active issues by their kind."""
    found = [issue for issue in ir.async_get(hass).issues.values() if issue.domain == "carson" and issue.active]
    return {str(issue.translation_key): issue for issue in found}


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


def with_token(hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, seconds: float) -> None:
    token = sim.mint_token(EMAIL, expires_in=seconds)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})


def test_texts_are_complete() -> None:
    """Every issue has its text: a description, or the steps of its repair."""
    texts = json.loads((Path(carson.__file__).parent / "translations/en.json").read_text())["issues"]
    assert set(texts) == {
        kinds.API_VERSION_GONE,
        kinds.TOKEN_EXPIRES,
        kinds.EAGLE_EYE_REFUSED,
        kinds.GONE_BUT_USED,
        kinds.NEWER_ENTRY,
    }
    for text in texts.values():
        assert ("description" in text) is not ("fix_flow" in text)


# -- the token


async def test_token_about_to_expire(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
) -> None:
    """Told seven days before, while everything still works."""
    entry = make_entry(password=None)
    with_token(hass, sim, entry, 7 * DAY + 600)
    await set_up(hass, entry)
    assert issues(hass) == {}
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert issues(hass) == {}
    await pass_time(hass, freezer, minutes=5, seconds=5)
    issue = issues(hass)["token_expires"]
    assert issue.is_fixable
    assert issue.translation_placeholders["title"] == "Robin Sample"
    assert issue.translation_placeholders["when"].startswith("20")
    with_token(hass, sim, entry, 90 * DAY)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert issues(hass) == {}


async def test_token_that_renews_itself(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]
) -> None:
    entry = make_entry()
    with_token(hass, sim, entry, DAY)
    await set_up(hass, entry)
    assert issues(hass) == {}


async def test_expired_token_is_left_to_reauth(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
) -> None:
    entry = make_entry(password=None)
    with_token(hass, sim, entry, 60)
    await set_up(hass, entry)
    assert set(issues(hass)) == {"token_expires"}
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert issues(hass) == {}
    assert hass.config_entries.flow.async_progress_by_handler("carson")


@pytest.fixture
async def expiring(hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]) -> MockConfigEntry:
    """An account whose token lasts for a day and cannot renew itself."""
    assert await async_setup_component(hass, "repairs", {})
    entry = make_entry(password=None)
    with_token(hass, sim, entry, DAY)
    await set_up(hass, entry)
    return entry


async def begin_repair(client: TestClient[Any, Any], issue: ir.IssueEntry) -> dict[str, Any]:
    """Click on the issue; the first step of what comes."""
    answer = await client.post("/api/repairs/issues/fix", json={"handler": "carson", "issue_id": issue.issue_id})
    step: dict[str, Any] = await answer.json()
    return step


async def test_signing_in_from_the_repair(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, sim: Simulator, expiring: MockConfigEntry
) -> None:
    issue = issues(hass)["token_expires"]
    client = await hass_client()
    step = await begin_repair(client, issue)
    assert step["step_id"] == "confirm"
    assert step["description_placeholders"] == issue.translation_placeholders
    done = await (await client.post(f"/api/repairs/issues/fix/{step['flow_id']}", json={})).json()
    assert done["type"] == "create_entry"
    kind, flow_id = done["next_flow"]
    assert kind == "config_flow"
    await hass.config_entries.flow.async_configure(flow_id, {"next_step_id": "token"})
    token = sim.mint_token(EMAIL, expires_in=90 * DAY)
    result = await hass.config_entries.flow.async_configure(flow_id, {"token": token})
    await hass.async_block_till_done()
    assert result["reason"] == "reconfigure_successful"
    assert expiring.data["token"] == token
    assert issues(hass) == {}


async def test_repair_of_an_entry_that_is_gone(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, sim: Simulator, expiring: MockConfigEntry
) -> None:
    client = await hass_client()
    flow_id = (await begin_repair(client, issues(hass)["token_expires"]))["flow_id"]
    await hass.config_entries.async_remove(expiring.entry_id)
    assert issues(hass) == {}
    done = await (await client.post(f"/api/repairs/issues/fix/{flow_id}", json={})).json()
    assert (done["type"], done["reason"]) == ("abort", "entry_gone")


async def test_any_other_fix_is_only_confirmed(hass: HomeAssistant) -> None:
    flow = await async_create_fix_flow(hass, "whatever", None)
    assert type(flow).__name__ == "ConfirmRepairFlow"


async def test_disabled_account_has_no_issues(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]
) -> None:
    entry = make_entry(password=None)
    with_token(hass, sim, entry, DAY)
    await set_up(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert set(issues(hass)) == {"token_expires"}, "an unloaded entry may only be reloading"
    await set_up(hass, entry)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    await hass.async_block_till_done()
    assert issues(hass) == {}


# -- the version of the API


async def test_version_gone_at_the_start(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, entry: MockConfigEntry
) -> None:
    sim.faults.add("me", "status", status=410)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert issues(hass)["api_version_gone"].severity is ir.IssueSeverity.ERROR
    sim.faults.clear()
    await pass_time(hass, freezer, minutes=2)
    assert entry.state is ConfigEntryState.LOADED
    assert issues(hass) == {}


async def test_version_gone_while_running(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    """One odd 404 is no reason to alarm anybody, and other failures say nothing about the version."""
    sim.faults.add("me", "status", status=404)
    for _ in range(2):
        await pass_time(hass, freezer, minutes=5, seconds=5)
        assert issues(hass) == {}
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert set(issues(hass)) == {"api_version_gone"}
    sim.faults.clear()
    sim.faults.add("me", "ok_html")
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert set(issues(hass)) == {"api_version_gone"}
    sim.faults.clear()
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert issues(hass) == {}


# -- Eagle Eye


async def test_eagle_eye_refused(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    """Asked again each hour, so that it clears itself once somebody has seen to it."""
    building = sim.state.buildings["501"]
    account, building.eagle_eye_account = building.eagle_eye_account, None
    sim.sessions.revoke(building_id="501")
    for _ in range(2):
        await pass_time(hass, freezer, minutes=1, seconds=2)
        assert issues(hass) == {}
    await pass_time(hass, freezer, minutes=1, seconds=2)
    assert issues(hass)["eagle_eye_refused"].translation_placeholders == {
        "title": "Robin Sample",
        "building": "Harbor House",
    }
    building.eagle_eye_account = account
    asked = sim.counters.session_calls
    await pass_time(hass, freezer, minutes=50)
    assert sim.counters.session_calls == asked
    assert set(issues(hass)) == {"eagle_eye_refused"}
    await pass_time(hass, freezer, minutes=11)
    assert sim.counters.session_calls == asked + 1
    assert issues(hass) == {}


async def test_eagle_eye_still_refused_after_an_hour(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    sim.state.buildings["501"].eagle_eye_account = None
    sim.sessions.revoke(building_id="501")
    for _ in range(3):
        await pass_time(hass, freezer, minutes=1, seconds=2)
    asked = sim.counters.session_calls
    for _ in range(3):
        await pass_time(hass, freezer, minutes=61)
    assert sim.counters.session_calls == asked + 3
    assert set(issues(hass)) == {"eagle_eye_refused"}


async def test_eagle_eye_forbidden_and_then_the_building_is_gone(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
) -> None:
    entry = make_entry("two@example.com")
    await set_up(hass, entry)
    sim.faults.add("session", "status", status=403, building="502")
    sim.sessions.revoke(building_id="502")
    for _ in range(3):
        await pass_time(hass, freezer, minutes=1, seconds=2)
    assert issues(hass)["eagle_eye_refused"].translation_placeholders["building"] == "Mill Lofts"
    sim.state.accounts["two@example.com"].buildings.remove("502")
    await pass_time(hass, freezer, minutes=5, seconds=5)
    await pass_time(hass, freezer, minutes=1, seconds=2)
    assert issues(hass) == {}


async def test_eagle_eye_down_is_no_refusal(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    sim.faults.add("device_list", "ok_html")
    for _ in range(5):
        await pass_time(hass, freezer, minutes=1, seconds=2)
    assert issues(hass) == {}


# -- what is gone, but used


def automation(alias: str, target: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": alias.lower(),
        "alias": alias,
        "triggers": {"trigger": "event", "event_type": "go"},
        "actions": {"action": "lock.open", "target": target},
    }


async def remove_roof(hass: HomeAssistant, sim: Simulator, freezer: FrozenDateTimeFactory) -> Any:
    doors = sim.state.buildings["501"].doors
    roof = next(door for door in doors if door.id == 7003)
    doors.remove(roof)
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert er.async_get(hass).async_get(ROOF) is None
    return roof


async def test_door_that_automations_use(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    registry = er.async_get(hass)
    device_id = registry.async_get(ROOF).device_id
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": [
                automation("Sunset", {"entity_id": ROOF}),
                automation("Party", {"device_id": device_id}),
                automation("Other", {"entity_id": "lock.harbor_house_front_door"}),
            ]
        },
    )
    assert await async_setup_component(
        hass,
        "script",
        {"script": {"guests": {"sequence": [{"action": "lock.open", "target": {"entity_id": ROOF}}]}}},
    )
    await hass.async_block_till_done()
    roof = await remove_roof(hass, sim, freezer)
    issue = issues(hass)["gone_but_used"]
    assert issue.translation_placeholders == {
        "name": "Roof Deck",
        "users": "- [Party](/config/automation/edit/party)\n"
        "- [Sunset](/config/automation/edit/sunset)\n"
        "- [guests](/config/script/edit/guests)",
    }
    assert issue.is_persistent
    sim.state.buildings["501"].doors.append(roof)
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert issues(hass) == {}
    assert registry.async_get(ROOF).device_id == device_id


async def test_door_that_nothing_uses(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    assert await async_setup_component(hass, "automation", {"automation": []})
    await remove_roof(hass, sim, freezer)
    assert issues(hass) == {}


async def test_automation_lets_go(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    """One without an id of its own is named without a link."""
    anonymous = automation("Sunset", {"entity_id": ROOF})
    del anonymous["id"]
    assert await async_setup_component(
        hass, "automation", {"automation": [anonymous, automation("Party", {"entity_id": ROOF})]}
    )
    await remove_roof(hass, sim, freezer)
    users = issues(hass)["gone_but_used"].translation_placeholders["users"]
    assert users == "- [Party](/config/automation/edit/party)\n- Sunset"
    await hass.services.async_call("automation", "turn_off", {"entity_id": "automation.party"}, blocking=True)
    er.async_get(hass).async_remove("automation.party")
    await hass.async_block_till_done()
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert issues(hass)["gone_but_used"].translation_placeholders["users"] == "- Sunset"
    assert await hass.config_entries.async_remove(loaded.entry_id)
    assert issues(hass) == {}


async def test_door_that_vanished_while_home_assistant_was_down(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    sim: Simulator,
    entry: MockConfigEntry,
) -> None:
    """Automations are not there yet when doors are first looked at: nothing is removed before they are."""
    devices = dr.async_get(hass)
    gone = devices.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("carson", "1001-door-6999")}, name="Old Cellar"
    )
    lock = er.async_get(hass).async_get_or_create(
        "lock", "carson", "1001-6999", config_entry=entry, device_id=gone.id, object_id_base="Old Cellar"
    )
    hass.set_state(CoreState.not_running)
    await set_up(hass, entry)
    assert devices.async_get(gone.id) is not None
    config = {"automation": automation("Wine", {"entity_id": lock.entity_id})}
    assert await async_setup_component(hass, "automation", config)
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert devices.async_get(gone.id) is None
    assert issues(hass)["gone_but_used"].translation_placeholders["name"] == "Old Cellar"


async def test_the_issue_outlives_a_restart(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    sim: Simulator,
    loaded: MockConfigEntry,
) -> None:
    """Not cleared before the automations are there to be asked, cleared when they no longer use it."""
    config = {"automation": automation("Sunset", {"entity_id": ROOF})}
    assert await async_setup_component(hass, "automation", config)
    await remove_roof(hass, sim, freezer)
    assert await hass.config_entries.async_unload(loaded.entry_id)
    er.async_get(hass).async_remove("automation.sunset")
    await hass.async_block_till_done()
    hass.set_state(CoreState.not_running)
    await set_up(hass, loaded)
    assert set(issues(hass)) == {"gone_but_used"}
    hass.set_state(CoreState.running)
    freezer.tick(timedelta(minutes=5, seconds=5))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issues(hass) == {}
