"""FLV as odd as players accept it: every picture is relayed and replayed, and their times increase."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise

from aiocarson import AuthenticationError
from aiocarson.live.relay import LiveRelay
import pytest

from tests.support.fake_camera import DecodedVideo, decode, decode_pictures
from tests.support.flv_oddities import FIRST, HOUR_MS, Oddity, oddities
from tests.support.player import Viewer
from tests.support.virtual_clock import now, spawn, virtual

ODDITIES = oddities()


async def relay(data: bytes, chunk: int = 1400) -> bytes:
    """Return what a player receives when an upstream sends some bytes."""
    bodies = [data]

    @asynccontextmanager
    async def open_segment() -> AsyncIterator[AsyncIterator[bytes]]:
        if not bodies:
            raise AuthenticationError("that was all")
        yield _chunks(bodies.pop(), chunk)

    relay = LiveRelay(open_segment, segment_length=timedelta(minutes=5), name="Lobby", spawn=spawn, monotonic=now)
    viewer = Viewer(relay.attach())
    await viewer.end()
    await relay.close()
    return bytes(viewer.received)


async def _chunks(data: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def assert_complete(video: DecodedVideo, oddity: Oddity) -> None:
    """Assert that a video has the pictures of an odd file, at times that increase and do not jump."""
    assert tuple(number - FIRST for number in video.numbers) == oddity.pictures
    assert all(before < after for before, after in pairwise(video.times))
    assert 0 <= video.times[0] < 1000
    assert all(before <= after for before, after in pairwise(video.audio))
    assert video.longest_gap_ms <= 20_000
    assert all(-5000 < time - video.times[0] < 60_000 for time in video.audio)


def test_corpus_is_large() -> None:
    assert len(ODDITIES) >= 40
    assert len({oddity.data for oddity in ODDITIES.values()}) == len(ODDITIES)


@pytest.mark.parametrize("name", [name for name, oddity in ODDITIES.items() if oddity.is_decodable])
def test_decoder_reads_the_file_itself(name: str) -> None:
    oddity = ODDITIES[name]
    found = {number - FIRST for number in decode_pictures(oddity.data)}
    assert found >= set(oddity.pictures)


@pytest.mark.parametrize("name", ODDITIES)
@pytest.mark.parametrize("chunk", [200, 50_000])
@virtual
async def test_oddity_is_relayed(name: str, chunk: int) -> None:
    assert_complete(decode(await relay(ODDITIES[name].data, chunk)), ODDITIES[name])


@pytest.mark.parametrize("name", ["AAC an hour ahead", "AAC an hour behind"])
@virtual
async def test_audio_with_another_time_base_is_heard_with_its_pictures(name: str) -> None:
    odd = decode(await relay(ODDITIES[name].data))
    regular = decode(await relay(ODDITIES["AAC"].data))
    assert len(odd.audio) == len(regular.audio)
    assert all(abs(one - other) < 400 for one, other in zip(odd.audio, regular.audio, strict=True))
    assert max(odd.audio) < HOUR_MS
