"""Tests of polling for events, and of logout (Protocol B.1, B.9, B.11, C rows 46, 48, 49)."""

import asyncio
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime
from typing import Any

import pytest

from simulator import Simulator
from simulator.clock import Clock
from simulator.state.model import Status
from tests.support.http_client import LOBBY, HttpClient, HttpResponse, wait_until

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
ACCOUNT = "00005001"
GARAGE = "1000a002"


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(clock=Clock.manual(START)) as simulator:
        yield simulator


async def post(client: HttpClient, body: Any, **options: Any) -> HttpResponse:
    headers = options.pop("headers", client.cookie())
    async with client.session.post(client.eagle_eye_url("poll"), json=body, headers=headers) as response:
        return HttpResponse(response.status, response.headers, await response.read())


def subscription(*resources: str, event: Collection[str] = (), camera: str = LOBBY) -> dict[str, Any]:
    row: dict[str, Any] = {"resource": list(resources)}
    if event:
        row["event"] = list(event)
    return {"cameras": {camera: row}}


async def subscribe(client: HttpClient, body: Any) -> str:
    response = await post(client, body)
    assert response.status == 200
    token: str = response.json()["token"]
    return token


async def poll(client: HttpClient, token: str) -> Any:
    response = await client.eagle_eye("poll", token=token)
    assert response.status == 200
    return response.json()


def record(sim: Simulator, begin: float, end: float, camera: str = LOBBY) -> None:
    """Set the recording of a camera, in seconds after the start."""
    start = START.timestamp()
    sim.state.cameras[camera].recordings = [(start + begin, start + end)]


async def test_subscribing_returns_a_token_and_two_cookies(client: HttpClient) -> None:
    async with client.session.post(
        client.eagle_eye_url("poll"), json=subscription("status"), headers=client.cookie()
    ) as response:
        update = await response.json()
        assert {response.cookies[name].value for name in ("ee-poll-ses", "poll_id")} == {update["token"]}
    assert update["cameras"] == {LOBBY: {"status": Status.ONLINE}}


async def test_first_response_has_only_the_status_if_there_are_several_resources(
    sim: Simulator, client: HttpClient
) -> None:
    update = (await post(client, subscription("pre", "status", "status64", "thumb"))).json()["cameras"][LOBBY]
    assert update.keys() == {"status", "status64"}
    assert update["status64"] == (0x17 << 32) | Status.ONLINE
    assert (await post(client, subscription("pre"))).json()["cameras"][LOBBY].keys() == {"pre"}


async def test_poll_returns_updates_but_never_the_status(sim: Simulator, client: HttpClient) -> None:
    token = await subscribe(client, subscription("pre", "status"))
    waiting = asyncio.create_task(poll(client, token))
    sim.set_status(LOBBY, Status.ONLINE_NOT_RECORDING)
    await wait_until(lambda: sim.counters.count("poll"))
    assert not waiting.done()
    sim.clock.advance(2)
    update = await waiting
    assert update["cameras"][LOBBY].keys() == {"pre"}


@pytest.mark.parametrize("cookie", ["ee-poll-ses", "poll_id"])
async def test_either_cookie_is_accepted(sim: Simulator, client: HttpClient, cookie: str) -> None:
    token = await subscribe(client, subscription("pre"))
    sim.clock.advance(2)
    headers = {"Cookie": f"auth_key={client.key}; {cookie}={token}"}
    async with client.session.get(client.eagle_eye_url("poll"), headers=headers) as response:
        assert (await response.json())["cameras"]


async def test_poll_without_updates_returns_nothing(sim: Simulator, client: HttpClient) -> None:
    sim.freeze(LOBBY)
    token = await subscribe(client, subscription("pre"))
    waiting = asyncio.create_task(poll(client, token))
    await wait_until(lambda: sim.counters.count("poll"))
    while not waiting.done():
        sim.clock.advance(10)
        await asyncio.sleep(0.02)
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
        subscription("status_hex"),
    ],
)
async def test_invalid_subscriptions_are_rejected(client: HttpClient, body: Any) -> None:
    assert (await post(client, body)).status == 400


async def test_unauthorized_subscriptions_are_rejected(sim: Simulator, client: HttpClient) -> None:
    assert (await post(client, subscription("pre"), headers={})).status == 401
    assert (await post(client, subscription("pre", camera="2000a001"))).status == 403
    sim.state.cameras[LOBBY].denied.add("preview")
    assert (await post(client, subscription("pre"))).status == 403
    assert (await post(client, subscription("status", camera=ACCOUNT))).json()["cameras"] == {ACCOUNT: {}}


async def test_token_is_unknown_expired_or_without_a_session(sim: Simulator, client: HttpClient) -> None:
    assert (await client.eagle_eye("poll", token="unknown")).status == 400
    token = await subscribe(client, subscription("pre"))
    sim.clock.advance(sim.settings.poll.expiry + 1)
    assert (await client.eagle_eye("poll", token=token)).status == 400
    token = await subscribe(client, subscription("pre"))
    sim.sessions.revoke()
    assert (await client.eagle_eye("poll", token=token)).status == 401


@pytest.mark.parametrize("status", [408, 500, 502])
async def test_poll_fails_with_a_status(sim: Simulator, client: HttpClient, status: int) -> None:
    token = await subscribe(client, subscription("pre"))
    sim.faults.add("poll", "status", status=status, times=1)
    assert (await client.eagle_eye("poll", token=token)).status == status


async def test_poll_returns_the_newest_event_of_each_kind(sim: Simulator, client: HttpClient) -> None:
    record(sim, 1, 25)
    codes = ("EMES", "EMEU", "EMEE", "COFF", "NOPE")
    token = await subscribe(client, subscription("event", "video", "thumb", event=codes))
    sim.clock.advance(22)
    update = (await poll(client, token))["cameras"][LOBBY]
    assert update["event"].keys() == {"EMES", "EMEU"}
    assert update["event"]["EMEU"]["timestamp"] == "20261120120021.000"
    assert update["video"] == ["20261120120001.000", "20261120120022.000"]
    assert update["thumb"] == "20261120120001.000"
    sim.set_status(LOBBY, Status.OFF)
    sim.clock.advance(1)
    assert "COFF" in (await poll(client, token))["cameras"][LOBBY]["event"]


async def test_logout_revokes_the_session(sim: Simulator, client: HttpClient) -> None:
    assert (await client.eagle_eye("g/aaa/isauth")).status == 200
    assert (await client.eagle_eye("g/aaa/logout", method="POST")).status == 204
    assert (await client.eagle_eye("g/aaa/isauth")).status == 401
    assert (await client.still()).status == 401
    assert (await client.eagle_eye("g/aaa/logout", method="POST")).status == 401
