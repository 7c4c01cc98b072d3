"""Joins segments of live video into one endless video.

Each segment is a stream of its own: its own encoder, its own timestamps from zero, sometimes begun a little in
the past (a burst), overlapping the former one by some seconds (Protocol B.8). A picture can only be decoded
after its key frame, so segments change at a key frame of the new one.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ..flv.avc import with_parameter_sets
from ..flv.tags import Kind, Tag, is_avc
from .segment import Frame, Segment

_MAX_BACK_MS = 15_000
"""A segment may begin this long before the last picture shown; beyond that its clock is not trusted."""
_MAX_AHEAD_MS = 300_000
"""A segment may begin this long after it: more than any outage that is bridged."""
_MAX_WAIT_MS = 6_000
"""The slower of two segments is waited for while it is at most this much video behind."""
_MAX_BUFFER_BYTES = 16 * 1024 * 1024


@dataclass(slots=True)
class _Transition:
    """A change from the current segment to the next one.

    Attributes:
        ended: Whether the current segment has ended, except for `held`.
        next_position: The position that the next segment has reached.
        switch_at: The position of the next segment's key frame at which to change, once known.
        held: Frames of the current segment that wait until the next one has caught up.
        buffered: Frames of the next segment from `switch_at` on.
        buffered_bytes: Their size.
    """

    ended: bool = False
    next_position: int | None = None
    switch_at: int | None = None
    held: deque[Frame] = field(default_factory=deque)
    buffered: list[Frame] = field(default_factory=list)
    buffered_bytes: int = 0


class Joiner:
    """Turns tags of one segment, then of two while they overlap, into frames on one time line.

    Times begin at 0 and increase in each track. When both segments report when their pictures were taken
    (`starttime`), each moment is shown exactly once: the old segment is followed up to a key frame of the new
    one that has not been shown. While the new one lags behind, the old one is slowed to its pace.
    Without `starttime` the new one begins with its first key frame.
    """

    def __init__(self) -> None:
        self._current: Segment | None = None
        self._next: Segment | None = None
        self._transition = _Transition()
        # Of the current segment
        self._running = False
        self._offset = 0
        # Of the output
        self._last_picture: Frame | None = None
        self._last_audio_time = -1
        self._first_config: bytes | None = None
        # Set when the next segment does not catch up: its positions cannot be trusted.
        self._ignore_positions = False

    @property
    def current(self) -> Segment | None:
        """The segment that is being shown; it changes as soon as the next one replaces it."""
        return self._current

    def begin(self) -> Segment:
        """Begin a segment: the first one, one after an outage, or one that is to replace the current one."""
        segment = Segment()
        if self._transition.ended:
            self._switch([])
        if self._current is None:
            self._set_current(segment)
        else:
            self._next = segment
            self._transition = _Transition()
        self._ignore_positions = False
        return segment

    def feed(self, segment: Segment, tags: Iterable[Tag]) -> list[Frame]:
        """Process tags of a segment and return the frames to show. Tags of a replaced segment are dropped."""
        frames: list[Frame] = []
        if segment is not self._current and segment is not self._next:
            return frames
        for frame in segment.read_frames(tags):
            if segment is self._current:
                self._from_current(frame, frames)
            elif segment is self._next:
                self._from_next(frame, frames)
        return frames

    def end(self, segment: Segment) -> list[Frame]:
        """Handle the end of a segment; return the frames that were waiting for it."""
        frames: list[Frame] = []
        transition = self._transition
        if segment is self._next:
            self._next = None
            self._transition = _Transition()
            for frame in transition.held:
                self._emit(frame, frames)
            if transition.ended:
                self._set_current(None)
        elif segment is self._current:
            if transition.held and transition.switch_at is None:
                transition.ended = True  # the held frames may reach up to the next segment's key frame
            else:
                self._switch(frames)
        return frames

    # -- the current segment

    def _from_current(self, frame: Frame, out: list[Frame]) -> None:
        if not self._running:
            self._try_to_start(frame, out)
            return
        transition = self._transition
        if frame.position is not None:
            tolerance = self._tolerance()
            if transition.switch_at is not None:
                if frame.position >= transition.switch_at - tolerance:
                    if frame.kind is not Kind.AUDIO:
                        self._switch(out)
                    return
            elif transition.next_position is not None and frame.position > transition.next_position + tolerance:
                self._hold(frame, out)
                return
        self._emit(frame, out)

    def _hold(self, frame: Frame, out: list[Frame]) -> None:
        held = self._transition.held
        held.append(frame)
        if frame.time - held[0].time > _MAX_WAIT_MS:
            self._ignore_positions = True
            self._transition.next_position = None
            self._release_held(out)

    def _release_held(self, out: list[Frame]) -> None:
        transition = self._transition
        held, transition.held = transition.held, deque()
        for frame in held:
            if self._next is None:
                return  # the segments have changed: the new one shows the rest
            self._from_current(frame, out)
        if self._transition.ended and not self._transition.held:
            self._switch(out)

    def _try_to_start(self, frame: Frame, out: list[Frame]) -> None:
        if self._is_last_picture(frame):
            self._start(frame)
        elif frame.kind is Kind.KEY and self._is_new(frame):
            self._start(frame)
            self._emit(frame, out)

    def _start(self, frame: Frame) -> None:
        """Place the segment on the time line by a frame: the next one to show, or a copy of the last one shown."""
        self._running = True
        last = self._last_picture
        if last is None:
            self._offset = -frame.time
            return
        interval = max(1, round(self._interval()))
        step = interval
        distance = self._distance(frame)
        if self._is_last_picture(frame):
            step = 0
        elif distance is not None and 0 < distance <= 3 * interval:
            step = distance
        self._offset = last.time + step - frame.time

    # -- the next segment

    def _from_next(self, frame: Frame, out: list[Frame]) -> None:
        if not self._running:
            # The current one has shown nothing yet: the first one with a picture is shown.
            self._switch_at_key(frame, out)
        elif self._transition.switch_at is not None:
            self._buffer(frame, out)
        elif frame.kind is Kind.AUDIO:
            return
        elif self._distance(frame) is None:
            self._switch_at_key(frame, out)
        else:
            self._follow(frame, out)

    def _switch_at_key(self, frame: Frame, out: list[Frame]) -> None:
        if frame.kind is Kind.KEY:
            self._switch(out)
            self._from_current(frame, out)

    def _follow(self, frame: Frame, out: list[Frame]) -> None:
        """Show the current segment up to the position of the next one's frame, and change if possible."""
        self._transition.next_position = frame.position
        if frame.kind is Kind.KEY and self._is_new(frame):
            self._transition.switch_at = frame.position
            self._buffer(frame, out)
            self._release_held(out)
            return
        self._release_held(out)
        if self._next is None:
            self._from_current(frame, out)
        elif self._is_last_picture(frame):
            self._switch(out)
            self._start(frame)

    def _buffer(self, frame: Frame, out: list[Frame]) -> None:
        transition = self._transition
        transition.buffered.append(frame)
        transition.buffered_bytes += len(frame.data)
        too_long = frame.time - transition.buffered[0].time > _MAX_WAIT_MS
        if too_long or transition.buffered_bytes > _MAX_BUFFER_BYTES:
            self._switch(out)

    def _switch(self, out: list[Frame]) -> None:
        """Change to the next segment, if any. It also holds the frames that the current one has not shown."""
        buffered = self._transition.buffered
        self._transition = _Transition()
        self._set_current(self._next)
        self._next = None
        for frame in buffered:
            self._from_current(frame, out)

    def _set_current(self, segment: Segment | None) -> None:
        self._current = segment
        self._running = False

    # -- positions and times

    def _interval(self) -> float:
        return self._current.interval_ms if self._current else 0

    def _tolerance(self) -> float:
        """Return the distance below which two frames show the same moment, in milliseconds."""
        return self._interval() / 2

    def _distance(self, frame: Frame) -> int | None:
        """Return the milliseconds from the last picture shown to this frame, None when unknown."""
        last = self._last_picture
        if self._ignore_positions or last is None or last.position is None or frame.position is None:
            return None
        distance = frame.position - last.position
        return distance if -_MAX_BACK_MS <= distance <= _MAX_AHEAD_MS else None

    def _is_new(self, frame: Frame) -> bool:
        distance = self._distance(frame)
        return distance is None or distance > self._tolerance()

    def _is_last_picture(self, frame: Frame) -> bool:
        """Return whether the frame equals the last picture shown: its successor then needs no key frame."""
        last = self._last_picture
        distance = self._distance(frame)
        if last is None or distance is None or abs(distance) > self._tolerance():
            return False
        return frame.data == last.data

    def _emit(self, frame: Frame, out: list[Frame]) -> None:
        time = frame.time + self._offset
        if frame.kind is Kind.AUDIO:
            if time <= self._last_audio_time:
                return
            self._last_audio_time = time
            out.append(replace(frame, time=time))
            return
        if self._last_picture is not None:
            time = max(time, self._last_picture.time + 1)
        self._last_picture = replace(frame, time=time)
        out.append(replace(self._last_picture, data=self._with_own_config(frame)))

    def _with_own_config(self, frame: Frame) -> bytes:
        """Return the frame's data, with its parameter sets when they differ from the first ones."""
        if frame.config is None or frame.kind is not Kind.KEY:
            return frame.data
        if self._first_config is None:
            self._first_config = frame.config
        if frame.config == self._first_config or not is_avc(frame.data):
            return frame.data
        return with_parameter_sets(frame.data, frame.config)
