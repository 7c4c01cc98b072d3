"""Repairs: raised when somebody has to do something, and gone by themselves when it is done."""

from collections.abc import Callable
import json
from pathlib import Path

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components import carson
from custom_components.carson import issues as kinds
from custom_components.carson.identifiers import DOOR_REFUSED
from custom_components.carson.migration.yaml import YAML_IMPORTED, YAML_NOT_IMPORTED
from custom_components.carson.older_integrations import OLDER_ACTIONS, OLDER_INTEGRATION
from custom_components.carson.repairs import async_create_fix_flow
from custom_components.carson.replaced_entities import REPLACED_BUT_USED
from custom_components.carson.stale_entities import STALE_ENTITIES, STALE_ENTITIES_USED
from simulator import Simulator
from tests.support.not_none import not_none
from tests.support.passing_time import pass_time
from tests.support.repairs import active_issues, begin_repair, carson_issues, continue_repair
from tests.support.states import entry_state

from .conftest import EMAIL

DAY = 86400.0


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


def with_token(hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, seconds: float) -> None:
    token = sim.mint_token(EMAIL, expires_in=seconds)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})


def test_texts_are_complete() -> None:
    """Every issue has a description or the steps of its repair."""
    texts = json.loads((Path(carson.__file__).parent / "translations/en.json").read_text())["issues"]
    assert set(texts) == {
        kinds.API_VERSION_GONE,
        kinds.TOKEN_EXPIRES,
        kinds.OTHER_VERSION_WORKS,
        *kinds.EAGLE_EYE_ISSUES,
        kinds.PICTURES_FORBIDDEN,
        kinds.GONE_BUT_USED,
        kinds.NEWER_ENTRY,
        REPLACED_BUT_USED,
        *kinds.CAMERA_ISSUES,
        DOOR_REFUSED,
        OLDER_ACTIONS,
        OLDER_INTEGRATION,
        STALE_ENTITIES,
        STALE_ENTITIES_USED,
        YAML_IMPORTED,
        YAML_NOT_IMPORTED,
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
    """The issue is created seven days before, while everything still works."""
    entry = make_entry(password=None)
    with_token(hass, sim, entry, 7 * DAY + 600)
    await set_up(hass, entry)
    assert carson_issues(hass) == {}
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert carson_issues(hass) == {}
    await pass_time(hass, freezer, minutes=5, seconds=5)
    issue = carson_issues(hass)["token_expires"]
    assert issue.is_fixable
    assert not_none(issue.translation_placeholders)["title"] == "Robin Sample"
    assert not_none(issue.translation_placeholders)["when"].startswith("20")
    with_token(hass, sim, entry, 90 * DAY)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert carson_issues(hass) == {}


async def test_token_that_can_be_renewed_has_no_issue(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]
) -> None:
    entry = make_entry()
    with_token(hass, sim, entry, DAY)
    await set_up(hass, entry)
    assert carson_issues(hass) == {}


async def test_expired_token_starts_reauth_instead(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
) -> None:
    entry = make_entry(password=None)
    with_token(hass, sim, entry, 60)
    await set_up(hass, entry)
    assert set(carson_issues(hass)) == {"token_expires"}
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert carson_issues(hass) == {}
    await pass_time(hass, freezer, seconds=32)
    assert carson_issues(hass) == {}
    assert hass.config_entries.flow.async_progress_by_handler("carson")


@pytest.fixture
async def expiring(hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]) -> MockConfigEntry:
    """Return an account whose token expires in a day and cannot be renewed."""
    assert await async_setup_component(hass, "repairs", {})
    entry = make_entry(password=None)
    with_token(hass, sim, entry, DAY)
    await set_up(hass, entry)
    return entry


async def test_sign_in_from_the_repair(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, sim: Simulator, expiring: MockConfigEntry
) -> None:
    issue = carson_issues(hass)["token_expires"]
    client = await hass_client()
    step = await begin_repair(client, issue)
    assert step["step_id"] == "confirm"
    assert step["description_placeholders"] == issue.translation_placeholders
    done = await continue_repair(client, step)
    assert done["type"] == "create_entry"
    kind, flow_id = done["next_flow"]
    assert kind == "config_flow"
    await hass.async_block_till_done()
    assert set(carson_issues(hass)) == {"token_expires"}, "nothing is fixed yet"
    await hass.config_entries.flow.async_configure(flow_id, {"next_step_id": "token"})
    token = sim.mint_token(EMAIL, expires_in=90 * DAY)
    result = await hass.config_entries.flow.async_configure(flow_id, {"token": token})
    await hass.async_block_till_done()
    assert result["reason"] == "reconfigure_successful"
    assert expiring.data["token"] == token
    assert carson_issues(hass) == {}


async def test_repair_that_is_closed_without_signing_in(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, sim: Simulator, expiring: MockConfigEntry
) -> None:
    client = await hass_client()
    done = await continue_repair(client, await begin_repair(client, carson_issues(hass)["token_expires"]))
    hass.config_entries.flow.async_abort(done["next_flow"][1])
    await hass.async_block_till_done()
    assert set(carson_issues(hass)) == {"token_expires"}


