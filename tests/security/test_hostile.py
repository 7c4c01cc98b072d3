"""Hostile clouds and callers: input is rejected or cleaned, and nothing is sent or shown to third parties."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import aiohttp
from aiohttp import web
from homeassistant.components.camera import async_get_stream_source
from homeassistant.components.media_player.errors import BrowseError
from homeassistant.components.media_source import Unresolvable, async_browse_media, async_resolve_media
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from custom_components.carson.aiocarson import Carson, CarsonError, InvalidInputError, InvalidResponseError, Timeouts
from custom_components.carson.const import DOMAIN
from simulator import Simulator
from tests.support.recordings import BUILDING, LOBBY

CAMERA = "camera.harbor_house_lobby"
EMAIL, PASSWORD = "resident@example.com", "correct horse"
SUBDOMAINS = [
    "evil.com/#",
    "evil.example.com",
    "a.b",
    "",
    "..",
    "c000/../..",
    "c000@evil.example.com",
    "c000:1@x",
    "\u0441000",
    "c\u2024000",
    "xn--a",
    "x" * 64,
    "x" * 10_000,
    "c000\r\nHost: evil",
    "{subdomain}",
    "-",
    None,
    7,
    ["c000"],
    {"c000": 1},
]


class ForeignServer:
    """A server that must not receive any request."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[str] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append(f"{request.method} {request.path_qs} {request.headers.get('Cookie')}")
        return web.Response(body=b"\xff\xd8\xff")


@pytest.fixture
async def foreign_server(real_sockets: None) -> AsyncIterator[ForeignServer]:
    server = ForeignServer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
async def carson(sim: Simulator, timeouts: Timeouts) -> AsyncIterator[Carson]:
    async with aiohttp.ClientSession() as session:
        client = Carson(
            session,
            email=EMAIL,
            password=PASSWORD,
            api_url=sim.api_url,
            eagle_eye_url=sim.eagle_eye_url,
            jitter=lambda: 0.0,
            timeouts=timeouts,
        )
        async with client:
            yield client


@pytest.mark.parametrize("subdomain", SUBDOMAINS, ids=range(len(SUBDOMAINS)))
async def test_hostile_subdomain_is_not_used(sim: Simulator, carson: Carson, subdomain: Any) -> None:
    sim.state.buildings[BUILDING].subdomain = subdomain
    with pytest.raises(InvalidResponseError):
        await carson.eagle_eye(BUILDING).get_still(LOBBY)
    assert not [record for record in sim.counters.log if record.cloud == "eagle_eye"]


@pytest.mark.parametrize("operation", ["image", "device_list", "live", "list_videos"])
async def test_redirect_to_foreign_host_is_not_followed(
    sim: Simulator, carson: Carson, foreign_server: ForeignServer, operation: str
) -> None:
    eagle_eye = carson.eagle_eye(BUILDING)
    port = URL(foreign_server.url).port
    for location in (
        f"{foreign_server.url}/x",
        f"//127.0.0.1:{port}/x",
        f"http://localhost:{port}/x",
        f"http://user:pw@127.0.0.1:{URL(sim.url).port}/x",
        "https://evil.example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://[::1",
        "http://127.0.0.1:1-a/",
        "",
    ):
        sim.faults.clear()
        sim.faults.add(operation, "redirect", location=location)
        before = sim.counters.count(operation)
        with pytest.raises(CarsonError):
            await _request(eagle_eye, operation)
        assert sim.counters.count(operation) == before + 1
    assert foreign_server.requests == []


async def _request(eagle_eye: Any, operation: str) -> None:
    if operation == "image":
        await eagle_eye.get_still(LOBBY)
    elif operation == "device_list":
        await eagle_eye.get_devices()
    elif operation == "live":
        async with eagle_eye.live(LOBBY) as stream:
            await anext(stream)
    else:
        await eagle_eye.recordings.list_recordings(LOBBY, begin=datetime.now(UTC) - timedelta(hours=1))


async def test_redirect_of_carson_is_not_followed(
    sim: Simulator, carson: Carson, foreign_server: ForeignServer
) -> None:
    for operation in ("login", "me", "session", "open_door"):
        sim.faults.add(operation, "redirect", location=f"{foreign_server.url}/x")
    for work in (carson.get_account, lambda: carson.open_door("7001"), carson.eagle_eye(BUILDING).get_devices):
        with pytest.raises(CarsonError):
            await work()
        sim.faults.clear("login")
        sim.faults.clear("me")
    assert foreign_server.requests == []
    assert sim.openings == {}


@pytest.mark.parametrize(
    "door",
    ["", ".", "..", "../7001", "7001/open/../../7002", "7001?x", "7001#", "%2e%2e", "7001\n", "x" * 65, "7 1", "a;b"],
)
async def test_hostile_door_id_is_rejected(sim: Simulator, carson: Carson, door: str) -> None:
    with pytest.raises(InvalidInputError):
        await carson.open_door(door)
    with pytest.raises(InvalidInputError):
        carson.eagle_eye(door)
    assert sim.counters.log == sim.counters.log.__class__()
    assert sim.openings == {}


