"""Hostile responses and requests: names, ids and paths that are made to do harm."""

from collections.abc import Callable
import hmac
from typing import Any
from unittest.mock import patch

from aiohttp import ClientSession
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, valid_entity_id
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from simulator import Simulator
from tests.support.not_none import not_none
from tests.support.passing_time import pass_time
from tests.support.states import get_state

LOCK = "lock.harbor_house_front_door"

NAMES = {
    "control characters": "Front\x00\x1b[31mDoor\r\nX-Evil: 1",
    "other direction": "Front \u202edrooD\u2066",
    "ten thousand letters": "W" * 10_000,
    "template": "{{ states('lock.x') }} {% raw %}",
    "markup": "<img src=x onerror=alert(1)> [a](javascript:b)",
    "nothing visible": "\u200b\u200b",
    "no text": {"en": "Door"},
    "empty": "",
    "surrogate": "Front \ud800",
    "zalgo": "D" + "\u0301" * 500,
    "path": "../../../etc/passwd",
}
SEGMENTS = ["../501", "501/../501", "..", "5 01", "501?x=1", "501#x", "5%2F01", "501\\..", "a/b"]


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


def is_harmless(text: str) -> bool:
    bad = set(map(chr, [*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000), 0x202E, 0x2066]))
    return 0 < len(text) <= 600 and not bad & set(text)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_hostile_names_are_shown_and_work(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry], name: Any
) -> None:
    """Everything with a hostile name is added and works, and the others are not affected."""
    building = sim.state.buildings["501"]
    for thing in (sim.state.doors["7002"], not_none(building.cameras)[0], building.units[0]):
        thing.name = name
    sim.state.cameras["1000a001"].name = str(name)
    building.overrides["name"] = name
    entry = make_entry()
    await set_up(hass, entry)
    doors = [state for state in hass.states.async_all("lock") if state.attributes.get("friendly_name")]
    assert len(doors) == 5
    assert len(hass.states.async_all("camera")) == 2
    for state in hass.states.async_all():
        assert valid_entity_id(state.entity_id)
        assert len(state.entity_id) <= 255
        assert is_harmless(state.name)
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
        assert is_harmless(not_none(device.name))
    for area in ar.async_get(hass).areas.values():
        assert is_harmless(area.name)
    for door_id in ("7001", "7002"):
        entity_id = er.async_get(hass).async_get_entity_id("lock", "carson", f"1001-{door_id}")
        await hass.services.async_call("lock", "open", {"entity_id": entity_id}, blocking=True)
    assert sim.openings == {"7001": 1, "7002": 1}


async def test_title_of_the_account_is_no_markup(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]
) -> None:
    """Home Assistant shows it as Markdown when it asks the user to sign in again."""
    account = sim.state.accounts["resident@example.com"]
    account.first_name, account.last_name = "[Robin](http://x)", "<img src=x> O'Neil"
    flow = await hass.config_entries.flow.async_init("carson", context={"source": "user"})
    await hass.config_entries.flow.async_configure(flow["flow_id"], {"next_step_id": "token"})
    token = sim.mint_token("resident@example.com")
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], {"token": token})
    assert result["title"] == "Robin (http://x) img src=x O'Neil"
    await hass.async_block_till_done()


@pytest.mark.parametrize("wrong", [{"a": 1}, ["7002"], True, None, "", "x" * 65, "a\nb", 1.5], ids=repr)
async def test_items_with_invalid_ids_are_ignored(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry], wrong: Any
) -> None:
    """The item is ignored; the others are not affected."""
    building = sim.state.buildings["501"]
    sim.state.doors["7002"].overrides["id"] = wrong
    not_none(building.cameras)[0].overrides["id"] = wrong
    building.units[0].id = wrong
    entry = make_entry()
    await set_up(hass, entry)
    assert hass.states.get(LOCK) is not None
    assert hass.states.get("lock.harbor_house_garage_gate") is None
    assert hass.states.get("camera.harbor_house_garage") is not None
    assert hass.states.get("camera.harbor_house_lobby") is None


@pytest.mark.parametrize("wrong", [{"a": 1}, [501], None], ids=repr)
async def test_building_with_invalid_id_is_ignored(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry], wrong: Any
) -> None:
    sim.state.buildings["501"].overrides["id"] = wrong
    entry = make_entry("two@example.com")
    await set_up(hass, entry)
    assert hass.states.get(LOCK) is None
    assert hass.states.get("lock.mill_lofts_main_entrance") is not None


