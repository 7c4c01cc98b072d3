"""Replacing an older integration of the same domain keeps everything that users have configured."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.lock import LockState
from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, SOURCE_USER, ConfigEntry, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from simulator import Simulator
from tests.support import older_integrations as older
from tests.support.not_none import not_none
from tests.support.older_integrations import CAMERA, COURTYARD, ENTRY_ID, GARAGE, HIDDEN_CAMERA, LOCK, NO_ID
from tests.support.passing_time import pass_time
from tests.support.states import entry_state, get_state
from tests.support.storage_files import entity_rows, entry_row, read_files as load_files

from .conftest import EMAIL, PASSWORD

PASSER_BY = {
    "automation": {
        "alias": "Open at home-coming",
        "triggers": {"trigger": "event", "event_type": "came_home"},
        "actions": {"action": "lock.open", "target": {"entity_id": LOCK}},
    }
}


@pytest.fixture
def load_registries() -> bool:
    """Do not load the registries before the files exist."""
    return False


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Allow delayed writes of the registries after the test."""
    return True


async def read_files(
    hass: HomeAssistant, hass_storage: dict[str, Any], files: dict[str, dict[str, Any]]
) -> ConfigEntry:
    """Load these files as Home Assistant does at startup."""
    await load_files(hass, hass_storage, files)
    entry = hass.config_entries.async_get_entry(ENTRY_ID)
    assert entry is not None
    return entry


async def start(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "carson", {})
    await hass.async_block_till_done()


def unique_ids(hass: HomeAssistant) -> dict[str, str]:
    entities = er.async_entries_for_config_entry(er.async_get(hass), ENTRY_ID)
    return {entity.entity_id: entity.unique_id for entity in entities if entity.domain in {"lock", "camera"}}


ADOPTED = {
    LOCK: "1001-7001",
    GARAGE: "1001-7002",
    "lock.staff_entrance": "1001-7004",
    "lock.old_cellar": "1001-6999",
    CAMERA: "1001-1000a001",
    HIDDEN_CAMERA: "1001-1000a002",
    "camera.gym": "1001-1000a005",
    COURTYARD: "1001-1000a003",
    NO_ID: "eagleeye_camera_None",
}


async def test_everything_is_kept(hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator) -> None:
    token = sim.mint_token(EMAIL)
    entry = await read_files(hass, hass_storage, older.storage(token))
    assert await async_setup_component(hass, "automation", PASSER_BY)
    before = {
        entity.entity_id: (entity.id, entity.labels, entity.icon, entity.aliases)
        for entity in er.async_get(hass).entities.values()
    }
    await start(hass)

    assert entry.state is ConfigEntryState.LOADED
    assert (entry.version, entry.minor_version) == (2, 2)
    assert entry.unique_id == "1001"
    assert entry.title == "Robin Sample"
    assert entry.data == {"email": older.EMAIL, "password": "correct horse", "token": token}
    assert entry.options == {"all_cameras": True}

    registry = er.async_get(hass)
    assert {entity_id: not_none(registry.async_get(entity_id)).unique_id for entity_id in ADOPTED} == ADOPTED
    for entity_id, kept in before.items():
        entity = not_none(registry.async_get(entity_id))
        now = (entity.id, entity.labels, entity.icon, entity.aliases)
        if entity.domain != "automation":
            assert now == kept
    assert not_none(registry.async_get(HIDDEN_CAMERA)).hidden_by is er.RegistryEntryHider.USER
    assert not_none(registry.async_get("camera.gym")).disabled_by is er.RegistryEntryDisabler.USER
    assert not_none(registry.async_get("lock.staff_entrance")).disabled_by is None

    assert get_state(hass, LOCK).state == LockState.LOCKED
    assert get_state(hass, LOCK).name == "Haustür"
    assert get_state(hass, GARAGE).name == "Garage Gate"
    assert get_state(hass, CAMERA).name == "Eingang"
    assert get_state(hass, CAMERA).state != STATE_UNAVAILABLE
    assert not [state for state in hass.states.async_all(["lock", "camera"]) if state.entity_id.endswith("_2")]

    hass.bus.async_fire("came_home")
    await hass.async_block_till_done()
    assert sim.openings == {"7001": 1}
    await hass.services.async_call("carson", "update", blocking=True)
    assert get_state(hass, LOCK).state == LockState.UNLOCKED


