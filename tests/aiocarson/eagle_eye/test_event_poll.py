"""News of cameras: the loop that asks for them (Protocol B.9, D.17)."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import logging
from typing import Any

from aiocarson import (
    ApiError,
    AuthenticationError,
    CameraEvent,
    CameraState,
    CannotConnectError,
    Carson,
    CarsonError,
    EagleEye,
    EventKind,
    InvalidInputError,
    NotFoundError,
    RateLimitError,
    Timeouts,
)
from aiocarson.eagle_eye import event_poll
from aiocarson.eagle_eye.events import EventCode
from aiocarson.eagle_eye.subscription import DEFAULT_EVENTS, DEFAULT_REFRESH, subscription_body
from aiocarson.errors import PermissionDeniedError, SessionRejectedError
import aiohttp
from aiohttp import web
import pytest

from simulator import Clock, Simulator, Status
from tests.support.tasks import running_tasks

from ..conftest import EMAIL, LOBBY, PASSWORD, MakeCarson, Pauses, ScriptedServer, until

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
GARAGE = "1000a002"
ELSEWHERE = "2000a001"
EVERYTHING = tuple(EventKind)
# Off, and nothing else: the word that the simulator calls so is that of a camera which is offline besides.
OFF = Status.ONLINE & ~Status.ON_BIT


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """A simulator whose time stands still, so that nothing is news that a test did not bring about."""
    async with Simulator(clock=Clock.manual(START)) as simulator:
        yield simulator


@pytest.fixture
def harbor(carson: Carson) -> EagleEye:
    return carson.eagle_eye("501")


@pytest.fixture
def scripted_harbor(sim: Simulator, scripted: ScriptedServer, make_carson: MakeCarson) -> EagleEye:
    """Carson is the simulator's, Eagle Eye the test's."""
    carson = make_carson(email=EMAIL, password=PASSWORD, eagle_eye_url=scripted.url + "/{subdomain}")
    return carson.eagle_eye("501")


class Ear:
    """Listens in a task of its own, and keeps what it hears."""

    def __init__(self, news: AsyncGenerator[CameraEvent]) -> None:
        self.heard: list[CameraEvent] = []
        self.task = asyncio.create_task(self._listen(news))

    async def _listen(self, news: AsyncGenerator[CameraEvent]) -> None:
        async with aclosing(news):
            async for one in news:
                self.heard.append(one)

    @property
    def codes(self) -> list[str | None]:
        return [one.code for one in self.heard if one.kind is EventKind.EVENT]

    @property
    def states(self) -> list[CameraState | None]:
        return [one.status.state for one in self.heard if one.status is not None]

    async def hears(self, condition: Callable[[], object]) -> None:
        """Wait for something; the end of listening is an error."""
        await until(lambda: self.task.done() or condition())
        if self.task.done():
            await self.task

    async def error(self) -> BaseException:
        """Wait for the error that ends it."""
        await until(self.task.done)
        error = self.task.exception()
        assert error is not None
        return error

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


type Listen = Callable[..., Ear]


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Listen until the test ends: to the lobby, if nothing else is said."""
    ears: list[Ear] = []

    def begin(eagle_eye: EagleEye, *cameras: str, **details: Any) -> Ear:
        ears.append(Ear(eagle_eye.events(cameras or (LOBBY,), **details)))
        return ears[-1]

    yield begin
    for ear in ears:
        await ear.stop()


async def waiting(sim: Simulator, ear: Ear, times: int = 1) -> None:
    """Wait until so many polls have been asked, and the last of them is being held."""
    await ear.hears(lambda: sim.counters.count("poll") >= times and sim.counters.in_flight["eagle_eye"])


def switch(sim: Simulator, *words: int, camera: str = LOBBY) -> None:
    for word in words:
        sim.set_status(camera, word)
        sim.clock.advance(1)


def revoke(sim: Simulator) -> None:
    """End the session keys, and let those who hold polls find that out."""
    sim.sessions.revoke()
    sim.clock.advance(1)


