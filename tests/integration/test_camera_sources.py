"""What is known of a camera comes from three sources, and none of them alone takes it away."""

from collections.abc import Callable

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.camera import async_get_image
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator, Status
from simulator.state.seed import HARBOR_ACCOUNT
from tests.support.not_none import not_none
from tests.support.passing_time import pass_time
from tests.support.states import get_state

LOBBY = "camera.harbor_house_lobby"
GARAGE = "camera.harbor_house_garage"
COURTYARD = "camera.mill_lofts_courtyard"
ESN = "1000a001"


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def minutes(hass: HomeAssistant, freezer: FrozenDateTimeFactory, number: int) -> None:
    for _ in range(number):
        await pass_time(hass, freezer, minutes=1, seconds=1)


def issue(hass: HomeAssistant, key: str, building: str = "501") -> ir.IssueEntry | None:
    return next(
        (
            found
            for found in ir.async_get(hass).issues.values()
            if found.active and found.translation_key == key and found.issue_id.endswith(building)
        ),
        None,
    )


@pytest.mark.parametrize("status", [403, 404, 405, 406, 410, 412, 423, 460, 500])
async def test_first_set_up_without_the_device_list(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, status: int
) -> None:
    sim.faults.add("device_list", f"status:{status}")
    await set_up(hass, entry)
    state = get_state(hass, LOBBY)
    assert state.state == "idle"
    assert (await async_get_image(hass, LOBBY)).content.startswith(b"\xff\xd8")
    assert issue(hass, "eagle_eye_refused") is None


async def test_lost_device_list_leaves_the_cameras(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Their status is then unknown, and they are there as long as they give pictures."""
    sim.faults.add("device_list", "status:404")
    await minutes(hass, freezer, 6)
    assert get_state(hass, LOBBY).state == "idle"
    sim.faults.add("image", "status:404", camera=ESN)
    await minutes(hass, freezer, 9)
    assert get_state(hass, LOBBY).state == STATE_UNAVAILABLE
    assert get_state(hass, GARAGE).state == "idle"
    assert "Lobby" in not_none(not_none(issue(hass, "cameras_refused")).translation_placeholders)["cameras"]
    sim.faults.clear()
    await minutes(hass, freezer, 2)
    assert get_state(hass, LOBBY).state == "recording"
    assert "Lobby" not in not_none(not_none(issue(hass, "cameras_refused")).translation_placeholders)["cameras"]


async def test_camera_that_only_images_know(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    sim.state.cameras[ESN].type = "unknown"
    sim.state.cameras[ESN].name = "hidden"
    sim.faults.add("device_list", "empty_lists")
    await minutes(hass, freezer, 6)
    assert get_state(hass, GARAGE).state == "idle"


async def test_cameras_that_nobody_can_show_have_a_repair(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    building = sim.state.buildings["501"]
    not_none(building.cameras)[1].live_view_id = None
    await set_up(hass, entry)
    await minutes(hass, freezer, 4)
    found = {key: not_none(not_none(issue(hass, key)).translation_placeholders)["cameras"] for key in CAMERA_ISSUES}
    assert "Loading Dock" in found["cameras_refused"]
    assert "Garage" in found["cameras_without_id"]
    assert "Intercom" in found["cameras_of_others"]
    for camera in list(not_none(building.cameras)):
        if camera.name != "Lobby":
            not_none(building.cameras).remove(camera)
    await minutes(hass, freezer, 12)
    assert [issue(hass, key) for key in CAMERA_ISSUES] == [None, None, None]


CAMERA_ISSUES = ("cameras_refused", "cameras_without_id", "cameras_of_others")


@pytest.mark.parametrize("provider", ["EAGLE_EYE_V2", "een_v3", "EEN", "EagleEye"])
async def test_providers_are_known_by_what_they_begin_with(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, provider: str
) -> None:
    for camera in not_none(sim.state.buildings["501"].cameras):
        if camera.provider == "eagle_eye_v2":
            camera.provider = provider
    await set_up(hass, entry)
    assert get_state(hass, LOBBY).state == "recording"


@pytest.mark.parametrize("where", ["carson", "eagle_eye", "both"])
async def test_ids_are_compared_without_case(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, where: str
) -> None:
    """The entity is the same; requests use the id as Eagle Eye writes it."""
    camera, device = not_none(sim.state.buildings["501"].cameras)[0], sim.state.cameras[ESN]
    if where in {"carson", "both"}:
        camera.live_view_id = ESN.upper()
    if where in {"eagle_eye", "both"}:
        device.esn = ESN.upper()
    await set_up(hass, entry)
    assert get_state(hass, LOBBY).state == "recording"
    assert not_none(er.async_get(hass).async_get(LOBBY)).unique_id.endswith(ESN)
    assert (await async_get_image(hass, LOBBY)).content
    assert sim.counters.per_camera["image", not_none(device.esn)] == 1


async def test_building_with_a_new_id(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """There are pictures without a reload."""
    assert (await async_get_image(hass, LOBBY)).content
    building = sim.state.buildings.pop("501")
    building.id = "777"
    sim.state.buildings["777"] = building
    for account in sim.state.accounts.values():
        account.buildings = ["777" if known == "501" else known for known in account.buildings]
    await minutes(hass, freezer, 12)
    assert get_state(hass, LOBBY).state == "recording"
    sim.counters.reset()
    assert (await async_get_image(hass, LOBBY)).content
    assert sim.counters.per_camera["image", ESN] == 1


async def test_camera_in_two_buildings(
    hass: HomeAssistant,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    freezer: FrozenDateTimeFactory,
) -> None:
    """It is one entity, which uses whichever building serves it."""
    lofts = sim.state.buildings["502"]
    lofts.eagle_eye_account = HARBOR_ACCOUNT
    not_none(lofts.cameras).append(not_none(sim.state.buildings["501"].cameras)[0])
    entry = make_entry("two@example.com")
    await set_up(hass, entry)
    for failing, other in (("501", "502"), ("502", "501")):
        sim.sessions.revoke()
        fault = sim.faults.add("session", "status:403", building=failing)
        await minutes(hass, freezer, 6)
        assert get_state(hass, LOBBY).state == "recording", failing
        sim.counters.reset()
        assert (await async_get_image(hass, LOBBY)).content
        assert sim.counters.per_camera["image", ESN] == 1
        sim.faults.remove(fault)
        await minutes(hass, freezer, 61)
        assert other


async def test_status_of_one_building_is_not_that_of_another(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    sim.set_status(ESN, Status.OFF)
    await minutes(hass, freezer, 2)
    assert get_state(hass, LOBBY).state == STATE_UNAVAILABLE
    sim.faults.add("device_list", "status:404")
    await minutes(hass, freezer, 5)
    assert get_state(hass, LOBBY).state == "idle", "the status is no longer known"
