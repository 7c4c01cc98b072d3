"""Clouds that changed: sessions of other forms, refusals of everything, versions that are gone."""

from collections.abc import Callable
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.camera import async_get_image
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.carson.aiocarson.http.urls import EAGLE_EYE_DOMAINS
from simulator import Simulator
from tests.support.passing_time import pass_time
from tests.support.repairs import carson_issues
from tests.support.states import get_state

from .conftest import EMAIL

FRONT_DOOR = "lock.harbor_house_front_door"


@pytest.fixture(autouse=True)
def cameras(sim: Simulator) -> None:
    """Without the cameras that have issues of their own."""
    building = sim.state.buildings["501"]
    building.cameras = (building.cameras or [])[:2]


async def open_front_door(hass: HomeAssistant, sim: Simulator) -> None:
    before = sim.openings.get("7001", 0)
    await hass.services.async_call("lock", "open", {"entity_id": FRONT_DOOR}, blocking=True)
    assert sim.openings["7001"] == before + 1


@pytest.mark.parametrize(
    ("setting", "value", "issue"),
    [
        ("answer", "v3", "session_form"),
        ("answer", "null", "session_form"),
        ("subdomain_form", "foreign", "unknown_host"),
        ("subdomain_form", "dotted", "unknown_host"),
        ("refuse_keys", True, "session_rejected"),
    ],
)
async def test_session_that_cannot_be_used(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    sim: Simulator,
    loaded: MockConfigEntry,
    setting: str,
    value: Any,
    issue: str,
) -> None:
    """A repair says so, the doors work, and Carson is not asked at every poll."""
    sessions = sim.settings.sessions
    normal = getattr(sessions, setting)
    setattr(sessions, setting, value)
    sim.sessions.revoke()
    for _ in range(3):
        assert carson_issues(hass) == {}
        await pass_time(hass, freezer, minutes=1, seconds=2)
    assert set(carson_issues(hass)) == {issue}
    placeholders = carson_issues(hass)[issue].translation_placeholders
    assert placeholders is not None
    if issue == "unknown_host":
        assert placeholders["host"] == {"foreign": "c000.brand.example", "dotted": "media.c000"}[value]
    await open_front_door(hass, sim)
    calls = sim.counters.session_calls
    for _ in range(30):
        await pass_time(hass, freezer, minutes=1)
    # Each attempt is three requests for empty values, which have been seen to pass.
    assert sim.counters.session_calls - calls <= (24 if value == "null" else 5)
    assert set(carson_issues(hass)) == {issue}

    setattr(sessions, setting, normal)
    for _ in range(35):
        await pass_time(hass, freezer, minutes=1)
    assert carson_issues(hass) == {}


@pytest.mark.parametrize(
    ("setting", "value"),
    [("subdomain_form", "host"), ("subdomain_form", "url"), ("key_form", "jwt"), ("key_form", "hex")],
)
async def test_session_of_another_form_that_works(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, setting: str, value: str
) -> None:
    """As long as Eagle Eye accepts it, its form does not matter."""
    setattr(sim.settings.sessions, setting, value)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert get_state(hass, "camera.harbor_house_lobby").state != "unavailable"
    assert carson_issues(hass) == {}


def test_keys_are_sent_to_known_domains_only() -> None:
    assert EAGLE_EYE_DOMAINS == ("eagleeyenetworks.com",)


