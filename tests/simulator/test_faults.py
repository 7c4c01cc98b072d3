"""The switchboard: which requests a fault strikes, and what it does to the response (Protocol C row 7)."""

import asyncio
import json
import time

import aiohttp
import pytest

from simulator.fault_injection import Faults, Target
from simulator.faults import KINDS
from tests.support.http_client import LOBBY, HttpClient

SESSION = "properties/buildings/501/eagleeye/session/"


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("status", 500, b""),
        ("status:503", 503, b""),
        ("html", 502, b"<html>"),
        ("ok_html", 200, b"<html>"),
        ("ok_empty", 200, b""),
        ("code", 200, b'{"code": 1,'),
        ("bare401", 401, b""),
        ("unauthorized", 401, b'{"code": 1200,'),
        ("rate_limit", 429, b""),
        ("missing_key", 200, b'{"status": "OK"'),
    ],
)
async def test_kinds_of_wrong_answers(client: HttpClient, kind: str, status: int, body: bytes) -> None:
    client.sim.faults.add("me", kind, times=1)

    response = await client.carson("GET", "me/")

    assert response.status == status
    got = response.body
    assert got.startswith(body)
    assert bool(got) == bool(body)
    assert (await client.carson("GET", "me/")).status == 200


async def test_each_of_the_four_keys_can_be_missing(client: HttpClient) -> None:
    for key in ("code", "status", "data", "msg"):
        client.sim.faults.add("me", "missing_key", key=key, times=1)
        assert key not in (await client.carson("GET", "me/")).json()


async def test_truncated_answer_is_complete_http_but_no_json(client: HttpClient) -> None:
    client.sim.faults.add("me", "truncate", times=1)
    response = await client.carson("GET", "me/")
    assert response.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(response.body)


async def test_empty_values_of_a_session(client: HttpClient) -> None:
    client.sim.faults.add("session", "empty_values", times=1)
    data = (await client.carson("GET", SESSION)).json()["data"]
    assert data == {"sessionId": "", "activeBrandSubdomain": ""}


async def test_connection_is_reset_without_an_answer(client: HttpClient) -> None:
    client.sim.faults.add("open_door", "reset")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.carson("POST", "doors/7001/open/")
    assert client.sim.counters.log[-1].status is None


async def test_body_is_cut_in_the_middle(client: HttpClient) -> None:
    client.sim.faults.add("me", "cut", times=1)
    with pytest.raises(aiohttp.ClientPayloadError):
        await client.carson("GET", "me/")


async def test_body_drips(client: HttpClient) -> None:
    client.sim.faults.add("me", "drip", seconds=0.2, times=1)
    url = f"{client.sim.api_url}/v1.4.4/me/"
    chunks = 0
    async with client.session.get(url, headers={"Authorization": f"JWT {client.token}"}) as response:
        body = b""
        async for chunk in response.content.iter_any():
            body += chunk
            chunks += 1
    assert json.loads(body)["code"] == 0
    assert chunks > 5


