"""What reminds of the older integrations: old entities, actions, YAML, and the names of everything."""

from collections.abc import Callable
from copy import deepcopy
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
import jwt
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.carson.aiocarson.carson.parsing import parse_account
from custom_components.carson.migration import belongs_to
from simulator import Simulator
from tests.support import older_integrations as older
from tests.support.appearance import appearance
from tests.support.not_none import not_none
from tests.support.older_integrations import CAMERA, COURTYARD, ENTRY_ID, GARAGE, LOCK, NO_ID
from tests.support.passing_time import pass_time
from tests.support.repairs import active_issues, begin_repair, continue_repair
from tests.support.states import get_state
from tests.support.storage_files import Files, entity_rows, entry_row, read_files

from .conftest import EMAIL, PASSWORD

CELLAR = "lock.old_cellar"


@pytest.fixture
def load_registries() -> bool:
    """Do not load the registries before the files exist."""
    return False


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Allow delayed writes of the registries after the test."""
    return True


async def start(hass: HomeAssistant, hass_storage: dict[str, Any], files: Files, **yaml: object) -> None:
    await read_files(hass, hass_storage, files)
    assert await async_setup_component(hass, "carson", yaml)
    await hass.async_block_till_done(wait_background_tasks=True)


def keys(hass: HomeAssistant) -> set[str | None]:
    return {issue.translation_key for issue in active_issues(hass)}


# -- names and areas


async def test_names_and_areas(hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator) -> None:
    """Doors and cameras are shown as before, whether users named them or not, also if the clouds' names differ."""
    files = older.storage(sim.mint_token(EMAIL))
    for row in entity_rows(files):
        if row["entity_id"] == CAMERA:
            row["area_id"] = "flur"
    await read_files(hass, hass_storage, files)
    before = appearance(hass, "lock", "camera")
    assert await async_setup_component(hass, "carson", {})
    await hass.async_block_till_done()
    after = appearance(hass, "lock", "camera")
    for shown in (*before.values(), *after.values()):
        del shown["name of the state"]
    assert {entity_id: after[entity_id] for entity_id in before} == before
    names = {state.entity_id: state.name for state in hass.states.async_all(["lock", "camera"])}
    assert names[LOCK] == "Haustür"
    assert names[GARAGE] == "Garage Gate"
    assert names[CAMERA] == "Eingang"
    assert names[COURTYARD] == "Courtyard East 03"
    registry, devices = er.async_get(hass), dr.async_get(hass)
    for entity_id, name_by_user in ((LOCK, "Haustür"), (GARAGE, None), (CAMERA, "Eingang")):
        entity = not_none(registry.async_get(entity_id))
        assert (entity.name, entity.area_id) == (None, None)
        assert not_none(devices.async_get(not_none(entity.device_id))).name_by_user == name_by_user
    # Home Assistant's own check of names and areas finds nothing.
    assert {issue.domain for issue in active_issues(hass)} <= {"carson"}


async def test_users_may_rename_afterwards(hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator) -> None:
    """A name and area that users give later are not changed back."""
    await start(hass, hass_storage, older.storage(sim.mint_token(EMAIL)))
    device_id = not_none(not_none(er.async_get(hass).async_get(LOCK)).device_id)
    dr.async_get(hass).async_update_device(device_id, name_by_user="Vorne", area_id=None)
    for _ in range(2):
        assert await hass.config_entries.async_reload(ENTRY_ID)
        await hass.async_block_till_done()
    device = not_none(dr.async_get(hass).async_get(device_id))
    assert (device.name_by_user, device.area_id) == ("Vorne", None)
    assert get_state(hass, LOCK).name == "Vorne"


@pytest.mark.parametrize("device_id", [None, 32 * "d"])
async def test_device_registry_was_not_written(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator, device_id: str | None
) -> None:
    """Home Assistant was killed after it had written the entities, and before it wrote the devices."""
    files = older.storage(sim.mint_token(EMAIL))
    row = entry_row(files)
    data = {"email": EMAIL, "password": PASSWORD, "token": row["data"]["token"]}
    row.update(version=2, minor_version=2, unique_id="1001", data=data, options={"all_cameras": True})
    for entity in entity_rows(files):
        if entity["entity_id"] in {LOCK, CAMERA}:
            item = "7001" if entity["entity_id"] == LOCK else "1000a001"
            entity.update(unique_id=f"1001-{item}", name=None, area_id=None, device_id=device_id)
    copies = {
        "1001-door-7001": {"name": "Haustür", "area_id": "flur", "run": "the one before"},
        "1001-camera-1000a001": {"name": "Eingang", "area_id": None, "run": "the one before"},
    }
    key = f"carson.adopted.{ENTRY_ID}"
    files[key] = {"version": 1, "minor_version": 1, "key": key, "data": copies}
    await start(hass, hass_storage, files)
    assert get_state(hass, LOCK).name == "Haustür"
    assert get_state(hass, CAMERA).name == "Eingang"
    device = not_none(dr.async_get(hass).async_get(not_none(not_none(er.async_get(hass).async_get(LOCK)).device_id)))
    assert device.area_id == "flur"


