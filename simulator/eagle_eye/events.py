"""What happens at a camera, as events and newest values (Protocol B.9 to B.11, C row 48).

Everything is derived from what the other answers tell as well: motion is where recordings are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from simulator.core import Core
from simulator.eagle_eye.images import Previews, Thumbs
from simulator.eagle_eye.recording_schedule import Spans
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
    more: tuple[tuple[str, int], ...] = ()

    def as_json(self, *, signed: bool = False) -> dict[str, Any]:
        """Return the event as it is told; over the websocket ids are signed (Protocol B.10)."""
        ids = {name: value - 2**32 if signed and value >= 2**31 else value for name, value in self.more}
        return {"timestamp": to_text(self.at), "cameraid": self.camera, **ids}


class Happenings:
    """What happens at one camera; a bridge or an account has only a status, or nothing."""

    def __init__(self, core: Core, key: str) -> None:
        self._core = core
        self._key = key
        self._device: Device | None = core.state.cameras.get(key)

    def status(self, resources: Iterable[str]) -> dict[str, Any]:
        """Return those of the status resources that are asked for."""
        if self._device is None:
            return {}
        word = self._device.status
        # Valid and on, registered and streaming tell the truth even where the legacy word does not.
        extended = 1 | 2 * self._device.is_on | 4 * bool(word & Status.REGISTERED_BIT) | 16 * self._device.is_streaming
        values = {
            "status": word,
            "status64": extended << 32 | word,
            "status_hex": f"{word:08x}",
            "status_hex64": f"{extended << 32 | word:016x}",
        }
        return {name: value for name, value in values.items() if name in resources}

    def media(self, begin: int, end: int, resources: Iterable[str]) -> dict[str, Any]:
        """Return the newest picture, thumbnail and video, as far as they are newer than `begin`."""
        if self._device is None or not self._device.is_camera:
            return {}
        told: dict[str, Any] = {}
        for name, source in (("pre", Previews(self._core, self._device)), ("thumb", Thumbs(self._core, self._device))):
            newest = source.before(end + 1) if name in resources else None
            if newest is not None and source.time(newest) > begin:
                told[name] = to_text(source.time(newest))
        if "video" in resources:
            span = next(Spans(self._core, self._device).back_from(end + 1), None)
            if span is not None and min(span.end, end) > begin:
                told["video"] = [to_text(span.begin), to_text(min(span.end, end))]
        return told

    def events(self, begin: int, end: int) -> list[Event]:
        """Return what happened from `begin` on and before `end`, oldest first."""
        device = self._device
        if device is None:
            return []
        found = [*self._switches(), *(self._motion(begin, end) if device.is_camera else ())]
        if device.is_camera:
            previews = Previews(self._core, device)
            number = previews.after(begin - 1)
            while number is not None and previews.time(number) < end and previews.exists(number):
                found.append(Event(previews.time(number), "PRFR", self._key))
                number += 1
        # Sorting keeps the order of what happens at the same time.
        return sorted((one for one in found if begin <= one.at < end), key=lambda one: one.at)

    def _motion(self, begin: int, end: int) -> Iterator[Event]:
        assert self._device is not None  # noqa: S101
        for span in Spans(self._core, self._device).between(begin - 1, end):
            whole = (("eventid", span.id),)
            region = (("roiid", _REGION), ("videoid", span.id), *whole)
            yield Event(span.begin, "EMES", self._key, whole)
            yield Event(span.begin, "ROMS", self._key, region)
            for at in range(span.begin + _HEARTBEAT_MS, min(span.end, end), _HEARTBEAT_MS):
                yield Event(at, "EMEU", self._key, whole)
                yield Event(at, "ROMU", self._key, region)
            if not span.running:
                yield Event(span.end, "ROME", self._key, whole)
                yield Event(span.end, "EMEE", self._key, whole)

    def _switches(self) -> Iterator[Event]:
        for at, esn, before, after in self._core.status_changes:
            if esn == self._key:
                for bit, codes in ((Status.ON_BIT, ("COFF", "CONN")), (Status.REGISTERED_BIT, ("RCOF", "RCON"))):
                    if (before ^ after) & bit:
                        yield Event(at, codes[bool(after & bit)], self._key)