async def test_silence_lasts_until_the_client_gives_up(client: HttpClient) -> None:
    client.sim.faults.add("me", "silence", times=1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await client.carson("GET", "me/")
    assert (await client.carson("GET", "me/")).status == 200


async def test_delay_comes_on_top_and_lets_the_answer_pass(client: HttpClient) -> None:
    client.sim.faults.add("me", "delay", seconds=0.05)
    client.sim.faults.add("me", "delay", seconds=0.05, when="after", times=1)
    client.sim.faults.add("me", "status", status=503, times=1, skip=1)
    begin = time.monotonic()
    assert (await client.carson("GET", "me/")).status == 200
    assert time.monotonic() - begin >= 0.1
    assert (await client.carson("GET", "me/")).status == 503


async def test_round_trip_of_every_request_can_be_slow(client: HttpClient) -> None:
    client.sim.settings.delay = 0.05
    begin = time.monotonic()
    await client.carson("GET", "me/")
    await client.still()
    assert time.monotonic() - begin >= 0.1


async def test_fault_strikes_only_what_it_is_aimed_at(client: HttpClient) -> None:
    client.sim.faults.add("image", "status:503", camera=LOBBY)
    client.sim.faults.add("open_door", "status:503", door=7002)
    client.sim.faults.add("*", "status:504", cloud="eagle_eye", building="502")

    assert (await client.still(camera=LOBBY)).status == 503
    assert (await client.still(camera="1000a002")).status == 200
    assert (await client.carson("POST", "doors/7002/open/")).status == 503
    assert (await client.carson("POST", "doors/7001/open/")).status == 200
    assert client.sim.openings == {"7001": 1}


async def test_fault_aimed_at_a_building_strikes_its_eagle_eye_requests_even_with_a_dead_key(
    client: HttpClient,
) -> None:
    rule = client.sim.faults.add("*", "status:504", cloud="eagle_eye", building="501")
    assert (await client.eagle_eye("g/device/list")).status == 504
    client.sim.sessions.revoke(building_id="501")
    assert (await client.eagle_eye("g/device/list")).status == 504
    client.key = "none"
    assert (await client.still()).status == 504
    assert rule.hits == 3
    client.sim.faults.remove(rule)
    client.sim.faults.remove(rule)
    assert (await client.still()).status == 401


async def test_spoilers_meant_for_json_leave_pictures_alone(client: HttpClient) -> None:
    client.sim.faults.add("image", "missing_key", times=1)
    client.sim.faults.add("image", "truncate", times=1)
    whole = await client.still()
    half = await client.still("asset", timestamp=whole.headers["x-ee-timestamp"].removeprefix("preview-"))
    assert half.body == whole.body[: len(whole.body) // 2]


@pytest.mark.parametrize(
    "details", [{"kind": "explode"}, {"kind": "status", "times": -1}, {"kind": "status", "when": "never"}]
)
def test_senseless_faults_are_refused(details: dict[str, object]) -> None:
    faults = Faults()
    with pytest.raises(ValueError, match=r"must|unknown"):
        faults.add("me", **details)  # type: ignore[arg-type]
    assert faults.rules == ()


def test_kinds_of_faults_and_their_names() -> None:
    assert set(KINDS) == {
        *("status", "html", "ok_html", "ok_empty", "code", "bare401", "unauthorized", "rate_limit", "redirect"),
        *("job_failed", "reset", "silence", "delay"),
        *("missing_key", "truncate", "cut", "drip", "empty_values", "zero_length"),
        *("audio_alaw", "audio_ulaw", "audio_aac", "backward_timestamp", "early_eof", "annexb", "stall"),
        *("resolution_change", "cut_stream"),
    }
    assert all(fault.kind == kind and fault.__doc__ for kind, fault in KINDS.items())


def test_parameters_of_other_kinds_are_ignored_and_unknown_ones_are_not() -> None:
    faults = Faults()
    rule = faults.add("live", "early_eof", at=4, seconds=60, camera=LOBBY)
    assert rule.as_json() == {
        "operation": "live",
        "kind": "early_eof",
        "at": 4,
        "camera": LOBBY,
        "building": None,
        "cloud": None,
        "door": None,
        "times": None,
        "skip": 0,
        "hits": 0,
    }
    with pytest.raises(TypeError, match="color"):
        faults.add("live", "early_eof", color="red")


def test_clearing_one_operation_leaves_the_others() -> None:
    faults = Faults()
    faults.add("me", "reset")
    faults.add("login", "reset")
    faults.clear("me")
    assert [rule.operation for rule in faults.rules] == ["login"]
    faults.add("login", "reset", times=0)
    assert len(faults.injection(Target(operation="login", cloud="carson"), streamed=False).faults) == 1
    faults.clear()
    assert faults.rules == ()
