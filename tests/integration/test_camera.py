"""Cameras: stills, live view and availability."""

from collections.abc import Callable
from http import HTTPStatus
import io
from typing import Any
from unittest.mock import patch

from aiohttp.test_utils import TestClient
import av
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.camera import (
    async_get_image,
    async_get_stream_source,
)
from homeassistant.components.camera.const import CameraEntityFeature
from homeassistant.components.stream import redact_credentials
from homeassistant.const import STATE_UNAVAILABLE, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion
from yarl import URL

from simulator import Simulator
from simulator.state.model import Status
from tests.support.not_none import not_none
from tests.support.passing_time import pass_time
from tests.support.states import get_state

CAMERA = "camera.harbor_house_lobby"
ESN = "1000a001"


@pytest.mark.parametrize(
    "platforms",
    [[Platform.CAMERA], [Platform.BINARY_SENSOR], [Platform.SENSOR]],
    ids=["camera", "binary_sensor", "sensor"],
)
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_entities(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    loaded: MockConfigEntry,
    snapshot: SnapshotAssertion,
) -> None:
    entries = er.async_entries_for_config_entry(entity_registry, loaded.entry_id)
    cameras = [entry for entry in entries if "_lobby" in entry.entity_id or "_garage" in entry.entity_id]
    assert cameras
    for entry in cameras:
        assert entry == snapshot(name=f"{entry.entity_id}-entry")
        assert hass.states.get(entry.entity_id) == snapshot(name=f"{entry.entity_id}-state")


