"""Makes one endless video out of stretches that begin and end as Eagle Eye likes.

Each stretch is a stream of its own: own encoder, own time stamps from zero, maybe begun a little in
the past (a burst), overlapping the former by some seconds (Protocol B.8). A picture can only be shown
after its key frame, so a change of stretch happens on a key frame of the new one.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from ..flv.avc import with_parameter_sets
from ..flv.tags import Kind, Tag, is_avc
from .segment import Frame, Segment

_EARLIEST_MS = 15_000
"""A stretch may begin this long before what was shown last; beyond that its clock is not believed."""
_LATEST_MS = 300_000
"""And this long after it: more than any break that is bridged."""
_WAIT_MS = 6_000
"""The slower of two stretches is waited for while it is this much video behind, not longer."""
_BUFFERED_BYTES = 16 * 1024 * 1024


class Joiner:
    """Takes tags of one stretch, then of two while they overlap, and returns frames on one time line.

    Times begin at 0 and rise, track by track. Where both stretches tell when their pictures were taken
    (`starttime`), each moment is shown exactly once: the old one is followed up to a key frame of the new
    one that has not been shown. While the new one lags behind, the old one is slowed to its pace.
    Without `starttime` the new one begins with its first key frame.
    """

    def __init__(self) -> None:
        self._current: Segment | None = None
        self._next: Segment | None = None
        # Of the current stretch
        self._running = False
        self._offset = 0
        # Of what was handed out last
        self._last_picture: Frame | None = None
        self._last_sound = -1
        self._first_config: bytes | None = None
        # Of a change under way
        self._blind = False
        self._ended = False
        self._reached: int | None = None
        self._cut: int | None = None
        self._held: deque[Frame] = deque()
        self._buffered: list[Frame] = []
        self._buffered_bytes = 0

    @property
    def current(self) -> Segment | None:
        """The stretch that is handed out now; it changes as soon as the next one takes over."""
        return self._current

    def begin(self) -> Segment:
        """Begin a stretch: the first one, one after a break, or the one that is to take over."""
        stretch = Segment()
        if self._ended:
            self._change([])
        if self._current is None:
            self._make_current(stretch)
        else:
            self._next = stretch
            self._forget_change()
        self._blind = False
        return stretch

    def feed(self, stretch: Segment, tags: Iterable[Tag]) -> list[Frame]:
        """Take tags of a stretch, return the frames that are now due. Tags of a replaced stretch are dropped."""
        frames: list[Frame] = []
        if stretch is not self._current and stretch is not self._next:
            return frames
        for frame in stretch.clean(tags):
            if stretch is self._current:
                self._from_current(frame, frames)
            elif stretch is self._next:
                self._from_next(frame, frames)
        return frames

    def end(self, stretch: Segment) -> list[Frame]:
        """A stretch has ended or was given up; return the frames that were waiting for it."""
        frames: list[Frame] = []
        if stretch is self._next:
            held, ended = self._held, self._ended
            self._next = None
            self._forget_change()
            for frame in held:
                self._hand_out(frame, frames)
            if ended:
                self._make_current(None)
        elif stretch is self._current:
            if self._held and self._cut is None:
                self._ended = True  # what it has left may reach up to the new one's next key frame
            else:
                self._change(frames)
        return frames

    # -- the current stretch

    def _from_current(self, frame: Frame, out: list[Frame]) -> None:
        if not self._running:
            self._try_to_start(frame, out)
            return
        if frame.position is not None:
            slack = self._slack()
            if self._cut is not None and frame.position >= self._cut - slack:
                if frame.kind is not Kind.AUDIO:
                    self._change(out)
                return
            if self._cut is None and self._reached is not None and frame.position > self._reached + slack:
                self._hold(frame, out)
                return
        self._hand_out(frame, out)

    def _hold(self, frame: Frame, out: list[Frame]) -> None:
        self._held.append(frame)
        first = self._held[0]
        if frame.time - first.time > _WAIT_MS:
            # The new one is not catching up: its word on time is worth nothing.
            self._blind = True
            self._reached = None
            self._release(out)

    def _release(self, out: list[Frame]) -> None:
        held, self._held = self._held, deque()
        for frame in held:
            if self._next is None:
                return  # the change has happened: the new one shows the rest
            self._from_current(frame, out)
        if self._ended and not self._held:
            self._change(out)

    def _try_to_start(self, frame: Frame, out: list[Frame]) -> None:
        if self._is_twin(frame):
            self._start(frame)
        elif frame.kind is Kind.KEY and self._is_new(frame):
            self._start(frame)
            self._hand_out(frame, out)

    def _start(self, frame: Frame) -> None:
        """Place the stretch on the time line by its first frame: one to hand out, or the twin of the last."""
        self._running = True
        last = self._last_picture
        if last is None:
            self._offset = -frame.time
            return
        interval = max(1, round(self._interval()))
        step = interval
        distance = self._distance(frame)
        if self._is_twin(frame):
            step = 0
        elif distance is not None and 0 < distance <= 3 * interval:
            step = distance
        self._offset = last.time + step - frame.time

    # -- the stretch that is to take over

    def _from_next(self, frame: Frame, out: list[Frame]) -> None:
        if not self._running:
            # The current one has shown nothing yet: whichever has a picture first wins.
            if frame.kind is Kind.KEY:
                self._change(out)
                self._from_current(frame, out)
            return
        if self._cut is not None:
            self._buffer(frame, out)
            return
        if frame.kind is Kind.AUDIO:
            return
        if self._distance(frame) is None:
            if frame.kind is Kind.KEY:
                self._change(out)
                self._from_current(frame, out)
            return
        self._reached = frame.position
        if frame.kind is Kind.KEY and self._is_new(frame):
            self._cut = frame.position
            self._buffer(frame, out)
            self._release(out)
            return
        self._release(out)
        if self._next is None:
            self._from_current(frame, out)
        elif self._is_twin(frame):
            self._change(out)
            self._start(frame)

    def _buffer(self, frame: Frame, out: list[Frame]) -> None:
        self._buffered.append(frame)
        self._buffered_bytes += len(frame.data)
        if self._buffered_bytes > _BUFFERED_BYTES or frame.time - self._buffered[0].time > _WAIT_MS:
            self._change(out)

    def _change(self, out: list[Frame]) -> None:
        """Go on with the next stretch, or wait for one; what the current one still had the next one has, too."""
        buffered = self._buffered
        self._forget_change()
        self._make_current(self._next)
        self._next = None
        for frame in buffered:
            self._from_current(frame, out)

    def _make_current(self, stretch: Segment | None) -> None:
        self._current = stretch
        self._running = False

    def _forget_change(self) -> None:
        self._ended = False
        self._reached = None
        self._cut = None
        self._held = deque()
        self._buffered = []
        self._buffered_bytes = 0

    # -- time

    def _interval(self) -> float:
        return self._current.interval_ms if self._current else 0

    def _slack(self) -> float:
        """Two frames closer than this show the same moment."""
        return self._interval() / 2

    def _distance(self, frame: Frame) -> int | None:
        """From the last picture handed out to this frame, in milliseconds; None when that cannot be told."""
        last = self._last_picture
        if self._blind or last is None or last.position is None or frame.position is None:
            return None
        distance = frame.position - last.position
        return distance if -_EARLIEST_MS <= distance <= _LATEST_MS else None

    def _is_new(self, frame: Frame) -> bool:
        distance = self._distance(frame)
        return distance is None or distance > self._slack()

    def _is_twin(self, frame: Frame) -> bool:
        """Tell whether the frame is the very one handed out last: then the next fits it without a key frame."""
        last = self._last_picture
        distance = self._distance(frame)
        return last is not None and distance is not None and abs(distance) <= self._slack() and frame.data == last.data

    def _hand_out(self, frame: Frame, out: list[Frame]) -> None:
        time = frame.time + self._offset
        if frame.kind is Kind.AUDIO:
            if time <= self._last_sound:
                return
            self._last_sound = time
            out.append(replace(frame, time=time))
            return
        if self._last_picture is not None:
            time = max(time, self._last_picture.time + 1)
        self._last_picture = replace(frame, time=time)
        out.append(replace(self._last_picture, data=self._self_contained(frame)))

    def _self_contained(self, frame: Frame) -> bytes:
        """Return the frame's data, with the parameter sets if they are no longer the first ones."""
        if frame.config is None or frame.kind is not Kind.KEY:
            return frame.data
        if self._first_config is None:
            self._first_config = frame.config
        if frame.config == self._first_config or not is_avc(frame.data):
            return frame.data
        return with_parameter_sets(frame.data, frame.config)