async def test_new_entities_get_the_area_of_the_existing_ones(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator
) -> None:
    await read_files(hass, hass_storage, older.storage(sim.mint_token(EMAIL)))
    await start(hass)
    registry, devices = er.async_get(hass), dr.async_get(hass)
    lock = not_none(registry.async_get(LOCK))
    assert lock.area_id is None
    assert not_none(devices.async_get(not_none(lock.device_id))).area_id == "flur"
    [button] = [
        entity
        for entity in er.async_entries_for_device(registry, not_none(lock.device_id))
        if entity.domain == "button"
    ]
    assert button.area_id is None
    garage = not_none(devices.async_get(not_none(not_none(registry.async_get(GARAGE)).device_id)))
    # Doors that had no area still have none; new ones get the usual one.
    assert garage.area_id is None
    roof = not_none(devices.async_get_device_by_identifier(("carson", "1001-door-7003"), ENTRY_ID))
    assert not_none(ar.async_get(hass).async_get_area(not_none(roof.area_id))).name == "Harbor House"


async def test_option_for_all_cameras_is_kept(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator
) -> None:
    files = older.storage(sim.mint_token(EMAIL), all_cameras=False)
    entry = await read_files(hass, hass_storage, files)
    await start(hass)
    assert entry.options == {"all_cameras": False}
    assert {state.name for state in hass.states.async_all("camera")} == {"Eingang", "Garage"}


async def test_entry_with_token_only_and_custom_title(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator
) -> None:
    """An entry with a token has an empty password; a custom title is kept."""
    files = older.storage(sim.mint_token(EMAIL), password="")
    row = files["core.config_entries"]["data"]["entries"][0]
    row.update(options={}, title="Our house", unique_id=None)
    entry = await read_files(hass, hass_storage, files)
    await start(hass)
    assert set(entry.data) == {"email", "token"}
    assert entry.options == {}
    assert entry.title == "Our house"
    assert entry.unique_id == "1001"


async def test_migration_waits_until_carson_can_be_reached(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, hass_storage: dict[str, Any], sim: Simulator
) -> None:
    """It completes without a restart, and nothing is lost meanwhile."""
    entry = await read_files(hass, hass_storage, older.storage(sim.mint_token(EMAIL)))
    before = unique_ids(hass)
    sim.faults.add("me", "ok_html")
    await start(hass)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert (entry.version, entry.minor_version) == (2, 1)
    assert unique_ids(hass) == before
    assert EMAIL not in entry.title.lower()
    sim.faults.clear()
    freezer.tick(timedelta(minutes=2))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry_state(entry) is ConfigEntryState.LOADED
    assert entry.minor_version == 2
    assert unique_ids(hass).items() >= ADOPTED.items()


