"""How often polling asks, and with which key (Protocol B.9, D.17)."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from aiocarson import (
    AuthenticationError,
    EagleEye,
    EventKind,
)
from aiocarson.eagle_eye import event_poll
from aiocarson.errors import SessionRejectedError
from aiohttp import web
import pytest

from simulator import Simulator, Status

from ...conftest import EMAIL, LOBBY, MakeCarson, Pauses, ScriptedServer, until
from .conftest import GARAGE, OFF, Collect, poll_is_held, revoke, switch


class TestKeys:
    """A rejected session key is renewed once (Protocol B.9, D.2)."""

    async def test_session_key_and_subscription_are_renewed(
        self, sim: Simulator, harbor: EagleEye, collect: Collect
    ) -> None:
        collector = collect(harbor)
        for turn in (1, 2, 3):
            await poll_is_held(sim, collector, 2 * turn - 1)
            revoke(sim)
            await collector.wait_for(partial(lambda turn: sim.counters.count("subscribe") == turn + 1, turn))
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
        async with asyncio.timeout(20):
            assert await harbor.get_devices()
            assert (await harbor.get_still(LOBBY)).content
            following = asyncio.create_task(harbor.get_still(LOBBY, reference="next"))
            await until(lambda: sim.counters.in_flight["eagle_eye"] == 7)
            sim.clock.advance(2)
            assert (await following).content
        assert sim.counters.count("poll") == 6, "no more than six are held by one host"
        sim.clock.advance(sim.settings.poll.hold)
        await until(lambda: sim.counters.count("poll") >= 8)
