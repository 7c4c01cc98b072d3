"""Signing in through the page, with all that can go wrong on the way."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, SOURCE_USER, ConfigFlowContext
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.carson.config_flow import CONF_OTHER_METHOD
from custom_components.carson.const import (
    CONF_ALL_CAMERAS,
    CONF_DASHBOARD,
    CONF_EMAIL,
    CONF_INACTIVE_RESERVATIONS,
    CONF_KEEP_PASSWORD,
    CONF_LIVE_EVENTS,
    CONF_OPEN_SECONDS,
    CONF_PASSWORD,
    CONF_TOKEN,
    DOMAIN,
)
from simulator import Simulator
from tests.support.not_none import not_none

from .conftest import EMAIL, PASSWORD

GOOD = {CONF_EMAIL: EMAIL, CONF_PASSWORD: PASSWORD, CONF_KEEP_PASSWORD: True}


@pytest.fixture(autouse=True)
def no_setup() -> Any:
    """Prevent the created entries from being set up."""
    with (
        patch("custom_components.carson.async_setup_entry", return_value=True) as setup,
        patch("custom_components.carson.async_unload_entry", return_value=True),
    ):
        yield setup


async def begin(hass: HomeAssistant, way: str) -> str:
    """Start the flow, choose how to sign in, and return the flow's id."""
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert result["type"] is FlowResultType.MENU
    assert result["menu_options"] == ["password", "token"]
    return await choose(hass, result["flow_id"], way)


async def choose(hass: HomeAssistant, flow_id: str, way: str) -> str:
    result = await hass.config_entries.flow.async_configure(flow_id, {"next_step_id": way})
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == way
    assert not result["errors"]
    return flow_id


async def test_sign_in_with_password(hass: HomeAssistant, sim: Simulator, no_setup: Any) -> None:
    flow_id = await begin(hass, "password")
    result = await hass.config_entries.flow.async_configure(flow_id, {**GOOD, CONF_EMAIL: f" {EMAIL} "})
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Robin Sample"
    assert result["result"].unique_id == "1001"
    token = result["data"][CONF_TOKEN]
    assert result["data"] == {CONF_EMAIL: EMAIL, CONF_PASSWORD: PASSWORD, CONF_TOKEN: token}
    assert result["options"] == {CONF_DASHBOARD: True}
    assert token.count(".") == 2
    assert sim.counters.logins == 1
    no_setup.assert_called_once()


async def test_password_is_not_stored_if_the_user_declines(hass: HomeAssistant, sim: Simulator) -> None:
    flow_id = await begin(hass, "password")
    result = await hass.config_entries.flow.async_configure(flow_id, {**GOOD, CONF_KEEP_PASSWORD: False})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert set(result["data"]) == {CONF_EMAIL, CONF_TOKEN}


@pytest.mark.parametrize("wrapping", ["{}", " {} ", "JWT {}", '"{}"'])
async def test_sign_in_with_token(hass: HomeAssistant, sim: Simulator, wrapping: str) -> None:
    token = sim.mint_token("federated@example.com")
    flow_id = await begin(hass, "token")
    result = await hass.config_entries.flow.async_configure(flow_id, {CONF_TOKEN: wrapping.format(token)})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Flo"
    assert result["result"].unique_id == "1002"
    assert result["data"] == {CONF_TOKEN: token}
    assert sim.counters.logins == 0


async def test_entry_of_an_account_without_a_name_is_named_after_its_building(
    hass: HomeAssistant, sim: Simulator
) -> None:
    flow_id = await begin(hass, "token")
    token = sim.mint_token("noeye@example.com")
    result = await hass.config_entries.flow.async_configure(flow_id, {CONF_TOKEN: token})
    assert result["title"] == "Old Dairy"


