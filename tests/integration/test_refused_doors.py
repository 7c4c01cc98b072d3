"""Doors that Carson lists but does not open."""

from datetime import timedelta
from typing import Any

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.diagnostics import DOMAIN as DIAGNOSTICS
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import Simulator
from tests.support.not_none import not_none
from tests.support.repairs import active_issues, begin_repair, continue_repair
from tests.support.states import get_state

LOCK = "lock.harbor_house_front_door"
GARAGE = "lock.harbor_house_garage_gate"


async def press(hass: HomeAssistant, times: int, entity_id: str = LOCK) -> str:
    """Press a door that is not opened some times; return the last error."""
    text = ""
    for _ in range(times):
        with pytest.raises(HomeAssistantError) as error:
            await hass.services.async_call("lock", "open", {"entity_id": entity_id}, blocking=True)
        text = str(error.value)
    return text


def issues(hass: HomeAssistant) -> list[ir.IssueEntry]:
    return [issue for issue in active_issues(hass) if issue.domain == "carson"]


@pytest.fixture
def refused(sim: Simulator, loaded: MockConfigEntry) -> MockConfigEntry:
    """Let the front door be one that only a phone opens."""
    sim.state.doors["7001"].phone_only = True
    return loaded


async def test_carsons_own_words_are_shown(hass: HomeAssistant, refused: MockConfigEntry) -> None:
    assert (await press(hass, 1)).endswith("Digital Key Not Available")


async def test_issue_after_the_third_refusal_of_the_same_door(hass: HomeAssistant, refused: MockConfigEntry) -> None:
    await press(hass, 2)
    assert issues(hass) == []
    await press(hass, 1)
    (issue,) = issues(hass)
    assert issue.is_fixable
    assert issue.translation_key == "door_refused"
    assert not_none(issue.translation_placeholders)["name"] == "Front Door"
    assert not_none(issue.translation_placeholders)["message"] == "Digital Key Not Available"


async def test_opening_ends_the_row(
    hass: HomeAssistant, sim: Simulator, refused: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    door = sim.state.doors["7001"]
    await press(hass, 2)
    door.phone_only = False
    await hass.services.async_call("lock", "open", {"entity_id": LOCK}, blocking=True)
    freezer.tick(timedelta(seconds=3))
    door.phone_only = True
    await press(hass, 2)
    assert issues(hass) == []
    await press(hass, 1)
    assert len(issues(hass)) == 1
    door.phone_only = False
    await hass.services.async_call("lock", "open", {"entity_id": LOCK}, blocking=True)
    assert issues(hass) == []


@pytest.mark.parametrize(
    "fault",
    [{"kind": "reset"}, {"kind": "rate_limit"}, {"kind": "status", "status": 503}, {"kind": "status", "status": 404}],
    ids=["reset", "429", "503", "404"],
)
async def test_other_failures_are_no_refusals(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, fault: dict[str, Any]
) -> None:
    sim.faults.add("open_door", **fault)
    await press(hass, 4)
    assert issues(hass) == []


async def test_refusals_of_several_doors_are_counted_apart(
    hass: HomeAssistant, sim: Simulator, refused: MockConfigEntry
) -> None:
    sim.state.doors["7002"].phone_only = True
    await press(hass, 2)
    await press(hass, 2, GARAGE)
    assert issues(hass) == []


async def begin(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> tuple[TestClient[Any, Any], dict[str, Any]]:
    """Press the door until there is an issue, and begin its repair."""
    assert await async_setup_component(hass, "repairs", {})
    await press(hass, 3)
    (issue,) = issues(hass)
    client = await hass_client()
    return client, await begin_repair(client, issue)


@pytest.mark.parametrize("choice", ["hide", "keep"])
async def test_door_is_hidden_only_if_the_user_wants_it(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, refused: MockConfigEntry, choice: str
) -> None:
    client, step = await begin(hass, hass_client)
    assert (step["type"], step["menu_options"]) == ("menu", ["hide", "keep"])
    assert step["description_placeholders"]["name_text"] == "Front Door"
    done = await continue_repair(client, step, next_step_id=choice)
    assert done["type"] == "create_entry"
    assert issues(hass) == []
    registry = er.async_get(hass)
    entities = er.async_entries_for_device(registry, not_none(not_none(registry.async_get(LOCK)).device_id))
    hidden = {entity.entity_id for entity in entities if entity.hidden_by is er.RegistryEntryHider.USER}
    assert (LOCK in hidden) == (choice == "hide")
    assert get_state(hass, LOCK).state == "locked", "it can still be pressed"
    await press(hass, 3)
    assert len(issues(hass)) == 1, "it is said again after three more"


async def test_door_that_is_gone_cannot_be_hidden(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, refused: MockConfigEntry
) -> None:
    client, step = await begin(hass, hass_client)
    dr.async_get(hass).async_remove_device(not_none(not_none(er.async_get(hass).async_get(LOCK)).device_id))
    done = await continue_repair(client, step, next_step_id="hide")
    assert (done["type"], done["reason"]) == ("abort", "door_gone")


async def test_issue_ends_with_the_door(
    hass: HomeAssistant, sim: Simulator, refused: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await press(hass, 3)
    doors = sim.state.buildings["501"].doors
    doors[:] = [door for door in doors if str(door.id) != "7001"]
    for seconds in (305, 62):
        freezer.tick(timedelta(seconds=seconds))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert issues(hass) == []


async def test_text_from_outside_is_no_markdown(hass: HomeAssistant, sim: Simulator, refused: MockConfigEntry) -> None:
    sim.faults.add("open_door", "code", code=1411, message="<img src=x> [here](https://example.com)")
    await press(hass, 3)
    (issue,) = issues(hass)
    assert not_none(issue.translation_placeholders)["message"] == r"&lt;img src=x&gt; \[here\]\(https\://example\.com\)"


async def test_diagnostics_hold_the_codes(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, refused: MockConfigEntry
) -> None:
    assert await async_setup_component(hass, DIAGNOSTICS, {})
    await press(hass, 2)
    diagnostics: Any = await get_diagnostics_for_config_entry(hass, hass_client, refused)
    doors = {door["id"]: door for door in diagnostics["account"]["buildings"][0]["doors"]}
    assert (doors["7001"]["provider"], doors["7001"]["refusals_by_code"]) == ("smartair", {"1411": 2})
    assert doors["7002"]["refusals_by_code"] == {}
