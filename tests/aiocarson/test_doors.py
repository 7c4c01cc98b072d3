"""Opening a door at most once (Protocol A.5, D.9)."""

import asyncio
from typing import Literal

from aiocarson import (
    ApiError,
    AuthenticationError,
    CannotConnectError,
    Carson,
    CarsonError,
    InvalidInputError,
    NotFoundError,
    OutcomeUnclearError,
    RateLimitError,
)
from aiocarson.errors import PermissionDeniedError
import aiohttp
from aiohttp import web
import pytest

from simulator import Simulator

from .conftest import EMAIL, PASSWORD, MakeCarson, Pauses, ScriptedServer, envelope, until


@pytest.fixture
async def ready(carson: Carson) -> Carson:
    await carson.login()
    return carson


async def test_open_door_sends_one_post_without_body(sim: Simulator, ready: Carson) -> None:
    await ready.open_door("7001")
    assert sim.openings == {"7001": 1}
    record = sim.counters.log[-1]
    assert (record.method, record.path) == ("POST", "/api/v1.4.4/doors/7001/open/")
    assert record.headers["content-length"] == "0"
    assert "content-type" not in record.headers


async def test_each_command_opens_once(sim: Simulator, ready: Carson) -> None:
    await asyncio.gather(ready.open_door("7001"), ready.open_door("7001"), ready.open_door("7002"))
    assert sim.openings == {"7001": 2, "7002": 1}


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("reset", {}),
        ("cut", {}),
        ("truncate", {}),
        ("status", {"status": 500}),
        ("status", {"status": 503}),
        ("html", {"status": 502}),
        ("ok_html", {}),
        ("ok_empty", {}),
        ("missing_key", {}),
    ],
)
async def test_unclear_outcome_is_reported_and_not_repeated(
    sim: Simulator, ready: Carson, pauses: Pauses, kind: str, details: dict[str, int]
) -> None:
    sim.faults.add("open_door", kind, when="after", **details)
    with pytest.raises(OutcomeUnclearError):
        await ready.open_door("7001")
    assert sim.openings == {"7001": 1}, "opened, although the response was lost"
    assert sim.counters.count("open_door") == 1
    assert pauses.taken == []


@pytest.mark.timeouts(open_door=1.0)
async def test_timeout_is_unclear(sim: Simulator, ready: Carson) -> None:
    sim.faults.add("open_door", "delay", seconds=5, when="after")
    with pytest.raises(OutcomeUnclearError, match="did not respond to"):
        await ready.open_door("7001")
    assert sim.counters.count("open_door") == 1


