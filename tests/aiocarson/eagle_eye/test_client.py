"""Devices and stills of a building (Protocol B.2, B.6)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from aiocarson import (
    ApiError,
    CameraState,
    CannotConnectError,
    Carson,
    CarsonError,
    EagleEye,
    InvalidInputError,
    InvalidResponseError,
    NotFoundError,
    RateLimitError,
    Timeouts,
)
from aiocarson.errors import PermissionDeniedError
import aiohttp
from aiohttp import web
import pytest

from simulator import Clock, Simulator

from ..conftest import EMAIL, LOBBY, PASSWORD, ScriptedServer, until

JPEG = b"\xff\xd8\xff\xe0 picture\xff\xd9"


async def test_device_list(harbor: EagleEye) -> None:
    devices = await harbor.get_devices()
    assert {device.name: device.status.state for device in devices if device.is_camera} == {
        "Lobby": CameraState.ONLINE,
        "Garage": CameraState.ONLINE,
        "Roof": CameraState.ONLINE,
        "Mail Room": CameraState.ONLINE,
        "Gym": CameraState.OFF,
        "Stairs": CameraState.OFFLINE,
        "Boiler Room": CameraState.PASSWORD_NEEDED,
        "Bins": CameraState.INTERNET_OFFLINE,
    }
    bridge = next(device for device in devices if device.type == "bridge")
    assert bridge.status.is_empty
    assert "1000a009" in {device.id for device in devices}


async def test_carson_lists_other_cameras_than_eagle_eye(carson: Carson, harbor: EagleEye) -> None:
    shown = {camera.live_view_id for camera in (await carson.get_account()).buildings[0].eagle_eye_cameras}
    listed = {device.id for device in await harbor.get_devices()}
    assert shown - listed == {"1000a0ff"}
    assert len(listed - shown) > 5


@pytest.mark.parametrize(
    ("kind", "details", "error"),
    [
        ("ok_html", {}, InvalidResponseError),
        ("ok_empty", {}, InvalidResponseError),
        ("truncate", {}, InvalidResponseError),
        ("status", {"status": 200, "body": '{"rows": []}'}, InvalidResponseError),
        ("status", {"status": 403}, PermissionDeniedError),
        ("status", {"status": 404}, NotFoundError),
        ("status", {"status": 402}, ApiError),
        ("status", {"status": 465}, ApiError),
        ("status", {"status": 500}, CannotConnectError),
        ("rate_limit", {}, RateLimitError),
        ("cut", {}, CannotConnectError),
        ("reset", {}, CannotConnectError),
    ],
)
async def test_invalid_device_list_is_an_error(
    sim: Simulator, harbor: EagleEye, kind: str, details: dict[str, Any], error: type[CarsonError]
) -> None:
    sim.faults.add("device_list", kind, **details)
    with pytest.raises(error) as caught:
        await harbor.get_devices()
    assert type(caught.value) is error
    sim.faults.clear()
    assert await harbor.get_devices()


async def test_still(sim: Simulator, harbor: EagleEye) -> None:
    before = sim.clock.now()
    still = await harbor.get_still(LOBBY)
    assert still.camera_id == LOBBY
    assert still.content.startswith(b"\xff\xd8\xff")
    assert still.content_type == "image/jpeg"
    assert still.taken_at is not None
    assert timedelta(0) <= sim.clock.now() - still.taken_at < timedelta(seconds=5) + (sim.clock.now() - before)
    record = sim.counters.log[-1]
    assert record.path.endswith("/asset/prev/image.jpeg")
    assert record.query == {"id": LOBBY, "timestamp": "now", "asset_class": "pre"}
    assert repr(still.content) not in repr(still)


async def test_previous_and_next_stills(harbor: EagleEye) -> None:
    start = datetime.now(UTC) - timedelta(minutes=10)
    first = await harbor.get_still(LOBBY, reference="after", timestamp=start)
    assert first.taken_at is not None
    assert first.taken_at > start
    second = await harbor.get_still(LOBBY, reference="next", timestamp=first.taken_at, asset_class="all")
    assert second.taken_at is not None
    assert second.taken_at > first.taken_at
    assert first.next_at in {None, second.taken_at}
    again = await harbor.get_still(LOBBY, reference="asset", timestamp=first.taken_at)
    assert again.content == first.content
    back = await harbor.get_still(LOBBY, reference="prev", timestamp=second.taken_at)
    assert back.taken_at == first.taken_at
    assert second.previous_at in {None, first.taken_at}


async def test_time_as_offset_from_now(sim: Simulator, harbor: EagleEye) -> None:
    still = await harbor.get_still(LOBBY, timestamp=timedelta(minutes=-5))
    assert sim.counters.log[-1].query["timestamp"] == "-300000"
    assert still.taken_at is not None
    assert abs(sim.clock.now() - timedelta(minutes=5) - still.taken_at) < timedelta(seconds=10)


async def test_plus_sign_is_encoded(scripted: ScriptedServer, scripted_harbor: EagleEye) -> None:
    scripted.then(web.Response(body=JPEG))
    await scripted_harbor.get_still(LOBBY, reference="next", timestamp=timedelta(seconds=2))
    assert "timestamp=%2B2000&" in scripted.requests[0].raw_path


async def test_next_still_waits_for_the_camera(harbor: EagleEye) -> None:
    now = datetime.now(UTC)
    still = await harbor.get_still(LOBBY, reference="next")
    assert still.taken_at is not None
    assert still.taken_at > now - timedelta(milliseconds=1)


async def test_waiting_requests_do_not_delay_others(sim: Simulator, harbor: EagleEye) -> None:
    await harbor.get_devices()
    for camera in ("1000a001", "1000a002"):
        sim.state.cameras[camera].frames_stop_at = sim.clock.time() - 1
    waiting = [asyncio.create_task(harbor.get_still(LOBBY, reference="next")) for _ in range(12)]
    await until(lambda: sim.counters.count("image") == 6)
    async with asyncio.timeout(20):
        assert (await harbor.get_still("1000a003")).content
    assert sim.counters.count("image") == 7, "no more than six wait at the server"
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_no_still_after_now(harbor: EagleEye) -> None:
    with pytest.raises(NotFoundError):
        await harbor.get_still(LOBBY, reference="after")


async def test_frozen_camera_returns_its_last_still(sim: Simulator, harbor: EagleEye) -> None:
    stopped = sim.clock.time() - 3600
    sim.state.cameras[LOBBY].frames_stop_at = stopped
    still = await harbor.get_still(LOBBY)
    assert still.taken_at is not None
    assert still.taken_at.timestamp() <= stopped


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("preview-20180917213405.700", datetime(2018, 9, 17, 21, 34, 5, 700_000, UTC)),
        ("20180917213405.700", datetime(2018, 9, 17, 21, 34, 5, 700_000, UTC)),
        ("unknown", None),
        ("", None),
    ],
)
async def test_times_of_a_still(
    scripted: ScriptedServer, scripted_harbor: EagleEye, value: str, expected: datetime | None
) -> None:
    headers = {"x-ee-timestamp": value, "x-ee-prev": value, "x-ee-next": value, "Location": "/elsewhere"}
    scripted.then(web.Response(body=JPEG, headers=headers))
    still = await scripted_harbor.get_still(LOBBY)
    assert (still.taken_at, still.previous_at, still.next_at) == (expected, expected, expected)
    assert len(scripted.requests) == 1, "a location on a 200 is no redirect"


PNG = b"\x89PNG\r\n\x1a\n picture IEND\xae\x42\x60\x82"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(JPEG, "image/jpeg"), (JPEG + bytes(100), "image/jpeg"), (PNG, "image/png"), (PNG + b"\n", "image/png")],
)
async def test_complete_pictures(
    scripted: ScriptedServer, scripted_harbor: EagleEye, body: bytes, content_type: str
) -> None:
    scripted.then(web.Response(body=body))
    still = await scripted_harbor.get_still(LOBBY)
    assert (still.content, still.content_type) == (body, content_type)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (JPEG[:-1], "incomplete"),
        (JPEG[:-2] + bytes(1000), "incomplete"),
        (PNG[:-1], "incomplete"),
        (b"GIF89a", "no picture"),
        (b"<html>", "no picture"),
        (b"", "empty"),
    ],
)
async def test_incomplete_pictures_are_rejected(
    scripted: ScriptedServer, scripted_harbor: EagleEye, body: bytes, problem: str
) -> None:
    scripted.then(web.Response(body=body))
    with pytest.raises(InvalidResponseError, match=problem):
        await scripted_harbor.get_still(LOBBY)


async def test_still_without_times(scripted: ScriptedServer, scripted_harbor: EagleEye) -> None:
    scripted.then(web.Response(body=JPEG))
    still = await scripted_harbor.get_still(LOBBY)
    assert (still.taken_at, still.previous_at, still.next_at) == (None, None, None)


@pytest.mark.parametrize(
    ("kind", "details", "error"),
    [
        ("zero_length", {}, InvalidResponseError),
        ("ok_html", {}, InvalidResponseError),
        ("status", {"status": 200, "body": "GIF89a"}, InvalidResponseError),
        ("status", {"status": 204}, ApiError),
        ("status", {"status": 403}, PermissionDeniedError),
        ("status", {"status": 404}, NotFoundError),
        ("status", {"status": 400}, ApiError),
        ("status", {"status": 463}, ApiError),
        ("status", {"status": 504}, CannotConnectError),
        ("cut", {}, CannotConnectError),
        ("rate_limit", {}, RateLimitError),
    ],
)
async def test_invalid_still_is_an_error(
    sim: Simulator, harbor: EagleEye, kind: str, details: dict[str, Any], error: type[CarsonError]
) -> None:
    sim.faults.add("image", kind, **details)
    with pytest.raises(error) as caught:
        await harbor.get_still(LOBBY)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("camera", "error"), [("1000a006", ApiError), ("1000b001", ApiError), ("2000a001", PermissionDeniedError)]
)
async def test_cameras_without_stills(harbor: EagleEye, camera: str, error: type[CarsonError]) -> None:
    with pytest.raises(error):
        await harbor.get_still(camera)


@pytest.mark.timeouts(still=0.2)
async def test_still_times_out(sim: Simulator, harbor: EagleEye) -> None:
    assert Timeouts().still == 9
    assert Timeouts().waiting_still == 30
    sim.faults.add("image", "silence")
    with pytest.raises(CannotConnectError, match=r"within 0\.2 s"):
        await harbor.get_still(LOBBY)


@pytest.mark.timeouts(still=0.3)
async def test_timeout_includes_the_body(sim: Simulator, harbor: EagleEye) -> None:
    sim.faults.add("image", "drip", seconds=5)
    with pytest.raises(CannotConnectError, match="within"):
        await harbor.get_still(LOBBY)


@pytest.mark.parametrize(
    "arguments",
    [
        {"camera": ""},
        {"camera": "1000a001&A=x"},
        {"camera": "../x"},
        {"camera": "1000a001\n"},
        {"camera": "x" * 65},
        {"camera": LOBBY, "reference": "newest"},
        {"camera": LOBBY, "asset_class": "video"},
        {"camera": LOBBY, "timestamp": datetime(2026, 1, 1)},  # noqa: DTZ001
    ],
)
async def test_invalid_arguments_send_no_request(sim: Simulator, harbor: EagleEye, arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        await harbor.get_still(**arguments)
    assert not sim.counters.requests


async def test_still_url(sim: Simulator, harbor: EagleEye, session: aiohttp.ClientSession) -> None:
    url = await harbor.still_url(LOBBY)
    assert sim.counters.count("isauth") == 0, "a key just issued is good"
    assert url.path.endswith("/asset/prev/image.jpeg")
    async with session.get(url) as response:
        assert response.status == 200
    assert sim.counters.log[-1].query["A"].startswith("c000~")


async def test_session_is_checked_before_a_url_is_returned(sim: Simulator, harbor: EagleEye) -> None:
    first = await harbor.still_url(LOBBY)
    assert (await harbor.still_url(LOBBY)).query["A"] == first.query["A"]
    assert sim.counters.count("isauth") == 1
    sim.sessions.revoke()
    renewed = await harbor.still_url(LOBBY, timestamp=timedelta(seconds=1))
    assert renewed.query["A"] != first.query["A"]
    assert renewed.raw_query_string.startswith(f"id={LOBBY}&timestamp=%2B1000&")
    assert sim.counters.session_calls == 2


async def test_live_url(harbor: EagleEye) -> None:
    url = await harbor.live_url(LOBBY, duration=timedelta(seconds=90))
    other = await harbor.live_url(LOBBY)
    assert url.path.endswith("/asset/play/video.flv")
    assert "end_timestamp=%2B90000&" in url.raw_query_string
    assert url.query["start_timestamp"].startswith("stream_")
    assert url.query["start_timestamp"] != other.query["start_timestamp"]
    assert url.query["A"] == other.query["A"]


@pytest.mark.parametrize("video_format", ["mp4", "flv"])
async def test_clip_url(
    sim: Simulator, harbor: EagleEye, session: aiohttp.ClientSession, video_format: Literal["mp4", "flv"]
) -> None:
    begin = datetime.fromtimestamp(int(sim.clock.time()) - 3600, UTC)
    sim.state.cameras[LOBBY].recordings = [(begin.timestamp() - 60, begin.timestamp() + 60)]
    url = await harbor.clip_url(LOBBY, begin, begin + timedelta(seconds=6), video_format=video_format)
    assert url.path.endswith(f"/asset/play/video.{video_format}")
    assert url.query["time_offset"] == "60000"
    async with session.get(url) as response:
        assert response.status in {200, 201, 202}
    with pytest.raises(InvalidInputError):
        await harbor.clip_url(LOBBY, begin, begin, video_format=video_format)


async def test_times_follow_the_camera_not_the_request(session: aiohttp.ClientSession) -> None:
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    async with Simulator(clock=Clock.manual(moment)) as sim:
        carson = Carson(session, email=EMAIL, password=PASSWORD, api_url=sim.api_url, eagle_eye_url=sim.eagle_eye_url)
        still = await carson.eagle_eye("501").get_still(LOBBY)
        await carson.close()
    assert still.taken_at is not None
    assert timedelta(0) <= moment - still.taken_at < timedelta(seconds=3)
