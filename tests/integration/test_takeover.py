"""The older integration with another domain is taken over with everything that users have configured."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryState, ConfigFlowResult
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import Simulator
from tests.support import older_integrations as older
from tests.support.appearance import appearance
from tests.support.not_none import not_none
from tests.support.older_component import OlderComponent
from tests.support.older_integrations import CAMERA, COURTYARD, ENTRY_ID, GARAGE, HIDDEN_CAMERA, LOCK, NO_ID
from tests.support.passing_time import pass_time
from tests.support.repairs import active_issues, begin_repair, continue_repair
from tests.support.states import get_state
from tests.support.storage_files import Files, entity_rows, entry_row, read_files

from .conftest import EMAIL, PASSWORD

COME_HOME = {
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


@pytest.fixture
def component(hass: HomeAssistant) -> Iterator[OlderComponent]:
    """Install the older integration."""
    component = OlderComponent(hass)
    with component.installed("carson_living"):
        yield component


async def start_older(hass: HomeAssistant, hass_storage: dict[str, Any], files: Files) -> dict[str, dict[str, Any]]:
    """Start Home Assistant with the older integration; return how its entities appear."""
    await read_files(hass, hass_storage, files)
    assert await async_setup_component(hass, "automation", COME_HOME)
    assert await async_setup_component(hass, "carson_living", {})
    await hass.async_block_till_done()
    return appearance(hass, "lock", "camera", "automation")


async def begin(hass: HomeAssistant) -> ConfigFlowResult:
    """Begin to add the integration and select the first choice."""
    menu = await hass.config_entries.flow.async_init("carson", context={"source": SOURCE_USER})
    assert menu["menu_options"] == ["takeover", "password", "token"]
    step = await hass.config_entries.flow.async_configure(menu["flow_id"], {"next_step_id": "takeover"})
    await hass.async_block_till_done()
    return step


async def answer(hass: HomeAssistant, step: ConfigFlowResult, **values: object) -> ConfigFlowResult:
    step = await hass.config_entries.flow.async_configure(step["flow_id"], values)
    await hass.async_block_till_done()
    return step


def entry_of(hass: HomeAssistant) -> ConfigEntry:
    [entry] = hass.config_entries.async_entries("carson")
    return entry


def living(token: str, **more: Any) -> Files:
    return older.storage(token, domain="carson_living", **more)


def older_ids(hass: HomeAssistant) -> dict[str, str]:
    """Return the unique ids of the entities that are still registered by the older integration."""
    rows = er.async_get(hass).entities.values()
    return {row.entity_id: row.unique_id for row in rows if row.platform == "carson_living"}


def assert_same(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> None:
    """Check that nothing differs; there may be more entities than before."""
    assert {entity_id: after.get(entity_id) for entity_id in before} == before


DAY = 86400
CREDENTIALS = {
    "token and password": (30 * DAY, PASSWORD),
    "token only": (30 * DAY, ""),
    "expired token and password": (-60, PASSWORD),
}


@pytest.mark.parametrize("is_installed", [True, False], ids=["installed", "folder deleted"])
@pytest.mark.parametrize(("seconds", "password"), CREDENTIALS.values(), ids=CREDENTIALS)
async def test_one_click(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    sim: Simulator,
    seconds: float,
    password: str,
    is_installed: bool,
    request: pytest.FixtureRequest,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One click, no sign-in, and every entity is as it was."""
    files = living(sim.mint_token(EMAIL, expires_in=seconds), password=password)
    if is_installed:
        request.getfixturevalue("component")
        before = await start_older(hass, hass_storage, files)
    else:
        await read_files(hass, hass_storage, files)
        assert await async_setup_component(hass, "automation", COME_HOME)
        before = appearance(hass, "lock", "camera", "automation")
    result = await begin(hass)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = entry_of(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert (entry.title, entry.unique_id, {**entry.options}) == ("Robin Sample", "1001", {"all_cameras": True})
    assert entry.data.get("password") == (password or None)
    assert hass.config_entries.async_entries("carson_living") == []
    assert older_ids(hass) == {}
    after = appearance(hass, "lock", "camera", "automation")
    if not is_installed:
        # Only what is registered can be compared.
        for shown in (*before.values(), *after.values()):
            del shown["name of the state"]
    assert_same(before, after)
    assert get_state(hass, LOCK).name == after[LOCK]["name on the page"] == "Haustür"
    assert after[LOCK]["area"] == "flur"
    assert get_state(hass, COURTYARD).name == "Courtyard East 03"
    assert not [entity_id for entity_id in after if entity_id.endswith("_2")]
    assert get_state(hass, CAMERA).state != STATE_UNAVAILABLE
    assert [issue.translation_key for issue in active_issues(hass)] == []
    assert EMAIL not in "".join(record.getMessage() for record in caplog.records if "carson" in record.name)

    hass.bus.async_fire("came_home")
    await hass.async_block_till_done()
    assert sim.openings == {"7001": 1}


async def test_custom_title_and_disabled_entry(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator, component: OlderComponent
) -> None:
    """An entry that was disabled is in use again once it is taken over; its title is kept."""
    files = living(sim.mint_token(EMAIL))
    entry_row(files).update(title="Our house", disabled_by="user", options={})
    for row in entity_rows(files):
        row["disabled_by"] = row["disabled_by"] or "config_entry"
    await start_older(hass, hass_storage, files)
    assert (await begin(hass))["type"] is FlowResultType.CREATE_ENTRY
    entry = entry_of(hass)
    assert (entry.title, entry.disabled_by, {**entry.options}) == ("Our house", None, {})
    after = appearance(hass, "lock", "camera")
    assert after[LOCK]["disabled"] is None
    assert after["camera.gym"]["disabled"] is er.RegistryEntryDisabler.USER
    assert get_state(hass, LOCK).name == "Haustür"


@pytest.mark.parametrize("stored", ["expired", "none"])
async def test_sign_in_is_needed(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator, component: OlderComponent, stored: str
) -> None:
    """If nothing that is stored is accepted, the user signs in, and nothing has changed before that."""
    files = living(sim.mint_token(EMAIL, expires_in=-60) if stored == "expired" else "", password="")
    before = await start_older(hass, hass_storage, files)
    menu = await begin(hass)
    assert (menu["type"], menu["step_id"]) == (FlowResultType.MENU, "takeover_sign_in")
    assert appearance(hass, "lock", "camera", "automation") == before
    assert not_none(hass.config_entries.async_get_entry(ENTRY_ID)).state is ConfigEntryState.LOADED
    form = await answer(hass, menu, next_step_id="token")
    menu = await answer(hass, form, other_method=True)
    assert (menu["type"], menu["step_id"]) == (FlowResultType.MENU, "takeover_sign_in")
    form = await answer(hass, menu, next_step_id="password")
    [email] = [key for key in not_none(form["data_schema"]).schema if key == "email"]
    assert email.description == {"suggested_value": older.EMAIL}
    result = await answer(hass, form, email=EMAIL, password=PASSWORD, keep_password=True)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert_same(before, appearance(hass, "lock", "camera", "automation"))


async def test_another_account_takes_nothing_over(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator, component: OlderComponent
) -> None:
    before = await start_older(hass, hass_storage, living(sim.mint_token(EMAIL, expires_in=-60), password=""))
    menu = await begin(hass)
    form = await answer(hass, menu, next_step_id="token")
    result = await answer(hass, form, token=sim.mint_token("noeye@example.com"))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert appearance(hass, "lock", "camera", "automation") == before
    assert hass.config_entries.async_entries("carson") == []


async def test_user_is_asked_if_the_account_is_not_certain(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator
) -> None:
    """Neither the address nor the token nor a door tells."""
    files = living("no token", password="")
    entry_row(files).update(unique_id="former@example.com", title="former@example.com")
    entry_row(files)["data"]["username"] = "former@example.com"
    for row in entity_rows(files):
        row["unique_id"] = row["unique_id"].replace("carson_door_7", "carson_door_9")
    await read_files(hass, hass_storage, files)
    menu = await begin(hass)
    form = await answer(hass, menu, next_step_id="token")
    asked = await answer(hass, form, token=sim.mint_token(EMAIL))
    assert (asked["type"], asked["step_id"]) == (FlowResultType.FORM, "same_account")
    assert asked["description_placeholders"] == {"account": "Robin Sample"}
    assert hass.config_entries.async_get_entry(ENTRY_ID) is not None
    assert (await answer(hass, asked))["type"] is FlowResultType.CREATE_ENTRY
    assert hass.config_entries.async_get_entry(ENTRY_ID) is None


async def test_carson_cannot_be_reached(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator, component: OlderComponent
) -> None:
    """Nothing changes; the next attempt succeeds."""
    before = await start_older(hass, hass_storage, living(sim.mint_token(EMAIL)))
    sim.faults.add("me", "ok_html")
    form = await begin(hass)
    assert (form["step_id"], form["errors"]) == ("takeover_confirm", {"base": "cannot_connect"})
    assert appearance(hass, "lock", "camera", "automation") == before
    assert component.unloaded == []
    sim.faults.clear()
    assert (await answer(hass, form))["type"] is FlowResultType.CREATE_ENTRY
    assert_same(before, appearance(hass, "lock", "camera", "automation"))


async def test_carson_fails_between_sign_in_and_takeover(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    sim: Simulator,
    component: OlderComponent,
) -> None:
    """The older integration goes on until the new one is ready."""
    before = await start_older(hass, hass_storage, living(sim.mint_token(EMAIL)))
    sim.faults.add("me", "ok_html", skip=1)
    assert (await begin(hass))["type"] is FlowResultType.CREATE_ENTRY
    assert entry_of(hass).state is ConfigEntryState.SETUP_RETRY
    assert appearance(hass, "lock", "camera", "automation") == before
    assert not_none(hass.config_entries.async_get_entry(ENTRY_ID)).state is ConfigEntryState.LOADED
    sim.faults.clear()
    await pass_time(hass, freezer, minutes=2)
    assert entry_of(hass).state is ConfigEntryState.LOADED
    assert_same(before, appearance(hass, "lock", "camera", "automation"))


@pytest.mark.parametrize("failure", ["refuses", "leaves its entities", "never ends"])
async def test_older_integration_does_not_stop(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    sim: Simulator,
    component: OlderComponent,
    failure: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is moved or removed, and the error says what to do."""
    await start_older(hass, hass_storage, living(sim.mint_token(EMAIL)))
    before = older_ids(hass)
    lock = not_none(hass.config_entries.async_get_entry(ENTRY_ID)).setup_lock
    component.can_unload = failure != "refuses"
    component.forgets_entities = failure == "leaves its entities"
    if failure == "never ends":
        monkeypatch.setattr("custom_components.carson.migration.takeover._UNLOAD_SECONDS", 0.01)
        await lock.acquire()
    await begin(hass)
    entry = entry_of(hass)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "older_not_unloaded"
    assert older_ids(hass) == before
    assert await hass.config_entries.async_reload(entry.entry_id) is False
    assert older_ids(hass) == before
    assert hass.config_entries.async_get_entry(ENTRY_ID) is not None
    if lock.locked():
        lock.release()


@pytest.mark.parametrize("written", ["nothing", "entries"])
async def test_killed_in_the_middle(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator, written: str, component: OlderComponent
) -> None:
    """What was written of the takeover is finished at the next start."""
    files = living(sim.mint_token(EMAIL))
    row = deepcopy(entry_row(files))
    data = {"email": EMAIL, "password": PASSWORD, "token": sim.mint_token(EMAIL), "taken_over": [ENTRY_ID]}
    row.update(
        entry_id="01new",
        domain="carson",
        version=2,
        minor_version=2,
        unique_id="1001",
        data=data,
        options={"all_cameras": True},
    )
    rows = files["core.config_entries"]["data"]["entries"]
    if written == "entries":
        # The older entry was removed, but the registry was not written yet.
        rows.clear()
    rows.append(row)
    await read_files(hass, hass_storage, files)
    for domain in ("carson_living", "carson"):
        assert await async_setup_component(hass, domain, {})
        await hass.async_block_till_done()
    assert entry_of(hass).state is ConfigEntryState.LOADED
    assert hass.config_entries.async_entries("carson_living") == []
    assert older_ids(hass) == {}
    after = appearance(hass, "lock", "camera")
    assert (after[LOCK]["name of the state"], after[LOCK]["area"]) == ("Haustür", "flur")
    assert after[COURTYARD]["name of the state"] == "Courtyard East 03"


async def test_account_is_there_already(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    component: OlderComponent,
    hass_client: ClientSessionGenerator,
) -> None:
    """A repair points to the takeover; the older entities replace the newer ones of the same door."""
    before = await start_older(hass, hass_storage, living(sim.mint_token(EMAIL)))
    assert await async_setup_component(hass, "repairs", {})
    entry = make_entry()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get("lock.harbor_house_front_door") is not None
    [issue] = [issue for issue in active_issues(hass) if issue.domain == "carson"]
    assert (issue.translation_key, issue.is_fixable) == ("older_integration", True)

    client = await hass_client()
    step = await begin_repair(client, issue)
    assert step["step_id"] == "confirm"
    done = await continue_repair(client, step)
    assert ir.async_get(hass).async_get_issue("carson", "older_integration") is not None
    flow = hass.config_entries.flow.async_get(done["next_flow"][1])
    result = await answer(hass, flow, next_step_id="takeover")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "takeover_successful")
    assert entry_of(hass).state is ConfigEntryState.LOADED
    after = appearance(hass, "lock", "camera", "automation")
    for entity_id, shown in before.items():
        # The devices were in an area before.
        shown["area"] = shown["area"] or after[entity_id]["area"]
    assert_same(before, after)
    assert hass.states.get("lock.harbor_house_front_door") is None
    assert hass.states.get("lock.harbor_house_roof_deck") is not None
    assert [issue for issue in active_issues(hass) if issue.domain == "carson"] == []
    await hass.services.async_call("lock", "open", {"entity_id": LOCK}, blocking=True)
    assert sim.openings == {"7001": 1}


async def test_both_domains_side_by_side(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator, component: OlderComponent
) -> None:
    """An account that was set up with two of the older integrations: one entry remains, and all entities with a use."""
    files = living(sim.mint_token(EMAIL))
    same = older.storage(sim.mint_token(EMAIL))
    entry_row(same).update(entry_id="01samedomain")
    files["core.config_entries"]["data"]["entries"].append(entry_row(same))
    for entity_id, unique_id in (("lock.second_front_door", "carson_door_7001"), ("lock.roof", "carson_door_7003")):
        row = {**older.entity(entity_id, unique_id, "Roof"), "config_entry_id": "01samedomain"}
        # That of the other domain is older.
        entity_rows(files).append({**row, "created_at": "2025-01-01T00:00:00.000000+00:00"})
    await start_older(hass, hass_storage, files)
    before = appearance(hass, "lock", "camera")
    assert await async_setup_component(hass, "carson", {})
    await hass.async_block_till_done()
    assert (await begin(hass))["reason"] == "takeover_successful"
    assert entry_of(hass).entry_id == "01samedomain"
    after = appearance(hass, "lock", "camera")
    assert after[LOCK]["name on the page"] == "Haustür"
    assert after["lock.roof"]["registry id"] == before["lock.roof"]["registry id"]
    assert "lock.second_front_door" not in after
    assert hass.config_entries.async_entries("carson_living") == []


async def test_entity_in_use_is_kept(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    component: OlderComponent,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """If automations use the newer entity of a door and not the older one, they go on working."""
    await start_older(hass, hass_storage, living(sim.mint_token(EMAIL)))
    entry = make_entry()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    newer = {
        "script": {
            "park": {"sequence": [{"action": "lock.open", "target": {"entity_id": "lock.harbor_house_garage_gate"}}]}
        }
    }
    assert await async_setup_component(hass, "script", newer)
    await begin(hass)
    assert get_state(hass, "lock.harbor_house_garage_gate").state == "locked"
    assert er.async_get(hass).async_get(GARAGE) is None
    assert f"{GARAGE} is not migrated, because lock.harbor_house_garage_gate has its unique id" in caplog.text
    assert get_state(hass, LOCK).state == "locked"


async def test_both_entities_are_in_use(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    component: OlderComponent,
) -> None:
    """The older one is kept; a repair names the automations of the other one until they are changed."""
    await start_older(hass, hass_storage, living(sim.mint_token(EMAIL)))
    entry = make_entry()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    target = {"entity_id": "lock.harbor_house_front_door"}
    script = {"greet": {"sequence": [{"action": "lock.open", "target": target}]}}
    assert await async_setup_component(hass, "script", {"script": script})
    await begin(hass)
    assert get_state(hass, LOCK).state == "locked"
    [issue] = [issue for issue in active_issues(hass) if issue.translation_key == "replaced_but_used"]
    assert issue.translation_placeholders == {
        "entity": "lock.harbor_house_front_door",
        "kept": LOCK,
        "users": "- [greet](/config/script/edit/greet)",
    }
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert ir.async_get(hass).async_get_issue("carson", issue.issue_id) is not None
    er.async_get(hass).async_remove("script.greet")
    await hass.async_block_till_done()
    hass.bus.async_fire("automation_reloaded")
    await hass.async_block_till_done()
    assert ir.async_get(hass).async_get_issue("carson", issue.issue_id) is None


async def test_two_accounts_and_one_account_twice(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator, component: OlderComponent
) -> None:
    """Each account is taken over on its own; a second entry of the same account is merged."""
    files = living(sim.mint_token(EMAIL))
    rows = files["core.config_entries"]["data"]["entries"]
    for entry_id, email in (("01second", "two@example.com"), ("01twice", "robin@phone.example")):
        row = deepcopy(rows[0])
        token = sim.mint_token(EMAIL if entry_id == "01twice" else email)
        row.update(entry_id=entry_id, unique_id=email, title=email, data={"username": email, "token": token})
        rows.append(row)
    entities = entity_rows(files)
    for entity_id, unique_id, entry_id in (
        ("lock.elm_court", "carson_door_7101", "01second"),
        ("lock.roof", "carson_door_7003", "01twice"),
    ):
        entities.append(
            {
                **older.entity(entity_id, unique_id, entity_id),
                "platform": "carson_living",
                "config_entry_id": entry_id,
            }
        )
    await read_files(hass, hass_storage, files)
    assert await async_setup_component(hass, "carson_living", {})
    await hass.async_block_till_done()
    form = await begin(hass)
    assert form["step_id"] == "takeover"
    [selector] = not_none(form["data_schema"]).schema.values()
    assert [option["value"] for option in selector.config["options"]] == [ENTRY_ID, "01second", "01twice"]
    result = await answer(hass, form, older_entry=ENTRY_ID)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    result = await answer(hass, await begin(hass), older_entry="01twice")
    assert result["reason"] == "takeover_successful"
    # The last one is offered without a choice.
    result = await begin(hass)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert hass.config_entries.async_entries("carson_living") == []
    assert {entry.unique_id for entry in hass.config_entries.async_entries("carson")} == {
        "1001",
        str(sim.state.accounts["two@example.com"].id),
    }
    assert get_state(hass, "lock.roof").name == "lock.roof"
    assert get_state(hass, "lock.elm_court").state == "locked"


async def test_choice_is_gone(hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator) -> None:
    """The older entry was deleted while the dialog was open."""
    await read_files(hass, hass_storage, living(sim.mint_token(EMAIL)))
    menu = await hass.config_entries.flow.async_init("carson", context={"source": SOURCE_USER})
    await hass.config_entries.async_remove(ENTRY_ID)
    result = await answer(hass, menu, next_step_id="takeover")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "older_gone")


async def test_older_entry_was_deleted_before(
    hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator, component: OlderComponent
) -> None:
    """Home Assistant remembers deleted entities for a while: they come back as they were."""
    await start_older(hass, hass_storage, living(sim.mint_token(EMAIL)))
    await hass.config_entries.async_remove(ENTRY_ID)
    await hass.async_block_till_done()
    assert er.async_get(hass).async_get(LOCK) is None
    menu = await hass.config_entries.flow.async_init("carson", context={"source": SOURCE_USER})
    assert menu["menu_options"] == ["password", "token"]
    form = await answer(hass, menu, next_step_id="password")
    await answer(hass, form, email=EMAIL, password=PASSWORD, keep_password=True)
    after = appearance(hass, "lock", "camera")
    assert (after[LOCK]["name of the state"], after[LOCK]["area"], after[LOCK]["labels"]) == (
        "Haustür",
        "flur",
        ["wichtig"],
    )
    assert after[HIDDEN_CAMERA]["hidden"] is er.RegistryEntryHider.USER
    # What the account no longer has does not come back.
    assert "lock.old_cellar" not in after


async def test_entities_without_an_entry(hass: HomeAssistant, hass_storage: dict[str, Any], sim: Simulator) -> None:
    """If only the registered entities are left, those of the account are taken over."""
    files = living(sim.mint_token(EMAIL))
    files["core.config_entries"]["data"]["entries"].clear()
    await read_files(hass, hass_storage, files)
    menu = await hass.config_entries.flow.async_init("carson", context={"source": SOURCE_USER})
    form = await answer(hass, menu, next_step_id="password")
    await answer(hass, form, email=EMAIL, password=PASSWORD, keep_password=True)
    after = appearance(hass, "lock", "camera")
    assert (after[LOCK]["name of the state"], after[LOCK]["area"]) == ("Haustür", "flur")
    assert get_state(hass, GARAGE).state == "locked"
    assert older_ids(hass).keys() == {"lock.old_cellar", "camera.gym", COURTYARD, NO_ID}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": {"username": older.EMAIL, "password": None}}, None),
        ({"data": {"username": older.EMAIL, "password": ["x"], "token": "TOKEN"}}, "damaged: password"),
        ({"data": {"username": 7, "password": PASSWORD, "token": "TOKEN"}}, "damaged: email"),
        ({"options": {"list_from_eagle_eye": ["yes"]}}, "damaged: list_from_eagle_eye"),
    ],
)
async def test_damaged_entry(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    sim: Simulator,
    component: OlderComponent,
    change: dict[str, Any],
    message: str | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What is damaged is named in the log; the rest is taken over."""
    files = living(sim.mint_token(EMAIL))
    token = entry_row(files)["data"]["token"]
    entry_row(files).update(change)
    if entry_row(files)["data"].get("token") == "TOKEN":
        entry_row(files)["data"]["token"] = token
    await start_older(hass, hass_storage, files)
    result = await begin(hass)
    if message is None:
        result = await answer(hass, result, next_step_id="token")
        result = await answer(hass, result, token=token)
    else:
        assert message in caplog.text
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert get_state(hass, LOCK).name == "Haustür"


async def test_two_entities_with_one_unique_id(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    sim: Simulator,
    component: OlderComponent,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The second one is named in the log; everything else is taken over."""
    files = living(sim.mint_token(EMAIL))
    entities = entity_rows(files)
    # The same camera: ids were written in capitals once.
    entities.append({**older.entity("camera.again", "eagleeye_camera_1000A001", "Lobby"), "platform": "carson_living"})
    await start_older(hass, hass_storage, files)
    await begin(hass)
    assert get_state(hass, CAMERA).name == "Eingang"
    assert "camera.again is not migrated, because camera.eingang has its unique id" in caplog.text
    assert er.async_get(hass).async_get(NO_ID) is not None