async def test_everything_is_refused(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    """That is told apart from cameras that are refused one by one."""
    sim.faults.add("device_list", "status", status=403)
    sim.faults.add("image", "status", status=403)
    for _ in range(12):
        await pass_time(hass, freezer, minutes=1, seconds=2)
    assert set(carson_issues(hass)) == {"eagle_eye_forbidden"}
    await open_front_door(hass, sim)
    sim.faults.clear()
    for _ in range(8):
        await pass_time(hass, freezer, minutes=1, seconds=2)
    assert carson_issues(hass) == {}


async def test_pictures_are_refused(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    """The list of cameras works, so it is not the session; one camera alone would prove nothing."""

    async def look(camera: str) -> bool:
        try:
            await async_get_image(hass, f"camera.harbor_house_{camera}")
        except HomeAssistantError:
            return False
        return True

    sim.faults.add("image", "status", status=403)
    await look("lobby")
    await pass_time(hass, freezer, minutes=1, seconds=2)
    assert carson_issues(hass) == {}
    await look("garage")
    await pass_time(hass, freezer, minutes=1, seconds=2)
    assert set(carson_issues(hass)) == {"pictures_forbidden"}
    await open_front_door(hass, sim)
    sim.faults.clear()
    await look("lobby")
    await pass_time(hass, freezer, minutes=1, seconds=2)
    assert carson_issues(hass) == {}


async def test_other_version_that_works_is_named(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    """Looked for once, by reading only; the user enters it in the options."""
    sim.settings.api_version = "v1.5.0"
    for _ in range(4):
        await pass_time(hass, freezer, minutes=5, seconds=5)
    assert set(carson_issues(hass)) == {"other_version_works"}
    placeholders = carson_issues(hass)["other_version_works"].translation_placeholders
    assert placeholders is not None
    assert placeholders["version"] == "v1.5.0"
    paths = [record.path for record in sim.counters.log if record.path.endswith("/v1.5.0/me/")]
    assert len(paths) == 1

    result = await hass.config_entries.options.async_init(loaded.entry_id)
    options = {
        "all_cameras": False,
        "dashboard": False,
        "inactive_reservations": False,
        "live_events": True,
        "open_seconds": 5,
    }
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], {**options, "advanced": {"api_version": " v1.5.0 ", "app_version": ""}}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert loaded.options == {**options, "api_version": "v1.5.0"}
    assert loaded.state is ConfigEntryState.LOADED
    assert carson_issues(hass) == {}
    await open_front_door(hass, sim)


@pytest.mark.parametrize(
    ("versions", "error"),
    [
        ({"api_version": "../v2"}, "invalid_api_version"),
        ({"api_version": "1.4.4"}, "invalid_api_version"),
        ({"app_version": "2.1\r\nX: y"}, "invalid_app_version"),
        ({"api_version": "v1", "app_version": "new"}, "invalid_app_version"),
    ],
)
async def test_versions_that_cannot_be(
    hass: HomeAssistant, entry: MockConfigEntry, versions: dict[str, str], error: str
) -> None:
    before = dict(entry.options)
    result = await hass.config_entries.options.async_init(entry.entry_id)
    options = {
        "all_cameras": False,
        "dashboard": False,
        "inactive_reservations": False,
        "live_events": True,
        "open_seconds": 5,
    }
    result = await hass.config_entries.options.async_configure(result["flow_id"], {**options, "advanced": versions})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": error}
    assert dict(entry.options) == before


async def test_app_version_is_sent(hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry) -> None:
    sim.settings.minimum_app_version = "3.0.0"
    hass.config_entries.async_update_entry(entry, options={"app_version": "3.1.0"})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert {record.headers["x-app-version"] for record in sim.counters.log if record.cloud == "carson"} == {"3.1.0"}


@pytest.mark.parametrize("level", ["portfolio", "management", "unit"])
async def test_account_of_staff_without_buildings(hass: HomeAssistant, sim: Simulator, level: str) -> None:
    """It ends with a sentence."""
    account = sim.state.accounts[EMAIL]
    account.buildings = []
    account.other_properties = [{"id": 90, "name": "All", "propertyLevel": level, "type": None}]
    result = await hass.config_entries.flow.async_init("carson", context={"source": "user"})
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {"next_step_id": "token"})
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {"token": sim.mint_token(EMAIL)})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "no_building"


async def test_account_of_a_broker(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]
) -> None:
    """No units, no doors of its own, but cameras."""
    building = sim.state.buildings["501"]
    building.units, building.doors = [], []
    sim.state.accounts[EMAIL].overrides |= {"pmcRole": "broker", "isService": True}
    entry = make_entry()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert get_state(hass, "camera.harbor_house_lobby").state != "unavailable"
    assert not hass.states.async_entity_ids("lock")