IDENTIFIERS = [
    "{entry}/..",
    "{entry}/../{entry}",
    "{entry}//{camera}",
    "{entry}/501/{camera}/0001-01-01",
    "{entry}/501/{camera}/9999-12-31",
    "{entry}/501/{camera}/2026-02-30",
    "{entry}/501/{camera}/2026-11-20/24",
    "{entry}/501/{camera}/2026-11-20/0000000000000-9999999999999",
    "{entry}/501/{camera}/2026-11-20/9999999999999-9999999999998",
    "{entry}/501/{camera}/2026-11-20/1795168800000-1795168860000/x",
    "{entry}/501/{camera}?A=1",
    "{entry}/501/{camera}%2f2026-11-20",
    "{entry}/502/{camera}",
    "{entry}/501/1000b001",
    "other/501/{camera}",
    "{entry}/501/{camera}/\u0662\u0660\u0662\u0666-11-20",
    "{entry}/501/" + "x" * 10_000,
    "\x00",
    "\ud800",
    "{{{{ states }}}}",
]


@pytest.mark.parametrize("identifier", IDENTIFIERS, ids=range(len(IDENTIFIERS)))
async def test_invalid_media_identifier_is_rejected(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, identifier: str
) -> None:
    assert await async_setup_component(hass, "media_source", {})
    text = f"media-source://{DOMAIN}/" + identifier.format(entry=loaded.entry_id, camera=LOBBY)
    before = len(sim.counters.log)
    with pytest.raises((BrowseError, Unresolvable)):
        await async_browse_media(hass, text)
    with pytest.raises((BrowseError, Unresolvable)):
        await async_resolve_media(hass, text, "media_player.any")
    assert len(sim.counters.log) == before


type Shape = tuple[int, bytes, tuple[str, ...]]


async def shape(client: Any, path: str) -> Shape:
    """Return everything of a response that could be informative, without the date."""
    response = await client.get(URL(path, encoded=True), allow_redirects=False)
    async with asyncio.timeout(60):
        body = await response.read()
    return response.status, body, tuple(sorted(name for name in response.headers if name != "Date"))


async def test_wrong_secrets_get_the_same_response(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    source = await async_get_stream_source(hass, CAMERA)
    assert source is not None
    secret = URL(source).query["auth"]
    client = await hass_client_no_auth()
    place = f"/api/carson/live/{loaded.entry_id}"
    wrong = ("x" if secret[0] != "x" else "y") + secret[1:]
    guesses = ["x", wrong, secret[:-1], secret + "x", quote("\u00e9"), "%ff", "%ed%a0%80", "..", "x" * 5000]
    paths = [f"{place}/{LOBBY}.flv", *(f"{place}/{LOBBY}.flv?auth={guess}" for guess in guesses)]
    paths += [
        f"{place}/1000a005.flv?auth={secret}",
        f"{place}/nobody.flv?auth={secret}",
        f"{place}/{quote('\u202e')}.flv?auth={secret}",
        f"/api/carson/live/nobody/{LOBBY}.flv?auth={secret}",
        *(f"/api/carson/replay.flv?auth={guess}" for guess in (*guesses, secret)),
    ]
    shapes = {path: await shape(client, path) for path in paths}
    assert {one[0] for one in shapes.values()} == {404}, shapes
    assert len(set(shapes.values())) == 1
    assert sim.counters.live_streams_started == 0


async def test_secrets_change_with_each_start(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    before = await async_get_stream_source(hass, CAMERA)
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    after = await async_get_stream_source(hass, CAMERA)
    assert before is not None
    assert after is not None
    first, second = (URL(url).query["auth"] for url in (before, after))
    assert first != second
    assert len(first) > 40


async def test_recordings_need_a_signed_in_user(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    hass_client: ClientSessionGenerator,
) -> None:
    anonymous, signed_in = await hass_client_no_auth(), await hass_client()
    before = len(sim.counters.log)
    places = [f"{loaded.entry_id}/{LOBBY}", f"nobody/{LOBBY}", f"{loaded.entry_id}/nobody"]
    keys = [
        "1795168800000-1795168860000",
        "1-2",
        "9999999999999-0000000000000",
        "x" * 3000,
        quote("\u0661" * 13),
    ]
    paths = [f"/api/carson/recording/{place}/{key}.mp4" for place in places for key in keys]
    paths += [f"/api/carson/thumbnail/{place}/{key}.jpg" for place in places for key in keys]
    assert len({await shape(anonymous, path) for path in paths}) == 1
    assert (await shape(anonymous, paths[0]))[0] == 401
    bad = [path for path in paths if not path.startswith("/api/carson/recording/" + places[0] + "/" + keys[0])]
    assert {(await shape(signed_in, path))[0] for path in bad} == {404}
    assert len(sim.counters.log) == before


async def test_hostile_names_do_not_prevent_loading(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]
) -> None:
    """A broken door does not affect the others, and names are cleaned before they are shown."""
    doors = sim.state.buildings[BUILDING].doors
    names: list[Any] = ["\x00\x1b[31m\u202eexe", "n" * 10_000, {"id": 1}, ["x"], None, "{{ states }}"]
    for door, name in zip(doors[1:], names, strict=False):
        door.overrides["name"] = name
    doors[4].overrides["id"] = {"id": [1]}
    entry = make_entry()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    states = hass.states.async_all("lock")
    assert hass.states.get("lock.harbor_house_front_door") is not None
    assert len(states) >= 3
    for state in states:
        assert state.name.isprintable()
        assert len(state.name) < 600