async def test_copies_are_removed_at_the_next_start(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator
) -> None:
    """Once the devices are written, nothing more is kept."""
    await start(hass, hass_storage, older.storage(sim.mint_token(EMAIL)))
    key = f"carson.adopted.{ENTRY_ID}"
    assert set(hass_storage[key]["data"]) >= {"1001-door-7001", "1001-camera-1000a001"}
    for copy in hass_storage[key]["data"].values():
        copy["run"] = "the one before"
    assert await hass.config_entries.async_reload(ENTRY_ID)
    await hass.async_block_till_done()
    assert key not in hass_storage
    assert get_state(hass, LOCK).name == "Haustür"


async def test_copies_are_removed_with_the_account(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator
) -> None:
    await start(hass, hass_storage, older.storage(sim.mint_token(EMAIL)))
    assert f"carson.adopted.{ENTRY_ID}" in hass_storage
    await hass.config_entries.async_remove(ENTRY_ID)
    assert f"carson.adopted.{ENTRY_ID}" not in hass_storage


# -- entities that belong to nothing any more


@pytest.mark.parametrize("used", [False, True])
async def test_stale_entities(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    sim: Simulator,
    freezer: FrozenDateTimeFactory,
    hass_client: ClientSessionGenerator,
    used: bool,
) -> None:
    """One repair lists them after two complete responses, with the automations that use them, and removes them."""
    await read_files(hass, hass_storage, older.storage(sim.mint_token(EMAIL)))
    assert await async_setup_component(hass, "repairs", {})
    cellar = {"sequence": [{"action": "lock.open", "target": {"entity_id": CELLAR}}]}
    assert await async_setup_component(hass, "script", {"script": {"cellar": cellar} if used else {}})
    assert await async_setup_component(hass, "carson", {})
    await hass.async_block_till_done()
    assert "stale_entities" not in keys(hass)
    await pass_time(hass, freezer, minutes=5, seconds=5)
    [issue] = [issue for issue in active_issues(hass) if issue.domain == "carson"]
    assert issue.translation_key == ("stale_entities_used" if used else "stale_entities")
    assert not_none(issue.translation_placeholders)["entities"].splitlines() == [
        r"- Loading Dock (camera\.loading\_dock)",
        r"- Old Cellar (lock\.old\_cellar)",
    ]
    assert not_none(issue.translation_placeholders).get("users") == (
        "- [cellar](/config/script/edit/cellar)" if used else None
    )

    client = await hass_client()
    step = await begin_repair(client, issue)
    assert step["description_placeholders"] == issue.translation_placeholders
    assert (await continue_repair(client, step))["type"] == "create_entry"
    registry = er.async_get(hass)
    assert (registry.async_get(CELLAR), registry.async_get(NO_ID)) == (None, None)
    assert registry.async_get(LOCK) is not None
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert not keys(hass) & {"stale_entities", "stale_entities_used"}


