"""Tests of live FLV (Protocol B.8, C rows 24, 35, 37 to 39, 50, 51)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import pairwise
import time

import aiohttp
import pytest
from yarl import URL

from simulator import Clock, Simulator, Status
from simulator.media.timeline import frame_time
from tests.support.flv_reader import frame_numbers, metadata, read_tags
from tests.support.http_client import LOBBY, TIMEOUT, HttpClient, wait_until

START = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(clock=Clock.running(START, speed=20)) as simulator:
        yield simulator


async def watch(client: HttpClient, milliseconds: int = 3000, **query: str) -> bytes:
    """Return a whole live stream."""
    async with client.play(milliseconds=milliseconds, **query) as response:
        assert response.status == 200
        data: bytes = await response.read()
        return data


async def wait_until_idle(sim: Simulator) -> None:
    """Wait until no live stream is open."""
    await wait_until(lambda: not sim.counters.live_streams_open)


# Row 37
async def test_layout_of_a_stream(client: HttpClient) -> None:
    begin = client.sim.clock.time()
    async with client.play(milliseconds=4000) as response:
        assert response.headers["Transfer-Encoding"] == "chunked"
        assert "Content-Length" not in response.headers
        data = await response.read()

    tags, rest = read_tags(data)
    assert rest == b""
    assert data[4] == 0x01
    assert [tag.kind for tag in tags[:3]] == [18, 9, 9]
    values = metadata(tags[0])
    assert values["duration"] == 4.0
    assert abs(values["starttime"] - begin) < 1.5
    assert values["filesize"] != len(data)
    assert (values["width"], values["height"], values["framerate"]) == (640, 360, 12)
    assert (values["videocodecid"], values["canSeekToEnd"]) == (7, False)
    assert tags[1].payload[:2] == b"\x17\x00"
    assert tags[1].payload[5:7] == b"\x01\x4d"
    assert tags[2].is_key

    frames = [tag for tag in tags if tag.is_frame]
    assert frames[0].timestamp == 0
    gaps = {later.timestamp - earlier.timestamp for earlier, later in pairwise(frames)}
    assert min(gaps) >= 60
    assert max(gaps) <= 102
    assert len(gaps) > 5
    keys = [tag.timestamp for tag in frames if tag.is_key]
    assert len(keys) == 3
    assert all(abs(stamp - 2000 * index) < 30 for index, stamp in enumerate(keys))
    assert 4000 < frames[-1].timestamp < 4200
    assert tags[-1].payload == b"\x17\x02\x00\x00\x00"
    assert tags[-1].timestamp == frames[-1].timestamp


async def test_no_frame_is_missing_and_timestamps_follow_the_camera(client: HttpClient) -> None:
    data = await watch(client, 5000)
    numbers = frame_numbers(data)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    tags, _ = read_tags(data)
    assert metadata(tags[0])["starttime"] == frame_time(LOBBY, numbers[0]) / 1000
    stamps = [tag.timestamp for tag in tags if tag.is_frame]
    assert stamps == [frame_time(LOBBY, number) - frame_time(LOBBY, numbers[0]) for number in numbers]


async def test_frames_are_sent_when_due_after_an_initial_burst() -> None:
    clock = Clock.manual(START)
    async with Simulator(clock=clock) as sim, aiohttp.ClientSession() as session:
        client = HttpClient(sim, session)
        async with client.play(milliseconds=3000) as response:
            data = b""

            async def read_until(frames: int) -> None:
                nonlocal data
                async with asyncio.timeout(TIMEOUT):
                    while not data or sum(tag.is_frame for tag in read_tags(data)[0]) < frames:
                        data += await response.content.readany()

            await read_until(11)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await response.content.readany()
            clock.advance(1)
            await read_until(23)
            clock.advance(60)
            data += await response.read()
        assert read_tags(data)[0][-1].payload[1] == 2


async def test_streams_on_the_timeline_have_the_same_groups(client: HttpClient) -> None:
    client.sim.live.anchor = "timeline"
    first, second = await asyncio.gather(watch(client, 2500), watch(client, 2500))
    assert first[:1000] == second[:1000]
    assert frame_numbers(first)[0] % 24 == 0


async def test_length_of_a_stream_is_limited(client: HttpClient) -> None:
    client.sim.live.max_seconds = 1
    tags, _ = read_tags(await watch(client, 300_000))
    assert metadata(tags[0])["duration"] == 300
    assert 1000 < tags[-1].timestamp < 1200
    assert tags[-1].payload[1] == 2


# Row 35
async def test_first_byte_can_be_delayed(client: HttpClient) -> None:
    client.sim.live.first_byte_delay = 0.1
    begin = time.monotonic()
    async with client.play():
        assert time.monotonic() - begin >= 0.1


# Row 38
@pytest.mark.parametrize(("setting", "status"), [("accept", 200), ("reject", 400)])
async def test_plus_without_encoding(client: HttpClient, setting: str, status: int) -> None:
    client.sim.live.raw_plus = setting  # type: ignore[assignment]
    client.sim.live.max_seconds = 0.2
    query = f"id={LOBBY}&start_timestamp=stream_1&end_timestamp="
    base = client.eagle_eye_url("asset/play/video.flv")
    async with client.session.get(URL(f"{base}?{query}+1000", encoded=True), headers=client.cookie()) as response:
        assert response.status == status
    async with client.session.get(URL(f"{base}?{query}%2B1000", encoded=True), headers=client.cookie()) as response:
        assert response.status == 200


async def test_end_can_be_a_moment_in_the_future(client: HttpClient) -> None:
    client.sim.live.max_seconds = 0.2
    for end, status in (("20261121130000.000", 200), ("20261121110000.000", 400), ("", 400), ("+0", 400), ("+x", 400)):
        async with client.play(end_timestamp=end) as response:
            assert response.status == status, end


# Row 39
async def test_live_mp4_does_not_exist(client: HttpClient) -> None:
    query = {"id": LOBBY, "start_timestamp": "stream_1", "end_timestamp": "+1000"}
    assert (await client.eagle_eye("asset/play/video.mp4", **query)).status == 400


# Rows 32 and 50
async def test_cameras_without_live_video(client: HttpClient) -> None:
    client.sim.state.cameras[LOBBY].denied.add("live")
    client.sim.state.cameras["1000a002"].provisioned = False
    expected = {LOBBY: 403, "1000a002": 404, "1000a005": 404, "1000a006": 504, "1000b001": 400, "1000ffff": 404}
    for camera, status in expected.items():
        async with client.play(camera) as response:
            assert response.status == status, camera
    assert client.sim.counters.live_streams_started == 0


# Row 24
async def test_open_stream_continues_or_is_cut_when_its_key_expires(client: HttpClient) -> None:
    async with client.play(milliseconds=4000) as response:
        client.sim.sessions.revoke()
        assert (await response.read()).endswith(b"\x17\x02\x00\x00\x00" + (16).to_bytes(4))

    client.key = client.sim.sessions.open(client.sim.state.buildings["501"]).key
    client.sim.live.on_key_expiry = "cut"
    async with client.play(milliseconds=60_000) as response:
        await response.content.readany()
        client.sim.sessions.revoke()
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()
    await wait_until_idle(client.sim)


async def test_stream_of_an_offline_camera_stalls_until_it_is_online() -> None:
    async with (
        Simulator(clock=Clock.running(START, speed=5)) as sim,
        aiohttp.ClientSession() as session,
        HttpClient(sim, session).play(milliseconds=6000) as response,
    ):
        data = await response.content.readany()
        sim.set_status(LOBBY, Status.OFFLINE)
        await sim.clock.sleep(3)
        sim.set_status(LOBBY, Status.ONLINE)
        data += await response.read()
    numbers = frame_numbers(data)
    jumps = [later - earlier for earlier, later in pairwise(numbers) if later - earlier > 1]
    assert len(jumps) == 1
    assert jumps[0] > 12


# Row 51
async def test_streams_are_counted(client: HttpClient) -> None:
    counters = client.sim.counters
    async with client.play(milliseconds=600_000) as first, client.play("1000a002", 600_000) as second:
        await first.content.readany()
        await second.content.readany()
        assert counters.live_streams_open == 2
        assert counters.live_open[LOBBY] == 1
    await wait_until_idle(client.sim)
    await watch(client, 500)
    assert (counters.live_streams_started, counters.max_live_streams) == (3, 2)
    assert [code for code, esn, _ in counters.events if esn == LOBBY] == ["ESES", "ESEE", "ESES", "ESEE"]


async def test_open_streams_end_with_the_simulator() -> None:
    async with aiohttp.ClientSession() as session:
        async with Simulator() as sim:
            response = await HttpClient(sim, session).play(milliseconds=600_000)
            await response.content.readany()
        assert sim.counters.live_streams_open == 0
        with pytest.raises(aiohttp.ClientError):
            await response.read()
