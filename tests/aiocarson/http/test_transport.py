"""How requests travel: bounds, repeats, redirects, cookies, and what is said about them."""

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
from aiocarson.http import request as request_module
from aiocarson.http.backoff import parse_retry_after
import aiohttp
from aiohttp import web
import pytest
from yarl import URL

from simulator import Simulator

from ..conftest import EMAIL, LOBBY, PASSWORD, MakeCarson, Pauses, Scripted, until

JPEG = b"\xff\xd8\xff\xe0 picture"


@pytest.fixture
def harbor(carson: Carson) -> EagleEye:
    return carson.eagle_eye("501")


@pytest.fixture
def scripted_harbor(sim: Simulator, scripted: Scripted, make_carson: MakeCarson) -> EagleEye:
    """Carson is the simulator's, Eagle Eye the test's."""
    carson = make_carson(email=EMAIL, password=PASSWORD, eagle_eye_url=scripted.url + "/{subdomain}")
    return carson.eagle_eye("501")


def redirect(location: str, status: int = 301) -> web.Response:
    return web.Response(status=status, headers={"Location": location})


class TestRedirects:
    """Followed by hand, and not far (Protocol D.21)."""

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_to_an_archiver_with_the_cookie(self, sim: Simulator, harbor: EagleEye, status: int) -> None:
        sim.faults.add("image", "redirect", status=status, times=1)
        still = await harbor.get_still(LOBBY)
        assert still.content
        first, second = list(sim.counters.log)[-2:]
        assert second.path == "/eagle_eye/c099/asset/prev/image.jpeg"
        assert second.query == first.query
        assert second.headers["cookie"] == first.headers["cookie"]

    async def test_live_view_too(self, sim: Simulator, harbor: EagleEye) -> None:
        sim.faults.add("live", "redirect", times=1)
        async with harbor.live(LOBBY, duration=timedelta(seconds=1)) as stream:
            assert await anext(stream)
        assert sim.counters.log[-1].query["end_timestamp"] == "+1000"

    async def test_three_at_most(self, scripted: Scripted, scripted_harbor: EagleEye) -> None:
        for number in range(3):
            scripted.then(redirect(f"/c000/{number}"))
        scripted.then(web.Response(body=JPEG))
        assert (await scripted_harbor.get_still(LOBBY)).content == JPEG
        assert [request.path for request in scripted.requests] == [
            "/c000/asset/prev/image.jpeg",
            "/c000/0",
            "/c000/1",
            "/c000/2",
        ]

    async def test_not_four(self, scripted: Scripted, scripted_harbor: EagleEye) -> None:
        scripted.then(redirect("/c000/again"))
        with pytest.raises(InvalidResponseError, match="more than 3 redirects"):
            await scripted_harbor.get_still(LOBBY)
        assert len(scripted.requests) == 4

    async def test_never_elsewhere(self, scripted: Scripted, elsewhere: Scripted, scripted_harbor: EagleEye) -> None:
        elsewhere.then(web.Response(body=JPEG))
        scripted.then(redirect(elsewhere.url + "/asset"))
        with pytest.raises(InvalidResponseError, match="redirect that is not allowed"):
            await scripted_harbor.get_still(LOBBY)
        with pytest.raises(InvalidResponseError, match="redirect that is not allowed"):
            async with scripted_harbor.live(LOBBY):
                pass
        assert elsewhere.requests == []

    @pytest.mark.parametrize(
        "location",
        ["", "https://127.0.0.1/", "//example.com/x", "ftp://127.0.0.1/", "http://[bad", "mailto:x@example.com"],
    )
    async def test_odd_targets(self, scripted: Scripted, scripted_harbor: EagleEye, location: str) -> None:
        scripted.then(redirect(location))
        with pytest.raises(InvalidResponseError, match="redirect that is not allowed"):
            await scripted_harbor.get_still(LOBBY)
        assert len(scripted.requests) == 1

    async def test_a_key_in_the_target_is_dropped(self, scripted: Scripted, scripted_harbor: EagleEye) -> None:
        scripted.then(redirect("/c001/x?timestamp=%2B5&A=c000~stale#part")).then(web.Response(body=JPEG))
        await scripted_harbor.get_still(LOBBY)
        assert scripted.requests[1].raw_path == "/c001/x?timestamp=%2B5"
        assert scripted.requests[1].cookies["auth_key"].startswith("c000~")