async def test_rejected_token_that_expires_soon_has_one_repair(
    hass: HomeAssistant, sim: Simulator, expiring: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The request to sign in again is all that the user has to see."""
    assert set(carson_issues(hass)) == {"token_expires"}
    sim.tokens.revoke()
    await pass_time(hass, freezer, minutes=5, seconds=5)
    await pass_time(hass, freezer, seconds=32)
    assert [issue.translation_key for issue in active_issues(hass)] == ["config_entry_reauth"]


async def test_repair_of_a_removed_entry(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, sim: Simulator, expiring: MockConfigEntry
) -> None:
    client = await hass_client()
    step = await begin_repair(client, carson_issues(hass)["token_expires"])
    await hass.config_entries.async_remove(expiring.entry_id)
    assert carson_issues(hass) == {}
    done = await continue_repair(client, step)
    assert (done["type"], done["reason"]) == ("abort", "entry_gone")


async def test_other_repairs_are_only_confirmed(hass: HomeAssistant) -> None:
    flow = await async_create_fix_flow(hass, "whatever", None)
    assert type(flow).__name__ == "ConfirmRepairFlow"


async def test_disabled_account_has_no_issues(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]
) -> None:
    entry = make_entry(password=None)
    with_token(hass, sim, entry, DAY)
    await set_up(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert set(carson_issues(hass)) == {"token_expires"}, "an unloaded entry may only be reloading"
    await set_up(hass, entry)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    await hass.async_block_till_done()
    assert carson_issues(hass) == {}


# -- the version of the API


async def test_api_version_gone_at_startup(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, entry: MockConfigEntry
) -> None:
    sim.faults.add("me", "status", status=410)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert carson_issues(hass)["api_version_gone"].severity is ir.IssueSeverity.ERROR
    sim.faults.clear()
    await pass_time(hass, freezer, minutes=2)
    assert entry_state(entry) is ConfigEntryState.LOADED
    assert carson_issues(hass) == {}


async def test_api_version_gone_while_running(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    """A single 404 creates no issue, and neither do other failures."""
    sim.faults.add("me", "status", status=404)
    for _ in range(2):
        await pass_time(hass, freezer, minutes=5, seconds=5)
        assert carson_issues(hass) == {}
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert set(carson_issues(hass)) == {"api_version_gone"}
    sim.faults.clear()
    sim.faults.add("me", "ok_html")
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert set(carson_issues(hass)) == {"api_version_gone"}
    sim.faults.clear()
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert carson_issues(hass) == {}


# -- Eagle Eye


async def test_eagle_eye_account_missing(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    """The session is requested again, slower and slower, so the issue is removed once access is granted."""
    building = sim.state.buildings["501"]
    account, building.eagle_eye_account = building.eagle_eye_account, None
    sim.sessions.revoke(building_id="501")
    for _ in range(2):
        await pass_time(hass, freezer, minutes=1, seconds=2)
        assert carson_issues(hass) == {}
    await pass_time(hass, freezer, minutes=1, seconds=2)
    assert carson_issues(hass)["eagle_eye_refused"].translation_placeholders == {
        "title": "Robin Sample",
        "title_text": "Robin Sample",
        "building": "Harbor House",
        "building_text": "Harbor House",
    }
    requests = sim.counters.session_calls
    for _ in range(30):
        await pass_time(hass, freezer, minutes=1)
    assert sim.counters.session_calls - requests <= 4
    assert set(carson_issues(hass)) == {"eagle_eye_refused"}
    building.eagle_eye_account = account
    for _ in range(30):
        await pass_time(hass, freezer, minutes=1)
    assert carson_issues(hass) == {}


async def test_eagle_eye_account_still_missing_after_an_hour(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    sim.state.buildings["501"].eagle_eye_account = None
    sim.sessions.revoke(building_id="501")
    for _ in range(3):
        await pass_time(hass, freezer, minutes=1, seconds=2)
    requests = sim.counters.session_calls
    for _ in range(3):
        await pass_time(hass, freezer, minutes=61)
    assert sim.counters.session_calls == requests + 3
    assert set(carson_issues(hass)) == {"eagle_eye_refused"}


async def test_issue_of_eagle_eye_is_removed_with_the_building(
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
    assert not_none(carson_issues(hass)["eagle_eye_refused"].translation_placeholders)["building"] == "Mill Lofts"
    sim.state.accounts["two@example.com"].buildings.remove("502")
    await pass_time(hass, freezer, minutes=5, seconds=5)
    await pass_time(hass, freezer, minutes=1, seconds=2)
    await pass_time(hass, freezer, minutes=1, seconds=2)
    assert carson_issues(hass) == {}


async def test_outage_of_eagle_eye_creates_no_issue(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    sim.faults.add("device_list", "ok_html")
    for _ in range(5):
        await pass_time(hass, freezer, minutes=1, seconds=2)
    assert carson_issues(hass) == {}
