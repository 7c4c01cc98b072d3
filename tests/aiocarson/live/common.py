"""What the tests of live views share."""

from itertools import pairwise

from aiocarson import CannotConnectError
from aiocarson.flv.tags import Tag, TagType

from tests.support.fake_camera import Behavior
from tests.support.player import Viewer

FIRST = 21_480_000_000
"""Number of the first frame of a test, the first of a group."""
FRAME_MS = 1000 / 12
STEADY = Behavior(anchor="timeline")
UNREACHABLE = Behavior(error=CannotConnectError("the camera is unreachable"))


def assert_seamless(viewer: Viewer, at_least: int) -> None:
    """Assert that a viewer received every picture once and in time, and at least a number of them."""
    video = viewer.video
    assert video.is_gapless
    assert len(video.numbers) >= at_least
    assert all(before < after for before, after in pairwise(video.times))
    assert video.longest_gap_ms <= FRAME_MS + 20


def tags(*timestamps: int, key_every: int = 1000) -> list[Tag]:
    """Return pictures of an old codec, whose bodies are not parsed."""
    return [
        Tag(TagType.VIDEO, timestamp, b"\x12\x00" if index % key_every == 0 else b"\x22\x00")
        for index, timestamp in enumerate(timestamps)
    ]