class TestCookies:
    """The session's own cookie jar must not get in the way."""

    async def test_a_common_jar_does_not_decide(
        self, sim: Simulator, harbor: EagleEye, session: aiohttp.ClientSession
    ) -> None:
        session.cookie_jar.update_cookies({"auth_key": "c000~stale", "other": "x"}, URL(sim.url))
        assert await harbor.get_devices()
        cookies = [record.headers.get("cookie") for record in sim.counters.log]
        assert cookies[:2] == [None, None], "nothing of the jar goes to Carson"
        assert cookies[2] is not None
        assert cookies[2].startswith("auth_key=c000~")
        assert "stale" not in cookies[2]
        assert "other" not in cookies[2]

    async def test_a_server_that_sets_cookies_changes_nothing(
        self, scripted: Scripted, scripted_harbor: EagleEye
    ) -> None:
        setting = web.Response(body=JPEG, headers={"Set-Cookie": "auth_key=c000~other; Path=/"})
        scripted.then(setting)
        await scripted_harbor.get_still(LOBBY)
        await scripted_harbor.get_still(LOBBY)
        first, second = (request.headers["Cookie"] for request in scripted.requests)
        assert first == second

    async def test_without_any_jar(self, sim: Simulator) -> None:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            carson = Carson(
                session, email=EMAIL, password=PASSWORD, api_url=sim.api_url, eagle_eye_url=sim.eagle_eye_url
            )
            assert await carson.eagle_eye("501").get_devices()


class TestBounds:
    """Nothing is without bound."""

    @pytest.mark.parametrize("told", [True, False])
    async def test_bodies(
        self, scripted: Scripted, scripted_harbor: EagleEye, monkeypatch: pytest.MonkeyPatch, told: bool
    ) -> None:
        async def large(request: web.Request) -> web.StreamResponse:
            answer = web.StreamResponse()
            if told:
                answer.content_length = 17 * 1024 * 1024
            else:
                answer.enable_chunked_encoding()
            await answer.prepare(request)
            for _ in range(17):
                await answer.write(b"[" * 1024 * 1024)
            return answer

        assert request_module.MAX_BODY == 16 * 1024 * 1024
        scripted.then(large)
        with pytest.raises(InvalidResponseError, match="larger than"):
            await scripted_harbor.get_devices()

    async def test_requests_at_one_time(self, sim: Simulator, harbor: EagleEye) -> None:
        await harbor.get_devices()
        sim.faults.add("image", "delay", seconds=0.05)
        await asyncio.gather(*(harbor.get_still(LOBBY) for _ in range(20)))
        assert sim.counters.max_in_flight["eagle_eye"] == 6

    @pytest.mark.timeouts(still=0.3)
    async def test_the_time_in_the_queue_counts(self, sim: Simulator, harbor: EagleEye) -> None:
        await harbor.get_devices()
        sim.faults.add("image", "silence")
        results = await asyncio.gather(*(harbor.get_still(LOBBY) for _ in range(12)), return_exceptions=True)
        assert [type(result) for result in results] == [CannotConnectError] * 12
        assert sim.counters.count("image") < 12


