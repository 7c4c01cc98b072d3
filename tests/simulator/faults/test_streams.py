"""Tests of faults in FLV streams (Protocol C row 40)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
import io

import aiohttp
import av
import pytest

from simulator import Clock, Simulator
from tests.support.flv_reader import frame_numbers, read_tags
from tests.support.http_client import HttpClient

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


@pytest.mark.parametrize(
    ("kind", "codec", "rate"),
    [
        ("audio_alaw", "pcm_alaw", 8000),
        ("audio_ulaw", "pcm_mulaw", 8000),
        ("audio_aac", "aac", 8000),
        ("audio_mp3", "mp3float", 16000),
    ],
)
async def test_audio(client: HttpClient, kind: str, codec: str, rate: int) -> None:
    client.sim.faults.add("live", kind, times=1)
    data = await watch(client, 2000)
    assert data[4] == 0x05
    with av.open(io.BytesIO(data), "r") as container:
        (audio,) = container.streams.audio
        assert (audio.codec_context.name, audio.codec_context.sample_rate) == (codec, rate)
        samples = sum(frame.samples for frame in container.decode(audio=0))
    assert abs(samples / rate - 2.1) < 0.3
    assert (await watch(client, 300))[4] == 0x01


async def test_backward_timestamp(client: HttpClient) -> None:
    client.sim.faults.add("live", "backward_timestamp", at=1.5)
    stamps = [tag.timestamp for tag in read_tags(await watch(client))[0] if tag.is_frame]
    back = [index for index, stamp in enumerate(stamps[1:]) if stamp < stamps[index]]
    assert len(back) == 1
    assert stamps[back[0]] > 1300


async def test_early_end_of_the_stream(client: HttpClient) -> None:
    client.sim.faults.add("live", "early_eof", at=1)
    tags, rest = read_tags(await watch(client))
    assert rest
    assert 800 < tags[-1].timestamp < 1100


@pytest.mark.parametrize("kind", ["cut", "cut_stream"])
async def test_cut_stream(client: HttpClient, kind: str) -> None:
    client.sim.faults.add("live", kind, at=1)
    async with client.play() as response:
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()
    assert client.sim.counters.live_streams_open == 0


async def test_annex_b_payload(client: HttpClient) -> None:
    client.sim.faults.add("live", "annexb", at=0)
    tags, _ = read_tags(await watch(client, 500))
    assert all(tag.payload[5:9] == b"\x00\x00\x00\x01" for tag in tags if tag.is_frame)


async def test_stall(client: HttpClient) -> None:
    client.sim.faults.add("live", "stall", at=1)
    begin = client.sim.clock.time()
    numbers = frame_numbers(await watch(client, 2000))
    assert client.sim.clock.time() - begin > 6
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_resolution_change_has_a_sequence_header(client: HttpClient) -> None:
    client.sim.faults.add("live", "resolution_change", at=1)
    data = await watch(client, 5000)
    tags, _ = read_tags(data)
    assert len([tag for tag in tags if tag.kind == 9 and tag.payload[1] == 0]) == 2
    with av.open(io.BytesIO(data), "r") as container:
        widths = [frame.width for frame in container.decode(video=0)]
    assert widths == sorted(widths, reverse=True)
    assert set(widths) == {640, 320}
    numbers = frame_numbers(data)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
