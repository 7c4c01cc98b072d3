"""The loop that polls for events of cameras (Protocol B.9, D.17)."""

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
from aiocarson.eagle_eye.event_ways import EventWay
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
    """Return a simulator with a stopped clock, so that only the test causes events."""
    async with Simulator(clock=Clock.manual(START)) as simulator:
        yield simulator


@pytest.fixture
def harbor(carson: Carson) -> EagleEye:
    return carson.eagle_eye("501")


@pytest.fixture
def scripted_harbor(sim: Simulator, scripted: ScriptedServer, make_carson: MakeCarson) -> EagleEye:
    """Return an Eagle Eye client: Carson is simulated, Eagle Eye is the scripted server."""
    carson = make_carson(email=EMAIL, password=PASSWORD, eagle_eye_url=scripted.url + "/{subdomain}")
    return carson.eagle_eye("501")


class EventCollector:
    """Collects events in a task of its own."""

    def __init__(self, events: AsyncGenerator[CameraEvent]) -> None:
        self.received: list[CameraEvent] = []
        self.task = asyncio.create_task(self._listen(events))

    async def _listen(self, events: AsyncGenerator[CameraEvent]) -> None:
        async with aclosing(events):
            async for one in events:
                self.received.append(one)

    @property
    def codes(self) -> list[str | None]:
        return [one.code for one in self.received if one.kind is EventKind.EVENT]

    @property
    def states(self) -> list[CameraState | None]:
        return [one.status.state for one in self.received if one.status is not None]

    async def wait_for(self, condition: Callable[[], object]) -> None:
        """Wait for a condition; the end of the poller is an error."""
        await until(lambda: self.task.done() or condition())
        if self.task.done():
            await self.task

    async def error(self) -> BaseException:
        """Wait for the error that ends the poller."""
        await until(self.task.done)
        error = self.task.exception()
        assert error is not None
        return error

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


type Collect = Callable[..., EventCollector]


@pytest.fixture
async def collect() -> AsyncIterator[Collect]:
    """Return a function that collects events, by default of the lobby, until the test ends."""
    collectors: list[EventCollector] = []

    def begin(eagle_eye: EagleEye, *cameras: str, **details: Any) -> EventCollector:
        collectors.append(EventCollector(eagle_eye.events(cameras or (LOBBY,), ways=(EventWay.POLL,), **details)))
        return collectors[-1]

    yield begin
    for collector in collectors:
        await collector.stop()


async def poll_is_held(sim: Simulator, collector: EventCollector, times: int = 1) -> None:
    """Wait until this many polls were sent and the last one is held."""
    await collector.wait_for(lambda: sim.counters.count("poll") >= times and sim.counters.in_flight["eagle_eye"])


def switch(sim: Simulator, *words: int, camera: str = LOBBY) -> None:
    for word in words:
        sim.set_status(camera, word)
        sim.clock.advance(1)


def revoke(sim: Simulator) -> None:
    """Expire the session keys, and end the held polls."""
    sim.sessions.revoke()
    sim.clock.advance(1)