class TestNews:
    """What a listener hears."""

    async def test_the_status_first_then_events(self, sim: Simulator, harbor: EagleEye, listen: Listen) -> None:
        ear = listen(harbor, LOBBY, GARAGE)
        await waiting(sim, ear)
        assert [(one.camera_id, one.kind) for one in ear.heard] == [(LOBBY, "status"), (GARAGE, "status")]
        assert ear.states == [CameraState.ONLINE] * 2
        switch(sim, OFF, camera=GARAGE)
        await ear.hears(lambda: ear.codes)
        assert ear.heard[-1] == CameraEvent(
            camera_id=GARAGE,
            kind=EventKind.EVENT,
            code="COFF",
            at=START,
            raw={"timestamp": "20261120120000.000", "cameraid": GARAGE},
        )
        assert ear.heard[-1].event is EventCode.SWITCHED_OFF
        assert sim.counters.count("subscribe") == 1

    async def test_motion_on_off_online_and_offline(self, sim: Simulator, harbor: EagleEye, listen: Listen) -> None:
        zero = START.timestamp()
        sim.state.cameras[LOBBY].recordings = [(zero + 1, zero + 25)]
        ear = listen(harbor)
        await waiting(sim, ear)
        sim.clock.advance(2)
        await ear.hears(lambda: len(ear.codes) == 2)
        sim.clock.advance(30)
        await ear.hears(lambda: len(ear.codes) == 4)
        assert ear.codes == ["EMES", "ROMS", "ROME", "EMEE"], "heartbeats are not asked for by default"
        for word, event in ((OFF, "COFF"), (Status.ONLINE, "CONN"), (Status.INTERNET_OFFLINE, "RCOF")):
            switch(sim, word)
            await ear.hears(lambda event=event: event in ear.codes)
        switch(sim, Status.ONLINE)
        await ear.hears(lambda: "RCON" in ear.codes)

    async def test_pictures_and_recordings(self, sim: Simulator, harbor: EagleEye, listen: Listen) -> None:
        zero = START.timestamp()
        sim.state.cameras[LOBBY].recordings = [(zero + 1, zero + 25)]
        ear = listen(harbor, resources=EVERYTHING, events=[EventCode.MOTION_CONTINUED])
        await waiting(sim, ear)
        sim.clock.advance(15)
        await ear.hears(lambda: len(ear.heard) == 5)
        assert {one.kind for one in ear.heard} == {*EventKind}
        assert ear.codes == ["EMEU"]
        assert all(one.at is not None for one in ear.heard[1:])

    async def test_one_kind_alone_tells_the_newest_at_once(
        self, sim: Simulator, harbor: EagleEye, listen: Listen
    ) -> None:
        ear = listen(harbor, resources=[EventKind.PREVIEW])
        await waiting(sim, ear)
        (preview,) = ear.heard
        assert preview.kind is EventKind.PREVIEW
        assert preview.at is not None
        assert timedelta(0) <= START - preview.at < timedelta(seconds=5)

    @pytest.mark.parametrize(
        ("details", "resources", "events"),
        [
            ({}, {"status", "event"}, {*map(str, DEFAULT_EVENTS)}),
            ({"events": ["X9ZZ", "EMES"]}, {"status", "event"}, {"X9ZZ", "EMES"}),
            ({"events": []}, {"status"}, set()),
            ({"resources": ["preview", "thumbnail", "video"]}, {"pre", "thumb", "video"}, set()),
        ],
    )
    async def test_what_is_asked_for(
        self,
        sim: Simulator,
        harbor: EagleEye,
        listen: Listen,
        details: dict[str, Any],
        resources: set[str],
        events: set[str],
    ) -> None:
        await waiting(sim, listen(harbor, **details))
        (subscriber,) = sim.subscribers.by_token.values()
        subscription = subscriber.subscriptions[LOBBY]
        assert (subscription.resources, subscription.events) == (resources, events)

    async def test_how_it_is_asked_for(self, sim: Simulator, harbor: EagleEye, listen: Listen) -> None:
        await waiting(sim, listen(harbor))
        (token,) = sim.subscribers.by_token
        subscribe, poll = list(sim.counters.log)[-2:]
        assert (subscribe.method, subscribe.path) == ("POST", "/eagle_eye/c000/poll")
        assert subscribe.headers["content-type"] == "application/json"
        assert (poll.method, poll.path, poll.query) == ("GET", "/eagle_eye/c000/poll", {})
        assert poll.headers["cookie"] == f"{subscribe.headers['cookie']}; ee-poll-ses={token}"
        assert "content-type" not in poll.headers

    async def test_a_status_that_says_nothing_is_no_news(
        self, sim: Simulator, harbor: EagleEye, listen: Listen
    ) -> None:
        sim.set_status(GARAGE, Status.INVALID)
        ear = listen(harbor, "1000b001", GARAGE, LOBBY)
        sim.set_status("1000b001", Status.EMPTY)
        await waiting(sim, ear)
        assert [one.camera_id for one in ear.heard] == [LOBBY]

    async def test_what_was_not_asked_for_is_told_as_well(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, listen: Listen
    ) -> None:
        """An id may come back in another form than it was given."""
        scripted.then(web.json_response({"cameras": {"1000A001": {"status": 0x1E003F}}, "token": "t"}))
        scripted.then(web.json_response({"cameras": {"1000A001": {"status": 0x1E003F}}}))
        ear = listen(scripted_harbor)
        await ear.hears(lambda: len(ear.heard) > 1)
        assert ear.heard[0] == ear.heard[1]


