"""Setup, renewal of the token, unloading, and the addresses of the clouds."""

from collections.abc import Callable
import json
import logging
from pathlib import Path

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

import custom_components.carson
from custom_components.carson.endpoints import endpoints_from_environment, log_development_endpoints
from custom_components.carson.errors import MESSAGE_KEYS
from simulator import Simulator
from tests.support.states import entry_state
from tests.support.tasks import running_tasks

PACKAGE = Path(custom_components.carson.__file__).parent


async def test_load_and_unload(hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    await hass.services.async_call("lock", "open", {"entity_id": "lock.harbor_house_front_door"}, blocking=True)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()
    assert entry_state(entry) is ConfigEntryState.NOT_LOADED
    assert running_tasks("custom_components.carson") == []


async def test_renewed_token_is_stored(hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry) -> None:
    before = entry.data["token"]
    sim.tokens.revoke()
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entry.data["token"] != before
    assert entry.data["password"] == "correct horse"
    assert sim.counters.logins == 1


async def test_development_urls_are_logged_once(
    hass: HomeAssistant, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert await hass.config_entries.async_reload(entry.entry_id)
    announced = [record for record in caplog.records if "CARSON_API_URL" in record.message]
    assert len(announced) == 1
    assert announced[0].levelno == logging.WARNING


def test_real_clouds_are_the_default(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.delenv("CARSON_API_URL", raising=False)
    monkeypatch.delenv("CARSON_EAGLE_EYE_URL", raising=False)
    endpoints = endpoints_from_environment()
    log_development_endpoints()
    assert endpoints.api_url == "https://api.carson.live/api"
    assert endpoints.eagle_eye_url == "https://{subdomain}.eagleeyenetworks.com"
    assert not caplog.records


async def test_no_secret_is_logged(
    hass: HomeAssistant,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    entry = make_entry()
    sim.faults.add("device_list", "unauthorized", times=1)
    sim.faults.add("open_door", "reset")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    with pytest.raises(Exception, match="Front Door"):
        await hass.services.async_call("lock", "open", {"entity_id": "lock.harbor_house_front_door"}, blocking=True)
    keys = [record.headers.get("cookie", "").partition("auth_key=")[2] for record in sim.counters.log]
    secrets = [entry.data["token"], entry.data["password"], entry.data["email"], *filter(None, keys)]
    assert len(secrets) > 3
    assert [secret for secret in secrets if secret in caplog.text] == []


def test_translations_are_complete() -> None:
    """Every translation key used in the code exists, and every field has a description."""
    texts = json.loads((PACKAGE / "translations/en.json").read_text())
    for section in (texts["config"]["step"], texts["options"]["step"]):
        for step in section.values():
            assert set(step.get("data", {})) == set(step.get("data_description", {}))
    assert set(texts["exceptions"]) >= MESSAGE_KEYS


def test_manifest_has_no_requirements() -> None:
    manifest = json.loads((PACKAGE / "manifest.json").read_text())
    assert manifest["requirements"] == []
    assert manifest["iot_class"] == "cloud_polling"
    assert manifest["config_flow"] is True


async def test_doors_come_first_where_home_assistant_limits_the_entities(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors = sum(1 for door in sim.state.buildings["501"].doors if not door.staff_only)
    limit = "homeassistant.helpers.entity_platform.MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY"
    monkeypatch.setattr(limit, doors + 1)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert len(hass.states.async_all("lock")) == doors
    assert len(hass.states.async_all("camera")) == 1
    assert hass.states.async_all("button") == []
