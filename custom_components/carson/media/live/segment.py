"""One stretch of live video as Eagle Eye sent it, made clean frame by frame.

Whatever is odd about a stretch (Protocol part C, row 40) is put right here, so that joining and
relaying see nothing but frames in order, each with the parameter sets it needs.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ..flv.amf import AmfValue, read_metadata
from ..flv.avc import AvcRepairer
from ..flv.tags import Kind, Tag, TagType, is_avc

DEFAULT_INTERVAL_MS = 83.0
"""Between two frames when nothing is known yet: 12 frames a second is usual (Protocol B.8)."""

_LONGEST_STEP_MS = 20_000
"""A longer step forward is a fault of the clock; Home Assistant's stream gives up at 30 s."""

_NEAR_MS = 2_000


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture or a piece of sound.

    Attributes:
        kind: KEY, INTER or AUDIO.
        time: Milliseconds on the time line of whoever hands the frame out.
        data: Body of the FLV tag.
        config: Body of the sequence header tag it needs (video: on key frames only), if there is one.
        position: When it was taken, in milliseconds since the epoch, if the stretch tells.
    """

    kind: Kind
    time: int
    data: bytes
    config: bytes | None = None
    position: int | None = None

    @property
    def type(self) -> TagType:
        """The type of the tag that holds it."""
        return TagType.AUDIO if self.kind is Kind.AUDIO else TagType.VIDEO


class _TrackClock:
    """Makes one track's time stamps rise; forgives single slips and follows a clock that was set back."""

    def __init__(self, interval_ms: float) -> None:
        self.interval_ms = interval_ms
        self._last: int | None = None
        self._shift = 0

    def read(self, raw: int) -> int:
        last = self._last
        if last is None:
            self._last = raw
            return raw
        if last < raw <= last + _LONGEST_STEP_MS:
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
    """Takes the tags of one upstream request, hands out its frames.

    Times are milliseconds since the stretch's first video frame. Sound passes, whatever its codec:
    Home Assistant ignores G.711 and go2rtc everything but AAC, neither is disturbed.
    """

    def __init__(self) -> None:
        self.metadata: dict[str, AmfValue] = {}
        self.promises_audio = False
        self._avc = AvcRepairer()
        self._other_config: bytes | None = None
        self._audio_config: bytes | None = None
        self._video = _TrackClock(DEFAULT_INTERVAL_MS)
        self._audio = _TrackClock(DEFAULT_INTERVAL_MS)
        self._has_sound = False
        self._first: int | None = None
        self._start_ms: int | None = None

    @property
    def has_picture(self) -> bool:
        """Whether a key frame has come."""
        return self._first is not None

    @property
    def has_aac(self) -> bool:
        """Whether AAC has announced itself."""
        return self._audio_config is not None

    @property
    def is_silent(self) -> bool:
        """Whether nothing so far hints at sound: no file header, no metadata, no sound itself."""
        hints = self.promises_audio or self._has_sound or self.has_aac
        return not hints and not any(key.startswith(("audio", "stereo")) for key in self.metadata)

    @property
    def interval_ms(self) -> float:
        """The usual time between two pictures."""
        return self._video.interval_ms

    def clean(self, tags: Iterable[Tag]) -> list[Frame]:
        """Take tags and return the frames among them, put right."""
        return [frame for tag in tags if (frame := self._take(tag)) is not None]

    def _take(self, tag: Tag) -> Frame | None:
        match tag.kind:
            case Kind.SCRIPT:
                self._take_metadata(tag.data)
            case Kind.VIDEO_CONFIG:
                if is_avc(tag.data):
                    self._avc.take_config(tag.data)
                else:
                    self._other_config = tag.data
            case Kind.KEY | Kind.INTER as kind:
                return self._picture(tag, kind)
            case Kind.AUDIO_CONFIG:
                self._audio_config = tag.data
            case Kind.AUDIO:
                return self._sound(tag)
        return None

    def _take_metadata(self, body: bytes) -> None:
        members = read_metadata(body)
        if members is None or self.metadata:
            return
        self.metadata = members
        start = members.get("starttime")
        if isinstance(start, float) and 0 < start < 1e11:
            self._start_ms = round(start * 1000)
        rate = members.get("framerate")
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
        return self._frame(kind, self._video.read(tag.timestamp), body, config if kind is Kind.KEY else None)

    def _sound(self, tag: Tag) -> Frame | None:
        self._has_sound = True
        if self._first is None:
            return None
        return self._frame(Kind.AUDIO, self._audio.read(tag.timestamp), tag.data, self._audio_config)

    def _frame(self, kind: Kind, stamp: int, body: bytes, config: bytes | None) -> Frame:
        assert self._first is not None  # noqa: S101 - both callers have seen to it
        time = stamp - self._first
        return Frame(kind, time, body, config, None if self._start_ms is None else self._start_ms + time)