class TestArguments:
    """Wrong ones send nothing, and are told at once."""

    @pytest.mark.parametrize(
        ("cameras", "details"),
        [
            ([], {}),
            (LOBBY, {}),
            (["../x"], {}),
            ([LOBBY, ""], {}),
            ([LOBBY], {"events": ["emes"]}),
            ([LOBBY], {"events": ["EMES", "MOTION"]}),
            ([LOBBY], {"events": "EMES"}),
            ([LOBBY], {"resources": []}),
            ([LOBBY], {"resources": ["pre"]}),
            ([LOBBY], {"resources": [EventKind.EVENT], "events": []}),
            ([LOBBY], {"refresh": timedelta(seconds=59)}),
        ],
    )
    async def test_wrong_arguments(
        self, sim: Simulator, harbor: EagleEye, cameras: Any, details: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidInputError):
            harbor.events(cameras, **details)
        assert not sim.counters.requests

    async def test_any_iterable_will_do(self, sim: Simulator, harbor: EagleEye, listen: Listen) -> None:
        ear = Ear(harbor.events(iter([LOBBY, LOBBY]), events=iter(["EMES"]), resources=iter(["event"])))
        await waiting(sim, ear)
        (subscriber,) = sim.subscribers.by_token.values()
        assert subscriber.subscriptions.keys() == {LOBBY}
        await ear.stop()