@pytest.mark.parametrize(
    ("operation", "fault", "error"),
    [
        ("login", {"kind": "bare401"}, "invalid_auth"),
        ("login", {"kind": "unauthorized"}, "invalid_auth"),
        ("login", {"kind": "reset"}, "cannot_connect"),
        ("login", {"kind": "ok_html"}, "cannot_connect"),
        ("login", {"kind": "code", "code": 7}, "refused"),
        ("login", {"kind": "status", "status": 402}, "refused"),
        ("me", {"kind": "truncate"}, "cannot_connect"),
        ("me", {"kind": "status", "status": 410}, "refused"),
    ],
)
async def test_flow_recovers_from_errors(
    hass: HomeAssistant, sim: Simulator, operation: str, fault: dict[str, Any], error: str
) -> None:
    flow_id = await begin(hass, "password")
    sim.faults.add(operation, **fault)
    result = await hass.config_entries.flow.async_configure(flow_id, GOOD)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": error}
    sim.faults.clear()
    result = await hass.config_entries.flow.async_configure(flow_id, GOOD)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_wrong_password_can_be_corrected(hass: HomeAssistant, sim: Simulator) -> None:
    flow_id = await begin(hass, "password")
    result = await hass.config_entries.flow.async_configure(flow_id, {**GOOD, CONF_PASSWORD: "wrong"})
    assert result["errors"] == {"base": "invalid_auth"}
    # The email is suggested again; the password is not sent back to the page.
    suggested = {
        str(key): (key.description or {}).get("suggested_value") for key in not_none(result["data_schema"]).schema
    }
    assert suggested[CONF_EMAIL] == EMAIL
    assert suggested[CONF_PASSWORD] is None
    result = await hass.config_entries.flow.async_configure(flow_id, GOOD)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_unreachable_cloud(hass: HomeAssistant, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    flow_id = await begin(hass, "password")
    monkeypatch.setenv("CARSON_API_URL", "http://127.0.0.1:9/api")
    result = await hass.config_entries.flow.async_configure(flow_id, GOOD)
    assert result["errors"] == {"base": "cannot_connect"}
    monkeypatch.setenv("CARSON_API_URL", sim.api_url)
    result = await hass.config_entries.flow.async_configure(flow_id, GOOD)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_slow_first_sign_in(hass: HomeAssistant, sim: Simulator) -> None:
    """A sign-in that takes too long is reported; the next attempt succeeds."""
    sim.settings.first_login_delay = 0.5
    flow_id = await begin(hass, "password")
    with patch("custom_components.carson.sign_in.SIGN_IN_SECONDS", 0.1):
        result = await hass.config_entries.flow.async_configure(flow_id, GOOD)
    assert result["errors"] == {"base": "too_slow"}
    result = await hass.config_entries.flow.async_configure(flow_id, GOOD)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_too_many_requests(hass: HomeAssistant, sim: Simulator) -> None:
    flow_id = await begin(hass, "password")
    sim.faults.add("login", "rate_limit")
    result = await hass.config_entries.flow.async_configure(flow_id, GOOD)
    assert result["errors"] == {"base": "too_many_requests"}
    sim.faults.clear()
    result = await hass.config_entries.flow.async_configure(flow_id, GOOD)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_unexpected_error(hass: HomeAssistant, sim: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    flow_id = await begin(hass, "password")
    with patch("custom_components.carson.client.Carson.get_account", side_effect=RuntimeError("boom")):
        result = await hass.config_entries.flow.async_configure(flow_id, GOOD)
    assert result["errors"] == {"base": "unknown"}
    assert "boom" in caplog.text
    result = await hass.config_entries.flow.async_configure(flow_id, GOOD)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_invalid_tokens_are_rejected(hass: HomeAssistant, sim: Simulator) -> None:
    flow_id = await begin(hass, "token")
    revoked = sim.mint_token("federated@example.com", expires_in=600)
    sim.tokens.revoke()
    good = sim.mint_token("federated@example.com")
    tries = [
        ("gibberish", {CONF_TOKEN: "token_unreadable"}),
        (good[: len(good) // 2].split(".")[0], {CONF_TOKEN: "token_unreadable"}),
        (sim.mint_token("federated@example.com", expires_in=-60), {CONF_TOKEN: "token_expired"}),
        (revoked, {"base": "token_rejected"}),
    ]
    for token, errors in tries:
        result = await hass.config_entries.flow.async_configure(flow_id, {CONF_TOKEN: token})
        assert result["type"] is FlowResultType.FORM
        assert result["errors"] == errors
    result = await hass.config_entries.flow.async_configure(flow_id, {CONF_TOKEN: good})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_account_cannot_be_added_twice(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    flow_id = await begin(hass, "password")
    result = await hass.config_entries.flow.async_configure(flow_id, GOOD)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


@pytest.mark.parametrize("start", ["reauth", "reconfigure"])
async def test_reauth_and_reconfigure(hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, start: str) -> None:
    before = entry.data[CONF_TOKEN]
    result = await getattr(entry, f"start_{start}_flow")(hass)
    assert result["type"] is FlowResultType.MENU
    flow_id = await choose(hass, result["flow_id"], "password")
    result = await hass.config_entries.flow.async_configure(flow_id, {**GOOD, CONF_PASSWORD: "wrong"})
    assert result["errors"] == {"base": "invalid_auth"}
    result = await hass.config_entries.flow.async_configure(flow_id, {**GOOD, CONF_KEEP_PASSWORD: False})
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == f"{start}_successful"
    assert set(entry.data) == {CONF_EMAIL, CONF_TOKEN}
    assert entry.data[CONF_TOKEN] != before


@pytest.mark.parametrize("start", ["reauth", "reconfigure"])
async def test_known_email_is_suggested(
    hass: HomeAssistant, make_entry: Callable[..., MockConfigEntry], start: str
) -> None:
    entry = make_entry(password=None)
    result = await getattr(entry, f"start_{start}_flow")(hass)
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {"next_step_id": "password"})
    suggested = {
        str(key): (key.description or {}).get("suggested_value") for key in not_none(result["data_schema"]).schema
    }
    assert suggested == {CONF_EMAIL: EMAIL, CONF_PASSWORD: None, CONF_KEEP_PASSWORD: False, CONF_OTHER_METHOD: None}


async def test_reauth_with_token(hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry) -> None:
    result = await entry.start_reauth_flow(hass)
    flow_id = await choose(hass, result["flow_id"], "token")
    token = sim.mint_token(EMAIL, expires_in=1000)
    result = await hass.config_entries.flow.async_configure(flow_id, {CONF_TOKEN: token})
    await hass.async_block_till_done()
    assert result["reason"] == "reauth_successful"
    assert entry.data == {CONF_TOKEN: token}


@pytest.mark.parametrize("start", ["reauth", "reconfigure"])
async def test_different_account_is_rejected_and_nothing_changes(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, start: str
) -> None:
    before = dict(entry.data)
    result = await getattr(entry, f"start_{start}_flow")(hass)
    flow_id = await choose(hass, result["flow_id"], "token")
    token = sim.mint_token("federated@example.com")
    result = await hass.config_entries.flow.async_configure(flow_id, {CONF_TOKEN: token})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "wrong_account"
    assert dict(entry.data) == before


async def test_options(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    chosen = {
        CONF_ALL_CAMERAS: True,
        CONF_DASHBOARD: True,
        CONF_INACTIVE_RESERVATIONS: True,
        CONF_LIVE_EVENTS: False,
    }
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["type"] is FlowResultType.FORM
    result = await hass.config_entries.options.async_configure(result["flow_id"], {**chosen, CONF_OPEN_SECONDS: 8.0})
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {**chosen, CONF_OPEN_SECONDS: 8}
    assert isinstance(entry.options[CONF_OPEN_SECONDS], int)


@pytest.mark.parametrize("way", ["password", "token"])
async def test_no_dashboard_in_the_sidebar(hass: HomeAssistant, sim: Simulator, no_setup: Any, way: str) -> None:
    """Whoever does not want it turns it off in the form."""
    flow_id = await begin(hass, way)
    credentials = GOOD if way == "password" else {CONF_TOKEN: sim.mint_token(EMAIL)}
    result = await hass.config_entries.flow.async_configure(flow_id, {**credentials, CONF_DASHBOARD: False})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["options"] == {}


@pytest.mark.parametrize("phone", ["+15550100001", " +1 (555) 010-0001 ", "+1 555.010.0001"])
async def test_phone_number(hass: HomeAssistant, sim: Simulator, phone: str) -> None:
    """A phone number is as good as an email address, however it is written."""
    flow_id = await begin(hass, "password")
    result = await hass.config_entries.flow.async_configure(flow_id, {**GOOD, CONF_EMAIL: phone})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"][CONF_EMAIL] == "+15550100001"
    assert result["context"]["unique_id"] == "1001"


@pytest.mark.parametrize("method", ["password", "token"])
async def test_way_back_to_the_menu(hass: HomeAssistant, sim: Simulator, method: str) -> None:
    """Nothing has to be entered to go back, and nothing is sent."""
    flow_id = await begin(hass, method)
    back = await hass.config_entries.flow.async_configure(flow_id, {CONF_OTHER_METHOD: True})
    assert (back["type"], back["step_id"]) == (FlowResultType.MENU, "user")
    assert sim.counters.count("login") == 0
    form = await hass.config_entries.flow.async_configure(flow_id, {"next_step_id": method})
    assert form["step_id"] == method


async def test_way_back_while_signing_in_again(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]
) -> None:
    loaded = make_entry()
    for source, step in ((SOURCE_REAUTH, "reauth_confirm"), (SOURCE_RECONFIGURE, "reconfigure")):
        context = ConfigFlowContext(source=source, entry_id=loaded.entry_id)
        flow = await hass.config_entries.flow.async_init("carson", context=context, data=dict(loaded.data))
        await hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": "token"})
        back = await hass.config_entries.flow.async_configure(flow["flow_id"], {CONF_OTHER_METHOD: True})
        assert (back["type"], back["step_id"]) == (FlowResultType.MENU, step)


@pytest.mark.parametrize(
    ("method", "values", "errors"),
    [
        ("password", {}, {"email": "required", "password": "required"}),
        ("password", {"email": " ", "password": "x"}, {"email": "required"}),
        ("token", {}, {"token": "required"}),
    ],
)
async def test_empty_fields(
    hass: HomeAssistant, sim: Simulator, method: str, values: dict[str, str], errors: dict[str, str]
) -> None:
    flow_id = await begin(hass, method)
    result = await hass.config_entries.flow.async_configure(flow_id, values)
    assert result["errors"] == errors
    assert sim.counters.count("login") == 0


async def test_account_without_building(hass: HomeAssistant, sim: Simulator) -> None:
    """The flow ends with a sentence instead of an entry without any entity."""
    sim.state.accounts[EMAIL].buildings = []
    flow_id = await begin(hass, "password")
    result = await hass.config_entries.flow.async_configure(flow_id, GOOD)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "no_building")
    assert hass.config_entries.async_entries("carson") == []


async def test_form_says_how_to_get_a_token(hass: HomeAssistant, sim: Simulator) -> None:
    flow = await hass.config_entries.flow.async_init("carson", context={"source": SOURCE_USER})
    form = await hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": "token"})
    assert not_none(form["description_placeholders"])["help"].endswith("/docs/token.md")
