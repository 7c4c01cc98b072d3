"""The live view (Protocol B.8)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from aiocarson import (
    ApiError,
    CannotConnectError,
    CarsonError,
    EagleEye,
    InvalidInputError,
    InvalidResponseError,
    NotFoundError,
    RateLimitError,
    Timeouts,
)
from aiocarson.errors import PermissionDeniedError, SessionRejectedError
from aiohttp import web
import pytest

from simulator import Simulator

from ..conftest import LOBBY, ScriptedServer, until

SECOND = timedelta(seconds=1)


async def test_live_view_from_start_to_end(sim: Simulator, harbor: EagleEye) -> None:
    begun = datetime.now(UTC)
    async with harbor.live(LOBBY, duration=SECOND) as stream:
        assert stream.camera_id == LOBBY
        assert begun + SECOND <= stream.closes_at <= datetime.now(UTC) + SECOND
        body = b"".join([chunk async for chunk in stream])
    assert body.startswith(b"FLV\x01")
    assert len(body) > 1000
    record = sim.counters.log[-1]
    assert record.operation == "live"
    assert record.query["start_timestamp"].startswith("stream_")
    assert record.query["end_timestamp"] == "+1000"
    assert "A" not in record.query


async def test_slow_stills_do_not_delay_a_live_view(sim: Simulator, harbor: EagleEye) -> None:
    await harbor.get_devices()
    sim.faults.add("image", "silence")
    stills = [asyncio.create_task(harbor.get_still(LOBBY)) for _ in range(40)]
    await until(lambda: sim.counters.count("image") == 24)
    async with harbor.live(LOBBY, duration=SECOND) as stream:
        assert await anext(aiter(stream))
        assert not any(still.done() for still in stills)
    for still in stills:
        still.cancel()
    await asyncio.gather(*stills, return_exceptions=True)


async def test_plus_sign_is_encoded(scripted: ScriptedServer, scripted_harbor: EagleEye) -> None:
    scripted.then(web.Response(body=b"FLV\x01", content_type="video/x-flv"))
    async with scripted_harbor.live(LOBBY) as stream:
        assert [chunk async for chunk in stream] == [b"FLV\x01"]
    assert "end_timestamp=%2B300000" in scripted.requests[0].raw_path


async def test_server_that_requires_an_encoded_plus(sim: Simulator, harbor: EagleEye) -> None:
    sim.settings.live.raw_plus = "reject"
    async with harbor.live(LOBBY, duration=SECOND) as stream:
        assert await anext(stream)


async def test_each_live_view_has_its_own_id(sim: Simulator, harbor: EagleEye) -> None:
    async with harbor.live(LOBBY), harbor.live(LOBBY):
        pass
    ids = {record.query["start_timestamp"] for record in sim.counters.log if record.operation == "live"}
    assert len(ids) == 2


async def test_leaving_closes_the_connection(sim: Simulator, harbor: EagleEye) -> None:
    async with harbor.live(LOBBY) as stream:
        assert await anext(stream)
        assert sim.counters.live_streams_open == 1
    await until(lambda: sim.counters.live_streams_open == 0)


async def test_cancellation_closes_the_connection(sim: Simulator, harbor: EagleEye) -> None:
    async def watch() -> None:
        async with harbor.live(LOBBY) as stream:
            async for _ in stream:
                pass

    task = asyncio.create_task(watch())
    await until(lambda: sim.counters.live_streams_open == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await until(lambda: sim.counters.live_streams_open == 0)


async def test_live_views_do_not_delay_other_requests(sim: Simulator, harbor: EagleEye) -> None:
    views = [harbor.live(LOBBY) for _ in range(8)]
    for view in views:
        await view.__aenter__()
    async with asyncio.timeout(20):
        assert await harbor.get_devices()
    assert sim.counters.live_streams_open == 8
    for view in views:
        await view.__aexit__(None, None, None)


async def test_expired_session_key_is_renewed_once(sim: Simulator, harbor: EagleEye) -> None:
    await harbor.get_devices()
    sim.sessions.revoke()
    async with harbor.live(LOBBY, duration=SECOND) as stream:
        assert (await anext(stream)).startswith(b"FLV")
    assert sim.counters.session_calls == 2


async def test_rejected_renewed_key_is_an_error(sim: Simulator, harbor: EagleEye) -> None:
    sim.faults.add("live", "status:401")
    for _ in range(2):
        with pytest.raises(SessionRejectedError):
            async with harbor.live(LOBBY):
                pass
    assert sim.counters.session_calls == 2
    assert sim.counters.count("live") == 3


@pytest.mark.parametrize(
    ("kind", "details", "error"),
    [
        ("ok_html", {}, InvalidResponseError),
        ("ok_empty", {}, InvalidResponseError),
        ("status", {"status": 400}, ApiError),
        ("status", {"status": 403}, PermissionDeniedError),
        ("status", {"status": 404}, NotFoundError),
        ("status", {"status": 500}, CannotConnectError),
        ("status", {"status": 503}, CannotConnectError),
        ("rate_limit", {}, RateLimitError),
        ("reset", {}, CannotConnectError),
    ],
)
async def test_invalid_live_view_is_an_error(
    sim: Simulator, harbor: EagleEye, kind: str, details: dict[str, Any], error: type[CarsonError]
) -> None:
    sim.faults.add("live", kind, **details)
    with pytest.raises(error) as caught:
        async with harbor.live(LOBBY) as stream:
            await anext(stream)
    assert type(caught.value) is error


async def test_empty_live_view(scripted: ScriptedServer, scripted_harbor: EagleEye) -> None:
    scripted.then(web.Response(content_type="video/x-flv"))
    with pytest.raises(InvalidResponseError, match="is empty"):
        async with scripted_harbor.live(LOBBY) as stream:
            await anext(stream)


@pytest.mark.parametrize("camera", ["1000a005", "1000a006", "1000a0ff"])
async def test_cameras_without_live_view(harbor: EagleEye, camera: str) -> None:
    with pytest.raises(CarsonError):
        async with harbor.live(camera):
            pass


@pytest.mark.timeouts(live_stall=0.3)
async def test_stalled_live_view_is_an_error(scripted: ScriptedServer, scripted_harbor: EagleEye) -> None:
    assert Timeouts().live_stall == 15

    over = asyncio.Event()

    async def standing(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "video/x-flv"})
        await answer.prepare(request)
        await answer.write(b"FLV\x01")
        await over.wait()
        return answer

    scripted.then(standing)
    with pytest.raises(CannotConnectError, match="sent no data"):
        await _watch(scripted_harbor)
    over.set()


async def test_interrupted_live_view_is_an_error(scripted: ScriptedServer, scripted_harbor: EagleEye) -> None:
    async def breaking(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "video/x-flv"})
        answer.enable_chunked_encoding()
        await answer.prepare(request)
        await answer.write(b"FLV\x01")
        assert request.transport is not None
        request.transport.abort()
        return answer

    scripted.then(breaking)
    with pytest.raises(CannotConnectError, match="was lost"):
        await _watch(scripted_harbor)


async def _watch(harbor: EagleEye) -> None:
    async with harbor.live(LOBBY) as stream:
        async for _ in stream:
            pass


@pytest.mark.timeouts(live_open=0.2)
async def test_live_view_that_does_not_start_times_out(sim: Simulator, harbor: EagleEye) -> None:
    sim.faults.add("live", "silence")
    with pytest.raises(CannotConnectError, match="in time"):
        async with harbor.live(LOBBY):
            pass


@pytest.mark.parametrize(
    "duration", [timedelta(0), timedelta(seconds=-5), timedelta(milliseconds=10), timedelta(hours=1)]
)
async def test_invalid_durations_are_rejected(sim: Simulator, harbor: EagleEye, duration: timedelta) -> None:
    with pytest.raises(InvalidInputError):
        async with harbor.live(LOBBY, duration=duration):
            pass
    with pytest.raises(InvalidInputError):
        await harbor.live_url(LOBBY, duration=duration)
    assert not sim.counters.requests


async def test_invalid_camera_id_is_rejected(harbor: EagleEye) -> None:
    with pytest.raises(InvalidInputError):
        harbor.live("../x")
