"""Stills (Protocol C rows 29 to 33)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
import io
from itertools import pairwise
from typing import Literal

import aiohttp
from PIL import Image
import pytest

from simulator import Clock, Simulator, Status
from simulator.eagle_eye.timestamps import from_text, offset, resolve, to_text
from tests.support.http_client import LOBBY, Answer, Wire, eventually

START = datetime(2026, 11, 21, 12, 0, 0, 500_000, UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock.manual(START)


@pytest.fixture
async def sim(clock: Clock) -> AsyncIterator[Simulator]:
    async with Simulator(clock=clock) as simulator:
        yield simulator


def stamp(answer: Answer) -> str:
    assert answer.status == 200, answer.body
    return answer.headers["x-ee-timestamp"].removeprefix("preview-")


async def test_still_is_a_small_jpeg(wire: Wire) -> None:
    answer = await wire.still()
    picture = Image.open(io.BytesIO(answer.body))
    assert (answer.content_type, picture.format, picture.size) == ("image/jpeg", "JPEG", (320, 240))
    assert 3_000 < len(answer.body) < 9_000


async def test_frames_tick_about_once_a_second(wire: Wire, clock: Clock) -> None:
    times: list[int] = []
    bodies: set[bytes] = set()
    for _ in range(20):
        answer = await wire.still()
        times.append(from_text(stamp(answer)))
        bodies.add(answer.body)
        clock.advance(1)
    gaps = {later - earlier for earlier, later in pairwise(times)}
    assert len(bodies) == 20
    assert len(gaps) > 5
    assert min(gaps) > 900
    assert max(gaps) < 1100


async def test_interval_between_frames_is_the_cameras(wire: Wire) -> None:
    wire.sim.state.cameras[LOBBY].preview_interval_ms = 250
    newest = await wire.still()
    before = await wire.still(timestamp=stamp(newest))
    assert 150 < from_text(stamp(newest)) - from_text(stamp(before)) < 350


async def test_walking_along_the_frames(wire: Wire) -> None:
    newest = await wire.still("prev")
    before = await wire.still("prev", timestamp=stamp(newest))
    again = await wire.still("next", timestamp=stamp(before))
    after = await wire.still("after", timestamp=stamp(before))
    exact = await wire.still("asset", timestamp=stamp(before))

    assert stamp(before) < stamp(newest)
    assert stamp(again) == stamp(after) == stamp(newest)
    assert again.body == newest.body
    assert exact.body == before.body
    assert (await wire.still("asset", timestamp=f"{stamp(before)[:-3]}999")).status == 404


async def test_offsets_and_old_moments(wire: Wire, clock: Clock) -> None:
    now = int(clock.time() * 1000)
    assert 58_000 < now - from_text(stamp(await wire.still(timestamp="-60000"))) < 62_000
    week = to_text(now - 7 * 86_400_000)
    assert stamp(await wire.still(timestamp=week)) < week
    assert stamp(await wire.still("after", timestamp=week)) > week
    assert stamp(await wire.still(timestamp="+60000")) == stamp(await wire.still())
    assert (await wire.still(timestamp=to_text(now - 15 * 86_400_000))).status == 404
    assert stamp(await wire.still("after", timestamp=to_text(now - 99 * 86_400_000))) > to_text(now - 15 * 86_400_000)


async def test_after_now_is_not_there_yet_but_next_waits_for_it(wire: Wire, clock: Clock) -> None:
    assert (await wire.still("after")).status == 404

    newest = stamp(await wire.still())
    waiting = asyncio.create_task(wire.still("next"))
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    assert not done
    clock.advance(1.2)
    async with asyncio.timeout(5):
        answer = await waiting
    assert stamp(answer) > newest
    assert answer.headers["Cache-Control"].startswith("no-")


async def test_next_gives_up_after_a_while_when_no_frame_comes(wire: Wire, clock: Clock) -> None:
    wire.sim.freeze(LOBBY)
    waiting = asyncio.create_task(wire.still("next"))
    await eventually(lambda: wire.sim.counters.count("image"))
    clock.advance(31)
    async with asyncio.timeout(5):
        assert (await waiting).status == 404


async def test_client_that_leaves_ends_the_wait_for_the_next_frame(wire: Wire, clock: Clock) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await wire.still("next")
    await eventually(lambda: not wire.sim.counters.in_flight["eagle_eye"])


# Row 30
async def test_headers_of_a_still(wire: Wire, clock: Clock) -> None:
    seen: list[str] = []
    for _ in range(10):
        relative = await wire.still()
        assert relative.headers["x-ee-timestamp"].startswith("preview-")
        assert relative.headers["Location"] == (
            f"/asset/asset/image.jpeg?timestamp={stamp(relative)}&id={LOBBY}&asset_class=pre"
        )
        assert relative.headers["x-ee-next"] == "unknown"
        before = relative.headers["x-ee-prev"]
        seen.append(before)
        if before != "unknown":
            exact = await wire.still("asset", timestamp=before.removeprefix("preview-"))
            assert "max-age" in exact.headers["Cache-Control"]
            assert exact.headers["x-ee-next"] in {f"preview-{stamp(relative)}", "unknown"}
        clock.advance(1)
    assert seen.count("unknown") == 2


async def test_thumbnails_stand_where_recordings_begin(wire: Wire) -> None:
    thumb = await wire.still(asset_class="thumb")
    when = thumb.headers["x-ee-timestamp"].removeprefix("thumb-")
    videos = (await wire.eagle_eye("asset/list/video", id=LOBBY, start_timestamp="now", count="-3")).json()
    assert when in {video["s"] for video in videos}
    before = await wire.still(asset_class="thumb", timestamp=when)
    assert (await wire.still("after", asset_class="thumb", timestamp=before.headers["x-ee-timestamp"][6:])).headers[
        "x-ee-timestamp"
    ] == thumb.headers["x-ee-timestamp"]
    assert (await wire.still("asset", asset_class="thumb", timestamp=when)).status == 200
    assert (
        await wire.still("asset", asset_class="thumb", timestamp=f"{when[:-3]}{(int(when[-3:]) + 1) % 1000:03}")
    ).status == 404


# Row 32
async def test_missing_or_odd_arguments(wire: Wire) -> None:
    answer = await wire.eagle_eye("asset/prev/image.jpeg", timestamp="now", asset_class="pre")
    assert (answer.status, answer.body) == (400, b"Invalid Camera ID (c= or id=)")
    answer = await wire.still(camera="1000b001")
    assert (answer.status, answer.body) == (400, b"esn not a camera")
    assert (await wire.still(asset_class="huge")).status == 400
    assert (await wire.eagle_eye("asset/prev/image.jpeg", id=LOBBY, timestamp="now")).status == 400
    for odd in ("", "20261121", "+", "20261121250000.000", "stream_1"):
        assert (await wire.still(timestamp=odd)).status == 400, odd


async def test_camera_that_is_off_repeats_its_last_frame_or_has_none(wire: Wire, clock: Clock) -> None:
    last = stamp(await wire.still())
    wire.sim.set_status(LOBBY, Status.OFF)
    clock.advance(600)
    assert stamp(await wire.still()) == last
    wire.sim.state.cameras[LOBBY].off_image = "missing"
    answer = await wire.still()
    assert (answer.status, answer.body) == (404, b"no matching asset")
    wire.sim.set_status(LOBBY, Status.ONLINE)
    assert stamp(await wire.still()) > last


async def test_status_changed_behind_the_back_stops_the_frames_as_well(wire: Wire, clock: Clock) -> None:
    camera = wire.sim.state.cameras[LOBBY]
    camera.status = Status.OFF
    last = stamp(await wire.still())
    clock.advance(60)
    assert stamp(await wire.still()) == last
    camera.status = Status.ONLINE
    assert stamp(await wire.still()) > last


async def test_camera_that_is_offline_fails_waits_or_is_stale(wire: Wire, clock: Clock) -> None:
    camera = wire.sim.state.cameras["1000a006"]
    wire.sim.settings.offline_hold = 0.05
    behaviours: tuple[Literal["error", "wait"], ...] = ("error", "wait")
    for behaviour in behaviours:
        camera.offline_image = behaviour
        answer = await wire.still(camera="1000a006")
        assert (answer.status, answer.body) == (400, b"proxy destination node connect timeout")
    camera.offline_image = "stale"
    shown = from_text(stamp(await wire.still(camera="1000a006")))
    assert abs(clock.time() - 3 * 3600 - shown / 1000) < 2


async def test_frozen_camera_repeats_its_frame(wire: Wire, clock: Clock) -> None:
    wire.sim.freeze(LOBBY)
    first = await wire.still()
    clock.advance(3600)
    assert (await wire.still()).body == first.body
    wire.sim.freeze(LOBBY, frozen=False)
    assert (await wire.still()).body != first.body


# Row 33
async def test_still_without_a_byte(wire: Wire) -> None:
    wire.sim.faults.add("image", "zero_length", times=1)
    answer = await wire.still()
    assert (answer.status, answer.content_type, answer.body) == (200, "image/jpeg", b"")


def test_timestamps_go_both_ways() -> None:
    assert from_text("20180917213405.700") == 1537220045700
    assert to_text(1537220045700) == "20180917213405.700"
    assert resolve("-1000", 5000) == (4000, True)
    for odd in ("5", "+x", ""):
        with pytest.raises(ValueError, match="offset"):
            offset(odd)


async def test_client_session_is_not_needed_to_end_the_simulator() -> None:
    async with aiohttp.ClientSession() as session:
        async with Simulator() as sim:
            wire = Wire(sim, session)
            sim.faults.add("image", "silence")
            waiting = asyncio.create_task(wire.still())
            await eventually(lambda: sim.counters.count("image"))
        with pytest.raises(aiohttp.ClientError):
            await waiting
