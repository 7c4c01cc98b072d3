"""Diagnostics: enough to find a problem, and nothing private."""

from collections.abc import Callable
import json
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from simulator import Simulator
from tests.support.not_none import not_none
from tests.support.passing_time import pass_time

from .conftest import EMAIL

# What differs from run to run.
CHANGING = props("fetched_at", "age_seconds", "read_at", "taken_at", "token_expires_at", "requests")


@pytest.fixture(autouse=True)
async def diagnostics(hass: HomeAssistant, real_sockets: None) -> None:
    assert await async_setup_component(hass, "diagnostics", {})


async def device_of(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> dr.DeviceEntry:
    device = dr.async_get(hass).async_get_device_by_identifier(("carson", key), entry.entry_id)
    assert device is not None
    return device


async def test_entry(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    sim: Simulator,
    loaded: MockConfigEntry,
    snapshot: SnapshotAssertion,
) -> None:
    content: Any = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    assert content == snapshot(exclude=CHANGING)
    requests = content["api"]["requests"]
    for cloud in ("carson", "eagle_eye"):
        asked = sum(record.cloud == cloud for record in sim.counters.log)
        # One camera that Carson lists is unknown to Eagle Eye.
        refused = {"404": 1} if cloud == "eagle_eye" else {}
        assert requests[cloud]["responses"] == {"200": asked - sum(refused.values()), **refused}
    assert content["polling"]["account"]["age_seconds"] in range(60)


@pytest.mark.parametrize("key", ["1001-building-501", "1001-door-7001", "1001-camera-1000a001"])
async def test_device(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded: MockConfigEntry,
    snapshot: SnapshotAssertion,
    key: str,
) -> None:
    device = await device_of(hass, loaded, key)
    content: Any = await get_diagnostics_for_device(hass, hass_client, loaded, device)
    assert content["device"] == snapshot(exclude=CHANGING)
    assert content["api"]["version"] == "v1.4.4"


async def test_account_that_failed_to_set_up(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, sim: Simulator, entry: MockConfigEntry
) -> None:
    """They contain what is known, without secrets."""
    sim.faults.add("me", "status", status=503)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    content: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert (content["entry"]["state"], content["entry"]["reason"]) == ("setup_retry", "cannot_connect")
    assert EMAIL not in json.dumps(content)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("carson", "1001-door-7001")}
    )
    assert await get_diagnostics_for_device(hass, hass_client, entry, device) == content


async def test_removed_device(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, loaded: MockConfigEntry
) -> None:
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=loaded.entry_id, identifiers={("carson", "1001-door-1")}
    )
    content: Any = await get_diagnostics_for_device(hass, hass_client, loaded, device)
    assert content["device"] is None


async def test_camera_in_use(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    loaded: MockConfigEntry,
) -> None:
    """They contain the still and the live view of a camera in use."""
    device = await device_of(hass, loaded, "1001-camera-1000a001")
    media = loaded.runtime_data.media.get_or_create("501", "1000a001")
    empty: Any = await get_diagnostics_for_device(hass, hass_client, loaded, device)
    assert empty["device"]["pictures"]["taken_at"] is None
    await media.snapshots.get()
    player = media.relay.attach()
    await player.start()
    try:
        shown: Any = await get_diagnostics_for_device(hass, hass_client, loaded, device)
        pictures = shown["device"]["pictures"]
    finally:
        await player.close()
    assert pictures["players"] == 1
    assert pictures["upstreams"] == 1
    assert pictures["frozen"] is False
    assert pictures["age_seconds"] in range(60)
    assert re.match(r"20..-..-..T", not_none(pictures["taken_at"]))


async def test_failures_are_included(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_client: ClientSessionGenerator,
    sim: Simulator,
    loaded: MockConfigEntry,
) -> None:
    sim.faults.add("me", "ok_html")
    sim.faults.add("device_list", "status", status=403)
    await pass_time(hass, freezer, minutes=5, seconds=5)
    content: Any = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    account = content["polling"]["account"]
    assert (account["failures"], account["error"]) == (1, "InvalidResponseError")
    assert account["age_seconds"] >= 300
    eagle_eye = content["account"]["buildings"][0]["eagle_eye"]
    assert eagle_eye["error"] == "PermissionDeniedError"
    assert eagle_eye["failures"] >= 1
    assert set(not_none(content["api"]["requests"]["eagle_eye"]["last_errors"])) == {
        "PermissionDeniedError",
        "NotFoundError",
    }