async def test_account_with_invalid_id_cannot_be_set_up(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry
) -> None:
    sim.state.accounts["resident@example.com"].overrides["id"] = {"a": 1}
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY


@pytest.mark.parametrize("segment", SEGMENTS)
async def test_ids_cannot_change_the_path_of_a_request(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry], segment: str
) -> None:
    """No other path is requested; the other building and the doors keep working."""
    sim.state.buildings["502"].overrides["id"] = segment
    sim.state.doors["7002"].overrides["id"] = segment
    entry = make_entry("two@example.com")
    await set_up(hass, entry)
    registry = er.async_get(hass)
    assert hass.states.get("camera.harbor_house_lobby") is not None
    assert hass.states.get("lock.mill_lofts_main_entrance") is not None
    assert {record.building for record in sim.counters.log if record.operation == "session"} == {"501"}
    entity_id = registry.async_get_entity_id("lock", "carson", f"1003-{segment}")
    assert entity_id is not None
    before = len(sim.counters.log)
    with pytest.raises(HomeAssistantError):
        await hass.services.async_call("lock", "open", {"entity_id": entity_id}, blocking=True)
    await hass.services.async_call("lock", "open", {"entity_id": LOCK}, blocking=True)
    assert sim.openings == {"7001": 1}
    # The image of the door may follow.
    assert [record.operation for record in list(sim.counters.log)[before:] if record.cloud == "carson"] == ["open_door"]


@pytest.mark.parametrize("esn", ["../../g/device/list", "1000a001;x", "1000a001&A=1", "..", "1000 a001"])
async def test_cameras_with_invalid_esn_are_ignored(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry], esn: str
) -> None:
    lobby = next(camera for camera in not_none(sim.state.buildings["501"].cameras) if camera.name == "Lobby")
    lobby.overrides["liveViewId"] = esn
    sim.state.cameras["1000a001"].esn = esn
    entry = make_entry()
    await set_up(hass, entry)
    before = len(sim.counters.log)
    cameras = [state.entity_id for state in hass.states.async_all("camera") if state.name == "Lobby"]
    for entity_id in cameras:
        with pytest.raises(HomeAssistantError):
            await hass.services.async_call(
                "camera", "snapshot", {"entity_id": entity_id, "filename": "/tmp/never.jpg"}, blocking=True
            )
    assert len(sim.counters.log) == before
    assert get_state(hass, "camera.harbor_house_garage").state != "unavailable"


