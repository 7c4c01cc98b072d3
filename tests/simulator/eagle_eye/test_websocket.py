"""Tests of the websocket for events (Protocol B.10, B.11, C rows 47, 48)."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from yarl import URL

from simulator import Simulator
from simulator.clock import Clock
from simulator.eagle_eye.recording_schedule import Recording
from simulator.state.model import Status
from tests.support.http_client import LOBBY, TIMEOUT, HttpClient

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
ACCOUNT = "00005001"
GARAGE = "1000a002"


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(clock=Clock.manual(START)) as simulator:
        yield simulator


def subscription(*resources: str, event: Collection[str] = (), camera: str = LOBBY) -> dict[str, Any]:
    row: dict[str, Any] = {"resource": list(resources)}
    if event:
        row["event"] = list(event)
    return {"cameras": {camera: row}}


def record(sim: Simulator, begin: float, end: float, camera: str = LOBBY) -> None:
    """Set the recording of a camera, in seconds after the start."""
    start = START.timestamp()
    sim.state.cameras[camera].recordings = [(start + begin, start + end)]


async def receive(socket: aiohttp.ClientWebSocketResponse, status: int = 200) -> Any:
    async with asyncio.timeout(TIMEOUT):
        message = await socket.receive_json()
    assert message["status_code"] == status
    return message["data"]


@asynccontextmanager
async def connect(
    client: HttpClient, *bodies: Any, account: str = ACCOUNT
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    url = client.eagle_eye_url(f"api/v2/Device/{account}/Events")
    async with client.session.ws_connect(url, headers=client.cookie()) as socket:
        for body in bodies:
            await socket.send_json(body)
        yield socket


async def wait_until_handled(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Wait until the server has handled everything sent so far."""
    await socket.send_json(subscription("unknown"))
    await receive(socket, 400)


async def test_events_have_the_documented_order(sim: Simulator, client: HttpClient) -> None:
    record(sim, 1, 25)
    async with connect(client, subscription("event", event=["EMES", "EMEU", "EMEE", "ROMS", "ROMU", "ROME"])) as socket:
        await wait_until_handled(socket)
        sim.clock.advance(30)
        codes = [next(iter((await receive(socket))[LOBBY]["event"])) for _ in range(8)]
    assert codes == ["EMES", "ROMS", "EMEU", "ROMU", "EMEU", "ROMU", "ROME", "EMEE"]


async def test_websocket_sends_the_status_at_once_and_when_it_changes(sim: Simulator, client: HttpClient) -> None:
    async with connect(client, subscription("status", "status_hex", "status_hex64")) as socket:
        assert (await receive(socket))[LOBBY] == {
            "status": Status.ONLINE,
            "status_hex": "001e003f",
            "status_hex64": "00000017001e003f",
        }
        sim.set_status(LOBBY, Status.OFF)
        assert (await receive(socket))[LOBBY]["status_hex"] == "00008023"


async def test_websocket_sends_media(sim: Simulator, client: HttpClient) -> None:
    bridge = "1000b001"
    bodies = (
        subscription("pre"),
        subscription("pre", "event", event=["RCON"], camera=bridge),
        subscription("pre", camera=ACCOUNT),
    )
    async with connect(client, *bodies) as socket:
        await wait_until_handled(socket)
        sim.clock.advance(2)
        assert (await receive(socket))[LOBBY].keys() == {"pre"}


async def test_websocket_sends_changes_of_the_online_bit(sim: Simulator, client: HttpClient) -> None:
    codes = ["CONN", "COFF", "RCON", "RCOF", "PRFR"]
    async with connect(client, subscription("status", "event", event=codes)) as socket:
        await receive(socket)
        sim.freeze(LOBBY)
        sim.clock.advance(1)
        sim.set_status(LOBBY, Status.INTERNET_OFFLINE)
        sim.clock.advance(1)
        sim.set_status(LOBBY, Status.ONLINE)
        sim.clock.advance(0.5)
        seen: list[str] = []
        while "RCON" not in seen:
            seen += (await receive(socket))[LOBBY].get("event", {})
    assert [code for code in seen if code != "PRFR"] == ["RCOF", "RCON"]


async def test_websocket_sends_signed_ids(sim: Simulator, client: HttpClient) -> None:
    begin = next(n for n in range(1, 100) if _recording_id(n) >= 2**31)
    record(sim, begin, begin + 5)
    async with connect(client, subscription("status", "event", event=["EMES"])) as socket:
        await receive(socket)
        sim.clock.advance(begin + 1)
        assert (await receive(socket))[LOBBY]["event"]["EMES"]["eventid"] == _recording_id(begin) - 2**32


def _recording_id(begin: int) -> int:
    milliseconds = int(START.timestamp() + begin) * 1000
    return Recording(milliseconds, milliseconds).id


async def test_websocket_sends_the_next_image_after_an_acknowledgement(sim: Simulator, client: HttpClient) -> None:
    async with connect(client, subscription("image")) as socket:
        first = (await receive(socket))[LOBBY]["image"]
        assert first["image"].startswith("/9j/")
        sim.clock.advance(5)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.receive_json(), 0.3)
        await socket.send_json({"ack": first["epoch"]})
        assert (await receive(socket))[LOBBY]["image"]["epoch"] > first["epoch"]


async def test_websocket_messages_have_a_status(sim: Simulator, client: HttpClient) -> None:
    async with connect(client) as socket:
        await socket.send_str("invalid JSON")
        assert await receive(socket, 400) == {}
        await socket.send_json(subscription("unknown"))
        assert await receive(socket, 400) == {LOBBY: {"error": "invalid resource"}}
        await socket.send_json(subscription("pre", camera="2000a001"))
        assert await receive(socket, 401) == {"2000a001": {"error": "access denied"}}
        await socket.send_json(subscription("status", camera=GARAGE))
        assert GARAGE in await receive(socket)
        sim.sessions.revoke()
        assert await receive(socket, 412) == {}
        assert (await socket.receive()).type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}


async def test_websocket_handshake(sim: Simulator, client: HttpClient) -> None:
    path = f"api/v2/Device/{ACCOUNT}/Events"
    assert (await client.eagle_eye(path)).status == 400
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        async with connect(client, account="00005002"):
            pass
    with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
        async with client.session.ws_connect(client.eagle_eye_url(path)):
            pass
    url = URL(client.eagle_eye_url(path)).with_query(A=client.key)
    async with client.session.ws_connect(url) as socket:
        await socket.ping()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.receive(), 0.2)


async def test_open_websocket_is_closed_with_the_simulator(sim: Simulator, client: HttpClient) -> None:
    async with connect(client, subscription("status")) as socket:
        await receive(socket)
        await sim.stop()
        assert (await socket.receive()).type in {
            aiohttp.WSMsgType.CLOSED,
            aiohttp.WSMsgType.CLOSE,
            aiohttp.WSMsgType.ERROR,
        }