def plant(sim: Simulator) -> dict[str, str]:
    """Add recognizable secrets to the account, also where they do not belong."""
    account, building = sim.state.accounts[EMAIL], sim.state.buildings["501"]
    secrets = {
        "first name": "Zsuzsannaxx",
        "last name": "Quetzalcoatlxx",
        "phone": "+1999888777",
        "photo": "https://photos.example.com/zzphoto.jpg",
        "address": "4711 Zebra Crescent",
        "flat": "Zwischengeschossxx",
        "intercom": "intercom.zz.example.net",
    }
    account.first_name, account.last_name = secrets["first name"], secrets["last name"]
    account.phone, account.photo_url = secrets["phone"], secrets["photo"]
    building.name = secrets["address"]
    building.units[0].name = secrets["flat"]
    building.overrides["comelitData"] = {"hostAddress": secrets["intercom"], "port": 5060}
    building.overrides[secrets["address"]] = "a field of this name"
    doors = sim.state.doors
    doors["7001"].name = f"Door of {secrets['address']}"
    doors["7002"].name = f"Call {secrets['phone']} or somebody.else@zz.example.org"
    doors["7003"].name = "Key eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ6eiJ9.zzsignature"
    doors["7005"].name = "Flat Zz"
    not_none(building.cameras)[0].overrides["name"] = "c000~zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
    return secrets | {
        "password": "correct horse",
        "e-mail": EMAIL,
        "foreign e-mail": "somebody.else@zz",
        "foreign token": "zzsignature",
        "unit door": "Flat Zz",
        "session key": "~zzzzz",
    }


async def test_secrets_are_redacted(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
) -> None:
    secrets = plant(sim)
    entry = make_entry()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    for camera_id in ("1000a001", "1000a002"):
        await entry.runtime_data.media.get_or_create("501", camera_id).snapshots.get()
    keys = {record.headers.get("cookie", "").partition("auth_key=")[2] for record in sim.counters.log} - {""}
    secrets |= {"token": entry.data["token"]} | {f"key {number}": key for number, key in enumerate(sorted(keys))}
    assert "key 0" in secrets
    contents: list[Any] = [await get_diagnostics_for_config_entry(hass, hass_client, entry)]
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
        contents.append(await get_diagnostics_for_device(hass, hass_client, entry, device))  # noqa: PERF401
    assert len(contents) > 8
    text = json.dumps(contents, ensure_ascii=False).lower()
    assert {name for name, secret in secrets.items() if secret.lower() in text} == set()
    assert "door of **redacted**" in text


async def test_short_names_do_not_hide_other_text(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
) -> None:
    """Redacting a unit called "501" or a resident called "Al" would hide half of the text."""
    sim.state.accounts[EMAIL].first_name = "Al"
    sim.state.buildings["501"].units[0].name = "501"
    entry = make_entry()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    content: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert content["account"]["buildings"][0]["id"] == "501"
    assert "available" in content["account"]["buildings"][0]["doors"][0]


async def test_record_of_answers(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, sim: Simulator, loaded: MockConfigEntry
) -> None:
    """What the clouds last answered, by the kind of path, without ids and other values."""
    body = f"<p>Access denied to Robin, {EMAIL}, 1000a001</p>"
    sim.faults.add("device_list", "status", status=403, body=body, content_type="text/html")
    await hass.services.async_call("carson", "update", blocking=True)
    content: Any = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    requests = content["api"]["requests"]
    account = requests["carson"]["answers"]["GET /api/v1.4.4/me/"]
    assert (account["status"], account["content_type"], account["body"]) == (200, "application/json", "json")
    session = requests["carson"]["answers"]["GET /api/v1.4.4/properties/buildings/{id}/eagleeye/session/"]
    assert session["unexpected"] is None
    [devices] = [
        row for path, row in not_none(requests["eagle_eye"]["answers"]).items() if path.endswith("/g/device/list")
    ]
    assert devices["status"] == 403
    assert devices["unexpected"] == "Access denied to …, … …"
    assert set(not_none(content["api"]["session_keys"])) == {
        *("shortest_seconds", "longest_seconds", "same_again", "changed", "after_others")
    }