class TestRepeats:
    """Reads are sent again when a cloud is busy, within their time."""

    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    async def test_twice_with_growing_pauses(
        self, sim: Simulator, harbor: EagleEye, pauses: Pauses, status: int
    ) -> None:
        sim.faults.add("image", "status", status=status)
        with pytest.raises(CarsonError, match=f"status {status}") as caught:
            await harbor.get_still(LOBBY)
        assert type(caught.value) is (RateLimitError if status == 429 else CannotConnectError)
        assert sim.counters.count("image") == 3
        assert pauses.taken == [1, 2]

    async def test_pauses_vary(self, sim: Simulator, make_carson: MakeCarson, pauses: Pauses) -> None:
        dice = iter([0.0, 1.0])
        harbor = make_carson(email=EMAIL, password=PASSWORD, jitter=lambda: next(dice)).eagle_eye("501")
        sim.faults.add("device_list", "status:503", times=2)
        await harbor.get_devices()
        assert pauses.taken == [0.5, 3]

    async def test_a_rate_limit_without_a_word(self, sim: Simulator, harbor: EagleEye) -> None:
        sim.faults.add("device_list", "rate_limit")
        with pytest.raises(RateLimitError) as caught:
            await harbor.get_devices()
        assert caught.value.retry_after is None

    async def test_a_real_rate_limit(self, sim: Simulator, make_carson: MakeCarson) -> None:
        """The simulator's limit is per second of real time, and our own pauses suffice for it."""
        harbor = make_carson(email=EMAIL, password=PASSWORD, sleep=asyncio.sleep, jitter=lambda: 0.6).eagle_eye("501")
        await harbor.get_devices()
        sim.settings.eagle_eye_rate = 3
        assert len(await asyncio.gather(*(harbor.get_devices() for _ in range(5)))) == 5

    @pytest.mark.parametrize("status", [429, 503])
    async def test_a_short_wait_asked_for_is_kept(
        self, scripted: Scripted, scripted_harbor: EagleEye, pauses: Pauses, status: int
    ) -> None:
        scripted.then(web.Response(status=status, headers={"Retry-After": "3"})).then(web.Response(body=JPEG))
        await scripted_harbor.get_still(LOBBY)
        assert pauses.taken == [3]

    @pytest.mark.parametrize("wait", ["60", "9999999", "-"])
    async def test_a_long_wait_is_left_to_the_caller(
        self, scripted: Scripted, scripted_harbor: EagleEye, pauses: Pauses, wait: str
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

    @pytest.mark.timeouts(still=0.9)
    async def test_no_pause_goes_beyond_the_time_allowed(
        self, sim: Simulator, harbor: EagleEye, pauses: Pauses
    ) -> None:
        sim.faults.add("image", "status:503")
        with pytest.raises(CannotConnectError, match="status 503"):
            await harbor.get_still(LOBBY)
        assert sim.counters.count("image") == 1
        assert pauses.taken == []

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (None, None),
            ("", None),
            ("soon", None),
            ("-5", 0),
            ("1.5", 1.5),
            ("nan", None),
            ("1e9", 3600),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ],
    )
    def test_reading_retry_after(self, value: str | None, expected: float | None) -> None:
        assert parse_retry_after(value) == expected


class TestLog:
    """What the log tells, and what it does not."""

    async def test_one_line_per_request(self, sim: Simulator, carson: Carson, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG, "aiocarson.http.transport")
        await carson.eagle_eye("501").get_devices()
        lines = [record.getMessage() for record in caplog.records if record.name.endswith("aiocarson.http.transport")]
        assert [line.rpartition(" in ")[0] for line in lines] == [
            "#1 POST /api/v1.4.4/auth/login/ → 200",
            "#2 GET /api/v1.4.4/properties/buildings/501/eagleeye/session/ → 200",
            "#3 GET /eagle_eye/c000/g/device/list → 200",
        ]

    async def test_requests_that_came_to_nothing(
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

    async def test_secrets_stay_out_of_everything(
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
            for asking in (
                carson.get_account(),
                carson.open_door("7001"),
                harbor.get_still(LOBBY),
                harbor.get_devices(),
                harbor.live_url(LOBBY),
            ):
                errors += [
                    error
                    for error in await asyncio.gather(asking, return_exceptions=True)
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