async def test_failed_connection_is_not_unclear(make_carson: MakeCarson, unused_tcp_port: int) -> None:
    carson = make_carson(token="any", api_url=f"http://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(CannotConnectError, match="Failed to connect"):
        await carson.open_door("7001")


@pytest.mark.timeouts(connect=0.1)
async def test_slow_connection_is_not_unclear(
    sim: Simulator, make_carson: MakeCarson, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(aiohttp.TCPConnector, "_create_connection", never)
    carson = make_carson(token=sim.mint_token(EMAIL))
    with pytest.raises(CannotConnectError, match="Failed to connect"):
        await carson.open_door("7001")
    assert sim.openings == {}


@pytest.mark.parametrize(
    ("kind", "details", "error"),
    [
        ("code", {"code": 1410}, ApiError),
        ("code", {"code": 1410, "status": 400}, ApiError),
        ("code", {"code": 1200}, ApiError),
        ("status", {"status": 403}, PermissionDeniedError),
        ("status", {"status": 404}, NotFoundError),
        ("status", {"status": 409}, ApiError),
        ("rate_limit", {}, RateLimitError),
    ],
)
async def test_error_responses(
    sim: Simulator, ready: Carson, kind: str, details: dict[str, int], error: type[CarsonError]
) -> None:
    sim.faults.add("open_door", kind, **details)
    with pytest.raises(error) as caught:
        await ready.open_door("7001")
    assert type(caught.value) is error
    assert sim.openings == {}
    assert sim.counters.count("open_door") == 1


async def test_doors_that_carson_does_not_open(sim: Simulator, ready: Carson) -> None:
    with pytest.raises(PermissionDeniedError, match="code 1403"):
        await ready.open_door("7004")
    sim.state.doors["7001"].disabled = True
    with pytest.raises(ApiError, match="code 1410"):
        await ready.open_door("7001")
    with pytest.raises(NotFoundError):
        await ready.open_door("9999")
    assert sim.openings == {}


async def test_error_response_counts_without_its_body(sim: Simulator, ready: Carson) -> None:
    sim.faults.add("open_door", "cut")
    with pytest.raises(PermissionDeniedError, match="status 403"):
        await ready.open_door("7004")
    assert sim.openings == {}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirect_is_not_followed(sim: Simulator, ready: Carson, status: int) -> None:
    sim.faults.add("open_door", "redirect", status=status, location="/api/v1.4.4/doors/7002/open/", times=1)
    with pytest.raises(ApiError, match="redirect"):
        await ready.open_door("7001")
    assert sim.openings == {}
    assert sim.counters.count("open_door") == 1


async def test_expired_token_is_renewed_and_the_command_repeated_once(sim: Simulator, make_carson: MakeCarson) -> None:
    carson = make_carson(email=EMAIL, password=PASSWORD, token=sim.mint_token(EMAIL, expires_in=-5))
    await carson.open_door("7001")
    assert sim.openings == {"7001": 1}
    assert (sim.counters.logins, sim.counters.count("open_door")) == (1, 2)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("times", [1, 2, 3, None])
async def test_401_is_unclear_while_every_token_is_rejected(
    sim: Simulator, ready: Carson, times: int | None, when: Literal["before", "after"]
) -> None:
    """Carson may reject every token for a while, even after it has opened the door."""
    sim.faults.add("open_door", "bare401", when=when)
    sim.faults.add("me", "bare401", times=times)
    with pytest.raises(OutcomeUnclearError):
        await ready.open_door("7001")
    assert sim.counters.count("open_door") == 1
    assert sim.openings == ({"7001": 1} if when == "after" else {})


@pytest.mark.parametrize("kind", ["reset", "rate_limit", "html", "code"])
async def test_401_is_unclear_without_another_token(sim: Simulator, ready: Carson, kind: str) -> None:
    sim.faults.add("open_door", "bare401", when="after")
    sim.faults.add("me", "bare401")
    sim.faults.add("login", kind)
    with pytest.raises(OutcomeUnclearError):
        await ready.open_door("7001")
    assert sim.openings == {"7001": 1}


@pytest.mark.parametrize("expired", [False, True])
async def test_401_for_a_valid_token_is_unclear(sim: Simulator, ready: Carson, expired: bool) -> None:
    """Carson may respond with 401 after it has opened the door; only an expired token proves that it has not."""
    if expired:
        sim.tokens.revoke()
    sim.faults.add("open_door", "bare401", when="after", skip=int(expired))
    with pytest.raises(OutcomeUnclearError):
        await ready.open_door("7001")
    assert sim.openings == {"7001": 1}
    assert sim.counters.count("open_door") == 1 + expired


@pytest.mark.parametrize("kind", ["reset", "rate_limit", "ok_html"])
async def test_401_that_cannot_be_checked_is_unclear(sim: Simulator, ready: Carson, kind: str) -> None:
    sim.faults.add("open_door", "bare401", when="after", times=1)
    sim.faults.add("me", kind)
    with pytest.raises(OutcomeUnclearError):
        await ready.open_door("7001")
    assert sim.openings == {"7001": 1}


async def test_command_is_not_repeated_without_password(sim: Simulator, make_carson: MakeCarson) -> None:
    carson = make_carson(token=sim.mint_token(EMAIL, expires_in=-5))
    with pytest.raises(AuthenticationError):
        await carson.open_door("7001")
    assert sim.counters.count("open_door") == 1


async def test_lost_response_after_a_renewal_is_unclear(sim: Simulator, make_carson: MakeCarson) -> None:
    carson = make_carson(email=EMAIL, password=PASSWORD, token=sim.mint_token(EMAIL, expires_in=-5))
    sim.faults.add("open_door", "reset", skip=1, when="after")
    with pytest.raises(OutcomeUnclearError):
        await carson.open_door("7001")
    assert sim.openings == {"7001": 1}
    assert sim.counters.count("open_door") == 2


async def test_command_is_not_queued_behind_reads(sim: Simulator, ready: Carson) -> None:
    sim.faults.add("me", "silence")
    reads = [asyncio.create_task(ready.get_account()) for _ in range(40)]
    await until(lambda: sim.counters.count("me") == 32)
    async with asyncio.timeout(20):
        await ready.open_door("7001")
    assert sim.openings == {"7001": 1}
    for read in reads:
        read.cancel()
    await asyncio.gather(*reads, return_exceptions=True)


@pytest.mark.parametrize(
    "door_id",
    [
        "",
        "/",
        "7001/open",
        "../me",
        "..",
        ".",
        "7001?x=1",
        "7001#x",
        "70 01",
        "70\n01",
        "%2e%2e",
        "a\\b",
        "a;b",
        "x" * 65,
    ],
)
async def test_invalid_door_ids_are_not_sent(sim: Simulator, ready: Carson, door_id: str) -> None:
    requests = sim.counters.requests.total()
    with pytest.raises(InvalidInputError):
        await ready.open_door(door_id)
    assert sim.counters.requests.total() == requests


async def test_unusual_door_ids_are_quoted(scripted: ScriptedServer, make_carson: MakeCarson) -> None:
    scripted.then(envelope(None))
    carson = make_carson(token="any", api_url=scripted.url)
    await carson.open_door("tür:1&a=b")
    assert scripted.requests[0].raw_path == "/v1.4.4/doors/t%C3%BCr%3A1%26a%3Db/open/"


async def test_success_without_body(scripted: ScriptedServer, make_carson: MakeCarson) -> None:
    scripted.then(web.Response(status=204))
    await make_carson(token="any", api_url=scripted.url).open_door("7001")
    assert len(scripted.requests) == 1


class TestDeadline:
    """An order ends within its time, whatever the renewal of the token takes."""

    @pytest.mark.timeouts(open_door=2.0)
    async def test_slow_sign_in_sends_nothing_later_and_serves_the_next_press(
        self, sim: Simulator, make_carson: MakeCarson
    ) -> None:
        old = sim.mint_token(EMAIL)
        carson = make_carson(email=EMAIL, password=PASSWORD, token=old)
        sim.tokens.revoke()
        sim.faults.add("login", "delay", seconds=3, times=1)
        with pytest.raises((OutcomeUnclearError, CannotConnectError)):
            await carson.open_door("7001")
        requests = sim.counters.count("open_door")
        await until(lambda: carson.token != old)
        assert sim.openings == {}
        assert sim.counters.count("open_door") == requests, "nothing was sent once the time was over"
        await carson.open_door("7001")
        assert sim.openings == {"7001": 1}
        assert sim.counters.logins == 1, "the next press uses the renewal that the first one started"

    @pytest.mark.timeouts(open_door=1.0)
    async def test_token_known_to_be_rejected_is_not_sent(self, sim: Simulator, make_carson: MakeCarson) -> None:
        carson = make_carson(email=EMAIL, password=PASSWORD, token=sim.mint_token(EMAIL))
        sim.tokens.revoke()
        sim.faults.add("login", "delay", seconds=3, times=1)
        poll = asyncio.create_task(carson.get_account())
        await until(lambda: sim.counters.count("login") == 1)
        for _ in range(2):
            with pytest.raises(CannotConnectError, match="in time"):
                await carson.open_door("7001")
        await poll
        assert sim.counters.count("open_door") == 0
        await carson.open_door("7001")
        assert sim.openings == {"7001": 1}
        assert sim.counters.logins == 1

    async def test_time_limit_can_be_shorter(self, sim: Simulator, ready: Carson) -> None:
        with pytest.raises(CannotConnectError):
            await ready.open_door("7001", time_limit=0)
        assert sim.counters.count("open_door") == 0
        assert sim.openings == {}


class TestEarlyRenewal:
    """A token that expires soon is renewed in the background."""

    async def test_polling_renews_it_before_a_door_needs_it(self, sim: Simulator, make_carson: MakeCarson) -> None:
        old = sim.mint_token(EMAIL, expires_in=500)
        carson = make_carson(email=EMAIL, password=PASSWORD, token=old)
        await carson.get_account()
        await until(lambda: carson.token != old)
        await carson.get_account()
        await carson.open_door("7001")
        assert sim.counters.logins == 1
        assert sim.counters.count("me") == 2
        assert sim.openings == {"7001": 1}
        assert [record.status for record in sim.counters.log] == [200] * 4

    async def test_requests_do_not_wait_for_it(self, sim: Simulator, make_carson: MakeCarson) -> None:
        carson = make_carson(email=EMAIL, password=PASSWORD, token=sim.mint_token(EMAIL, expires_in=500))
        sim.faults.add("login", "silence")
        await carson.get_account()
        await until(lambda: sim.counters.count("login") == 1)
        await carson.get_account()
        await carson.open_door("7001")
        assert sim.openings == {"7001": 1}
        await carson.close()

    async def test_failure_is_not_repeated_at_each_poll(self, sim: Simulator, make_carson: MakeCarson) -> None:
        carson = make_carson(email=EMAIL, password="wrong", token=sim.mint_token(EMAIL, expires_in=500))
        for _ in range(3):
            await carson.get_account()
            await until(lambda: sim.counters.count("login") >= 1)
        assert sim.counters.count("login") == 1

    async def test_token_is_left_alone_otherwise(self, sim: Simulator, make_carson: MakeCarson) -> None:
        token = sim.mint_token(EMAIL, expires_in=40 * 86400)
        carson = make_carson(email=EMAIL, password=PASSWORD, token=token)
        await carson.get_account()
        await asyncio.sleep(0)
        assert sim.counters.count("login") == 0
        assert carson.token == token


async def test_close_ends_a_renewal_and_those_who_wait_for_it(sim: Simulator, make_carson: MakeCarson) -> None:
    carson = make_carson(email=EMAIL, password=PASSWORD)
    sim.faults.add("login", "silence")
    press = asyncio.create_task(carson.open_door("7001"))
    await until(lambda: sim.counters.count("login") == 1)
    await carson.close()
    with pytest.raises(CannotConnectError, match="closed"):
        await press
    assert sim.openings == {}
