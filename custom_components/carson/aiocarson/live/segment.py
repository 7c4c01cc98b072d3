"""One segment of live video as Eagle Eye sent it, repaired frame by frame.

Everything irregular about a segment (Protocol part C, row 40) is repaired here, so that the joiner and the relay
get frames in order, each with the parameter sets that it needs.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ..flv.amf import AmfValue, read_metadata
from ..flv.avc import AvcRepairer
from ..flv.tags import AAC, G711, Kind, Tag, TagType, is_avc, video_codec
from .silence import Silence, silent_aac

DEFAULT_INTERVAL_MS = 83.0
"""Between two frames before more is known: 12 frames per second is usual (Protocol B.8)."""

_MAX_STEP_MS = 20_000
"""A longer step forward is a fault of the clock; Home Assistant's stream gives up at 30 s."""

_NEAR_MS = 2_000

_MAX_APART_MS = 5_000
"""Audio that is further away from the pictures with which it arrives has another time base."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture or some audio.

    Attributes:
        kind: KEY, INTER or AUDIO.
        time: Milliseconds on the time line of the segment or of the joiner.
        data: Body of the FLV tag.
        config: Body of the sequence header tag that it needs (video: on key frames only), if there is one.
        position: When it was taken, in milliseconds since the epoch, if known.
    """

    kind: Kind
    time: int
    data: bytes
    config: bytes | None = None
    position: int | None = None

    @property
    def type(self) -> TagType:
        """The type of its FLV tag."""
        return TagType.AUDIO if self.kind is Kind.AUDIO else TagType.VIDEO


class _TrackClock:
    """Makes the timestamps of one track increase; ignores single wrong ones and follows a clock that was set back."""

    def __init__(self, interval_ms: float) -> None:
        self.interval_ms = interval_ms
        self._last: int | None = None
        self._shift = 0
        self._correction = 0

    @property
    def last(self) -> int | None:
        """The last repaired timestamp."""
        return self._last

    def read_near(self, raw: int, reference: int) -> int:
        """Return the repaired timestamp, moved to another track's when that is too far away."""
        time = self.read(raw + self._correction)
        if abs(time - reference) > _MAX_APART_MS:
            self._correction = reference - raw
            self._shift = 0
            time = self._last = reference
        return time

    def read(self, raw: int) -> int:
        """Return the repaired timestamp."""
        last = self._last
        if last is None:
            self._last = raw
            return raw
        if last < raw <= last + _MAX_STEP_MS:
            time = raw
        elif last < raw + self._shift <= last + _NEAR_MS:
            time = raw + self._shift
        else:
            step = max(1, round(self.interval_ms))
            time = last + (1 if last - step < raw <= last else step)
            self._shift = time - raw
        self._last = time
        if time - last < _NEAR_MS:
            self.interval_ms += (time - last - self.interval_ms) / 8
        return time


class Segment:
    """Turns the tags of one upstream request into repaired frames.

    Times are milliseconds since the segment's first video frame. Audio passes in any codec: Home Assistant
    ignores G.711 and go2rtc ignores everything but AAC; neither is disturbed.

    Attributes:
        metadata: The metadata of the video.
        announces_audio: Whether the file header announces audio.
    """

    def __init__(self) -> None:
        self.metadata: dict[str, AmfValue] = {}
        self.announces_audio = False
        self._avc = AvcRepairer()
        self._other_config: bytes | None = None
        self._audio_config: bytes | None = None
        self._video = _TrackClock(DEFAULT_INTERVAL_MS)
        self._audio = _TrackClock(DEFAULT_INTERVAL_MS)
        self._has_audio = False
        self._first: int | None = None
        self._codec = b""
        self._start_ms: int | None = None

    @property
    def has_picture(self) -> bool:
        """Whether a key frame has been received."""
        return self._first is not None

    @property
    def has_aac(self) -> bool:
        """Whether an AAC configuration has been received."""
        return self._audio_config is not None and self._audio_config[0] >> 4 == AAC

    @property
    def audio_config(self) -> bytes | None:
        """Body of the sequence header tag of the audio, if there is one."""
        return self._audio_config

    @property
    def silence(self) -> Silence | None:
        """A silent frame that fits the audio; None if none is known."""
        return silent_aac(self._audio_config) if self._audio_config is not None and self.has_aac else None

    @property
    def has_telephone_audio(self) -> bool:
        """Whether the metadata announce G.711, which Home Assistant's stream ignores."""
        return self.metadata.get("audiocodecid") in G711

    @property
    def is_silent(self) -> bool:
        """Whether nothing so far indicates audio: no file header, no metadata, no audio itself."""
        hints = self.announces_audio or self._has_audio or self._audio_config is not None
        return not hints and not any(key.startswith(("audio", "stereo")) for key in self.metadata)

    @property
    def interval_ms(self) -> float:
        """The usual time between two pictures."""
        return self._video.interval_ms

    def read_frames(self, tags: Iterable[Tag]) -> list[Frame]:
        """Return the repaired frames among the tags."""
        return [frame for tag in tags if (frame := self._read(tag)) is not None]

    def _read(self, tag: Tag) -> Frame | None:
        match tag.kind:
            case Kind.SCRIPT:
                self._read_metadata(tag.data)
            case Kind.VIDEO_CONFIG:
                if is_avc(tag.data):
                    self._avc.set_config(tag.data)
                else:
                    self._other_config = tag.data
            case Kind.KEY | Kind.INTER as kind:
                return self._picture(tag, kind)
            case Kind.AUDIO_CONFIG:
                self._audio_config = tag.data
            case Kind.AUDIO:
                return self._audio_frame(tag)
        return None

    def _read_metadata(self, body: bytes) -> None:
        metadata = read_metadata(body)
        if metadata is None or self.metadata:
            return
        self.metadata = metadata
        start = metadata.get("starttime")
        if isinstance(start, float) and 0 < start < 1e11:
            self._start_ms = round(start * 1000)
        rate = metadata.get("framerate")
        if isinstance(rate, float) and 1 <= rate <= 120:
            self._video.interval_ms = 1000 / rate

    def _picture(self, tag: Tag, kind: Kind) -> Frame | None:
        body: bytes | None = tag.data
        config = self._other_config
        if is_avc(tag.data):
            body = self._avc.repair(tag.data, key=kind is Kind.KEY)
            config = self._avc.config
        if body is None:
            return None
        if self._first is None:
            if kind is not Kind.KEY:
                return None
            self._first = tag.timestamp
            self._codec = video_codec(tag.data)
        elif video_codec(tag.data) != self._codec:
            return None
        return self._frame(kind, self._video.read(tag.timestamp), body, config if kind is Kind.KEY else None)

    def _audio_frame(self, tag: Tag) -> Frame | None:
        self._has_audio = True
        if (picture_time := self._video.last) is None:
            return None
        time = self._audio.read_near(tag.timestamp, picture_time)
        return self._frame(Kind.AUDIO, time, tag.data, self._audio_config)

    def _frame(self, kind: Kind, timestamp: int, body: bytes, config: bytes | None) -> Frame:
        assert self._first is not None  # noqa: S101 - checked by both callers
        time = timestamp - self._first
        return Frame(kind, time, body, config, None if self._start_ms is None else self._start_ms + time)
