"""Pictures that fill the time until Home Assistant's stream has something to show.

Home Assistant publishes the first playlist only when it has a whole segment of video, six seconds by default. It
goes by timestamps, not by the clock: a source that sends that much at once is shown at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
import math

from ..flv.tags import Kind
from .segment import Frame, Segment
from .silence import Silence

# A player would see gaps if the pictures were further apart than the metadata say; closer ones are only a burden.
_SHORTEST_STEP_MS = 60


@dataclass(frozen=True, slots=True)
class LeadIn:
    """A key frame that is repeated, with silence if the video has sound.

    Attributes:
        pictures: How often it is repeated.
        step_ms: The time between two pictures.
        silence: A silent frame.
        audio_config: The sequence header of the sound.
    """

    pictures: int
    step_ms: float
    silence: Silence | None = None
    audio_config: bytes | None = None

    @property
    def milliseconds(self) -> int:
        """How long it lasts."""
        return round(self.pictures * self.step_ms)

    def frames(self, key: Frame) -> Iterator[Frame]:
        """Yield the frames before a key frame takes its place, from the time of the key frame on."""
        audio_at = 0.0
        for number in range(self.pictures):
            at = number * self.step_ms
            while self.silence is not None and audio_at <= at:
                yield Frame(Kind.AUDIO, key.time + round(audio_at), self.silence.body, self.audio_config)
                audio_at += self.silence.duration_ms
            yield replace(key, time=key.time + round(at))


def lead_in(segment: Segment | None, milliseconds: int) -> LeadIn | None:
    """Return a lead-in that suits a segment, None if there is none.

    A player that finds no sound in the lead-in plays the rest without sound.
    """
    if milliseconds <= 0 or segment is None:
        return None
    step_ms = segment.interval_ms * math.ceil(_SHORTEST_STEP_MS / segment.interval_ms)
    # A whole number of steps, so that the first real picture follows like any other.
    pictures = math.ceil(milliseconds / step_ms)
    if segment.has_aac:
        silence = segment.silence
        return None if silence is None else LeadIn(pictures, step_ms, silence, segment.audio_config)
    return LeadIn(pictures, step_ms) if segment.is_silent or segment.has_telephone_audio else None