class TestEvents:
    """Events that are yielded."""

    async def test_status_comes_first(self, sim: Simulator, harbor: EagleEye, collect: Collect) -> None:
        collector = collect(harbor, LOBBY, GARAGE)
        await poll_is_held(sim, collector)
        assert [(one.camera_id, one.kind) for one in collector.received] == [(LOBBY, "status"), (GARAGE, "status")]
        assert collector.states == [CameraState.ONLINE] * 2
        switch(sim, OFF, camera=GARAGE)
        await collector.wait_for(lambda: collector.codes)
        assert collector.received[-1] == CameraEvent(
            camera_id=GARAGE,
            kind=EventKind.EVENT,
            code="COFF",
            at=START,
            raw={"timestamp": "20261120120000.000", "cameraid": GARAGE},
        )
        assert collector.received[-1].event is EventCode.SWITCHED_OFF
        assert sim.counters.count("subscribe") == 1

    async def test_motion_on_off_online_and_offline(self, sim: Simulator, harbor: EagleEye, collect: Collect) -> None:
        zero = START.timestamp()
        sim.state.cameras[LOBBY].recordings = [(zero + 1, zero + 25)]
        collector = collect(harbor)
        await poll_is_held(sim, collector)
        sim.clock.advance(2)
        await collector.wait_for(lambda: len(collector.codes) == 2)
        sim.clock.advance(30)
        await collector.wait_for(lambda: len(collector.codes) == 4)
        assert collector.codes == ["EMES", "ROMS", "ROME", "EMEE"], "heartbeats are not asked for by default"
        for word, event in ((OFF, "COFF"), (Status.ONLINE, "CONN"), (Status.INTERNET_OFFLINE, "RCOF")):
            switch(sim, word)
            await collector.wait_for(lambda event=event: event in collector.codes)
        switch(sim, Status.ONLINE)
        await collector.wait_for(lambda: "RCON" in collector.codes)

    async def test_stills_and_recordings(self, sim: Simulator, harbor: EagleEye, collect: Collect) -> None:
        zero = START.timestamp()
        sim.state.cameras[LOBBY].recordings = [(zero + 1, zero + 25)]
        collector = collect(harbor, resources=EVERYTHING, events=[EventCode.MOTION_CONTINUED])
        await poll_is_held(sim, collector)
        sim.clock.advance(15)
        await collector.wait_for(lambda: len(collector.received) == 5)
        assert {one.kind for one in collector.received} == {*EventKind}
        assert collector.codes == ["EMEU"]
        assert all(one.at is not None for one in collector.received[1:])

    async def test_single_resource_yields_its_newest_value(
        self, sim: Simulator, harbor: EagleEye, collect: Collect
    ) -> None:
        collector = collect(harbor, resources=[EventKind.PREVIEW])
        await poll_is_held(sim, collector)
        (preview,) = collector.received
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
    async def test_requested_resources_and_events(
        self,
        sim: Simulator,
        harbor: EagleEye,
        collect: Collect,
        details: dict[str, Any],
        resources: set[str],
        events: set[str],
    ) -> None:
        await poll_is_held(sim, collect(harbor, **details))
        (subscriber,) = sim.subscribers.by_token.values()
        subscription = subscriber.subscriptions[LOBBY]
        assert (subscription.resources, subscription.events) == (resources, events)

    async def test_subscription_request(self, sim: Simulator, harbor: EagleEye, collect: Collect) -> None:
        await poll_is_held(sim, collect(harbor))
        (token,) = sim.subscribers.by_token
        subscribe, poll = list(sim.counters.log)[-2:]
        assert (subscribe.method, subscribe.path) == ("POST", "/eagle_eye/c000/poll")
        assert subscribe.headers["content-type"] == "application/json"
        assert (poll.method, poll.path, poll.query) == ("GET", "/eagle_eye/c000/poll", {})
        assert poll.headers["cookie"] == f"{subscribe.headers['cookie']}; ee-poll-ses={token}"
        assert "content-type" not in poll.headers

    async def test_empty_status_is_ignored(self, sim: Simulator, harbor: EagleEye, collect: Collect) -> None:
        sim.set_status(GARAGE, Status.INVALID)
        collector = collect(harbor, "1000b001", GARAGE, LOBBY)
        sim.set_status("1000b001", Status.EMPTY)
        await poll_is_held(sim, collector)
        assert [one.camera_id for one in collector.received] == [LOBBY]

    async def test_unrequested_events_are_yielded(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, collect: Collect
    ) -> None:
        scripted.then(web.json_response({"cameras": {"1000ffff": {"status": 0x1E003F}}, "token": "t"}))
        scripted.then(web.json_response({"cameras": {"1000ffff": {"status": 0x1E003F}}}))
        collector = collect(scripted_harbor)
        await collector.wait_for(lambda: len(collector.received) > 1)
        assert collector.received[0] == collector.received[1]

    async def test_ids_in_upper_case_are_the_same_cameras(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, collect: Collect
    ) -> None:
        scripted.then(web.json_response({"cameras": {"1000A001": {"status": 0x1E003F}}, "token": "t"}))
        collector = collect(scripted_harbor)
        await collector.wait_for(lambda: bool(collector.received))
        assert collector.received[0].camera_id == LOBBY


