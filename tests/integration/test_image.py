"""The picture of a door's last opening."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

from homeassistant.const import STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion

from simulator import Simulator
from tests.support.not_none import not_none
from tests.support.states import get_state

LOCK = "lock.harbor_house_front_door"
BUTTON = "button.harbor_house_front_door_open"
IMAGE = "image.harbor_house_front_door_last_opening"


@pytest.fixture(autouse=True)
def own_folder(hass: HomeAssistant, tmp_path: Path) -> None:
    """Keep the pictures of each test apart."""
    hass.config.config_dir = str(tmp_path)


async def open_door(hass: HomeAssistant) -> None:
    await hass.services.async_call("lock", "open", {"entity_id": LOCK}, blocking=True)


async def settle(hass: HomeAssistant) -> None:
    await hass.async_block_till_done(wait_background_tasks=True)


def pictures(hass: HomeAssistant) -> list[Path]:
    return list(Path(hass.config.config_dir).rglob("*.jpg"))


def block_the_folder(hass: HomeAssistant) -> None:
    """Put a file where the folder of the pictures would be."""
    Path(hass.config.path(".storage")).mkdir(exist_ok=True)
    Path(hass.config.path(".storage", "carson.openings")).write_text("in the way")


async def shown(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> bytes | None:
    """Return the picture as the page gets it."""
    response = await (await hass_client()).get(f"/api/image_proxy/{IMAGE}")
    return await response.read() if response.ok else None


async def test_only_doors_that_a_camera_shows_have_an_image(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    assert hass.states.async_entity_ids("image") == [IMAGE, "image.harbor_house_garage_gate_last_opening"]
    assert get_state(hass, IMAGE).state == STATE_UNKNOWN
    # There is nothing to show yet but the icon.
    assert "entity_picture" not in get_state(hass, IMAGE).attributes
    registry = er.async_get(hass)
    assert not_none(registry.async_get(IMAGE)).device_id == not_none(registry.async_get(LOCK)).device_id


@pytest.mark.parametrize(("domain", "action", "entity_id"), [("lock", "open", LOCK), ("button", "press", BUTTON)])
async def test_picture_of_the_opening(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    sim: Simulator,
    loaded: MockConfigEntry,
    domain: str,
    action: str,
    entity_id: str,
) -> None:
    events = async_capture_events(hass, "carson_door")
    sim.counters.reset()
    before = dt_util.utcnow()
    await hass.services.async_call(domain, action, {"entity_id": entity_id}, blocking=True)
    await settle(hass)
    assert before <= datetime.fromisoformat(get_state(hass, IMAGE).state) <= dt_util.utcnow()
    assert (await shown(hass, hass_client) or b"")[:2] == b"\xff\xd8"
    assert get_state(hass, IMAGE).attributes["entity_picture"].startswith(f"/api/image_proxy/{IMAGE}")
    assert sim.counters.per_camera["image", "1000a001"] == 1
    assert events[0].data["image"] == IMAGE
    assert get_state(hass, "event.harbor_house_front_door_opening").attributes["image"] == IMAGE


async def test_picture_does_not_delay_the_door(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    sim.faults.add("image", "silence")
    await open_door(hass)
    assert get_state(hass, LOCK).state == "unlocked"
    assert get_state(hass, IMAGE).state == STATE_UNKNOWN
    assert await hass.config_entries.async_unload(loaded.entry_id)


async def test_taps_in_a_row_take_one_picture(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    await asyncio.gather(*(open_door(hass) for _ in range(3)))
    await open_door(hass)
    await settle(hass)
    assert sim.counters.per_camera["image", "1000a001"] == 1


async def test_picture_is_kept_over_a_reload(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, sim: Simulator, loaded: MockConfigEntry
) -> None:
    await open_door(hass)
    await settle(hass)
    before = get_state(hass, IMAGE).state, await shown(hass, hass_client)
    assert before[1]
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await settle(hass)
    assert (get_state(hass, IMAGE).state, await shown(hass, hass_client)) == before


@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 403}, {"kind": "reset"}, {"kind": "ok_html"}, {"kind": "rate_limit"}],
    ids=["403", "reset", "HTML", "429"],
)
async def test_failure_keeps_the_last_picture(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    sim: Simulator,
    loaded: MockConfigEntry,
    fault: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("custom_components.carson.door_state.JOIN_SECONDS", 0)
    await open_door(hass)
    await settle(hass)
    before = get_state(hass, IMAGE).state, await shown(hass, hass_client)
    sim.faults.add("image", **fault)
    caplog.clear()
    await open_door(hass)
    await settle(hass)
    assert sim.openings == {"7001": 2}
    assert (get_state(hass, IMAGE).state, await shown(hass, hass_client)) == before
    assert [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}] == []


async def test_no_picture_of_a_door_that_was_not_opened(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    sim.faults.add("open_door", "status", status=403)
    with pytest.raises(HomeAssistantError):
        await open_door(hass)
    await settle(hass)
    assert sim.counters.per_camera["image", "1000a001"] == 0


async def test_no_picture_if_the_image_is_disabled(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    events = async_capture_events(hass, "carson_door")
    er.async_get(hass).async_update_entity(IMAGE, disabled_by=er.RegistryEntryDisabler.USER)
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await open_door(hass)
    await settle(hass)
    assert sim.counters.per_camera["image", "1000a001"] == 0
    assert "image" not in events[0].data


async def test_no_picture_if_the_camera_is_turned_off(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    await hass.services.async_call("camera", "turn_off", {"entity_id": "camera.harbor_house_lobby"}, blocking=True)
    await open_door(hass)
    await settle(hass)
    assert sim.counters.per_camera["image", "1000a001"] == 0


async def test_full_disk_keeps_the_door_working(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    await hass.async_add_executor_job(block_the_folder, hass)
    await open_door(hass)
    await settle(hass)
    assert sim.openings == {"7001": 1}
    assert get_state(hass, IMAGE).state == STATE_UNKNOWN


async def test_pictures_go_with_the_door_and_with_the_account(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    await open_door(hass)
    await hass.services.async_call("lock", "open", {"entity_id": "lock.harbor_house_garage_gate"}, blocking=True)
    await settle(hass)
    assert len(pictures(hass)) == 2
    er.async_get(hass).async_remove(IMAGE)
    await settle(hass)
    assert len(pictures(hass)) == 1
    assert await hass.config_entries.async_remove(loaded.entry_id)
    await settle(hass)
    assert pictures(hass) == []


@pytest.mark.parametrize("platforms", [[Platform.IMAGE]], ids=["image"])
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_entities(hass: HomeAssistant, loaded: MockConfigEntry, snapshot: SnapshotAssertion) -> None:
    registry = er.async_get(hass)
    entities = er.async_entries_for_config_entry(registry, loaded.entry_id)
    assert {entity.entity_id: (entity.unique_id, entity.translation_key) for entity in entities} == snapshot