async def test_still(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    image = await async_get_image(hass, CAMERA)
    assert image.content_type == "image/jpeg"
    assert Image.open(io.BytesIO(image.content)).size == (320, 240)
    assert sim.counters.per_camera["image", ESN] == 1


async def test_still_through_the_page(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    client = await hass_client()
    response = await client.get(f"/api/camera_proxy/{CAMERA}")
    assert response.status == HTTPStatus.OK
    assert (await response.read()).startswith(b"\xff\xd8")


@pytest.mark.parametrize("fault", ["zero_length", "ok_html", "ok_empty", "reset", "status:404"])
async def test_failed_still_is_an_error(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, fault: str
) -> None:
    sim.faults.add("image", fault)
    with pytest.raises(HomeAssistantError) as error:
        await async_get_image(hass, CAMERA)
    assert error.value.translation_domain == "carson"
    assert "Lobby" in str(error.value)
    assert get_state(hass, CAMERA).state != STATE_UNAVAILABLE
    sim.faults.clear()


@pytest.mark.parametrize(
    ("status", "available"),
    [
        (Status.ONLINE, True),
        (Status.ONLINE_NOT_RECORDING, True),
        (Status.OFF, False),
        (Status.OFFLINE, False),
        (Status.INTERNET_OFFLINE, False),
        (Status.PASSWORD_NEEDED, False),
        (Status.INVALID, True),
        (Status.EMPTY, True),
    ],
)
async def test_availability_follows_the_status(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    status: int,
    available: bool,
) -> None:
    """An invalid or empty status changes nothing: the camera was online before."""
    sim.state.cameras[ESN].status = status
    await pass_time(hass, freezer, minutes=1, seconds=5)
    assert (get_state(hass, CAMERA).state != STATE_UNAVAILABLE) is available


@pytest.mark.parametrize("status", [Status.INVALID, Status.EMPTY])
async def test_camera_without_any_valid_status_is_available(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, status: int
) -> None:
    sim.state.cameras[ESN].status = status
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert get_state(hass, CAMERA).state == "idle"


async def test_recording_state(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    assert get_state(hass, CAMERA).state == "recording"
    sim.state.cameras[ESN].status = Status.ONLINE_NOT_RECORDING
    await pass_time(hass, freezer, minutes=1, seconds=5)
    assert get_state(hass, CAMERA).state == "idle"


async def test_staff_camera_is_disabled(
    hass: HomeAssistant,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    entity_registry: er.EntityRegistry,
) -> None:
    not_none(sim.state.buildings["501"].cameras)[1].staff_only = True
    entry = make_entry()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert (
        not_none(entity_registry.async_get("camera.harbor_house_garage")).disabled_by
        is er.RegistryEntryDisabler.INTEGRATION
    )


async def live_path(hass: HomeAssistant) -> str:
    """Return the path of the camera's live view."""
    source = await async_get_stream_source(hass, CAMERA)
    assert source is not None
    return URL(source).path_qs


async def test_live_view_decodes(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    """A player gets video from our own url at once, without a sign-in and without a session key."""
    client = await hass_client_no_auth()
    sim.counters.reset()
    path = await live_path(hass)
    assert sim.counters.requests.total() == 0
    async with client.get(path) as response:
        assert response.status == HTTPStatus.OK
        assert response.content_type == "video/x-flv"
        body = b""
        while len(body) < 60_000:
            body += await response.content.readany()
    with av.open(io.BytesIO(body), "r", format="flv") as video:
        frames = list(video.decode(video=0))
    assert frames
    assert (frames[0].width, frames[0].height) == (640, 360)
    assert sim.counters.live_streams_started == 1


async def test_two_players_share_one_upstream(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client = await hass_client_no_auth()
    path = await live_path(hass)
    async with client.get(path) as first, client.get(path) as second:
        assert (await first.content.readany())[:3] == b"FLV"
        assert (await second.content.readany())[:3] == b"FLV"
        assert sim.counters.live_streams_started == 1


async def test_too_many_live_views(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The page shows the error as it is, in the language of Home Assistant."""
    monkeypatch.setattr("custom_components.carson.media.manager.MAX_LIVE_VIEWS", 1)
    hass.config.language = "de"
    async with (await hass_client_no_auth()).get(await live_path(hass)) as player:
        assert (await player.content.readany())[:3] == b"FLV"
        assert await async_get_stream_source(hass, CAMERA) is not None
        with pytest.raises(HomeAssistantError, match=r"^Garage: 24 Kameras werden live angesehen.*Standbilder an$"):
            await async_get_stream_source(hass, "camera.harbor_house_garage")


@pytest.mark.parametrize("camera_id", [ESN, "1000a002", "unknown"])
@pytest.mark.parametrize("secret", ["guess", "ü", "x" * 5000])
async def test_live_view_requires_its_secret(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    camera_id: str,
    secret: str,
) -> None:
    client = await hass_client_no_auth()
    for entry_id in (loaded.entry_id, "unknown"):
        response = await client.get(f"/api/carson/live/{entry_id}/{camera_id}/{secret}.flv")
        assert response.status == HTTPStatus.NOT_FOUND


async def test_live_view_while_the_cloud_is_down(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    sim.faults.add("live", "status:403")
    client = await hass_client_no_auth()
    response = await client.get(await live_path(hass))
    assert response.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert get_state(hass, CAMERA).state != STATE_UNAVAILABLE


async def test_secret_of_a_player_is_masked_by_home_assistant(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    """Home Assistant logs the URL of a stream that cannot be opened, at its default level."""
    source = not_none(await async_get_stream_source(hass, CAMERA))
    secret = URL(source).query["auth"]
    assert len(secret) > 40
    assert secret not in redact_credentials(source)


@pytest.mark.parametrize(
    ("host", "certificate", "expected"),
    [
        (None, None, "http://127.0.0.1:8123"),
        (["0.0.0.0", "::"], None, "http://127.0.0.1:8123"),
        (["::"], None, "http://[::1]:8123"),
        (["2001:db8::7"], None, "http://[2001:db8::7]:8123"),
        (["192.0.2.7"], None, "http://192.0.2.7:8123"),
        (["192.0.2.7", "0.0.0.0"], None, "http://127.0.0.1:8123"),
        (["::1"], None, "http://[::1]:8123"),
        (None, "cert.pem", "https://127.0.0.1:8123"),
    ],
)
async def test_live_view_url_matches_the_server(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    host: list[str] | None,
    certificate: str | None,
    expected: str,
) -> None:
    monkeypatch.setattr(hass.http, "server_host", host)
    monkeypatch.setattr(hass.http, "server_port", 8123)
    monkeypatch.setattr(hass.http, "ssl_certificate", certificate)
    source = not_none(await async_get_stream_source(hass, CAMERA))
    assert source.startswith(f"{expected}/api/carson/live/{loaded.entry_id}/{ESN}.flv?auth=")


async def test_live_view_url_is_new_at_each_start(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    before = await live_path(hass)
    assert await live_path(hass) == before
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert await live_path(hass) != before


async def test_unload_ends_live_view(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client = await hass_client_no_auth()
    path = await live_path(hass)
    async with client.get(path) as response:
        assert (await response.content.readany())[:3] == b"FLV"
        assert await hass.config_entries.async_unload(loaded.entry_id)
        await response.content.read()
    assert (await client.get(path)).status == HTTPStatus.NOT_FOUND


# -- pictures that are not the present


async def shown(client: TestClient[Any, Any], entity_id: str = CAMERA) -> Image.Image:
    """Return the picture that the page shows."""
    response = await client.get(f"/api/camera_proxy/{entity_id}")
    assert response.status == HTTPStatus.OK
    assert response.content_type == "image/jpeg"
    return Image.open(io.BytesIO(await response.read()))


PLACEHOLDER = (640, 360)
STILL = (320, 240)


@pytest.mark.parametrize(
    ("status", "key"),
    [
        (Status.OFF, "camera_switched_off"),
        (Status.OFFLINE, "camera_offline"),
        (Status.INTERNET_OFFLINE, "camera_offline"),
        (Status.PASSWORD_NEEDED, "camera_needs_password"),
    ],
)
async def test_camera_that_is_not_online_shows_no_old_picture(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    hass_client: ClientSessionGenerator,
    status: int,
    key: str,
) -> None:
    client = await hass_client()
    assert (await shown(client)).size == STILL
    sim.set_status(ESN, status)
    sim.state.cameras[ESN].offline_image = "stale"
    await pass_time(hass, freezer, minutes=1, seconds=1)
    sim.counters.reset()
    assert (await shown(client)).size == PLACEHOLDER
    with pytest.raises(HomeAssistantError) as error:
        await async_get_image(hass, CAMERA)
    assert error.value.translation_key == key
    assert sim.counters.count("image") == 0
    assert await async_get_stream_source(hass, CAMERA) is not None
    assert get_state(hass, CAMERA).state == STATE_UNAVAILABLE
    sim.set_status(ESN, Status.ONLINE)
    await pass_time(hass, freezer, minutes=1, seconds=1)
    assert (await shown(client)).size == STILL


async def test_switched_off_camera_shows_a_placeholder(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """The page can switch it on again; the state does not say that it records."""
    client = await hass_client()
    await hass.services.async_call("switch", "turn_off", {"entity_id": SWITCH}, blocking=True)
    state = get_state(hass, CAMERA)
    assert (state.state, state.attributes["switched_on"]) == ("idle", False)
    assert not state.attributes["supported_features"] & CameraEntityFeature.STREAM
    assert get_state(hass, SWITCH).state == "off"
    sim.counters.reset()
    assert (await shown(client)).size == PLACEHOLDER
    with pytest.raises(HomeAssistantError):
        await async_get_image(hass, CAMERA)
    assert sim.counters.count("image") == 0
    await hass.services.async_call("camera", "turn_on", {"entity_id": CAMERA}, blocking=True)
    assert get_state(hass, SWITCH).state == "on"
    assert get_state(hass, CAMERA).state == "recording"
    assert (await shown(client)).size == STILL


SWITCH = "switch.harbor_house_lobby_pictures_and_video"


async def test_camera_without_any_picture_shows_why(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    sim.faults.add("image", "status:404")
    client = await hass_client()
    assert (await shown(client)).size == PLACEHOLDER


async def test_frozen_picture_is_marked_and_not_saved(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    hass_client: ClientSessionGenerator,
) -> None:
    sim.settings.next_hold = 0
    sim.state.cameras[ESN].frames_stop_at = sim.clock.time() - 600
    client = await hass_client()
    marked = await shown(client)
    assert marked.size == STILL
    await hass.async_block_till_done()
    assert get_state(hass, CAMERA).attributes["picture_frozen"] is True
    with pytest.raises(HomeAssistantError) as error:
        await async_get_image(hass, CAMERA)
    assert error.value.translation_key == "picture_outdated"


async def test_on_demand_camera_shows_the_present(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    camera = sim.state.cameras[ESN]
    camera.preview_mode = "on_demand"
    camera.previews_sent_at = sim.clock.time() - 3600
    image = await async_get_image(hass, CAMERA)
    assert image.content
    assert sim.clock.time() - camera.previews_sent_at < 30
    assert get_state(hass, CAMERA).attributes["picture_frozen"] is False


async def test_png_is_shown_as_such(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    out = io.BytesIO()
    Image.new("RGB", (10, 10)).save(out, "PNG")
    with patch("simulator.media.scene.still", return_value=out.getvalue()):
        image = await async_get_image(hass, CAMERA)
    assert image.content_type == "image/png"
    assert image.content == out.getvalue()


async def test_attributes_of_the_older_integrations(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    """Templates that read them go on working; they are not recorded."""
    state = get_state(hass, CAMERA)
    names = {"account_id", "attribution", "guid", "tags", "timezone", "utc_offset"}
    assert names <= set(state.attributes)
    assert state.attributes["utc_offset"] == -18000
    assert state.attributes["timezone"] == "America/New_York"
    assert not_none(state.state_info)["unrecorded_attributes"] >= names
