"""Deviations of an FLV stream from a regular one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, override

from simulator.media import flv, video

_G711_FRAME_MS = 40
_AAC_FRAME_MS = 128
_MP3_FRAME_MS = 36


@dataclass(slots=True)
class FrameDraft:
    """What will be sent for one frame."""

    frame: video.Frame
    stamp: int
    """Milliseconds since the start of the stream."""
    timestamp: int
    """The timestamp that is sent."""
    payload: bytes
    audio: bytes = b""
    """Audio tags to send after the frame."""
    wait: float = 0.0
    """Seconds of the simulator's clock to wait before sending."""
    ending: Literal["eof", "cut"] | None = None
    """How the stream ends in the middle of this frame, if it does."""


class StreamEffect:
    """An effect on one stream; this one changes nothing."""

    has_audio = False

    def header(self) -> bytes:
        """Return tags to send after the header of the stream."""
        return b""

    def view(self, view: video.View, stamp: int) -> video.View:  # noqa: ARG002
        """Return the view from the key frame at `stamp` on."""
        return view

    def change(self, draft: FrameDraft) -> None:
        """Change what will be sent for a frame."""


class FrameChange(StreamEffect):
    """Changes the first frame from a moment on, or all of them."""

    def __init__(self, at_ms: int, change: Callable[[FrameDraft], None], *, once: bool) -> None:
        """Initialize the effect."""
        self._at_ms = at_ms
        self._change = change
        self._once = once
        self._is_done = False

    @override
    def change(self, draft: FrameDraft) -> None:
        if not self._is_done and draft.stamp >= self._at_ms:
            self._is_done = self._once
            self._change(draft)


class ResolutionChangeEffect(StreamEffect):
    """Halves the resolution once."""

    def __init__(self, at_ms: int) -> None:
        """Initialize the effect."""
        self._at_ms = at_ms
        self._is_done = False

    @override
    def view(self, view: video.View, stamp: int) -> video.View:
        if self._is_done or stamp < self._at_ms:
            return view
        self._is_done = True
        return replace(view, width=view.width // 2, height=view.height // 2)


class _AudioEffect(StreamEffect):
    """Adds silent audio."""

    has_audio = True
    frame_ms: int

    def __init__(self) -> None:
        """Initialize the effect at the start of the stream."""
        self._sent_until = 0

    @override
    def change(self, draft: FrameDraft) -> None:
        while self._sent_until <= draft.stamp:
            draft.audio += self.tag(self._sent_until)
            self._sent_until += self.frame_ms

    def tag(self, timestamp_ms: int) -> bytes:
        """Return one audio tag."""
        raise NotImplementedError


class SilentG711Effect(_AudioEffect):
    """Adds silent audio in G.711."""

    frame_ms = _G711_FRAME_MS

    def __init__(self, law: str) -> None:
        """Initialize the effect with A-law (`a`) or mu-law (`mu`)."""
        super().__init__()
        self._law = law

    @override
    def tag(self, timestamp_ms: int) -> bytes:
        return flv.audio_g711(timestamp_ms, law=self._law, samples=_G711_FRAME_MS * 8)


class SilentMp3Effect(_AudioEffect):
    """Adds silent audio in MP3 (Protocol F, row 59)."""

    frame_ms = _MP3_FRAME_MS

    @override
    def tag(self, timestamp_ms: int) -> bytes:
        return flv.audio_mp3(timestamp_ms)


class SilentAacEffect(_AudioEffect):
    """Adds silent audio in AAC."""

    frame_ms = _AAC_FRAME_MS

    @override
    def header(self) -> bytes:
        return flv.audio_aac(0, header=True)

    @override
    def tag(self, timestamp_ms: int) -> bytes:
        return flv.audio_aac(timestamp_ms, header=False)
