"""Sending requests: cookies, limits, retries and the log."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
import logging

from aiocarson import (
    CannotConnectError,
    Carson,
    CarsonError,
    EagleEye,
    InvalidResponseError,
    RateLimitError,
)
from aiocarson.http.bounds import MAX_BODY
import aiohttp
from aiohttp import web
import pytest
from yarl import URL

from simulator import Simulator

from ..conftest import EMAIL, LOBBY, PASSWORD, MakeCarson, Pauses, ScriptedServer, until

JPEG = b"\xff\xd8\xff\xe0 picture\xff\xd9"


class TestCookies:
    """Only our own cookie is sent, whatever the session's cookie jar holds."""

    async def test_cookies_of_the_session_are_not_sent(
        self, sim: Simulator, harbor: EagleEye, session: aiohttp.ClientSession
    ) -> None:
        session.cookie_jar.update_cookies({"auth_key": "c000~stale", "other": "x"}, URL(sim.url))
        assert await harbor.get_devices()
        cookies = [record.headers.get("cookie") for record in sim.counters.log]
        assert cookies[:2] == [None, None], "the jar holds nothing for Carson"
        assert cookies[2] is not None
        assert cookies[2].startswith("auth_key=c000~")
        assert "stale" not in cookies[2]
        assert "other" not in cookies[2]

    async def test_cookies_set_by_a_server_are_not_sent(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye
    ) -> None:
        setting = web.Response(body=JPEG, headers={"Set-Cookie": "auth_key=c000~other; Path=/"})
        scripted.then(setting)
        await scripted_harbor.get_still(LOBBY)
        await scripted_harbor.get_still(LOBBY)
        first, second = (request.headers["Cookie"] for request in scripted.requests)
        assert first == second

    async def test_session_without_cookie_jar(self, sim: Simulator) -> None:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            carson = Carson(
                session, email=EMAIL, password=PASSWORD, api_url=sim.api_url, eagle_eye_url=sim.eagle_eye_url
            )
            assert await carson.eagle_eye("501").get_devices()
            await carson.close()


class TestLimits:
    """Sizes, times and concurrent requests are limited."""

    @pytest.mark.parametrize("has_length", [True, False])
    async def test_too_large_bodies(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, monkeypatch: pytest.MonkeyPatch, has_length: bool
    ) -> None:
        async def large(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            if has_length:
                response.content_length = 17 * 1024 * 1024
            else:
                response.enable_chunked_encoding()
            await response.prepare(request)
            for _ in range(17):
                await response.write(b"[" * 1024 * 1024)
            return response

        assert MAX_BODY == 16 * 1024 * 1024
        scripted.then(large)
        with pytest.raises(InvalidResponseError, match="larger than"):
            await scripted_harbor.get_devices()

    async def test_requests_per_host_are_limited(self, sim: Simulator, harbor: EagleEye) -> None:
        await harbor.get_devices()
        sim.faults.add("image", "silence")
        requests = [asyncio.create_task(harbor.get_still(LOBBY)) for _ in range(30)]
        await until(lambda: sim.counters.in_flight["eagle_eye"] == 24)
        await asyncio.sleep(0.1)  # any other would have been sent by now
        assert sim.counters.count("image") == 24
        for request in requests:
            request.cancel()
        await asyncio.gather(*requests, return_exceptions=True)

    @pytest.mark.timeouts(still=0.3)
    async def test_time_limit_includes_the_queue(self, sim: Simulator, harbor: EagleEye) -> None:
        await harbor.get_devices()
        sim.faults.add("image", "silence")
        results = await asyncio.gather(*(harbor.get_still(LOBBY) for _ in range(30)), return_exceptions=True)
        assert [type(result) for result in results] == [CannotConnectError] * 30


class TestRetries:
    """Reads are retried within their time limit when a cloud is busy."""

    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    async def test_reads_are_retried_twice_with_growing_pauses(
        self, sim: Simulator, harbor: EagleEye, pauses: Pauses, status: int
    ) -> None:
        sim.faults.add("image", "status", status=status)
        with pytest.raises(CarsonError, match=f"status {status}") as caught:
            await harbor.get_still(LOBBY)
        assert type(caught.value) is (RateLimitError if status == 429 else CannotConnectError)
        assert sim.counters.count("image") == 3
        assert pauses.taken == [1, 2]

    async def test_pauses_vary(self, sim: Simulator, make_carson: MakeCarson, pauses: Pauses) -> None:
        numbers = iter([0.0, 1.0])
        harbor = make_carson(email=EMAIL, password=PASSWORD, jitter=lambda: next(numbers)).eagle_eye("501")
        sim.faults.add("device_list", "status:503", times=2)
        await harbor.get_devices()
        assert pauses.taken == [0.5, 3]

    async def test_rate_limit_without_retry_after(self, sim: Simulator, harbor: EagleEye) -> None:
        sim.faults.add("device_list", "rate_limit")
        with pytest.raises(RateLimitError) as caught:
            await harbor.get_devices()
        assert caught.value.retry_after is None

    async def test_retries_get_through_a_rate_limit(self, sim: Simulator, make_carson: MakeCarson) -> None:
        """The limit of the simulator is per second of real time."""
        harbor = make_carson(email=EMAIL, password=PASSWORD, sleep=asyncio.sleep, jitter=lambda: 0.6).eagle_eye("501")
        await harbor.get_devices()
        sim.settings.eagle_eye_rate = 3
        assert len(await asyncio.gather(*(harbor.get_devices() for _ in range(5)))) == 5

    @pytest.mark.parametrize("status", [429, 503])
    async def test_short_retry_after_is_respected(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, pauses: Pauses, status: int
    ) -> None:
        scripted.then(web.Response(status=status, headers={"Retry-After": "3"})).then(web.Response(body=JPEG))
        await scripted_harbor.get_still(LOBBY)
        assert pauses.taken == [3]

    @pytest.mark.parametrize("wait", ["60", "9999999", "-"])
    async def test_long_retry_after_is_left_to_the_caller(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, pauses: Pauses, wait: str
    ) -> None:
        if wait == "-":
            wait = format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)
        scripted.then(web.Response(status=429, headers={"Retry-After": wait}))
        with pytest.raises(RateLimitError) as caught:
            await scripted_harbor.get_still(LOBBY)
        assert caught.value.retry_after is not None
        assert 59 < caught.value.retry_after <= 3600
        assert len(scripted.requests) == 1
        assert pauses.taken == []

    @pytest.mark.timeouts(still=30, first_pause=60)
    async def test_pauses_stay_within_the_time_limit(self, sim: Simulator, harbor: EagleEye, pauses: Pauses) -> None:
        sim.faults.add("image", "status:503")
        with pytest.raises(CannotConnectError, match="status 503"):
            await harbor.get_still(LOBBY)
        assert sim.counters.count("image") == 1
        assert pauses.taken == []


