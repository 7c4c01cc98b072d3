"""Polling for events when something fails (Protocol B.9, D.17)."""

from dataclasses import replace
from typing import Any

from aiocarson import (
    ApiError,
    CameraState,
    CannotConnectError,
    CarsonError,
    EagleEye,
    NotFoundError,
    RateLimitError,
    Timeouts,
)
from aiocarson.eagle_eye import event_poll
from aiocarson.errors import PermissionDeniedError
import aiohttp
from aiohttp import web
import pytest

from simulator import Simulator

from ...conftest import EMAIL, LOBBY, PASSWORD, MakeCarson, Pauses, ScriptedServer
from .conftest import ELSEWHERE, OFF, Collect, EventCollector, poll_is_held, revoke, switch


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
        expected = 2 if kind == "reset" else 3

        def report(error: CarsonError) -> None:
            reported.append(error)
            if len(reported) == expected:
                monkeypatch.undo()

        collector = collect(harbor, on_error=report)
        await collector.wait_for(lambda: len(reported) >= expected)
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
