"""Tests of the blueprints."""

from pathlib import Path
import shutil

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.automation.const import DOMAIN as AUTOMATION
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from simulator import Simulator
from tests.support.passing_time import pass_time

BLUEPRINTS = Path(__file__).parents[2] / "blueprints" / "automation" / "carson"

INPUTS = {
    "open_door_by_tag.yaml": {"tag": "my-tag", "door": "lock.harbor_house_front_door"},
    "picture_when_door_opens.yaml": {
        "door": "lock.harbor_house_front_door",
        "camera": "camera.harbor_house_lobby",
        "folder": "/nowhere",
    },
    "camera_lost.yaml": {"connectivity": "binary_sensor.harbor_house_lobby_connectivity", "then": []},
}


async def set_up_automations(hass: HomeAssistant, **blueprints: dict[str, object]) -> None:
    """Set up an automation from each of the blueprints."""
    folder = Path(hass.config.path("blueprints/automation/carson"))
    await hass.async_add_executor_job(lambda: shutil.copytree(BLUEPRINTS, folder, dirs_exist_ok=True))
    config = [
        {"id": name, "alias": name, "use_blueprint": {"path": f"carson/{name}", "input": inputs}}
        for name, inputs in blueprints.items()
    ]
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: config})
    await hass.async_block_till_done()


@pytest.fixture(autouse=True)
def config_folder(hass: HomeAssistant, tmp_path: Path) -> None:
    hass.config.config_dir = str(tmp_path)


async def test_blueprints_are_valid(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    assert set(INPUTS) == {path.name for path in BLUEPRINTS.glob("*.yaml")}
    await set_up_automations(hass, **INPUTS)
    assert {state.state for state in hass.states.async_all(AUTOMATION)} == {"on"}
    assert len(hass.states.async_all(AUTOMATION)) == len(INPUTS)
    # Otherwise the end of the test makes a camera unavailable, and a timer starts.
    await hass.services.async_call(AUTOMATION, "turn_off", {"entity_id": "all"}, blocking=True)


async def test_tag_opens_the_door_once(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    await set_up_automations(hass, **{"open_door_by_tag.yaml": INPUTS["open_door_by_tag.yaml"]})
    hass.bus.async_fire("tag_scanned", {"tag_id": "another"})
    hass.bus.async_fire("tag_scanned", {"tag_id": "my-tag"})
    await hass.async_block_till_done()
    assert sim.openings == {"7001": 1}


async def test_opened_door_saves_a_picture(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, tmp_path: Path
) -> None:
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    inputs = {**INPUTS["picture_when_door_opens.yaml"], "folder": str(tmp_path / "doors")}
    await set_up_automations(hass, **{"picture_when_door_opens.yaml": inputs})
    await hass.services.async_call("lock", "open", {"entity_id": "lock.harbor_house_front_door"}, blocking=True)
    await hass.async_block_till_done()
    [picture] = (tmp_path / "doors").glob("*.jpg")
    assert picture.read_bytes().startswith(b"\xff\xd8")


async def test_lost_camera_is_noticed_when_it_is_unavailable(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Disconnected first and unavailable then counts as one time."""
    notified = async_capture_events(hass, "camera_lost")
    sensor = "binary_sensor.elsewhere"
    hass.states.async_set(sensor, "on")
    inputs = {"connectivity": sensor, "then": [{"event": "camera_lost"}]}
    await set_up_automations(hass, **{"camera_lost.yaml": inputs})
    hass.states.async_set(sensor, "off")
    await hass.async_block_till_done()
    await pass_time(hass, freezer, minutes=6)
    assert not notified
    hass.states.async_set(sensor, STATE_UNAVAILABLE)
    await hass.async_block_till_done()
    await pass_time(hass, freezer, minutes=6)
    assert len(notified) == 1
