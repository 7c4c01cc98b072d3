"""Silent audio, for pictures that are shown before there is any sound."""

from dataclasses import dataclass

_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_LOW_COMPLEXITY = 2
_SAMPLES = 1024
_FRAME_PREFIX = b"\xaf\x01"
# A silent frame by the number of channels; it is the same at each rate.
_FRAMES = {1: b"\x01\x18\x20\x07", 2: b"\x21\x10\x04\x60\x8c\x1c"}


@dataclass(frozen=True, slots=True)
class Silence:
    """A silent audio frame.

    Attributes:
        body: Body of its FLV tag.
        duration_ms: How long it lasts, in milliseconds.
    """

    body: bytes
    duration_ms: float


def silent_aac(config: bytes) -> Silence | None:
    """Return a silent AAC frame for the body of a sequence header tag; None if none is known that fits."""
    if len(config) < 4:
        return None
    specific = int.from_bytes(config[2:4])
    object_type, rate_index, channels = specific >> 11, specific >> 7 & 0xF, specific >> 3 & 0xF
    if object_type != _LOW_COMPLEXITY or rate_index >= len(_RATES) or channels not in _FRAMES:
        return None
    return Silence(_FRAME_PREFIX + _FRAMES[channels], 1000 * _SAMPLES / _RATES[rate_index])
