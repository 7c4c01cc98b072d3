"""Pictures that fill the time until Home Assistant's stream has something to show.

Home Assistant publishes the first playlist only when it has a whole segment of video, six seconds by default. It
goes by timestamps, not by the clock: a source that sends that much at once is shown at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..flv.silence import Silence
from ..flv.tags import Kind
from .segment import Frame, Segment

_STEP_MS = 160
"""Between two pictures: FFmpeg wants some dozens of pictures before it opens a file."""


@dataclass(frozen=True, slots=True)
class LeadIn:
    """A key frame that is repeated, with silence if the video has sound.

    Attributes:
        milliseconds: How long it lasts.
        silence: A silent frame.
        audio_config: The sequence header of the sound.
    """

    milliseconds: int
    silence: Silence | None = None
    audio_config: bytes | None = None

    def frames(self, key: Frame) -> Iterator[Frame]:
        """Yield the frames before a key frame takes its place, from the time of the key frame on."""
        audio_at = 0.0
        for at in range(0, self.milliseconds, _STEP_MS):
            while self.silence is not None and audio_at <= at:
                yield Frame(Kind.AUDIO, key.time + round(audio_at), self.silence.body, self.audio_config)
                audio_at += self.silence.duration_ms
            yield replace(key, time=key.time + at)


def lead_in(segment: Segment | None, milliseconds: int) -> LeadIn | None:
    """Return a lead-in that suits a segment, None if there is none.

    A player that finds no sound in the lead-in plays the rest without sound.
    """
    if milliseconds <= 0 or segment is None:
        return None
    if segment.has_aac:
        silence = segment.silence
        return None if silence is None else LeadIn(milliseconds, silence, segment.audio_config)
    return LeadIn(milliseconds) if segment.is_silent or segment.has_telephone_audio else None
