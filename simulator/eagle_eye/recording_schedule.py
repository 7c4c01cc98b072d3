"""Which recordings a camera has: an invented but repeatable pattern, or given ones (Protocol B.7)."""

from collections.abc import Iterator
from dataclasses import dataclass

from simulator.core import Core
from simulator.media.timeline import scramble
from simulator.state.model import Device

_SLOT_MS = 600_000
_SEGMENT_MS = 300_000
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Span:
    """One recording, at most five minutes long (Protocol B.8); whole milliseconds since the epoch."""

    begin: int
    end: int
    running: bool = False
    """It still goes on; `end` is now."""

    @property
    def id(self) -> int:
        """The 32-bit id that the list shows."""
        return scramble("recording", self.begin)


class Spans:
    """The recordings of one camera that exist at this moment."""

    def __init__(self, core: Core, device: Device) -> None:
        self._device = device
        self._esn = device.esn or ""
        now = int(core.clock.time() * 1000)
        end = core.frames_end(device)
        self.newest_allowed = now if end is None else min(now, int(end * 1000))
        self._goes_on = end is None
        self.oldest_allowed = max(now - int(core.settings.retention_days * _DAY_MS), int(device.exists_since * 1000))

    def between(self, begin: int, end: int) -> list[Span]:
        """Return recordings that overlap a time, oldest first."""
        return list(self.from_on(begin, end))

    def from_on(self, begin: int, end: int | None = None) -> Iterator[Span]:
        """Yield recordings that end after a moment, oldest first."""
        begin = max(begin, self.oldest_allowed)
        for span in self._raw(begin):
            if span.begin > self.newest_allowed or (end is not None and span.begin >= end):
                return
            if span.end > begin and span.begin >= self.oldest_allowed:
                yield self._cut(span)

    def back_from(self, moment: int) -> Iterator[Span]:
        """Yield recordings that begin before a moment, newest first."""
        moment = min(moment, self.newest_allowed + 1)
        if self._device.spans is not None:
            for span in reversed(self._given()):
                if self.oldest_allowed <= span.begin < moment:
                    yield self._cut(span)
            return
        slot = moment // _SLOT_MS
        while (slot + 1) * _SLOT_MS > self.oldest_allowed:
            for span in reversed(self._slot(slot)):
                if self.oldest_allowed <= span.begin < moment:
                    yield self._cut(span)
            slot -= 1

    def at(self, moment: int) -> Span | None:
        """Return the recording that a moment lies in."""
        return next((span for span in self.between(moment, moment + 1) if span.begin <= moment), None)

    def _cut(self, span: Span) -> Span:
        if span.end <= self.newest_allowed:
            return span
        return Span(span.begin, self.newest_allowed, running=self._goes_on)

    def _raw(self, begin: int) -> Iterator[Span]:
        if self._device.spans is not None:
            yield from self._given()
            return
        slot = begin // _SLOT_MS - 1
        while slot * _SLOT_MS <= self.newest_allowed:
            yield from self._slot(slot)
            slot += 1

    def _given(self) -> list[Span]:
        return sorted(
            (Span(round(begin * 1000), round(end * 1000)) for begin, end in self._device.spans or []),
            key=lambda span: span.begin,
        )

    def _slot(self, slot: int) -> list[Span]:
        """Return the recordings of ten minutes: mostly one, sometimes none, sometimes two that touch."""
        if not self._device.is_recording:
            return []
        dice = scramble(self._esn, slot)
        if dice % 10 < 4:
            return []
        begin = slot * _SLOT_MS + dice // 10 % 200_000
        length = 8_000 + dice // 7 % 110_000
        if dice % 10 == 9:
            middle = begin + _SEGMENT_MS
            return [Span(begin, middle), Span(middle, min(middle + length // 2, (slot + 1) * _SLOT_MS - 1000))]
        return [Span(begin, begin + length)]


def coalesce(spans: list[Span]) -> list[Span]:
    """Return spans, oldest first, with those that overlap or touch made one."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.begin <= joined[-1].end:
            last = joined[-1]
            joined[-1] = Span(last.begin, max(last.end, span.end), running=last.running or span.running)
        else:
            joined.append(span)
    return joined
