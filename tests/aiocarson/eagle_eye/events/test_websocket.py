"""Camera events over the websocket, and the ways that are tried after it (Protocol B.9, B.10)."""

import asyncio
from collections.abc import Callable
import json
from typing import Any

from aiocarson import (
    ApiError,
    CameraEvent,
    CameraState,
    CannotConnectError,
    EagleEye,
    EventKind,
    InvalidResponseError,
)
from aiocarson.eagle_eye.event_backlog import MAX_WAITING, EventBacklog
from aiocarson.eagle_eye.event_messages import parse_message
from aiocarson.eagle_eye.event_socket import MAX_UNANSWERED
from aiocarson.eagle_eye.event_ways import EventWay
from aiocarson.errors import NotFoundError, PermissionDeniedError, SessionRejectedError
import aiohttp
from aiohttp import WSMsgType, web
import pytest

from simulator import Simulator, Status

from ...conftest import LOBBY, ScriptedServer, until
from .conftest import ELSEWHERE, GARAGE, START, Collect

DEVICES = web.json_response([["00005001", LOBBY, "Lobby", "camera", [], "ATTD", "", [], "", "", Status.ONLINE, "", 0]])


def pushing(*messages: str | bytes | dict[str, Any], stay: bool = True) -> Callable[[web.Request], Any]:
    async def respond(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/list"):
            return web.Response(body=DEVICES.body, content_type="application/json")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        for message in messages:
            if isinstance(message, bytes):
                await socket.send_bytes(message)
            else:
                await socket.send_str(message if isinstance(message, str) else json.dumps(message))
        if stay:
            async for message_in in socket:
                assert message_in.type is not WSMsgType.PING
        return socket

    return respond


def message(data: object, status: int = 200) -> dict[str, Any]:
    return {"status_code": status, "message": "", "data": data}


def event(code: str, second: int = 0) -> dict[str, Any]:
    return {"event": {code: {"timestamp": f"20261120120{second // 60}{second % 60:02}.000", "eventid": -5}}}


HELLO = message({LOBBY: {"status": int(Status.ONLINE)}})


class TestEvents:
    """What arrives over the websocket of the simulator."""

    async def test_status_arrives_at_once_and_when_it_changes(
        self, sim: Simulator, harbor: EagleEye, listen: Collect
    ) -> None:
        listener = listen(harbor, LOBBY, GARAGE)
        await listener.wait_for(lambda: len(listener.states) == 2)
        sim.set_status(GARAGE, Status.INTERNET_OFFLINE)
        await listener.wait_for(lambda: len(listener.states) == 3)
        assert (listener.received[-1].camera_id, listener.states[-1]) == (GARAGE, CameraState.INTERNET_OFFLINE)
        assert harbor.event_ways.in_use is EventWay.WEBSOCKET
        assert sim.counters.count("poll") == sim.counters.count("subscribe") == 0

    async def test_motion_arrives_in_order(self, sim: Simulator, harbor: EagleEye, listen: Collect) -> None:
        sim.state.cameras[LOBBY].recordings = [(START.timestamp() + 1, START.timestamp() + 5)]
        listener = listen(harbor, events=("EMES", "EMEE"), resources=(EventKind.EVENT,))
        await listener.wait_for(lambda: listener.connections)
        sim.clock.advance(10)
        await listener.wait_for(lambda: len(listener.codes) == 2)
        assert listener.codes == ["EMES", "EMEE"]
        # The status was only subscribed to for the sake of an answer.
        assert listener.states == []

    async def test_key_that_expires_is_renewed_once_and_the_websocket_connected_again(
        self, sim: Simulator, harbor: EagleEye, listen: Collect
    ) -> None:
        listener = listen(harbor)
        await listener.wait_for(lambda: listener.connections == 1)
        sim.sessions.revoke()
        await listener.wait_for(lambda: listener.connections >= 2)
        sim.set_status(LOBBY, Status.OFF)
        await listener.wait_for(lambda: len(listener.states) == 2)
        assert listener.errors == []
        assert len(sim.sessions.issued) == 2

    async def test_camera_of_others_is_denied_and_the_others_go_on(
        self, sim: Simulator, harbor: EagleEye, listen: Collect
    ) -> None:
        listener = listen(harbor, ELSEWHERE, LOBBY)
        await listener.wait_for(lambda: listener.states)
        assert {event.camera_id for event in listener.received} == {LOBBY}
        sim.set_status(LOBBY, Status.OFF)
        await listener.wait_for(lambda: len(listener.states) == 2)

    async def test_nothing_is_left_after_the_end(self, sim: Simulator, harbor: EagleEye, listen: Collect) -> None:
        before = asyncio.all_tasks()
        listener = listen(harbor)
        await listener.wait_for(lambda: listener.connections)
        await listener.stop()
        await until(lambda: not sim.counters.websockets)
        left = asyncio.all_tasks() - before
        assert not [task for task in left if "EventSocket" in repr(task.get_coro())]
        assert harbor.event_ways.in_use is None

    async def test_client_that_is_closed(
        self, session: aiohttp.ClientSession, harbor: EagleEye, listen: Collect
    ) -> None:
        await harbor.list_devices()
        await session.close()
        assert isinstance(await listen(harbor).error(), CannotConnectError)


class TestRefusals:
    """Ways that Eagle Eye refuses."""

    @pytest.mark.parametrize("status", [403, 404, 405])
    async def test_poll_is_used_if_the_websocket_is_refused(
        self, sim: Simulator, harbor: EagleEye, listen: Collect, status: int
    ) -> None:
        sim.faults.add("listen", "status", status=status)
        listener = listen(harbor)
        await listener.wait_for(lambda: sim.counters.count("poll"))
        assert harbor.event_ways.in_use is EventWay.POLL
        assert harbor.event_ways.refused[EventWay.WEBSOCKET].status == status
        assert sim.counters.count("listen") == 1

    async def test_refusal_of_both_ways_is_remembered_until_there_is_a_new_key(
        self, sim: Simulator, harbor: EagleEye, listen: Collect
    ) -> None:
        for route in ("listen", "subscribe"):
            sim.faults.add(route, "status", status=403)
        assert isinstance(await listen(harbor).error(), PermissionDeniedError)
        assert isinstance(await listen(harbor).error(), PermissionDeniedError)
        assert (sim.counters.count("listen"), sim.counters.count("subscribe")) == (1, 1)
        sim.sessions.revoke()
        await harbor.list_devices()
        assert isinstance(await listen(harbor).error(), PermissionDeniedError)
        assert sim.counters.count("listen") == 2

    async def test_all_cameras_denied(self, sim: Simulator, harbor: EagleEye, listen: Collect) -> None:
        assert isinstance(await listen(harbor, ELSEWHERE, ways=(EventWay.WEBSOCKET,)).error(), PermissionDeniedError)

    async def test_renewed_key_that_only_the_websocket_rejects(
        self, sim: Simulator, harbor: EagleEye, listen: Collect
    ) -> None:
        await harbor.list_devices()
        sim.faults.add("listen", "status", status=401)
        listener = listen(harbor)
        await listener.wait_for(lambda: harbor.event_ways.in_use is EventWay.POLL and listener.connections)
        assert sim.counters.count("listen") == 2
        # Other requests may need a new key at any time.
        sim.sessions.revoke()
        assert await harbor.get_devices()

    async def test_renewed_key_that_is_rejected_everywhere(
        self, sim: Simulator, harbor: EagleEye, listen: Collect
    ) -> None:
        sim.settings.sessions.refuse_keys = True
        assert isinstance(await listen(harbor).error(), SessionRejectedError)

    async def test_server_errors_are_a_refusal_after_some_attempts(
        self, sim: Simulator, harbor: EagleEye, listen: Collect
    ) -> None:
        sim.faults.add("listen", "status", status=502)
        listener = listen(harbor)
        await listener.wait_for(lambda: sim.counters.count("poll"))
        assert sim.counters.count("listen") == MAX_UNANSWERED
        assert len(listener.errors) == MAX_UNANSWERED - 1

    @pytest.mark.timeouts(event_answer=0.01)
    async def test_server_that_never_speaks(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, listen: Collect
    ) -> None:
        scripted.then(pushing())
        error = await listen(scripted_harbor, ways=(EventWay.WEBSOCKET,)).error()
        assert isinstance(error, ApiError)
        assert str(error) == "Eagle Eye accepted a websocket and sent nothing"

    async def test_no_account_in_the_device_list(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, listen: Collect
    ) -> None:
        scripted.then(web.json_response([]))
        assert isinstance(await listen(scripted_harbor, ways=(EventWay.WEBSOCKET,)).error(), NotFoundError)

    async def test_account_that_is_no_part_of_a_path(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, listen: Collect
    ) -> None:
        scripted.then(web.json_response([["../x", LOBBY, "Lobby", "camera", [], "ATTD", "", [], "", "", 0, "", 0]]))
        assert isinstance(await listen(scripted_harbor, ways=(EventWay.WEBSOCKET,)).error(), NotFoundError)
        assert len(scripted.requests) == 1

    async def test_rejected_subscription(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, listen: Collect
    ) -> None:
        scripted.then(pushing(message({}, 400)))
        error = await listen(scripted_harbor, ways=(EventWay.WEBSOCKET,)).error()
        assert isinstance(error, ApiError)
        assert error.status == 400


class TestBadMessages:
    """What no websocket should send."""

    async def test_bad_messages_are_ignored(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, listen: Collect
    ) -> None:
        cut = json.dumps(HELLO)[:20]
        bad = (cut, b"\0\1", "[]", "{}", message([]), message(None), message({ELSEWHERE: event("EMES")}))
        scripted.then(pushing(*bad, message({LOBBY: {"event": 1}}), message({}, 999), message({LOBBY: event("ABCD")})))
        listener = listen(scripted_harbor)
        await listener.wait_for(lambda: listener.codes)
        assert [(one.camera_id, one.code, one.event) for one in listener.received] == [(LOBBY, "ABCD", None)]
        assert listener.connections == 1

    async def test_connection_that_is_lost_is_made_again(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, listen: Collect
    ) -> None:
        scripted.then(pushing(HELLO, stay=False))
        listener = listen(scripted_harbor)
        await listener.wait_for(lambda: listener.connections >= 3)
        assert listener.states == [CameraState.ONLINE]
        assert all(isinstance(error, CannotConnectError) for error in listener.errors)

    async def test_message_that_is_too_large_ends_the_connection(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, listen: Collect
    ) -> None:
        scripted.then(pushing(HELLO, "x" * 2_000_000))
        listener = listen(scripted_harbor)
        await listener.wait_for(lambda: listener.connections >= 2)

    async def test_flood_is_coalesced(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, listen: Collect
    ) -> None:
        flood = (message({LOBBY: {"pre": f"20261120120000.{number % 1000:03}"}}) for number in range(10_000))
        scripted.then(pushing(*flood, message({LOBBY: event("EMES")})))
        listener = listen(scripted_harbor, resources=(EventKind.PREVIEW, EventKind.EVENT))
        await listener.wait_for(lambda: listener.codes)
        assert listener.codes == ["EMES"]

    async def test_redirect_to_others_is_not_followed(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, listen: Collect
    ) -> None:
        scripted.then(web.Response(body=DEVICES.body, content_type="application/json"))
        scripted.then(web.Response(status=301, headers={"Location": "https://elsewhere.example/"}))
        listener = listen(scripted_harbor, ways=(EventWay.WEBSOCKET,))
        await listener.wait_for(lambda: listener.errors)
        assert isinstance(listener.errors[0], InvalidResponseError)

    async def test_redirect_within_the_domain_is_followed(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, listen: Collect
    ) -> None:
        scripted.then(web.Response(body=DEVICES.body, content_type="application/json"))
        scripted.then(web.Response(status=301, headers={"Location": "/c000/moved"})).then(pushing(HELLO))
        listener = listen(scripted_harbor)
        await listener.wait_for(lambda: listener.states)
        assert [request.path for request in scripted.requests][-1] == "/c000/moved"
        assert "auth_key=" in scripted.requests[-1].headers["Cookie"]

    async def test_endless_redirects_are_not_followed(
        self, scripted: ScriptedServer, scripted_harbor: EagleEye, listen: Collect
    ) -> None:
        scripted.then(web.Response(body=DEVICES.body, content_type="application/json"))
        scripted.then(web.Response(status=301, headers={"Location": "/c000/moved"}))
        listener = listen(scripted_harbor, ways=(EventWay.WEBSOCKET,))
        await listener.wait_for(lambda: listener.errors)
        assert isinstance(listener.errors[0], InvalidResponseError)


def test_signed_ids_of_cameras_are_those_that_were_subscribed_to() -> None:
    signed = str(0xF000A001 - 2**32)
    found = parse_message(json.dumps(message({signed: event("EMES")})), frozenset({"f000a001"}))
    assert found is not None
    assert [one.camera_id for one in found.events] == ["f000a001"]


async def test_backlog_keeps_the_newest_of_each_kind_in_the_order_of_arrival() -> None:
    backlog = EventBacklog()
    one, two = (CameraEvent(camera_id=LOBBY, kind=EventKind.EVENT, code=code) for code in ("EMES", "EMEE"))
    backlog.add([one, two, one])
    assert await backlog.take() == (two, one)


async def test_backlog_is_bounded_and_hands_out_what_arrived_before_an_error() -> None:
    backlog = EventBacklog()
    backlog.add(CameraEvent(camera_id=str(number), kind=EventKind.STATUS) for number in range(MAX_WAITING + 1))
    backlog.close(CannotConnectError("lost"))
    assert len(await backlog.take()) == MAX_WAITING
    with pytest.raises(CannotConnectError):
        await backlog.take()


async def test_backlog_ends_with_an_unexpected_error() -> None:
    async def fail() -> None:
        raise RuntimeError

    backlog = EventBacklog()
    reader = asyncio.create_task(fail())
    reader.add_done_callback(backlog.close_with)
    with pytest.raises(RuntimeError):
        await backlog.take()