class TestLog:
    """Requests are logged without secrets."""

    async def test_every_request_is_logged(
        self, sim: Simulator, carson: Carson, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, "aiocarson.http.transport")
        await carson.eagle_eye("501").get_devices()
        lines = [record.getMessage() for record in caplog.records if record.name.endswith("aiocarson.http.transport")]
        assert [line.rpartition(" in ")[0] for line in lines] == [
            "#1 POST /api/v1.4.4/auth/login/ → 200",
            "#2 GET /api/v1.4.4/properties/buildings/501/eagleeye/session/ → 200",
            "#3 GET /eagle_eye/c000/g/device/list → 200",
        ]

    async def test_failed_and_cancelled_requests_are_logged(
        self, sim: Simulator, harbor: EagleEye, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, "aiocarson.http.transport")
        await harbor.get_devices()
        sim.faults.add("device_list", "reset")
        with pytest.raises(CannotConnectError):
            await harbor.get_devices()
        sim.faults.clear()
        sim.faults.add("device_list", "silence")
        task = asyncio.create_task(harbor.get_devices())
        await until(lambda: sim.counters.in_flight["eagle_eye"])
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert (
            "#4 GET /eagle_eye/c000/g/device/list → ClientOSError in" in caplog.text
            or "→ ServerDisconnectedError" in caplog.text
        )
        assert "#5 GET /eagle_eye/c000/g/device/list → cancelled in" in caplog.text

    async def test_secrets_are_not_in_log_errors_and_reprs(
        self, sim: Simulator, carson: Carson, harbor: EagleEye, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        await carson.get_account()
        url = await harbor.still_url(LOBBY)
        errors: list[BaseException] = []
        for kind in ("reset", "cut", "truncate", "ok_html", "status:401", "status:404", "status:500", "redirect"):
            for operation in ("me", "open_door", "session", "image", "device_list", "live", "isauth"):
                if kind != "redirect" or operation != "open_door":
                    sim.faults.add(
                        operation, kind, times=2, location="https://example.com/?A=x" if kind == "redirect" else None
                    )
            for request in (
                carson.get_account(),
                carson.open_door("7001"),
                harbor.get_still(LOBBY),
                harbor.get_devices(),
                harbor.live_url(LOBBY),
            ):
                errors += [
                    error
                    for error in await asyncio.gather(request, return_exceptions=True)
                    if isinstance(error, BaseException)
                ]
            sim.faults.clear()
            sim.sessions.revoke()
        assert len(errors) > 15
        secrets = [carson.token, PASSWORD, EMAIL, url.query["A"]]
        secrets += [
            record.headers["cookie"].removeprefix("auth_key=")
            for record in sim.counters.log
            if "cookie" in record.headers
        ]
        shown = [
            caplog.text,
            repr(carson),
            repr(harbor),
            repr(carson._api.transport),
            repr(carson.stats),
            str(carson.stats.as_dict()),
        ]
        for error in errors:
            assert isinstance(error, CarsonError)
            link: BaseException | None = error
            while link is not None:
                shown += [str(link), repr(link), repr(vars(link))]
                link = link.__cause__ or link.__context__
        for secret in secrets:
            assert secret
            assert not any(secret in text for text in shown), "a secret is shown"