@pytest.mark.parametrize("written", ["the entry", "the registry"])
async def test_power_failure_during_migration(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator, written: str
) -> None:
    """Home Assistant writes entries and registries at different times, so either may be old."""
    files = older.storage(sim.mint_token(EMAIL))
    if written == "the entry":
        row = files["core.config_entries"]["data"]["entries"][0]
        data = {"email": older.EMAIL, "password": PASSWORD, "token": row["data"]["token"]}
        row.update(version=2, minor_version=2, unique_id="1001", data=data, options={})
    else:
        for entity in files["core.entity_registry"]["data"]["entities"]:
            entity["unique_id"] = ADOPTED[entity["entity_id"]]
    entry = await read_files(hass, hass_storage, files)
    await start(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.unique_id == "1001"
    assert unique_ids(hass).items() >= ADOPTED.items()
    assert get_state(hass, LOCK).state == LockState.LOCKED


async def test_migration_runs_once(hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator) -> None:
    entry = await read_files(hass, hass_storage, older.storage(sim.mint_token(EMAIL)))
    await start(hass)
    before = unique_ids(hass), dict(entry.data), entry.title, entry.unique_id
    for _ in range(2):
        assert await hass.config_entries.async_reload(ENTRY_ID)
        await hass.async_block_till_done()
    assert (unique_ids(hass), dict(entry.data), entry.title, entry.unique_id) == before


async def test_unique_ids_of_the_earliest_versions(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator
) -> None:
    """These versions identified a camera by Carson's `externalId`."""
    lobby = next(camera for camera in not_none(sim.state.buildings["501"].cameras) if camera.name == "Lobby")
    lobby.overrides["externalId"] = "ext-77"
    files = older.storage(sim.mint_token(EMAIL))
    rows = files["core.entity_registry"]["data"]["entities"]
    next(row for row in rows if row["entity_id"] == CAMERA)["unique_id"] = "eagleeye_camera_ext-77"
    await read_files(hass, hass_storage, files)
    await start(hass)
    assert unique_ids(hass)[CAMERA] == "1001-1000a001"
    assert get_state(hass, CAMERA).state != STATE_UNAVAILABLE


async def test_devices_of_older_variants_are_kept(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """If a variant of the older integration had devices, they are kept with their settings."""
    foreign = {("other", "x"), ("carson", "carson_door_7003")}
    files = older.storage(sim.mint_token(EMAIL))
    entry = await read_files(hass, hass_storage, files)
    registry, devices = er.async_get(hass), dr.async_get(hass)
    old = devices.async_get_or_create(
        config_entry_id=ENTRY_ID, identifiers={("carson", "carson_door_7001")}, name="Door"
    )
    devices.async_update_device(old.id, name_by_user="Vorne", area_id="flur")
    registry.async_update_entity(LOCK, device_id=old.id)
    other = devices.async_get_or_create(
        config_entry_id=ENTRY_ID, identifiers={("carson", "carson_door_7002")}, name="X"
    )
    taken = devices.async_get_or_create(
        config_entry_id=ENTRY_ID, identifiers={("carson", "1001-door-7002")}, name="Garage Gate"
    )
    mixed = devices.async_get_or_create(config_entry_id=ENTRY_ID, identifiers=foreign, name="Roof")
    await start(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert not_none(devices.async_get(mixed.id)).identifiers == {("carson", "1001-door-7003")}
    assert not_none(registry.async_get(LOCK)).device_id == old.id
    assert not_none(devices.async_get(old.id)).identifiers == {("carson", "1001-door-7001")}
    # The lock is shown as before.
    assert get_state(hass, LOCK).name == "Haustür"
    assert not_none(devices.async_get(old.id)).area_id == "flur"
    assert not_none(registry.async_get(GARAGE)).device_id == taken.id
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert devices.async_get(other.id) is None


async def test_existing_unique_id_is_not_overwritten(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    files = older.storage(sim.mint_token(EMAIL))
    files["core.entity_registry"]["data"]["entities"].append(older.entity("lock.new_one", "1001-7001", "Front Door"))
    entry = await read_files(hass, hass_storage, files)
    await start(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert unique_ids(hass)[LOCK] == "carson_door_7001"
    assert unique_ids(hass)[GARAGE] == "1001-7002"
    assert "lock.haustuer is not migrated" in caplog.text


async def test_account_was_added_again_before_migration(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator
) -> None:
    """With two entries of one account, the older one is not changed until the user has removed one."""
    entry = await read_files(hass, hass_storage, older.storage(sim.mint_token(EMAIL)))
    before = unique_ids(hass)
    anew = MockConfigEntry(
        domain="carson",
        version=2,
        minor_version=2,
        unique_id="1001",
        title="Robin anew",
        data={"email": EMAIL, "token": sim.mint_token(EMAIL), "password": PASSWORD},
    )
    anew.add_to_hass(hass)
    await start(hass)
    assert anew.state is ConfigEntryState.LOADED
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "account_twice"
    assert "Robin anew" in not_none(entry.reason)
    assert unique_ids(hass) == before
    await hass.config_entries.async_remove(anew.entry_id)
    assert await hass.config_entries.async_reload(ENTRY_ID)
    await hass.async_block_till_done()
    assert unique_ids(hass).items() >= ADOPTED.items()
    assert get_state(hass, LOCK).state == LockState.LOCKED


@pytest.mark.parametrize(
    ("who", "contacts", "outcome"),
    [
        (EMAIL, {}, "reauth_successful"),
        (EMAIL, {"contactInfo": None, "email": None, "username": None}, "reauth_successful"),
        ("noeye@example.com", {}, "wrong_account"),
    ],
    ids=["same account", "account without names", "another account"],
)
async def test_reauth_before_the_account_is_known(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    sim: Simulator,
    who: str,
    contacts: dict[str, None],
    outcome: str,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The old token has expired and there is no password, so only the email identifies the entry."""
    sim.state.accounts[EMAIL].overrides.update(contacts)
    files = older.storage(sim.mint_token(EMAIL, expires_in=-60), password="")
    entry = await read_files(hass, hass_storage, files)
    await start(hass)
    for _ in range(5):
        await pass_time(hass, freezer, seconds=30)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    [flow] = hass.config_entries.flow.async_progress_by_handler("carson")
    assert flow["context"]["source"] == SOURCE_REAUTH
    await hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": "token"})
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], {"token": sim.mint_token(who)})
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == outcome
    adopted = outcome == "reauth_successful"
    assert (entry.unique_id == "1001") is adopted
    assert (unique_ids(hass)[LOCK] == "1001-7001") is adopted


@pytest.mark.parametrize("username", ["former@example.com", "+1 555 010 0001"], ids=["former email", "phone"])
async def test_name_of_the_account_has_changed(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    sim: Simulator,
    username: str,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The address of the entry is no longer known to Carson and its token has expired: signing in again is enough."""
    files = older.storage(sim.mint_token(EMAIL, expires_in=-60), password="")
    row = entry_row(files)
    row.update(unique_id=username, title=username)
    row["data"]["username"] = username
    if username.startswith("+"):
        row["data"]["token"] = "damaged"
    entry = await read_files(hass, hass_storage, files)
    await start(hass)
    for _ in range(5):
        await pass_time(hass, freezer, seconds=30)
    [flow] = hass.config_entries.flow.async_progress_by_handler("carson")
    await hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": "password"})
    credentials = {"email": EMAIL, "password": PASSWORD, "keep_password": True}
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], credentials)
    await hass.async_block_till_done()
    assert result["reason"] == "reauth_successful"
    assert entry.state is ConfigEntryState.LOADED
    assert get_state(hass, LOCK).name == "Haustür"


async def test_user_is_asked_whether_it_is_the_account(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """A neighbor has the same doors, and the stored token is of another account: only the user knows."""
    files = older.storage(sim.mint_token("federated@example.com", expires_in=-60), password="")
    entry_row(files).update(unique_id="former@example.com")
    entry_row(files)["data"]["username"] = "former@example.com"
    entry = await read_files(hass, hass_storage, files)
    await start(hass)
    for _ in range(5):
        await pass_time(hass, freezer, seconds=30)
    [flow] = hass.config_entries.flow.async_progress_by_handler("carson")
    await hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": "token"})
    asked = await hass.config_entries.flow.async_configure(flow["flow_id"], {"token": sim.mint_token(EMAIL)})
    assert (asked["type"], asked["step_id"]) == (FlowResultType.FORM, "same_account")
    assert entry.minor_version == 1
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    await hass.async_block_till_done()
    assert result["reason"] == "reauth_successful"
    assert (entry.unique_id, get_state(hass, LOCK).name) == ("1001", "Haustür")


async def test_reauth_keeps_what_was_taken_over(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator
) -> None:
    files = older.storage(sim.mint_token(EMAIL))
    data = {"email": EMAIL, "token": sim.mint_token(EMAIL), "taken_over": ["01gone"]}
    entry_row(files).update(version=2, minor_version=2, unique_id="1001", data=data)
    entry = await read_files(hass, hass_storage, files)
    await start(hass)
    flow = await hass.config_entries.flow.async_init(
        "carson", context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )
    await hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": "token"})
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], {"token": sim.mint_token(EMAIL)})
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["taken_over"] == ["01gone"]


async def test_disabled_entry_waits(hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator) -> None:
    """A disabled entry stays as it is until it is enabled."""
    files = older.storage(sim.mint_token(EMAIL))
    entry_row(files).update(disabled_by="user")
    for row in entity_rows(files):
        row["disabled_by"] = row["disabled_by"] or "config_entry"
    entry = await read_files(hass, hass_storage, files)
    await start(hass)
    assert (entry.state, entry.version) == (ConfigEntryState.NOT_LOADED, 1)
    assert await hass.config_entries.async_set_disabled_by(ENTRY_ID, None)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert get_state(hass, LOCK).name == "Haustür"
    assert not_none(er.async_get(hass).async_get("camera.gym")).disabled_by is er.RegistryEntryDisabler.USER


async def test_account_cannot_be_added_twice_before_it_is_known(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator
) -> None:
    await read_files(hass, hass_storage, older.storage("no.good.token", password="wrong by now"))
    await start(hass)
    for email, password, kind in (
        (EMAIL, PASSWORD, FlowResultType.ABORT),
        ("noeye@example.com", "no cameras", FlowResultType.CREATE_ENTRY),
    ):
        flow = await hass.config_entries.flow.async_init("carson", context={"source": SOURCE_USER})
        await hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": "password"})
        result = await hass.config_entries.flow.async_configure(
            flow["flow_id"], {"email": email, "password": password, "keep_password": True}
        )
        assert result["type"] is kind
        assert result.get("reason") == ("already_configured" if kind is FlowResultType.ABORT else None)
    await hass.async_block_till_done()


async def test_downgrade_is_rejected(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    files = older.storage(sim.mint_token(EMAIL))
    row = files["core.config_entries"]["data"]["entries"][0]
    row.update(version=3, title="Robin", data={"something": "newer"})
    entry = await read_files(hass, hass_storage, files)
    await start(hass)
    assert entry.state is ConfigEntryState.MIGRATION_ERROR
    assert entry.data == {"something": "newer"}
    assert unique_ids(hass)[LOCK] == "carson_door_7001"
    issue = not_none(ir.async_get(hass).async_get_issue("carson", f"{ENTRY_ID}_newer_entry"))
    assert issue.translation_key == "newer_entry"
    assert issue.translation_placeholders == {"title": "Robin", "title_text": "Robin"}
    assert sim.counters.count("me") == 0
    await hass.config_entries.async_remove(ENTRY_ID)
    assert ir.async_get(hass).async_get_issue("carson", f"{ENTRY_ID}_newer_entry") is None


async def test_newer_minor_version_is_accepted(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry], hass_storage: dict[str, Any]
) -> None:
    files = older.storage(sim.mint_token(EMAIL))
    row = files["core.config_entries"]["data"]["entries"][0]
    data = {"email": older.EMAIL, "token": row["data"]["token"]}
    row.update(version=2, minor_version=9, unique_id="1001", title="Robin", data=data)
    entry = await read_files(hass, hass_storage, files)
    await start(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.minor_version == 9
