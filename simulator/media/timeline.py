"""When a camera takes previews and video frames (Protocol B.6, B.8).

Both are pure functions of the camera and a number, so that the same moment always has the
same image. All times are whole milliseconds since the epoch.
"""

from zlib import crc32

FRAME_RATE = 12
GROUP = 24
"""Number of frames in a group of pictures: two seconds."""

_PREVIEW_JITTER = 40
_FRAME_JITTER = 9


def _jitter(esn: str, number: int, maximum: int) -> int:
    """Return a repeatable deviation between -maximum and +maximum."""
    scrambled = (number * 2654435761 + crc32(esn.encode()) * 40503) & 0xFFFFFFFF
    scrambled = ((scrambled >> 13) ^ scrambled) * 1274126177 & 0xFFFFFFFF
    return (scrambled >> 8) % (2 * maximum + 1) - maximum


def preview_time(esn: str, number: int, interval_ms: int) -> int:
    """Return when a preview was taken: every interval, with a jitter of tens of milliseconds."""
    return number * interval_ms + _jitter(esn, number, _PREVIEW_JITTER)


def preview_before(esn: str, moment: int, interval_ms: int) -> int:
    """Return the number of the last preview taken before a moment."""
    number = moment // interval_ms + 1
    while preview_time(esn, number, interval_ms) >= moment:
        number -= 1
    return number


def frame_time(esn: str, number: int) -> int:
    """Return when a video frame was taken: 12 per second, with a small jitter."""
    return number * 1000 // FRAME_RATE + _jitter(esn, number, _FRAME_JITTER)


def frame_at(moment: int) -> int:
    """Return the number of the first video frame that is due at or after a moment."""
    return -(-moment * FRAME_RATE // 1000)


def scramble(esn: str, number: int) -> int:
    """Return 32 pseudo-random bits, always the same for a camera and a number."""
    return crc32(f"{esn}/{number}".encode())