async def test_option_switched_off_and_on_again(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    """Cameras that only the option shows are stale without it; if it is turned on, they are as before."""
    await start(hass, hass_storage, older.storage(sim.mint_token(EMAIL), all_cameras=False))
    await pass_time(hass, freezer, minutes=5, seconds=5)
    [issue] = [issue for issue in active_issues(hass) if issue.domain == "carson"]
    assert "camera\\.gym" in not_none(issue.translation_placeholders)["entities"]
    entry = not_none(hass.config_entries.async_get_entry(ENTRY_ID))
    hass.config_entries.async_update_entry(entry, options={"all_cameras": True})
    assert await hass.config_entries.async_reload(ENTRY_ID)
    await pass_time(hass, freezer, minutes=5, seconds=5)
    [issue] = [issue for issue in active_issues(hass) if issue.domain == "carson"]
    assert "camera\\.gym" not in not_none(issue.translation_placeholders)["entities"]
    assert get_state(hass, COURTYARD).name == "Courtyard East 03"


@pytest.mark.parametrize("operation", ["doors", "cameras", "device_list"])
async def test_incomplete_lists_prove_nothing(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    sim: Simulator,
    freezer: FrozenDateTimeFactory,
    operation: str,
) -> None:
    """An entity is not stale as long as the lists may lack something."""
    if operation != "device_list":
        sim.state.buildings["501"].overrides[operation] = [{"name": "no id"}]
    else:
        sim.faults.add("device_list", "status", status=403)
    await start(hass, hass_storage, older.storage(sim.mint_token(EMAIL)))
    for _ in range(3):
        await pass_time(hass, freezer, minutes=5, seconds=5)
    found = [issue for issue in active_issues(hass) if issue.translation_key == "stale_entities"]
    text = "".join(not_none(issue.translation_placeholders)["entities"] for issue in found)
    assert ("Cellar" if operation == "doors" else "Loading Dock") not in text


# -- actions


ACTIONS: list[dict[str, Any]] = [
    {"action": "carson_living.update"},
    {"service": "carson_living.update"},
    {"if": [], "then": [{"repeat": {"count": 2, "sequence": [{"action": " Carson_living.update"}]}}]},
]


@pytest.mark.parametrize("action", ACTIONS, ids=["action", "service", "nested"])
async def test_actions_of_the_older_integration(
    hass: HomeAssistant,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    action: dict[str, Any],
    hass_storage: dict[str, Any],
) -> None:
    """A repair names the automations and scripts; it disappears once they are changed."""
    await read_files(hass, hass_storage, older.storage(sim.mint_token(EMAIL)))
    automation = {"alias": "Refresh", "triggers": [], "actions": [action]}
    other = {"alias": "Other", "triggers": [], "actions": [{"action": "carson.update"}]}
    # Home Assistant keeps what it cannot validate as well.
    assert await async_setup_component(hass, "automation", {"automation": [automation, other]})
    assert await async_setup_component(hass, "script", {"script": {"refresh": {"sequence": [action]}}})
    assert await async_setup_component(hass, "carson", {})
    await hass.async_block_till_done()
    issue = not_none(ir.async_get(hass).async_get_issue("carson", "older_actions"))
    assert not_none(issue.translation_placeholders)["users"].splitlines() == [
        "- Refresh",
        "- [refresh](/config/script/edit/refresh)",
    ]


async def test_search_has_an_end(hass: HomeAssistant, sim: Simulator, hass_storage: dict[str, Any]) -> None:
    """An absurdly deep configuration is not searched to its end; other integrations do not start a search."""
    await read_files(hass, hass_storage, older.storage(sim.mint_token(EMAIL)))
    deep: dict[str, Any] = {"action": "carson_living.update"}
    for _ in range(40):
        deep = {"deeper": deep}
    config = {"automation": [{"alias": "Deep", "triggers": [], "variables": deep, "actions": []}]}
    assert await async_setup_component(hass, "automation", config)
    assert await async_setup_component(hass, "carson", {})
    await hass.async_block_till_done()
    other = MockConfigEntry(domain="another")
    other.add_to_hass(hass)
    hass.config_entries.async_update_entry(other, title="Changed")
    assert "older_actions" not in keys(hass)


async def test_changed_automation_ends_the_issue(
    hass: HomeAssistant, sim: Simulator, hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await read_files(hass, hass_storage, older.storage(sim.mint_token(EMAIL)))
    config = {"automation": [{"alias": "Refresh", "triggers": [], "actions": [{"action": "carson_living.update"}]}]}
    assert await async_setup_component(hass, "automation", config)
    assert await async_setup_component(hass, "carson", {})
    await hass.async_block_till_done()
    assert "older_actions" in keys(hass)
    changed = deepcopy(config)
    changed["automation"][0]["actions"] = [{"action": "carson.update"}]

    async def read_yaml(*_: object) -> dict[str, Any]:
        return changed

    monkeypatch.setattr("homeassistant.config.async_hass_config_yaml", read_yaml)
    await hass.services.async_call("automation", "reload", blocking=True)
    await hass.async_block_till_done()
    assert "older_actions" not in keys(hass)


async def test_update_ignores_unknown_data(
    hass: HomeAssistant, sim: Simulator, hass_storage: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    await start(hass, hass_storage, older.storage(sim.mint_token(EMAIL)))
    count = sim.counters.count("me")
    caplog.clear()
    await hass.services.async_call("carson", "update", {"entity_id": LOCK, "force": True}, blocking=True)
    assert sim.counters.count("me") == count + 1
    records = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage() for record in records] == [
        "The action carson.update has ignored unknown data: entity_id, force"
    ]


# -- YAML


def section(**values: object) -> dict[str, object]:
    return {"carson": {"username": EMAIL, "password": PASSWORD, **values}}


async def test_yaml_is_imported_once(hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator) -> None:
    """The account is added, and a repair asks to remove the section."""
    await start(hass, hass_storage, {}, **section())
    [entry] = hass.config_entries.async_entries("carson")
    assert (entry.state, entry.unique_id) == (ConfigEntryState.LOADED, "1001")
    assert entry.data["password"] == PASSWORD
    assert keys(hass) == {"yaml_imported"}


async def test_yaml_of_a_known_account(hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator) -> None:
    """An entry that is there already is neither doubled nor signed in again."""
    await start(hass, hass_storage, older.storage(sim.mint_token(EMAIL)), **section(username=EMAIL.upper()))
    assert len(hass.config_entries.async_entries("carson")) == 1
    assert sim.counters.count("login") == 0
    assert "yaml_imported" in keys(hass)


@pytest.mark.parametrize(
    "value",
    [None, [], {"username": EMAIL}, {"username": True, "password": "x"}, {"username": EMAIL, "password": "wrong"}],
    ids=["nothing", "list", "no password", "no name", "wrong password"],
)
async def test_yaml_that_cannot_be_imported(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    sim: Simulator,
    value: object,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A repair says so, and accounts that are set up already are not affected."""
    files = older.storage(sim.mint_token("two@example.com"))
    entry_row(files).update(unique_id="two@example.com", data={"username": "two@example.com", "token": "x"})
    entry_row(files)["data"]["token"] = sim.mint_token("two@example.com")
    await start(hass, hass_storage, files, carson=value)
    assert not_none(hass.config_entries.async_get_entry(ENTRY_ID)).state is ConfigEntryState.LOADED
    assert "yaml_not_imported" in keys(hass)
    assert EMAIL not in "".join(record.getMessage() for record in caplog.records if "carson" in record.name)


async def test_yaml_of_the_other_domain(hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator) -> None:
    """It would add the older entry again after that was taken over."""
    files = older.storage(sim.mint_token(EMAIL))
    data = {"email": EMAIL, "token": sim.mint_token(EMAIL), "taken_over": ["01gone"]}
    entry_row(files).update(version=2, minor_version=2, unique_id="1001", data=data)
    await start(hass, hass_storage, files, carson_living={"username": EMAIL, "password": PASSWORD})
    issue = not_none(ir.async_get(hass).async_get_issue("carson", "yaml_carson_living"))
    assert issue.translation_placeholders == {"section": "carson_living"}


# -- whose account it is


def account_data(**changed: object) -> dict[str, Any]:
    contacts = [
        {"id": 1, "type": "phone_number", "contactInfo": "+1 (555) 010-0001", "primary": True},
        {"id": 2, "type": "email", "contactInfo": "New@example.com", "primary": True},
    ]
    return {
        "id": 1001,
        "username": "RS01",
        "contactInfo": contacts,
        "properties": [{"id": 501, "name": "House", "doors": [{"id": 7001, "name": "Front Door"}]}],
        **changed,
    }


@pytest.mark.parametrize(
    ("unique_id", "user_id", "doors", "expected"),
    [
        ("new@EXAMPLE.com", 7, [], True),
        ("15550100001", None, [], True),
        ("rs01", None, [], True),
        ("1001", None, [], True),
        ("former@example.com", 1001, [], True),
        ("former@example.com", None, ["7001"], True),
        ("former@example.com", None, ["9001"], None),
        ("former@example.com", None, [], None),
        (None, None, [], None),
        # A neighbor has the same doors.
        ("former@example.com", 7, ["7001"], None),
        ("former@example.com", 7, ["9001"], False),
    ],
)
async def test_identity(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    sim: Simulator,
    unique_id: str | None,
    user_id: int | None,
    doors: list[str],
    expected: bool | None,
) -> None:
    await read_files(hass, hass_storage, {})
    claims = {"user_id": user_id}
    token = "damaged" if user_id is None else jwt.encode(claims, "a key that is long enough for anybody", "HS256")
    entry = MockConfigEntry(domain="carson", version=1, unique_id=unique_id, data={"username": None, "token": token})
    entry.add_to_hass(hass)
    for door in doors:
        er.async_get(hass).async_get_or_create("lock", "carson", f"carson_door_{door}", config_entry=entry)
    assert belongs_to(hass, entry, not_none(parse_account(account_data()))) is expected