async def live_path(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    media = entry.runtime_data.media.get_or_create("501", "1000a001")
    return f"/api/carson/live/{entry.entry_id}/1000a001.flv?auth={media.secret}"


async def answer(session: ClientSession, url: URL) -> tuple[int, dict[str, str], bytes]:
    """Fetch a path without encoding it."""
    async with session.get(url, allow_redirects=False) as got:
        headers = {name: value for name, value in got.headers.items() if name not in {"Date", "Set-Cookie"}}
        return got.status, headers, await got.read()


async def test_live_view_gives_the_same_response_for_every_wrong_request(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator, loaded: MockConfigEntry
) -> None:
    """Wrong secret, unused camera, unknown camera, entry, or account: the response is the same."""
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    unloaded = MockConfigEntry(domain="carson", unique_id="7")
    unloaded.add_to_hass(hass)
    path = await live_path(hass, loaded)
    secret = path.rpartition("=")[2]
    base = f"/api/carson/live/{loaded.entry_id}"
    wrong = [
        f"{base}/1000a001.flv?auth={'x' * len(secret)}",
        f"{base}/1000a001.flv?auth={secret[:-1]}",
        f"{base}/1000a001.flv?auth={secret}x",
        f"{base}/1000a001.flv?auth=%FF",
        f"{base}/1000a001.flv?auth=%C3%A9",
        f"{base}/1000a001.flv?auth={'y' * 5000}",
        f"{base}/1000a001.flv",
        f"{base}/1000a001.flv?secret={secret}",
        f"{base}/1000a002.flv?auth={secret}",
        f"{base}/nobody.flv?auth={secret}",
        f"{base}/%7B%7D.flv?auth={secret}",
        f"/api/carson/live/nobody.flv?auth=1000a001/{secret}",
        f"/api/carson/live/{other.entry_id}/1000a001.flv?auth={secret}",
        f"/api/carson/live/{unloaded.entry_id}/1000a001.flv?auth={secret}",
    ]
    client = await hass_client_no_auth()
    answers = [
        await answer(client.session, URL(str(client.make_url("")).rstrip("/") + each, encoded=True)) for each in wrong
    ]
    assert answers[0][0] == 404
    assert all(each == answers[0] for each in answers)
    assert loaded.runtime_data.media.get("1000a001").relay.players == 0


async def test_live_view_compares_in_constant_time(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator, loaded: MockConfigEntry
) -> None:
    path = await live_path(hass, loaded)
    client = await hass_client_no_auth()
    name = "custom_components.carson.media.player_secret.hmac.compare_digest"
    with patch(name, wraps=hmac.compare_digest) as compare:
        assert (await client.get(path + "x")).status == 404
        assert (await client.get(f"/api/carson/live/{loaded.entry_id}/nobody.flv?auth=x")).status == 404
    assert compare.call_count == 2


async def test_secret_in_path_is_new_at_each_start(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    paths = set()
    for _ in range(3):
        paths.add(await live_path(hass, loaded))
        assert await hass.config_entries.async_reload(loaded.entry_id)
        await hass.async_block_till_done()
    assert len(paths) == 3
    assert all(len(path.rpartition("/")[2]) > 43 for path in paths)


@pytest.mark.parametrize(
    "path",
    [
        "/api/carson/recording/{entry}/1000a001/%C3%A9.mp4",
        "/api/carson/recording/{entry}/nobody/1-2.mp4",
        "/api/carson/recording/nobody/1000a001/1-2.mp4",
        "/api/carson/thumbnail/{entry}/1000a001/%C3%A9.jpg",
        "/api/carson/thumbnail/{entry}/x%2F1000a001/now.jpg",
        "/api/carson/thumbnail/nobody/1000a001/now.jpg",
        "/api/carson/thumbnail/{entry}/1000a001/99999999999999999999.jpg",
    ],
)
async def test_recording_views_reveal_nothing(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    sim: Simulator,
    loaded: MockConfigEntry,
    path: str,
) -> None:
    """Without a sign-in, every request gets the same 401; with one, the same 404 without a body."""
    requests_before = len(sim.counters.log)
    path = path.replace("{entry}", loaded.entry_id)
    outcomes = []
    for make in (hass_client_no_auth, hass_client):
        client = await make()
        got = await answer(client.session, URL(str(client.make_url("")).rstrip("/") + path, encoded=True))
        outcomes.append((got[0], got[2]))
    assert outcomes[0][0] == 401
    assert outcomes[1][0] == 404
    assert b"carson" not in outcomes[1][1].lower()
    assert len(sim.counters.log) == requests_before


async def test_device_can_be_removed_by_hand_once_the_account_has_it_no_longer(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, entry: MockConfigEntry, hass_ws_client: Any
) -> None:
    """A device of the account would be added again; while the account is unknown, nothing is removed.

    Of an incomplete answer nothing is removed by itself: that is when a hand is needed.
    """
    sim.state.doors["7002"].overrides["id"] = None
    await set_up(hass, entry)
    devices = dr.async_get(hass)
    door = devices.async_get_device_by_identifier(("carson", "1001-door-7001"), entry.entry_id)
    camera = devices.async_get_device_by_identifier(("carson", "1001-camera-1000a001"), entry.entry_id)
    building = devices.async_get_device_by_identifier(("carson", "1001-building-501"), entry.entry_id)
    gone = devices.async_get_or_create(config_entry_id=entry.entry_id, identifiers={("carson", "1001-door-6999")})
    assert await async_setup_component(hass, "config", {})

    async def may_remove(device: dr.DeviceEntry) -> bool:
        client = await hass_ws_client()  # a new one each time, since the frozen clock ends connections
        return bool((await client.remove_device(device.id))["success"])

    sim.faults.add("me", "ok_html")
    for _ in range(3):
        await pass_time(hass, freezer, minutes=5, seconds=5)
    assert not await may_remove(gone)
    sim.faults.clear()
    await hass.config_entries.async_unload(entry.entry_id)
    assert not await may_remove(gone)
    await set_up(hass, entry)
    for device in (door, camera, building):
        assert not await may_remove(not_none(device))
    assert await may_remove(gone)
    assert devices.async_get(gone.id) is None
