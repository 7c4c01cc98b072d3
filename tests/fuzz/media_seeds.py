"""Valid FLV streams, which the fuzzer mutates."""

from functools import cache

from tests.support.fake_camera import Behavior, live_segment

FIRST_FRAME = 1_000_008


@cache
def flv(kind: int) -> bytes:
    """Return one of several FLV streams, each with a different behavior."""
    behaviors = (
        Behavior(audio="aac"),
        Behavior(annexb=True, config=False),
        Behavior(starttime=None, audio="alaw", bad_version=True),
        Behavior(resolution_at=24, metadata=False),
    )
    return b"".join(data for _, data in live_segment(behaviors[kind % len(behaviors)], FIRST_FRAME, 3))


@cache
def healthy_flv(frames: int = 40) -> bytes:
    """Return a valid FLV stream that begins this many frames after those of `flv`."""
    return b"".join(data for _, data in live_segment(Behavior(), FIRST_FRAME + frames, 3))
