"""Poll, websocket, the order of events, and logging out (Protocol B.1, B.9 to B.11, C rows 46 to 49)."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from yarl import URL

from simulator import Simulator
from simulator.clock import Clock
from simulator.state.model import Status
from tests.support.http_client import LOBBY, HttpClient, HttpResponse

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
ACCOUNT = "00005001"
GARAGE = "1000a002"


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(clock=Clock.manual(START)) as simulator:
        yield simulator


async def post(client: HttpClient, body: Any, **more: Any) -> HttpResponse:
    headers = more.pop("headers", client.cookie())
    async with client.session.post(client.eagle_eye_url("poll"), json=body, headers=headers) as response:
        return HttpResponse(response.status, response.headers, await response.read())


def wanting(*resources: str, event: Iterable[str] = (), camera: str = LOBBY) -> dict[str, Any]:
    wish: dict[str, Any] = {"resource": list(resources)}
    if event:
        wish["event"] = list(event)
    return {"cameras": {camera: wish}}


async def subscribed(client: HttpClient, body: Any) -> str:
    response = await post(client, body)
    assert response.status == 200
    token: str = response.json()["token"]
    return token


async def events(client: HttpClient, token: str) -> Any:
    response = await client.eagle_eye("poll", token=token)
    assert response.status == 200
    return response.json()


def film(sim: Simulator, begin: float, end: float, camera: str = LOBBY) -> None:
    """Let a camera record from and to so many seconds after the start."""
    zero = START.timestamp()
    sim.state.cameras[camera].recordings = [(zero + begin, zero + end)]


async def test_subscribing_gives_a_token_and_two_equal_cookies(client: HttpClient) -> None:
    async with client.session.post(
        client.eagle_eye_url("poll"), json=wanting("status"), headers=client.cookie()
    ) as response:
        told = await response.json()
        assert {response.cookies[name].value for name in ("ee-poll-ses", "poll_id")} == {told["token"]}
    assert told["cameras"] == {LOBBY: {"status": Status.ONLINE}}


async def test_the_first_answer_holds_the_status_alone_if_more_is_asked_for(sim: Simulator, client: HttpClient) -> None:
    told = (await post(client, wanting("pre", "status", "status64", "thumb"))).json()["cameras"][LOBBY]
    assert told.keys() == {"status", "status64"}
    assert told["status64"] == (0x17 << 32) | Status.ONLINE
    assert (await post(client, wanting("pre"))).json()["cameras"][LOBBY].keys() == {"pre"}


async def test_waiting_gives_what_is_new_and_never_the_status(sim: Simulator, client: HttpClient) -> None:
    token = await subscribed(client, wanting("pre", "status"))
    waiting = asyncio.create_task(events(client, token))
    sim.set_status(LOBBY, Status.ONLINE_NOT_RECORDING)
    await asyncio.sleep(0)
    assert not waiting.done()
    sim.clock.advance(2)
    told = await waiting
    assert told["cameras"][LOBBY].keys() == {"pre"}


@pytest.mark.parametrize("cookie", ["ee-poll-ses", "poll_id"])
async def test_either_cookie_is_enough(sim: Simulator, client: HttpClient, cookie: str) -> None:
    token = await subscribed(client, wanting("pre"))
    sim.clock.advance(2)
    headers = {"Cookie": f"auth_key={client.key}; {cookie}={token}"}
    async with client.session.get(client.eagle_eye_url("poll"), headers=headers) as response:
        assert (await response.json())["cameras"]


async def test_waiting_without_news_ends_empty(sim: Simulator, client: HttpClient) -> None:
    sim.freeze(LOBBY)
    token = await subscribed(client, wanting("pre"))
    waiting = asyncio.create_task(events(client, token))
    for _ in range(3):
        await asyncio.sleep(0.02)
        sim.clock.advance(10)
    assert await waiting == {}


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"cameras": {}},
        {"cameras": {LOBBY: ["pre"]}},
        {"cameras": {LOBBY: {"resource": "pre"}}},
        {"cameras": {LOBBY: {"resource": []}}},
        {"cameras": {LOBBY: {"resource": ["pre", 1]}}},
        {"cameras": {LOBBY: {"resource": ["event"]}}},
        wanting("status_hex"),
    ],
)
async def test_nonsense_is_refused(client: HttpClient, body: Any) -> None:
    assert (await post(client, body)).status == 400


async def test_who_may_not_subscribe(sim: Simulator, client: HttpClient) -> None:
    assert (await post(client, wanting("pre"), headers={})).status == 401
    assert (await post(client, wanting("pre", camera="2000a001"))).status == 403
    sim.state.cameras[LOBBY].denied.add("preview")
    assert (await post(client, wanting("pre"))).status == 403
    assert (await post(client, wanting("status", camera=ACCOUNT))).json()["cameras"] == {ACCOUNT: {}}


async def test_a_token_is_unknown_lapsed_or_without_a_session(sim: Simulator, client: HttpClient) -> None:
    assert (await client.eagle_eye("poll", token="unknown")).status == 400
    token = await subscribed(client, wanting("pre"))
    sim.clock.advance(sim.settings.poll.expiry + 1)
    assert (await client.eagle_eye("poll", token=token)).status == 400
    token = await subscribed(client, wanting("pre"))
    sim.sessions.revoke()
    assert (await client.eagle_eye("poll", token=token)).status == 401


@pytest.mark.parametrize("status", [408, 500, 502])
async def test_polling_fails_in_the_known_ways(sim: Simulator, client: HttpClient, status: int) -> None:
    token = await subscribed(client, wanting("pre"))
    sim.faults.add("poll", "status", status=status, times=1)
    assert (await client.eagle_eye("poll", token=token)).status == status


async def test_polling_tells_the_newest_event_of_each_kind(sim: Simulator, client: HttpClient) -> None:
    film(sim, 1, 25)
    wanted = ("EMES", "EMEU", "EMEE", "COFF", "NOPE")
    token = await subscribed(client, wanting("event", "video", "thumb", event=wanted))
    sim.clock.advance(22)
    told = (await events(client, token))["cameras"][LOBBY]
    assert told["event"].keys() == {"EMES", "EMEU"}
    assert told["event"]["EMEU"]["timestamp"] == "20261120120021.000"
    assert told["video"] == ["20261120120001.000", "20261120120022.000"]
    assert told["thumb"] == "20261120120001.000"
    sim.set_status(LOBBY, Status.OFF)
    sim.clock.advance(1)
    assert "COFF" in (await events(client, token))["cameras"][LOBBY]["event"]


async def test_events_come_in_the_order_of_the_reference(sim: Simulator, client: HttpClient) -> None:
    film(sim, 1, 25)
    async with listening(client, wanting("event", event=["EMES", "EMEU", "EMEE", "ROMS", "ROMU", "ROME"])) as socket:
        sim.clock.advance(30)
        codes = [next(iter((await told(socket))[LOBBY]["event"])) for _ in range(8)]
    assert codes == ["EMES", "ROMS", "EMEU", "ROMU", "EMEU", "ROMU", "ROME", "EMEE"]


async def told(socket: aiohttp.ClientWebSocketResponse, status: int = 200) -> Any:
    async with asyncio.timeout(5):
        message = await socket.receive_json()
    assert message["status_code"] == status
    return message["data"]


@asynccontextmanager
async def listening(
    client: HttpClient, *bodies: Any, account: str = ACCOUNT
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    url = client.eagle_eye_url(f"api/v2/Device/{account}/Events")
    async with client.session.ws_connect(url, headers=client.cookie()) as socket:
        for body in bodies:
            await socket.send_json(body)
        yield socket


async def test_the_websocket_tells_status_at_once_and_when_it_changes(sim: Simulator, client: HttpClient) -> None:
    async with listening(client, wanting("status", "status_hex", "status_hex64")) as socket:
        assert (await told(socket))[LOBBY] == {
            "status": Status.ONLINE,
            "status_hex": "001e003f",
            "status_hex64": "00000017001e003f",
        }
        sim.set_status(LOBBY, Status.OFF)
        assert (await told(socket))[LOBBY]["status_hex"] == "00008023"


async def test_media_over_the_websocket(sim: Simulator, client: HttpClient) -> None:
    bridge = "1000b001"
    bodies = (wanting("pre"), wanting("pre", "event", event=["RCON"], camera=bridge), wanting("pre", camera=ACCOUNT))
    async with listening(client, *bodies) as socket:
        await socket.send_json(wanting("nonsense"))
        await told(socket, 400)  # whatever was sent before it has been taken
        sim.clock.advance(2)
        assert (await told(socket))[LOBBY].keys() == {"pre"}


async def test_the_online_bit_comes_as_an_event(sim: Simulator, client: HttpClient) -> None:
    codes = ["CONN", "COFF", "RCON", "RCOF", "PRFR"]
    async with listening(client, wanting("status", "event", event=codes)) as socket:
        await told(socket)
        sim.freeze(LOBBY)
        sim.clock.advance(1)
        sim.set_status(LOBBY, Status.INTERNET_OFFLINE)
        sim.clock.advance(1)
        sim.set_status(LOBBY, Status.ONLINE)
        sim.clock.advance(0.5)
        seen: list[str] = []
        while "RCON" not in seen:
            seen += (await told(socket))[LOBBY].get("event", {})
    assert [code for code in seen if code != "PRFR"] == ["RCOF", "RCON"]


async def test_ids_are_signed_over_the_websocket(sim: Simulator, client: HttpClient) -> None:
    begin = next(n for n in range(1, 100) if _recording_id(sim, n) >= 2**31)
    film(sim, begin, begin + 5)
    async with listening(client, wanting("status", "event", event=["EMES"])) as socket:
        await told(socket)
        sim.clock.advance(begin + 1)
        assert (await told(socket))[LOBBY]["event"]["EMES"]["eventid"] == _recording_id(sim, begin) - 2**32


def _recording_id(sim: Simulator, begin: int) -> int:
    from simulator.eagle_eye.recording_schedule import Recording  # noqa: PLC0415 - only to know its number

    milliseconds = int(START.timestamp() + begin) * 1000
    return Recording(milliseconds, milliseconds).id


async def test_pictures_come_one_by_one_as_they_are_acknowledged(sim: Simulator, client: HttpClient) -> None:
    async with listening(client, wanting("image")) as socket:
        first = (await told(socket))[LOBBY]["image"]
        assert first["image"].startswith("/9j/")
        sim.clock.advance(5)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.receive_json(), 0.3)
        await socket.send_json({"ack": first["epoch"]})
        assert (await told(socket))[LOBBY]["image"]["epoch"] > first["epoch"]


async def test_each_message_has_a_status_of_its_own(sim: Simulator, client: HttpClient) -> None:
    async with listening(client) as socket:
        await socket.send_str("no JSON")
        assert await told(socket, 400) == {}
        await socket.send_json(wanting("nonsense"))
        assert await told(socket, 400) == {LOBBY: {"error": "invalid resource"}}
        await socket.send_json(wanting("pre", camera="2000a001"))
        assert await told(socket, 401) == {"2000a001": {"error": "access denied"}}
        await socket.send_json(wanting("status", camera=GARAGE))
        assert GARAGE in await told(socket)
        sim.sessions.revoke()
        assert await told(socket, 412) == {}
        assert (await socket.receive()).type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}


async def test_the_handshake(sim: Simulator, client: HttpClient) -> None:
    path = f"api/v2/Device/{ACCOUNT}/Events"
    assert (await client.eagle_eye(path)).status == 400
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        async with listening(client, account="00005002"):
            pass
    with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
        async with client.session.ws_connect(client.eagle_eye_url(path)):
            pass
    url = URL(client.eagle_eye_url(path)).with_query(A=client.key)
    async with client.session.ws_connect(url) as socket:
        await socket.ping()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.receive(), 0.2)


async def test_an_open_websocket_does_not_outlive_the_simulator(sim: Simulator, client: HttpClient) -> None:
    async with listening(client, wanting("status")) as socket:
        await told(socket)
        await sim.stop()
        assert (await socket.receive()).type in {
            aiohttp.WSMsgType.CLOSED,
            aiohttp.WSMsgType.CLOSE,
            aiohttp.WSMsgType.ERROR,
        }


async def test_logging_out_ends_the_key_for_everybody(sim: Simulator, client: HttpClient) -> None:
    assert (await client.eagle_eye("g/aaa/isauth")).status == 200
    assert (await client.eagle_eye("g/aaa/logout", method="POST")).status == 204
    assert (await client.eagle_eye("g/aaa/isauth")).status == 401
    assert (await client.still()).status == 401
    assert (await client.eagle_eye("g/aaa/logout", method="POST")).status == 401
