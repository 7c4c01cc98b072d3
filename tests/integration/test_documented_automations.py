"""The automations in the documentation do what the pages say."""

from datetime import timedelta
from pathlib import Path
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.automation.const import DOMAIN as AUTOMATION
from homeassistant.components.script.const import DOMAIN as SCRIPT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service
import yaml

from simulator import Simulator
from tests.support.not_none import not_none
from tests.support.passing_time import pass_time
from tests.support.states import get_state
from tests.support.waiting import until

DOCS = Path(__file__).parents[2] / "docs"
DOOR = "lock.harbor_house_front_door"
LOBBY = "camera.harbor_house_lobby"


def examples(page: str) -> list[dict[str, Any]]:
    """Return the automations and scripts on a page."""
    text = (DOCS / f"{page}.md").read_text("utf-8")
    return [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)]


FAILED, PICTURE, PRIVACY, OPEN = examples("automations")


async def set_up(hass: HomeAssistant, automation: dict[str, Any]) -> None:
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: [{"id": "one", "alias": "One", **automation}]})
    await hass.async_block_till_done()
    assert [state.state for state in hass.states.async_all(AUTOMATION)] == ["on"]


async def open_door(hass: HomeAssistant) -> None:
    await hass.services.async_call("lock", "open", {"entity_id": DOOR}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize(
    ("fault", "message"),
    [("status:403", "The door was not opened."), ("reset", "Check the door: it may be open.")],
)
async def test_failure_is_told(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, fault: str, message: str
) -> None:
    sent = async_mock_service(hass, "notify", "mobile_app_phone")
    await set_up(hass, FAILED)
    sim.faults.add("open_door", fault)
    with pytest.raises(HomeAssistantError):
        await open_door(hass)
    await hass.async_block_till_done()
    assert [call.data for call in sent] == [{"title": "Front Door", "message": message}]
    sim.faults.clear()
    await open_door(hass)
    assert len(sent) == 1


async def test_picture_is_sent(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    sent = async_mock_service(hass, "notify", "mobile_app_phone")
    await set_up(hass, PICTURE)
    await open_door(hass)
    await until(lambda: sent)
    assert sent[0].data["data"]["image"] == "/api/image_proxy/image.harbor_house_front_door_last_opening"


async def test_pictures_are_off_while_somebody_is_at_home(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    await set_up(hass, PRIVACY)
    for people, shown in (("1", False), ("0", True)):
        hass.states.async_set("zone.home", people)
        await hass.async_block_till_done()
        assert get_state(hass, LOBBY).attributes["switched_on"] is shown


async def test_script_says_whether_the_door_opened(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    sent = async_mock_service(hass, "notify", "mobile_app_phone")
    assert await async_setup_component(hass, SCRIPT, {SCRIPT: {"open": OPEN}})
    sim.faults.add("open_door", "status:500")
    await hass.services.async_call(SCRIPT, "open", blocking=True)
    assert [call.data for call in sent] == [{"message": "Check the front door."}]
    sim.faults.clear()
    await hass.services.async_call(SCRIPT, "open", blocking=True)
    assert len(sent) == 1
    assert sim.openings == {"7001": 1}


async def test_gym_is_booked_for_the_next_week(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await hass.config.async_set_time_zone("America/New_York")
    begin = not_none(dt_util.parse_datetime(get_state(hass, "sensor.harbor_house_next_reservation").state))
    freezer.move_to(begin - timedelta(minutes=20))
    await set_up(hass, examples("bookings")[0])
    assert sim.counters.count("book") == 0
    await pass_time(hass, freezer, minutes=21)
    await until(lambda: sim.counters.count("book"))
    await hass.async_block_till_done()
    local = dt_util.as_local(begin)
    booked = [one for one in sim.state.reservations if one.amenity == "301" and one.begin == local.time()]
    assert local.date() + timedelta(days=7) in {one.day for one in booked}
    await hass.services.async_call(AUTOMATION, "turn_off", {"entity_id": "all"}, blocking=True)