class TestFailures:
    """What may pass ends nothing, and is not asked for in a hurry (Protocol B.9, D.17)."""

    async def goes_on(self, sim: Simulator, ear: Ear, polls: int) -> None:
        """Make sure that news come again."""
        await waiting(sim, ear, polls)
        switch(sim, OFF)
        await ear.hears(lambda: ear.codes == ["COFF"])

    @pytest.mark.parametrize("status", [400, 500])
    async def test_it_is_subscribed_anew(
        self, sim: Simulator, harbor: EagleEye, pauses: Pauses, listen: Listen, status: int
    ) -> None:
        told: list[CarsonError] = []
        sim.faults.add("poll", "status", status=status, times=3)
        ear = listen(harbor, on_error=told.append)
        await self.goes_on(sim, ear, 4)
        assert (sim.counters.count("subscribe"), sim.counters.session_calls) == (4, 1)
        assert [pause for pause in pauses.taken if pause >= 1] == [1, 2, 4], "a subscription alone is no success"
        assert [type(error) for error in told] == [CannotConnectError] * 3
        assert str(status) in str(told[0])
        assert ear.states == [CameraState.ONLINE], "what is known is not told again"

    async def test_a_subscription_that_lapsed(self, sim: Simulator, harbor: EagleEye, listen: Listen) -> None:
        ear = listen(harbor)
        await waiting(sim, ear)
        sim.subscribers.by_token.clear()
        sim.clock.advance(sim.settings.poll.hold)
        await self.goes_on(sim, ear, 3)
        assert sim.counters.count("subscribe") == 2

    @pytest.mark.parametrize(
        ("kind", "details"),
        [
            ("status", {"status": 408}),
            ("status", {"status": 502}),
            ("html", {"status": 503}),
            ("status", {"status": 504}),
            ("rate_limit", {}),
            ("reset", {}),
            ("cut", {}),
            ("silence", {}),
            ("ok_html", {}),
            ("status", {"status": 200, "body": "[1]"}),
            ("redirect", {"location": "https://evil.example.com/"}),
        ],
    )
    async def test_it_is_polled_again(
        self,
        sim: Simulator,
        harbor: EagleEye,
        pauses: Pauses,
        listen: Listen,
        monkeypatch: pytest.MonkeyPatch,
        kind: str,
        details: dict[str, Any],
    ) -> None:
        # aiohttp itself sends a read once more when its connection turns out to be dead.
        times = 4 if kind == "reset" else 3
        sim.faults.add("poll", kind, times=times, **details)
        if kind == "silence":
            monkeypatch.setattr(harbor._transport, "timeouts", replace(harbor._transport.timeouts, poll=0.2))
        if kind == "cut":
            monkeypatch.setattr(sim.settings.poll, "hold", 0)
        told: list[CarsonError] = []
        ear = listen(harbor, on_error=told.append)
        await ear.hears(lambda: len(told) >= (2 if kind == "reset" else 3))
        monkeypatch.undo()
        await self.goes_on(sim, ear, times + 1)
        assert sim.counters.count("subscribe") == 1
        growing = [pause for pause in pauses.taken if pause >= 1]
        assert growing == [1, 2, 4][: len(told)]
        assert all(isinstance(error, CannotConnectError | RateLimitError) for error in told)

    async def test_a_poll_is_given_longer_than_servers_hold_it(self) -> None:
        assert Timeouts().poll > 60

    @pytest.mark.parametrize(
        ("jitter", "growing"), [(0.0, [2, 4, 8, 16, 32, 32, 32]), (1.0, [1.5, 3, 6, 12, 24, 48, 96, 96, 96])]
    )
    async def test_pauses_vary_and_grow_to_about_a_minute(
        self,
        sim: Simulator,
        make_carson: MakeCarson,
        pauses: Pauses,
        listen: Listen,
        jitter: float,
        growing: list[float],
    ) -> None:
        harbor = make_carson(email=EMAIL, password=PASSWORD, jitter=lambda: jitter).eagle_eye("501")
        sim.faults.add("poll", "status:502", times=9)
        await waiting(sim, listen(harbor), 10)
        assert [pause for pause in pauses.taken if pause > 1] == growing

    @pytest.mark.parametrize(("seconds", "expected"), [(9, [1, 2, 4, 8]), (60, [1, 1, 1, 1])])
    async def test_a_poll_that_was_held_for_long_is_no_sign_of_trouble(
        self,
        scripted: ScriptedServer,
        scripted_harbor: EagleEye,
        pauses: Pauses,
        listen: Listen,
        monkeypatch: pytest.MonkeyPatch,
        seconds: int,
        expected: list[float],
    ) -> None:
        """Servers may say in this way, too, that there is no news."""
        now = 0
        monkeypatch.setattr(event_poll, "_monotonic", lambda: now)

        async def held(_: web.Request) -> web.Response:
            nonlocal now
            now += seconds
            return web.Response(status=408)

        scripted.then(web.json_response({"cameras": {}, "token": "t"})).then(held)
        ear = listen(scripted_harbor)
        await ear.hears(lambda: len(pauses.taken) > 5)
        assert pauses.taken[1:5] == expected

    @pytest.mark.parametrize("status", [400, 500])
    async def test_pauses_grow_however_long_it_took_to_lose_a_subscription(
        self,
        scripted: ScriptedServer,
        scripted_harbor: EagleEye,
        pauses: Pauses,
        listen: Listen,
        monkeypatch: pytest.MonkeyPatch,
        status: int,
    ) -> None:
        now = 0
        monkeypatch.setattr(event_poll, "_monotonic", lambda: now)

        async def answer(request: web.Request) -> web.Response:
            nonlocal now
            now += 60
            return web.Response(status=status) if request.method == "GET" else web.json_response({"token": "t"})

        scripted.then(answer)
        ear = listen(scripted_harbor)
        await ear.hears(lambda: len(pauses.taken) > 8)
        assert pauses.taken[:8] == [0, 1, 0, 2, 0, 4, 0, 8]

    async def test_a_good_answer_makes_pauses_short_again(
        self, sim: Simulator, harbor: EagleEye, pauses: Pauses, listen: Listen
    ) -> None:
        sim.faults.add("poll", "status:502", times=2)
        ear = listen(harbor)
        await waiting(sim, ear, 3)
        sim.clock.advance(sim.settings.poll.hold)
        await waiting(sim, ear, 4)
        sim.faults.add("poll", "status:408", times=1)
        sim.clock.advance(sim.settings.poll.hold)
        await waiting(sim, ear, 6)
        assert [pause for pause in pauses.taken if pause >= 1] == [1, 2, 1]

    async def test_a_wait_that_is_asked_for_is_kept(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, pauses: Pauses, listen: Listen
    ) -> None:
        scripted.then(web.json_response({"cameras": {}, "token": "t"}))
        scripted.then(web.Response(status=429, headers={"Retry-After": "300"})).then(web.json_response({}))
        ear = listen(scripted_harbor)
        await ear.hears(lambda: len(scripted.requests) > 3)
        assert 300 in pauses.taken
        assert [request.method for request in scripted.requests].count("POST") == 1

    @pytest.mark.parametrize(
        ("kind", "details"),
        [
            ("status", {"status": 400}),
            ("status", {"status": 408}),
            ("status", {"status": 500}),
            ("status", {"status": 502}),
            ("rate_limit", {}),
            ("cut", {}),
            ("ok_html", {}),
            ("ok_empty", {}),
            ("missing_key", {"key": "token"}),
            ("status", {"status": 200, "body": "[]"}),
            ("status", {"status": 200, "body": '{"token": 5}'}),
            ("status", {"status": 200, "body": '{"token": ""}'}),
            ("status", {"status": 200, "body": '{"token": "a; auth_key=b"}'}),
            ("status", {"status": 200, "body": '{"token": "a\\r\\nX: y"}'}),
        ],
    )
    async def test_a_subscription_that_fails_is_tried_again(
        self, sim: Simulator, harbor: EagleEye, pauses: Pauses, listen: Listen, kind: str, details: dict[str, Any]
    ) -> None:
        sim.faults.add("subscribe", kind, times=3, **details)
        ear = listen(harbor)
        await self.goes_on(sim, ear, 1)
        assert sim.counters.count("subscribe") == 4
        assert [pause for pause in pauses.taken if pause >= 1] == [1, 2, 4]

    async def test_without_carson_a_renewal_is_tried_again(
        self, sim: Simulator, harbor: EagleEye, listen: Listen, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hours = iter(range(0, 360_000, 3600))
        monkeypatch.setattr(harbor._credential, "_monotonic", lambda: next(hours))
        ear = listen(harbor)
        await waiting(sim, ear)
        sim.faults.add("session", "status:503", times=6)
        revoke(sim)
        await self.goes_on(sim, ear, 2)
        assert sim.counters.session_calls == 8


class TestRefusals:
    """What will not pass ends it, with an error that says what it is (Protocol D.1)."""

    @pytest.mark.parametrize("operation", ["subscribe", "poll"])
    @pytest.mark.parametrize(
        ("status", "error"),
        [(403, PermissionDeniedError), (404, NotFoundError), (405, ApiError), (402, ApiError), (465, ApiError)],
    )
    async def test_refused_for_good(
        self, sim: Simulator, harbor: EagleEye, listen: Listen, operation: str, status: int, error: type[ApiError]
    ) -> None:
        sim.faults.add(operation, "status", status=status)
        told: list[CarsonError] = []
        caught = await listen(harbor, on_error=told.append).error()
        assert type(caught) is error
        assert isinstance(caught, ApiError)
        assert caught.status == status
        assert sim.counters.count(operation) == 1, "not in a loop"
        assert told == []

    async def test_one_camera_that_may_not_be_seen(self, sim: Simulator, harbor: EagleEye, listen: Listen) -> None:
        assert isinstance(await listen(harbor, LOBBY, ELSEWHERE).error(), PermissionDeniedError)

    async def test_a_subscription_that_is_wrong_each_time(
        self, sim: Simulator, harbor: EagleEye, pauses: Pauses, listen: Listen
    ) -> None:
        sim.faults.add("subscribe", "status:400")
        caught = await listen(harbor).error()
        assert isinstance(caught, ApiError)
        assert caught.status == 400
        assert sim.counters.count("subscribe") == 5
        assert pauses.taken == [1, 2, 4, 8]

    async def test_it_can_be_listened_to_again(self, sim: Simulator, harbor: EagleEye, listen: Listen) -> None:
        sim.faults.add("subscribe", "status:403", times=1)
        await listen(harbor).error()
        await waiting(sim, listen(harbor))

    async def test_a_closed_http_session(
        self, sim: Simulator, harbor: EagleEye, session: aiohttp.ClientSession, listen: Listen
    ) -> None:
        ear = listen(harbor)
        await waiting(sim, ear)
        await session.close()
        assert isinstance(await ear.error(), CannotConnectError)


class TestKeys:
    """A session key that is refused is renewed once (Protocol B.9, D.2)."""

    async def test_it_is_renewed_and_subscribed_anew(self, sim: Simulator, harbor: EagleEye, listen: Listen) -> None:
        ear = listen(harbor)
        for turn in (1, 2, 3):
            await waiting(sim, ear, 2 * turn - 1)
            revoke(sim)
            await ear.hears(lambda turn=turn: sim.counters.count("subscribe") == turn + 1)
            await waiting(sim, ear, 2 * turn)
            sim.clock.advance(sim.settings.poll.hold)
            assert sim.counters.session_calls == turn + 1
        switch(sim, OFF)
        await ear.hears(lambda: ear.codes == ["COFF"])
        keys = [record.headers["cookie"] for record in sim.counters.log if record.operation == "subscribe"]
        assert len({*keys}) == 4

    async def test_a_new_key_that_is_refused_for_polling(
        self, sim: Simulator, harbor: EagleEye, listen: Listen
    ) -> None:
        sim.faults.add("poll", "status:401")
        assert isinstance(await listen(harbor).error(), SessionRejectedError)
        assert (sim.counters.session_calls, sim.counters.count("poll"), sim.counters.count("subscribe")) == (2, 2, 2)
        assert await harbor.get_devices(), "the other requests go on"

    async def test_a_new_key_that_is_refused_for_subscribing(
        self, sim: Simulator, harbor: EagleEye, listen: Listen
    ) -> None:
        sim.faults.add("subscribe", "status:401")
        assert isinstance(await listen(harbor).error(), SessionRejectedError)
        assert (sim.counters.session_calls, sim.counters.count("subscribe")) == (2, 2)

    async def test_many_listeners_cost_one_renewal(self, sim: Simulator, harbor: EagleEye, listen: Listen) -> None:
        ears = [listen(harbor, camera) for camera in (LOBBY, GARAGE, "1000a003")]
        await until(lambda: sim.counters.in_flight["eagle_eye"] == 3)
        revoke(sim)
        await until(lambda: sim.counters.count("subscribe") == 6)
        await until(lambda: sim.counters.in_flight["eagle_eye"] == 3)
        assert sim.counters.session_calls == 2
        assert not any(ear.task.done() for ear in ears)

    async def test_a_token_that_carson_refuses(self, sim: Simulator, make_carson: MakeCarson, listen: Listen) -> None:
        ear = listen(make_carson(token=sim.mint_token(EMAIL)).eagle_eye("501"))
        await waiting(sim, ear)
        sim.tokens.revoke()
        revoke(sim)
        assert isinstance(await ear.error(), AuthenticationError)


class TestPace:
    """How often it is asked, and who has to wait for that."""

    @pytest.fixture
    def clock(self, pauses: Pauses, monkeypatch: pytest.MonkeyPatch) -> Callable[[], float]:
        """A clock of the client that only pauses move."""

        def now() -> float:
            return sum(pauses.taken)

        monkeypatch.setattr(event_poll, "_monotonic", now)
        return now

    @pytest.mark.parametrize("body", ["{}", "", "null", "[]", '{"cameras": {"1000a001": {"status": 1179649}}}'])
    async def test_answers_at_once_are_asked_for_once_a_second(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, clock: Callable[[], float], listen: Listen, body: str
    ) -> None:
        scripted.then(web.json_response({"cameras": {}, "token": "t"}))
        scripted.then(web.Response(text=body, content_type="application/json"))
        ear = listen(scripted_harbor)
        await ear.hears(lambda: len(scripted.requests) > 50)
        await ear.stop()
        assert len(scripted.requests) - 1 <= clock() <= len(scripted.requests)

    async def test_a_poll_that_took_long_is_followed_at_once(
        self, sim: Simulator, harbor: EagleEye, pauses: Pauses, listen: Listen, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = 0.0
        monkeypatch.setattr(event_poll, "_monotonic", lambda: now)
        ear = listen(harbor)
        await waiting(sim, ear)
        now = 20.0
        sim.clock.advance(sim.settings.poll.hold)
        await waiting(sim, ear, 2)
        assert pauses.taken == [1, 0]

    async def test_it_is_subscribed_anew_each_ten_minutes(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, clock: Callable[[], float], listen: Listen
    ) -> None:
        async def answer(request: web.Request) -> web.Response:
            return web.json_response({"cameras": {}, "token": "t"} if request.method == "POST" else {})

        scripted.then(answer)
        ear = listen(scripted_harbor)
        await ear.hears(lambda: clock() > 1300)
        await ear.stop()
        times = [number for number, request in enumerate(scripted.requests) if request.method == "POST"]
        assert times == [0, 600, 1200]

    async def test_a_change_of_status_is_told_when_it_is_subscribed_anew(
        self, sim: Simulator, harbor: EagleEye, listen: Listen, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = 0.0
        monkeypatch.setattr(event_poll, "_monotonic", lambda: now)
        ear = listen(harbor, LOBBY, GARAGE, resources=[EventKind.STATUS], refresh=timedelta(minutes=2))
        await waiting(sim, ear)
        switch(sim, Status.ONLINE_NOT_RECORDING)
        sim.clock.advance(sim.settings.poll.hold)
        await waiting(sim, ear, 2)
        assert len(ear.heard) == 2, "HTTP polling does not tell it"
        now = 121.0
        sim.clock.advance(sim.settings.poll.hold)
        await waiting(sim, ear, 3)
        assert [(one.camera_id, one.status and one.status.is_recording) for one in ear.heard] == [
            (LOBBY, True),
            (GARAGE, True),
            (LOBBY, False),
        ]
        assert sim.counters.count("subscribe") == 2

    async def test_listeners_do_not_hold_up_the_others(self, sim: Simulator, harbor: EagleEye, listen: Listen) -> None:
        for _ in range(8):
            listen(harbor, resources=[EventKind.STATUS])
        await until(lambda: sim.counters.count("subscribe") == 8 and sim.counters.in_flight["eagle_eye"] == 6)
        async with asyncio.timeout(5):
            assert await harbor.get_devices()
            assert (await harbor.get_still(LOBBY)).content
            following = asyncio.create_task(harbor.get_still(LOBBY, reference="next"))
            await until(lambda: sim.counters.in_flight["eagle_eye"] == 7)
            sim.clock.advance(2)
            assert (await following).content
        assert sim.counters.count("poll") == 6, "no more than six are held by one host"
        sim.clock.advance(sim.settings.poll.hold)
        await until(lambda: sim.counters.count("poll") >= 8)


class TestEnd:
    """Nothing is left behind."""

    async def test_closing_ends_everything(self, sim: Simulator, harbor: EagleEye) -> None:
        async with aclosing(harbor.events([LOBBY])) as news:
            assert (await anext(news)).kind is EventKind.STATUS
        with pytest.raises(StopAsyncIteration):
            await anext(news)
        assert not running_tasks("aiocarson")
        assert sim.counters.count("poll") == 0

    async def test_cancelling_ends_the_request_that_is_held(
        self, sim: Simulator, harbor: EagleEye, listen: Listen
    ) -> None:
        ear = listen(harbor)
        await waiting(sim, ear)
        await ear.stop()
        await until(lambda: not sim.counters.in_flight["eagle_eye"])
        assert sim.counters.count("poll") == 1

    async def test_nothing_is_sent_before_somebody_listens(self, sim: Simulator, harbor: EagleEye) -> None:
        await harbor.events([LOBBY]).aclose()
        assert not sim.counters.requests


class TestSecrets:
    """The token of a subscription is one."""

    async def test_it_is_shown_nowhere(
        self, sim: Simulator, carson: Carson, listen: Listen, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        sim.settings.poll.hold = 0
        tokens: set[str] = set()
        shown: list[str] = []
        told: list[CarsonError] = []
        harbor = carson.eagle_eye("501")
        for kind in ("reset", "cut", "ok_html", "status:400", "status:401", "status:404", "status:408", "status:500"):
            sim.faults.add("poll", kind, times=2)
            listener = event_poll.EventPoller(
                harbor._http,
                subscription_body([LOBBY], ["EMES"], EventKind),
                refresh=DEFAULT_REFRESH,
                on_error=told.append,
            )
            ear = Ear(listener.events())
            polls = sim.counters.count("poll")
            await until(lambda polls=polls, ear=ear: ear.task.done() or sim.counters.count("poll") > polls + 2)
            tokens |= {*sim.subscribers.by_token}
            shown += [repr(vars(listener)), repr(ear.heard)]
            await ear.stop()
            sim.faults.clear()
            error = None if ear.task.cancelled() else ear.task.exception()
            while error is not None:
                shown += [str(error), repr(error), repr(vars(error))]
                error = error.__cause__ or error.__context__
        shown += [caplog.text, repr(carson), repr(harbor), repr(carson.stats), *map(repr, told), *map(str, told)]
        assert len(tokens) > 8
        assert len(told) > 5
        secrets = tokens | {session.key for session in sim.sessions.issued.values()} | {EMAIL, PASSWORD}
        assert not any(secret in text for secret in secrets for text in shown)
        assert "/eagle_eye/c000/poll → 200" in caplog.text

    async def test_requests_are_counted_and_logged_as_all_are(
        self, sim: Simulator, carson: Carson, listen: Listen
    ) -> None:
        sim.faults.add("poll", "status:502", times=1)
        await waiting(sim, listen(carson.eagle_eye("501")), 2)
        told = carson.stats.as_dict()["eagle_eye"]
        assert told["responses"] == {"200": 1, "502": 1}
        assert told["last_errors"].keys() == {"CannotConnectError"}

    async def test_the_cookie_goes_along_to_no_other_place(
        self, scripted: ScriptedServer, elsewhere: ScriptedServer, scripted_harbor: EagleEye, listen: Listen
    ) -> None:
        elsewhere.then(web.json_response({}))
        scripted.then(web.json_response({"cameras": {}, "token": "t"}))
        scripted.then(web.Response(status=301, headers={"Location": f"{elsewhere.url}/c000/poll"}))
        scripted.then(web.json_response({}))
        ear = listen(scripted_harbor)
        await ear.hears(lambda: len(scripted.requests) > 3)
        assert elsewhere.requests == []
