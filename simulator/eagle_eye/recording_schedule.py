"""When a camera has recorded: an invented but repeatable pattern, or given times (Protocol B.7)."""

from collections.abc import Iterator
from dataclasses import dataclass

from simulator.core import Core
from simulator.media.timeline import scramble
from simulator.state.model import Device

_SLOT_MS = 600_000
_LONGEST_MS = 300_000
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording, at most five minutes long (Protocol B.8); whole milliseconds since the epoch."""

    begin: int
    end: int
    in_progress: bool = False
    """Whether the camera is still recording; then `end` is now."""

    @property
    def id(self) -> int:
        """The 32-bit id in the list of recordings."""
        return scramble("recording", self.begin)


class RecordingSchedule:
    """The recordings of one camera that exist now."""

    def __init__(self, core: Core, device: Device) -> None:
        """Initialize the schedule as of now."""
        self._device = device
        self._esn = device.esn or ""
        now = int(core.clock.time() * 1000)
        end = core.frames_end(device)
        self.newest_allowed = now if end is None else min(now, int(end * 1000))
        self._is_delivering = end is None
        self.oldest_allowed = max(now - int(core.settings.retention_days * _DAY_MS), int(device.exists_since * 1000))

    def between(self, begin: int, end: int) -> list[Recording]:
        """Return the recordings that overlap a period, oldest first."""
        return list(self.from_on(begin, end))

    def from_on(self, begin: int, end: int | None = None) -> Iterator[Recording]:
        """Yield the recordings that end after a moment, oldest first."""
        begin = max(begin, self.oldest_allowed)
        for recording in self._scheduled(begin):
            if recording.begin > self.newest_allowed or (end is not None and recording.begin >= end):
                return
            if recording.end > begin and recording.begin >= self.oldest_allowed:
                yield self._until_now(recording)

    def back_from(self, moment: int) -> Iterator[Recording]:
        """Yield the recordings that begin before a moment, newest first."""
        moment = min(moment, self.newest_allowed + 1)
        if self._device.recordings is not None:
            for recording in reversed(self._given()):
                if self.oldest_allowed <= recording.begin < moment:
                    yield self._until_now(recording)
            return
        slot = moment // _SLOT_MS
        while (slot + 1) * _SLOT_MS > self.oldest_allowed:
            for recording in reversed(self._slot(slot)):
                if self.oldest_allowed <= recording.begin < moment:
                    yield self._until_now(recording)
            slot -= 1

    def at(self, moment: int) -> Recording | None:
        """Return the recording that contains a moment."""
        return next((one for one in self.between(moment, moment + 1) if one.begin <= moment), None)

    def _until_now(self, recording: Recording) -> Recording:
        if recording.end <= self.newest_allowed:
            return recording
        return Recording(recording.begin, self.newest_allowed, in_progress=self._is_delivering)

    def _scheduled(self, begin: int) -> Iterator[Recording]:
        if self._device.recordings is not None:
            yield from self._given()
            return
        slot = begin // _SLOT_MS - 1
        while slot * _SLOT_MS <= self.newest_allowed:
            yield from self._slot(slot)
            slot += 1

    def _given(self) -> list[Recording]:
        return sorted(
            (Recording(round(begin * 1000), round(end * 1000)) for begin, end in self._device.recordings or []),
            key=lambda recording: recording.begin,
        )

    def _slot(self, slot: int) -> list[Recording]:
        """Return the recordings of ten minutes: mostly one, sometimes none, sometimes two that touch."""
        if not self._device.is_recording:
            return []
        random_bits = scramble(self._esn, slot)
        if random_bits % 10 < 4:
            return []
        begin = slot * _SLOT_MS + random_bits // 10 % 200_000
        length = 8_000 + random_bits // 7 % 110_000
        if random_bits % 10 == 9:
            middle = begin + _LONGEST_MS
            end = min(middle + length // 2, (slot + 1) * _SLOT_MS - 1000)
            return [Recording(begin, middle), Recording(middle, end)]
        return [Recording(begin, begin + length)]


def coalesce(recordings: list[Recording]) -> list[Recording]:
    """Return recordings, oldest first, with those that overlap or touch joined."""
    joined: list[Recording] = []
    for recording in recordings:
        if joined and recording.begin <= joined[-1].end:
            last = joined[-1]
            end = max(last.end, recording.end)
            joined[-1] = Recording(last.begin, end, in_progress=last.in_progress or recording.in_progress)
        else:
            joined.append(recording)
    return joined
