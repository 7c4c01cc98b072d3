"""Tests of stills (Protocol C rows 29 to 33)."""

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
from tests.support.http_client import LOBBY, TIMEOUT, HttpClient, HttpResponse, wait_until

START = datetime(2026, 11, 21, 12, 0, 0, 500_000, UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock.manual(START)


@pytest.fixture
async def sim(clock: Clock) -> AsyncIterator[Simulator]:
    async with Simulator(clock=clock) as simulator:
        yield simulator


def stamp(response: HttpResponse) -> str:
    assert response.status == 200, response.body
    return response.headers["x-ee-timestamp"].removeprefix("preview-")


async def test_still_is_a_small_jpeg(client: HttpClient) -> None:
    response = await client.still()
    image = Image.open(io.BytesIO(response.body))
    assert (response.content_type, image.format, image.size) == ("image/jpeg", "JPEG", (320, 240))
    assert 3_000 < len(response.body) < 9_000


async def test_previews_are_about_a_second_apart(client: HttpClient, clock: Clock) -> None:
    times: list[int] = []
    bodies: set[bytes] = set()
    for _ in range(20):
        response = await client.still()
        times.append(from_text(stamp(response)))
        bodies.add(response.body)
        clock.advance(1)
    gaps = {later - earlier for earlier, later in pairwise(times)}
    assert len(bodies) == 20
    assert len(gaps) > 5
    assert min(gaps) > 900
    assert max(gaps) < 1100


async def test_preview_interval_depends_on_the_camera(client: HttpClient) -> None:
    client.sim.state.cameras[LOBBY].preview_interval_ms = 250
    newest = await client.still()
    before = await client.still(timestamp=stamp(newest))
    assert 150 < from_text(stamp(newest)) - from_text(stamp(before)) < 350


async def test_previous_and_next_previews(client: HttpClient) -> None:
    newest = await client.still("prev")
    before = await client.still("prev", timestamp=stamp(newest))
    again = await client.still("next", timestamp=stamp(before))
    after = await client.still("after", timestamp=stamp(before))
    exact = await client.still("asset", timestamp=stamp(before))

    assert stamp(before) < stamp(newest)
    assert stamp(again) == stamp(after) == stamp(newest)
    assert again.body == newest.body
    assert exact.body == before.body
    assert (await client.still("asset", timestamp=f"{stamp(before)[:-3]}999")).status == 404


async def test_offsets_and_past_moments(client: HttpClient, clock: Clock) -> None:
    now = int(clock.time() * 1000)
    assert 58_000 < now - from_text(stamp(await client.still(timestamp="-60000"))) < 62_000
    week = to_text(now - 7 * 86_400_000)
    assert stamp(await client.still(timestamp=week)) < week
    assert stamp(await client.still("after", timestamp=week)) > week
    assert stamp(await client.still(timestamp="+60000")) == stamp(await client.still())
    assert (await client.still(timestamp=to_text(now - 15 * 86_400_000))).status == 404
    assert stamp(await client.still("after", timestamp=to_text(now - 99 * 86_400_000))) > to_text(now - 15 * 86_400_000)


async def test_next_waits_for_the_next_preview_and_after_does_not(client: HttpClient, clock: Clock) -> None:
    assert (await client.still("after")).status == 404

    newest = stamp(await client.still())
    requests = client.sim.counters.count("image")
    waiting = asyncio.create_task(client.still("next"))
    await wait_until(lambda: client.sim.counters.count("image") > requests)
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    assert not done
    clock.advance(1.2)
    async with asyncio.timeout(TIMEOUT):
        response = await waiting
    assert stamp(response) > newest
    assert response.headers["Cache-Control"].startswith("no-")


async def test_next_times_out_without_a_preview(client: HttpClient, clock: Clock) -> None:
    client.sim.freeze(LOBBY)
    waiting = asyncio.create_task(client.still("next"))
    await wait_until(lambda: client.sim.counters.count("image"))
    clock.advance(31)
    async with asyncio.timeout(TIMEOUT):
        assert (await waiting).status == 404


async def test_wait_for_next_ends_when_the_client_disconnects(client: HttpClient, clock: Clock) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await client.still("next")
    await wait_until(lambda: not client.sim.counters.in_flight["eagle_eye"])


# Row 30
async def test_headers_of_a_still(client: HttpClient, clock: Clock) -> None:
    seen: list[str] = []
    for _ in range(10):
        relative = await client.still()
        assert relative.headers["x-ee-timestamp"].startswith("preview-")
        assert relative.headers["Location"] == (
            f"/asset/asset/image.jpeg?timestamp={stamp(relative)}&id={LOBBY}&asset_class=pre"
        )
        assert relative.headers["x-ee-next"] == "unknown"
        before = relative.headers["x-ee-prev"]
        seen.append(before)
        if before != "unknown":
            exact = await client.still("asset", timestamp=before.removeprefix("preview-"))
            assert "max-age" in exact.headers["Cache-Control"]
            assert exact.headers["x-ee-next"] in {f"preview-{stamp(relative)}", "unknown"}
        clock.advance(1)
    assert seen.count("unknown") == 2


async def test_thumbnails_are_at_the_start_of_recordings(client: HttpClient) -> None:
    thumb = await client.still(asset_class="thumb")
    when = thumb.headers["x-ee-timestamp"].removeprefix("thumb-")
    videos = (await client.eagle_eye("asset/list/video", id=LOBBY, start_timestamp="now", count="-3")).json()
    assert when in {video["s"] for video in videos}
    before = await client.still(asset_class="thumb", timestamp=when)
    assert (await client.still("after", asset_class="thumb", timestamp=before.headers["x-ee-timestamp"][6:])).headers[
        "x-ee-timestamp"
    ] == thumb.headers["x-ee-timestamp"]
    assert (await client.still("asset", asset_class="thumb", timestamp=when)).status == 200
    assert (
        await client.still("asset", asset_class="thumb", timestamp=f"{when[:-3]}{(int(when[-3:]) + 1) % 1000:03}")
    ).status == 404


# Row 32
async def test_missing_or_invalid_arguments(client: HttpClient) -> None:
    response = await client.eagle_eye("asset/prev/image.jpeg", timestamp="now", asset_class="pre")
    assert (response.status, response.body) == (400, b"Invalid Camera ID (c= or id=)")
    response = await client.still(camera="1000b001")
    assert (response.status, response.body) == (400, b"esn not a camera")
    assert (await client.still(asset_class="huge")).status == 400
    assert (await client.eagle_eye("asset/prev/image.jpeg", id=LOBBY, timestamp="now")).status == 400
    for text in ("", "20261121", "+", "20261121250000.000", "stream_1"):
        assert (await client.still(timestamp=text)).status == 400, text


async def test_camera_that_is_off_has_its_last_preview_or_none(client: HttpClient, clock: Clock) -> None:
    last = stamp(await client.still())
    client.sim.set_status(LOBBY, Status.OFF)
    clock.advance(600)
    assert stamp(await client.still()) == last
    client.sim.state.cameras[LOBBY].off_image = "missing"
    response = await client.still()
    assert (response.status, response.body) == (404, b"no matching asset")
    client.sim.set_status(LOBBY, Status.ONLINE)
    assert stamp(await client.still()) > last


async def test_directly_changed_status_stops_the_previews(client: HttpClient, clock: Clock) -> None:
    camera = client.sim.state.cameras[LOBBY]
    camera.status = Status.OFF
    last = stamp(await client.still())
    clock.advance(60)
    assert stamp(await client.still()) == last
    camera.status = Status.ONLINE
    assert stamp(await client.still()) > last


async def test_offline_camera_fails_waits_or_is_stale(client: HttpClient, clock: Clock) -> None:
    camera = client.sim.state.cameras["1000a006"]
    client.sim.settings.offline_hold = 0.05
    behaviours: tuple[Literal["error", "wait"], ...] = ("error", "wait")
    for behaviour in behaviours:
        camera.offline_image = behaviour
        response = await client.still(camera="1000a006")
        assert (response.status, response.body) == (400, b"proxy destination node connect timeout")
    camera.offline_image = "stale"
    shown = from_text(stamp(await client.still(camera="1000a006")))
    assert abs(clock.time() - 3 * 3600 - shown / 1000) < 2


async def test_frozen_camera_repeats_its_preview(client: HttpClient, clock: Clock) -> None:
    client.sim.freeze(LOBBY)
    first = await client.still()
    clock.advance(3600)
    assert (await client.still()).body == first.body
    client.sim.freeze(LOBBY, frozen=False)
    assert (await client.still()).body != first.body


# Row 33
async def test_empty_still(client: HttpClient) -> None:
    client.sim.faults.add("image", "zero_length", times=1)
    response = await client.still()
    assert (response.status, response.content_type, response.body) == (200, "image/jpeg", b"")


def test_timestamps() -> None:
    assert from_text("20180917213405.700") == 1537220045700
    assert to_text(1537220045700) == "20180917213405.700"
    assert resolve("-1000", 5000) == (4000, True)
    for text in ("5", "+x", ""):
        with pytest.raises(ValueError, match="offset"):
            offset(text)


async def test_simulator_stops_before_the_client() -> None:
    async with aiohttp.ClientSession() as session:
        async with Simulator() as sim:
            client = HttpClient(sim, session)
            sim.faults.add("image", "silence")
            waiting = asyncio.create_task(client.still())
            await wait_until(lambda: sim.counters.count("image"))
        with pytest.raises(aiohttp.ClientError):
            await waiting


async def test_previews_on_demand_are_sent_while_somebody_waits(client: HttpClient, clock: Clock) -> None:
    camera = client.sim.state.cameras[LOBBY]
    camera.preview_mode = "on_demand"
    assert (await client.still()).status == 404
    camera.previews_sent_at = clock.time() - 3600
    before = stamp(await client.still())
    assert stamp(await client.still()) == before
    waiting = asyncio.create_task(client.still("next"))
    await wait_until(lambda: client.sim.counters.count("image") == 4)
    clock.advance(2)
    fresh = stamp(await waiting)
    assert from_text(fresh) / 1000 > START.timestamp()
    assert stamp(await client.still()) >= fresh


@pytest.mark.parametrize(("mode", "least_age"), [("background", 600), ("event", 0)])
async def test_previews_in_the_background_are_late(
    client: HttpClient, mode: Literal["background", "event"], least_age: float
) -> None:
    client.sim.state.cameras[LOBBY].preview_mode = mode
    age = START.timestamp() - from_text(stamp(await client.still())) / 1000
    assert age >= least_age