class TestArguments:
    """Invalid arguments send nothing and raise an error at once."""

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
    async def test_invalid_arguments(
        self, sim: Simulator, harbor: EagleEye, cameras: Any, details: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidInputError):
            harbor.events(cameras, **details)
        assert not sim.counters.requests

    async def test_any_iterable_is_accepted(self, sim: Simulator, harbor: EagleEye, collect: Collect) -> None:
        collector = EventCollector(
            harbor.events(
                iter([LOBBY, LOBBY]), events=iter(["EMES"]), resources=iter(["event"]), ways=iter([EventWay.POLL])
            )
        )
        await poll_is_held(sim, collector)
        (subscriber,) = sim.subscribers.by_token.values()
        assert subscriber.subscriptions.keys() == {LOBBY}
        await collector.stop()


class TestFailures:
    """Temporary failures do not end the poller, and retries pause (Protocol B.9, D.17)."""

    async def goes_on(self, sim: Simulator, collector: EventCollector, polls: int) -> None:
        """Check that events are yielded again."""
        await poll_is_held(sim, collector, polls)
        switch(sim, OFF)
        await collector.wait_for(lambda: collector.codes == ["COFF"])

    @pytest.mark.parametrize("status", [400, 500])
    async def test_lost_subscription_is_renewed(
        self, sim: Simulator, harbor: EagleEye, pauses: Pauses, collect: Collect, status: int
    ) -> None:
        reported: list[CarsonError] = []
        sim.faults.add("poll", "status", status=status, times=3)
        collector = collect(harbor, on_error=reported.append)
        await self.goes_on(sim, collector, 4)
        assert (sim.counters.count("subscribe"), sim.counters.session_calls) == (4, 1)
        assert [pause for pause in pauses.taken if pause >= 1] == [1, 2, 4], "a subscription alone is no success"
        assert [type(error) for error in reported] == [CannotConnectError] * 3
        assert str(status) in str(reported[0])
        assert collector.states == [CameraState.ONLINE], "what is known is not reported again"

    async def test_expired_subscription_is_renewed(self, sim: Simulator, harbor: EagleEye, collect: Collect) -> None:
        collector = collect(harbor)
        await poll_is_held(sim, collector)
        sim.subscribers.by_token.clear()
        sim.clock.advance(sim.settings.poll.hold)
        await self.goes_on(sim, collector, 3)
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
    async def test_failed_poll_is_repeated(
        self,
        sim: Simulator,
        harbor: EagleEye,
        pauses: Pauses,
        collect: Collect,
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
        reported: list[CarsonError] = []
        collector = collect(harbor, on_error=reported.append)
        await collector.wait_for(lambda: len(reported) >= (2 if kind == "reset" else 3))
        monkeypatch.undo()
        await self.goes_on(sim, collector, times + 1)
        assert sim.counters.count("subscribe") == 1
        growing = [pause for pause in pauses.taken if pause >= 1]
        assert growing == [1, 2, 4][: len(reported)]
        assert all(isinstance(error, CannotConnectError | RateLimitError) for error in reported)

    async def test_timeout_is_longer_than_servers_hold_a_poll(self) -> None:
        assert Timeouts().poll > 60

    @pytest.mark.parametrize(
        ("jitter", "growing"), [(0.0, [2, 4, 8, 16, 32, 32, 32]), (1.0, [1.5, 3, 6, 12, 24, 48, 96, 96, 96])]
    )
    async def test_backoff_grows_to_about_a_minute(
        self,
        sim: Simulator,
        make_carson: MakeCarson,
        pauses: Pauses,
        collect: Collect,
        jitter: float,
        growing: list[float],
    ) -> None:
        harbor = make_carson(email=EMAIL, password=PASSWORD, jitter=lambda: jitter).eagle_eye("501")
        sim.faults.add("poll", "status:502", times=9)
        await poll_is_held(sim, collect(harbor), 10)
        assert [pause for pause in pauses.taken if pause > 1] == growing

    @pytest.mark.parametrize(("seconds", "expected"), [(9, [1, 2, 4, 8]), (60, [1, 1, 1, 1])])
    async def test_failure_of_a_held_poll_does_not_count(
        self,
        scripted: ScriptedServer,
        scripted_harbor: EagleEye,
        pauses: Pauses,
        collect: Collect,
        monkeypatch: pytest.MonkeyPatch,
        seconds: int,
        expected: list[float],
    ) -> None:
        """Servers may end a poll without events in this way, too."""
        now = 0
        monkeypatch.setattr(event_poll, "_monotonic", lambda: now)

        async def held(_: web.Request) -> web.Response:
            nonlocal now
            now += seconds
            return web.Response(status=408)

        scripted.then(web.json_response({"cameras": {}, "token": "t"})).then(held)
        collector = collect(scripted_harbor)
        await collector.wait_for(lambda: len(pauses.taken) > 5)
        assert pauses.taken[1:5] == expected

    @pytest.mark.parametrize("status", [400, 500])
    async def test_backoff_grows_however_long_a_poll_was_held(
        self,
        scripted: ScriptedServer,
        scripted_harbor: EagleEye,
        pauses: Pauses,
        collect: Collect,
        monkeypatch: pytest.MonkeyPatch,
        status: int,
    ) -> None:
        now = 0
        monkeypatch.setattr(event_poll, "_monotonic", lambda: now)

        async def response(request: web.Request) -> web.Response:
            nonlocal now
            now += 60
            return web.Response(status=status) if request.method == "GET" else web.json_response({"token": "t"})

        scripted.then(response)
        collector = collect(scripted_harbor)
        await collector.wait_for(lambda: len(pauses.taken) > 8)
        assert pauses.taken[:8] == [0, 1, 0, 2, 0, 4, 0, 8]

    async def test_success_resets_the_backoff(
        self, sim: Simulator, harbor: EagleEye, pauses: Pauses, collect: Collect
    ) -> None:
        sim.faults.add("poll", "status:502", times=2)
        collector = collect(harbor)
        await poll_is_held(sim, collector, 3)
        sim.clock.advance(sim.settings.poll.hold)
        await poll_is_held(sim, collector, 4)
        sim.faults.add("poll", "status:408", times=1)
        sim.clock.advance(sim.settings.poll.hold)
        await poll_is_held(sim, collector, 6)
        assert [pause for pause in pauses.taken if pause >= 1] == [1, 2, 1]

    async def test_retry_after_is_respected(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, pauses: Pauses, collect: Collect
    ) -> None:
        scripted.then(web.json_response({"cameras": {}, "token": "t"}))
        scripted.then(web.Response(status=429, headers={"Retry-After": "300"})).then(web.json_response({}))
        collector = collect(scripted_harbor)
        await collector.wait_for(lambda: len(scripted.requests) > 3)
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
    async def test_failed_subscription_is_repeated(
        self, sim: Simulator, harbor: EagleEye, pauses: Pauses, collect: Collect, kind: str, details: dict[str, Any]
    ) -> None:
        sim.faults.add("subscribe", kind, times=3, **details)
        collector = collect(harbor)
        await self.goes_on(sim, collector, 1)
        assert sim.counters.count("subscribe") == 4
        assert [pause for pause in pauses.taken if pause >= 1] == [1, 2, 4]

    async def test_renewal_is_repeated_while_carson_is_down(
        self, sim: Simulator, harbor: EagleEye, collect: Collect, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hours = iter(range(0, 360_000, 3600))
        monkeypatch.setattr(harbor._credential, "_monotonic", lambda: next(hours))
        collector = collect(harbor)
        await poll_is_held(sim, collector)
        sim.faults.add("session", "status:503", times=6)
        revoke(sim)
        await self.goes_on(sim, collector, 2)
        assert sim.counters.session_calls == 8


class TestPermanentErrors:
    """Permanent failures end the poller with an error (Protocol D.1)."""

    @pytest.mark.parametrize("operation", ["subscribe", "poll"])
    @pytest.mark.parametrize(
        ("status", "error"),
        [(403, PermissionDeniedError), (404, NotFoundError), (405, ApiError), (402, ApiError), (465, ApiError)],
    )
    async def test_permanent_error_ends_the_poller(
        self, sim: Simulator, harbor: EagleEye, collect: Collect, operation: str, status: int, error: type[ApiError]
    ) -> None:
        sim.faults.add(operation, "status", status=status)
        reported: list[CarsonError] = []
        caught = await collect(harbor, on_error=reported.append).error()
        assert type(caught) is error
        assert isinstance(caught, ApiError)
        assert caught.status == status
        assert sim.counters.count(operation) == 1, "not in a loop"
        assert reported == []

    async def test_camera_without_permission_ends_the_poller(
        self, sim: Simulator, harbor: EagleEye, collect: Collect
    ) -> None:
        assert isinstance(await collect(harbor, LOBBY, ELSEWHERE).error(), PermissionDeniedError)

    async def test_repeatedly_rejected_subscription_ends_the_poller(
        self, sim: Simulator, harbor: EagleEye, pauses: Pauses, collect: Collect
    ) -> None:
        sim.faults.add("subscribe", "status:400")
        caught = await collect(harbor).error()
        assert isinstance(caught, ApiError)
        assert caught.status == 400
        assert sim.counters.count("subscribe") == 5
        assert pauses.taken == [1, 2, 4, 8]

    async def test_poller_can_be_restarted_after_an_error(
        self, sim: Simulator, harbor: EagleEye, collect: Collect
    ) -> None:
        sim.faults.add("subscribe", "status:403", times=1)
        await collect(harbor).error()
        # A new session key, for which nothing was refused yet.
        sim.sessions.revoke()
        await harbor.list_devices()
        await poll_is_held(sim, collect(harbor))

    async def test_closed_http_session_ends_the_poller(
        self, sim: Simulator, harbor: EagleEye, session: aiohttp.ClientSession, collect: Collect
    ) -> None:
        collector = collect(harbor)
        await poll_is_held(sim, collector)
        await session.close()
        assert isinstance(await collector.error(), CannotConnectError)


class TestKeys:
    """A rejected session key is renewed once (Protocol B.9, D.2)."""

    async def test_session_key_and_subscription_are_renewed(
        self, sim: Simulator, harbor: EagleEye, collect: Collect
    ) -> None:
        collector = collect(harbor)
        for turn in (1, 2, 3):
            await poll_is_held(sim, collector, 2 * turn - 1)
            revoke(sim)
            await collector.wait_for(lambda turn=turn: sim.counters.count("subscribe") == turn + 1)
            await poll_is_held(sim, collector, 2 * turn)
            sim.clock.advance(sim.settings.poll.hold)
            assert sim.counters.session_calls == turn + 1
        switch(sim, OFF)
        await collector.wait_for(lambda: collector.codes == ["COFF"])
        keys = [record.headers["cookie"] for record in sim.counters.log if record.operation == "subscribe"]
        assert len({*keys}) == 4

    async def test_new_key_rejected_for_polling(self, sim: Simulator, harbor: EagleEye, collect: Collect) -> None:
        sim.faults.add("poll", "status:401")
        assert isinstance(await collect(harbor).error(), SessionRejectedError)
        assert (sim.counters.session_calls, sim.counters.count("poll"), sim.counters.count("subscribe")) == (2, 2, 2)
        assert await harbor.get_devices(), "the other requests go on"

    async def test_new_key_rejected_for_subscribing(self, sim: Simulator, harbor: EagleEye, collect: Collect) -> None:
        sim.faults.add("subscribe", "status:401")
        assert isinstance(await collect(harbor).error(), SessionRejectedError)
        assert (sim.counters.session_calls, sim.counters.count("subscribe")) == (2, 2)

    async def test_pollers_share_one_renewal(self, sim: Simulator, harbor: EagleEye, collect: Collect) -> None:
        collectors = [collect(harbor, camera) for camera in (LOBBY, GARAGE, "1000a003")]
        await until(lambda: sim.counters.in_flight["eagle_eye"] == 3)
        revoke(sim)
        await until(lambda: sim.counters.count("subscribe") == 6)
        await until(lambda: sim.counters.in_flight["eagle_eye"] == 3)
        assert sim.counters.session_calls == 2
        assert not any(collector.task.done() for collector in collectors)

    async def test_rejected_token_ends_the_poller(
        self, sim: Simulator, make_carson: MakeCarson, collect: Collect
    ) -> None:
        collector = collect(make_carson(token=sim.mint_token(EMAIL)).eagle_eye("501"))
        await poll_is_held(sim, collector)
        sim.tokens.revoke()
        revoke(sim)
        assert isinstance(await collector.error(), AuthenticationError)


class TestPace:
    """Intervals of the polls."""

    @pytest.fixture
    def clock(self, pauses: Pauses, monkeypatch: pytest.MonkeyPatch) -> Callable[[], float]:
        """Return a clock that only pauses advance."""

        def now() -> float:
            return sum(pauses.taken)

        monkeypatch.setattr(event_poll, "_monotonic", now)
        return now

    @pytest.mark.parametrize("body", ["{}", "", "null", "[]", '{"cameras": {"1000a001": {"status": 1179649}}}'])
    async def test_immediate_responses_are_requested_once_a_second(
        self,
        scripted: ScriptedServer,
        scripted_harbor: EagleEye,
        clock: Callable[[], float],
        collect: Collect,
        body: str,
    ) -> None:
        scripted.then(web.json_response({"cameras": {}, "token": "t"}))
        scripted.then(web.Response(text=body, content_type="application/json"))
        collector = collect(scripted_harbor)
        await collector.wait_for(lambda: len(scripted.requests) > 50)
        await collector.stop()
        assert len(scripted.requests) - 1 <= clock() <= len(scripted.requests)

    async def test_long_poll_is_followed_by_the_next_at_once(
        self, sim: Simulator, harbor: EagleEye, pauses: Pauses, collect: Collect, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = 0.0
        monkeypatch.setattr(event_poll, "_monotonic", lambda: now)
        collector = collect(harbor)
        await poll_is_held(sim, collector)
        now = 20.0
        sim.clock.advance(sim.settings.poll.hold)
        await poll_is_held(sim, collector, 2)
        assert pauses.taken == [1, 0]

    async def test_subscription_is_renewed_every_ten_minutes(
        self,
        scripted: ScriptedServer,
        scripted_harbor: EagleEye,
        pauses: Pauses,
        collect: Collect,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """The server holds each poll for 20 seconds of a clock that only requests and pauses advance."""
        held = 0.0
        subscribed_at: list[float] = []

        def now() -> float:
            return held + sum(pauses.taken)

        async def response(request: web.Request) -> web.Response:
            nonlocal held
            if request.method == "POST":
                subscribed_at.append(now())
                return web.json_response({"cameras": {}, "token": "t"})
            held += 20
            return web.json_response({})

        monkeypatch.setattr(event_poll, "_monotonic", now)
        scripted.then(response)
        collector = collect(scripted_harbor)
        await collector.wait_for(lambda: now() > 1300)
        await collector.stop()
        assert subscribed_at == [pytest.approx(0, abs=1), pytest.approx(600, abs=21), pytest.approx(1200, abs=42)]
        assert len(scripted.requests) < 100

    async def test_status_change_is_yielded_with_a_new_subscription(
        self, sim: Simulator, harbor: EagleEye, collect: Collect, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = 0.0
        monkeypatch.setattr(event_poll, "_monotonic", lambda: now)
        collector = collect(harbor, LOBBY, GARAGE, resources=[EventKind.STATUS], refresh=timedelta(minutes=2))
        await poll_is_held(sim, collector)
        switch(sim, Status.ONLINE_NOT_RECORDING)
        sim.clock.advance(sim.settings.poll.hold)
        await poll_is_held(sim, collector, 2)
        assert len(collector.received) == 2, "HTTP polls do not report it"
        now = 121.0
        sim.clock.advance(sim.settings.poll.hold)
        await poll_is_held(sim, collector, 3)
        assert [(one.camera_id, one.status and one.status.is_recording) for one in collector.received] == [
            (LOBBY, True),
            (GARAGE, True),
            (LOBBY, False),
        ]
        assert sim.counters.count("subscribe") == 2

    async def test_pollers_do_not_delay_other_requests(
        self, sim: Simulator, harbor: EagleEye, collect: Collect
    ) -> None:
        for _ in range(8):
            collect(harbor, resources=[EventKind.STATUS])
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
    """Closing and cancellation."""

    async def test_closing_ends_all_tasks(self, sim: Simulator, harbor: EagleEye) -> None:
        async with aclosing(harbor.events([LOBBY])) as events:
            assert (await anext(events)).kind is EventKind.STATUS
        with pytest.raises(StopAsyncIteration):
            await anext(events)
        assert not running_tasks("aiocarson")
        assert sim.counters.count("poll") == 0

    async def test_cancellation_ends_the_held_request(self, sim: Simulator, harbor: EagleEye, collect: Collect) -> None:
        collector = collect(harbor)
        await poll_is_held(sim, collector)
        await collector.stop()
        await until(lambda: not sim.counters.in_flight["eagle_eye"])
        assert sim.counters.count("poll") == 1

    async def test_nothing_is_sent_before_iteration(self, sim: Simulator, harbor: EagleEye) -> None:
        await harbor.events([LOBBY]).aclose()
        assert not sim.counters.requests


class TestSecrets:
    """The token of a subscription is a secret."""

    async def test_subscription_token_is_never_shown(
        self, sim: Simulator, carson: Carson, collect: Collect, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        sim.settings.poll.hold = 0
        tokens: set[str] = set()
        shown: list[str] = []
        reported: list[CarsonError] = []
        harbor = carson.eagle_eye("501")
        for kind in ("reset", "cut", "ok_html", "status:400", "status:401", "status:404", "status:408", "status:500"):
            sim.faults.add("poll", kind, times=2)
            listener = event_poll.EventPoller(
                harbor._http,
                subscription_body([LOBBY], ["EMES"], EventKind),
                refresh=DEFAULT_REFRESH,
                on_error=reported.append,
            )
            collector = EventCollector(listener.events())
            polls = sim.counters.count("poll")
            await until(
                lambda polls=polls, collector=collector: collector.task.done() or sim.counters.count("poll") > polls + 2
            )
            tokens |= {*sim.subscribers.by_token}
            shown += [repr(vars(listener)), repr(collector.received)]
            await collector.stop()
            sim.faults.clear()
            error = None if collector.task.cancelled() else collector.task.exception()
            while error is not None:
                shown += [str(error), repr(error), repr(vars(error))]
                error = error.__cause__ or error.__context__
        shown += [
            caplog.text,
            repr(carson),
            repr(harbor),
            repr(carson.stats),
            *map(repr, reported),
            *map(str, reported),
        ]
        assert len(tokens) > 8
        assert len(reported) > 5
        secrets = tokens | {session.key for session in sim.sessions.issued.values()} | {EMAIL, PASSWORD}
        assert not any(secret in text for secret in secrets for text in shown)
        assert "/eagle_eye/c000/poll → 200" in caplog.text

    async def test_requests_are_counted_and_logged(self, sim: Simulator, carson: Carson, collect: Collect) -> None:
        sim.faults.add("poll", "status:502", times=1)
        await poll_is_held(sim, collect(carson.eagle_eye("501")), 2)
        reported = carson.stats.as_dict()["eagle_eye"]
        assert reported["responses"] == {"200": 1, "502": 1}
        assert reported["last_errors"].keys() == {"CannotConnectError"}

    async def test_subscription_cookie_is_sent_to_no_other_host(
        self, scripted: ScriptedServer, elsewhere: ScriptedServer, scripted_harbor: EagleEye, collect: Collect
    ) -> None:
        elsewhere.then(web.json_response({}))
        scripted.then(web.json_response({"cameras": {}, "token": "t"}))
        scripted.then(web.Response(status=301, headers={"Location": f"{elsewhere.url}/c000/poll"}))
        scripted.then(web.json_response({}))
        collector = collect(scripted_harbor)
        await collector.wait_for(lambda: len(scripted.requests) > 3)
        assert elsewhere.requests == []
