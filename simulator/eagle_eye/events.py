"""Events and newest media of a camera (Protocol B.9 to B.11, C row 48).

Everything is derived from what other responses show as well: motion events lie where recordings are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from simulator.core import Core
from simulator.eagle_eye.images import Previews, Thumbnails
from simulator.eagle_eye.recording_schedule import RecordingSchedule
from simulator.eagle_eye.timestamps import to_text
from simulator.state.model import Device, Status

_HEARTBEAT_MS = 10_000
_REGION = 7


@dataclass(frozen=True, slots=True)
class Event:
    """One event; its time is in milliseconds since the epoch."""

    at: int
    code: str
    camera: str
    ids: tuple[tuple[str, int], ...] = ()

    def as_json(self, *, signed: bool = False) -> dict[str, Any]:
        """Return the event as it is sent; over the websocket ids are signed (Protocol B.10)."""
        ids = {name: value - 2**32 if signed and value >= 2**31 else value for name, value in self.ids}
        return {"timestamp": to_text(self.at), "cameraid": self.camera, **ids}


class CameraEvents:
    """The events of one camera. A bridge has only a status, an account has nothing."""

    def __init__(self, core: Core, key: str) -> None:
        """Initialize the events of a camera, a bridge or an account."""
        self._core = core
        self._key = key
        self._device: Device | None = core.state.cameras.get(key)

    def status(self, resources: Iterable[str]) -> dict[str, Any]:
        """Return the requested status resources."""
        if self._device is None:
            return {}
        word = self._device.status
        # The extended bits are right even where the legacy word is not.
        extended = 1 | 2 * self._device.is_on | 4 * bool(word & Status.REGISTERED_BIT) | 16 * self._device.is_streaming
        values = {
            "status": word,
            "status64": extended << 32 | word,
            "status_hex": f"{word:08x}",
            "status_hex64": f"{extended << 32 | word:016x}",
        }
        return {name: value for name, value in values.items() if name in resources}

    def media(self, begin: int, end: int, resources: Iterable[str]) -> dict[str, Any]:
        """Return the newest preview, thumbnail and recording, if they are newer than `begin`."""
        if self._device is None or not self._device.is_camera:
            return {}
        media: dict[str, Any] = {}
        previews, thumbnails = Previews(self._core, self._device), Thumbnails(self._core, self._device)
        for name, source in (("pre", previews), ("thumb", thumbnails)):
            newest = source.before(end + 1) if name in resources else None
            if newest is not None and source.time(newest) > begin:
                media[name] = to_text(source.time(newest))
        if "video" in resources:
            recording = next(RecordingSchedule(self._core, self._device).back_from(end + 1), None)
            if recording is not None and min(recording.end, end) > begin:
                media["video"] = [to_text(recording.begin), to_text(min(recording.end, end))]
        return media

    def events(self, begin: int, end: int) -> list[Event]:
        """Return the events from `begin` on and before `end`, oldest first."""
        device = self._device
        if device is None:
            return []
        events = [*self._status_events(), *(self._motion_events(begin, end) if device.is_camera else ())]
        if device.is_camera:
            previews = Previews(self._core, device)
            number = previews.after(begin - 1)
            while number is not None and previews.time(number) < end and previews.exists(number):
                events.append(Event(previews.time(number), "PRFR", self._key))
                number += 1
        # Sorting keeps the order of simultaneous events.
        return sorted((event for event in events if begin <= event.at < end), key=lambda event: event.at)

    def _motion_events(self, begin: int, end: int) -> Iterator[Event]:
        assert self._device is not None  # noqa: S101
        for recording in RecordingSchedule(self._core, self._device).between(begin - 1, end):
            whole = (("eventid", recording.id),)
            region = (("roiid", _REGION), ("videoid", recording.id), *whole)
            yield Event(recording.begin, "EMES", self._key, whole)
            yield Event(recording.begin, "ROMS", self._key, region)
            for at in range(recording.begin + _HEARTBEAT_MS, min(recording.end, end), _HEARTBEAT_MS):
                yield Event(at, "EMEU", self._key, whole)
                yield Event(at, "ROMU", self._key, region)
            if not recording.in_progress:
                yield Event(recording.end, "ROME", self._key, whole)
                yield Event(recording.end, "EMEE", self._key, whole)

    def _status_events(self) -> Iterator[Event]:
        for at, esn, before, after in self._core.status_changes:
            if esn == self._key:
                for bit, codes in ((Status.ON_BIT, ("COFF", "CONN")), (Status.REGISTERED_BIT, ("RCOF", "RCON"))):
                    if (before ^ after) & bit:
                        yield Event(at, codes[bool(after & bit)], self._key)
