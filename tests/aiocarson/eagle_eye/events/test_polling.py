"""The loop that polls for events of cameras (Protocol B.9, D.17)."""

import asyncio
from contextlib import aclosing
from datetime import timedelta
from functools import partial
import logging
from typing import Any

from aiocarson import (
    CameraEvent,
    CameraState,
    Carson,
    CarsonError,
    EagleEye,
    EventKind,
    InvalidInputError,
)
from aiocarson.eagle_eye import event_poll
from aiocarson.eagle_eye.event_ways import EventWay
from aiocarson.eagle_eye.events import EventCode
from aiocarson.eagle_eye.subscription import DEFAULT_EVENTS, DEFAULT_REFRESH, subscription_body
from aiohttp import web
import pytest

from simulator import Simulator, Status
from tests.support.tasks import running_tasks

from ...conftest import EMAIL, LOBBY, PASSWORD, ScriptedServer, until
from .conftest import EVERYTHING, GARAGE, OFF, START, Collect, EventCollector, poll_is_held, switch


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
            await collector.wait_for(partial(lambda event: event in collector.codes, event))
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
        assert ({*subscription.resources}, {*subscription.events}) == (resources, events)

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
        collector = EventCollector().follow(
            harbor.events(
                iter([LOBBY, LOBBY]),
                events=iter(["EMES"]),
                resources=iter([EventKind.EVENT]),
                ways=iter([EventWay.POLL]),
            )
        )
        await poll_is_held(sim, collector)
        (subscriber,) = sim.subscribers.by_token.values()
        assert subscriber.subscriptions.keys() == {LOBBY}
        await collector.stop()


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


class TestInterruptions:
    """What a caller is told about them, and may wait for."""

    async def test_events_that_arrive_again_are_reported(
        self, sim: Simulator, harbor: EagleEye, collect: Collect
    ) -> None:
        asked = 0

        async def before_retry() -> None:
            nonlocal asked
            asked += 1

        collector = collect(harbor, before_retry=before_retry)
        await poll_is_held(sim, collector)
        assert collector.connections == 1
        sim.faults.add("poll", "status", status=502, times=1)
        sim.clock.advance(25)
        await poll_is_held(sim, collector, times=3)
        assert (collector.connections, len(collector.errors), asked) == (1, 1, 1)
        sim.clock.advance(25)
        await collector.wait_for(lambda: collector.connections == 2)
        assert asked == 1


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
                on_connected=lambda: None,
                before_retry=lambda: asyncio.sleep(0),
            )
            collector = EventCollector().follow(listener.events())
            polls = sim.counters.count("poll")
            await until(
                partial(
                    lambda collector, polls: collector.task.done() or sim.counters.count("poll") > polls + 2,
                    collector,
                    polls,
                )
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
