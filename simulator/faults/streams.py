"""Faults in FLV streams (Protocol C row 40)."""

from dataclasses import dataclass
from typing import ClassVar, override

from simulator.faults.base import StreamFault, register
from simulator.media.stream_effects import (
    FrameDraft,
    ResolutionChangeEffect,
    SilentAacEffect,
    SilentG711Effect,
    SilentMp3Effect,
    StreamEffect,
)

_STALL = 6.0
_BACKWARD_MS = 500


@register("audio_alaw")
@dataclass(frozen=True, kw_only=True)
class AudioALaw(StreamFault):
    """Adds silent audio in G.711 A-law."""

    @override
    def effect(self) -> StreamEffect:
        return SilentG711Effect("a")


@register("audio_ulaw")
@dataclass(frozen=True, kw_only=True)
class AudioMuLaw(StreamFault):
    """Adds silent audio in G.711 mu-law."""

    @override
    def effect(self) -> StreamEffect:
        return SilentG711Effect("mu")


@register("audio_mp3")
@dataclass(frozen=True, kw_only=True)
class AudioMp3(StreamFault):
    """Adds silent audio in MP3."""

    @override
    def effect(self) -> StreamEffect:
        return SilentMp3Effect()


@register("audio_aac")
@dataclass(frozen=True, kw_only=True)
class AudioAac(StreamFault):
    """Adds silent audio in AAC."""

    @override
    def effect(self) -> StreamEffect:
        return SilentAacEffect()


@register("resolution_change")
@dataclass(frozen=True, kw_only=True)
class ResolutionChange(StreamFault):
    """Halves the resolution."""

    @override
    def effect(self) -> StreamEffect:
        return ResolutionChangeEffect(int(self.at * 1000))


@register("annexb")
@dataclass(frozen=True, kw_only=True)
class AnnexB(StreamFault):
    """Sends frames in Annex B format, with start codes instead of lengths."""

    once: ClassVar[bool] = False

    @override
    def change(self, draft: FrameDraft) -> None:
        draft.payload = draft.frame.annex_b


@register("backward_timestamp")
@dataclass(frozen=True, kw_only=True)
class BackwardTimestamp(StreamFault):
    """Moves the timestamp of one frame backward."""

    @override
    def change(self, draft: FrameDraft) -> None:
        draft.timestamp = max(0, draft.timestamp - _BACKWARD_MS)


@register("stall")
@dataclass(frozen=True, kw_only=True)
class Stall(StreamFault):
    """Pauses the stream."""

    seconds: float = _STALL
    """Seconds of the simulator's clock; 0: the default."""

    @override
    def change(self, draft: FrameDraft) -> None:
        draft.wait = self.seconds or _STALL


@register("early_eof")
@dataclass(frozen=True, kw_only=True)
class EarlyEof(StreamFault):
    """Ends the stream regularly, but in the middle of a frame."""

    @override
    def change(self, draft: FrameDraft) -> None:
        draft.ending = "eof"


@register("cut_stream")
@dataclass(frozen=True, kw_only=True)
class CutStream(StreamFault):
    """Closes the connection in the middle of a frame."""

    @override
    def change(self, draft: FrameDraft) -> None:
        draft.ending = "cut"
