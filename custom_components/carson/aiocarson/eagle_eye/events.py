"""News of cameras, as Eagle Eye's poll tells it (Protocol B.3, B.9, B.11)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
import logging
import re
from typing import Any

from ..errors import InvalidResponseError
from ..http.coerce import as_id, as_int, as_mapping
from .models import DeviceStatus
from .timestamps import parse_timestamp

_LOGGER = logging.getLogger(__name__)

MAX_EVENTS = 10_000

_CODE = re.compile(r"[A-Z0-9]{4}", re.ASCII)
_LARGEST_WORD = 0xFFFF_FFFF
_LAST = datetime.max.replace(tzinfo=UTC)


class EventKind(StrEnum):
    """What a piece of news is about (Protocol B.9).

    `STATUS`: the status word; HTTP polling tells it only when somebody subscribes. `PREVIEW`: a new preview
    picture, about one each second. `THUMBNAIL`: a new picture of an event. `VIDEO`: a recording began or went on.
    `EVENT`: one of the events that were asked for.
    """

    STATUS = "status"
    PREVIEW = "preview"
    THUMBNAIL = "thumbnail"
    VIDEO = "video"
    EVENT = "event"


RESOURCES = {
    EventKind.STATUS: "status",
    EventKind.PREVIEW: "pre",
    EventKind.THUMBNAIL: "thumb",
    EventKind.VIDEO: "video",
    EventKind.EVENT: "event",
}
"""What Eagle Eye calls them."""


class EventCode(StrEnum):
    """Events worth knowing, of about 95 that there are (Protocol B.11).

    * Motion anywhere in the picture: `MOTION_STARTED`, `MOTION_GOES_ON` (each ten seconds), `MOTION_ENDED`.
    * Motion in a region that somebody has drawn; told besides that anywhere: `REGION_MOTION_STARTED`,
      `REGION_MOTION_GOES_ON` (each ten seconds), `REGION_MOTION_ENDED`. An end names no region; it is paired with
      its start by the `eventid` in `raw`.
    * Switched by its user: `SWITCHED_ON`, `SWITCHED_OFF`.
    * Reaches Eagle Eye or not: `ONLINE`, `OFFLINE`.
    * Its bridge sees it or not: `FOUND`, `LOST`.
    * Video is being stored: `RECORDING_STARTED`, `RECORDING_ENDED`.
    * Somebody looks live: `LIVE_STARTED`, `LIVE_ENDED`.
    * A preview picture was stored: `PREVIEW_STORED`, about once a second.
    """

    MOTION_STARTED = "EMES"
    MOTION_GOES_ON = "EMEU"
    MOTION_ENDED = "EMEE"
    REGION_MOTION_STARTED = "ROMS"
    REGION_MOTION_GOES_ON = "ROMU"
    REGION_MOTION_ENDED = "ROME"
    SWITCHED_ON = "CONN"
    SWITCHED_OFF = "COFF"
    ONLINE = "RCON"
    OFFLINE = "RCOF"
    FOUND = "CECF"
    LOST = "CECL"
    RECORDING_STARTED = "VRES"
    RECORDING_ENDED = "VREE"
    LIVE_STARTED = "ESES"
    LIVE_ENDED = "ESEE"
    PREVIEW_STORED = "PRFR"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraEvent:
    """One piece of news of a camera.

    Attributes:
        camera_id: The ESN that was listened to; it may be that of a bridge.
        code: Four letters or digits that name an event; None for all other kinds. See `event`.
        at: When it happened, in UTC: when the picture was taken, or how far a recording has come. None for a
            status, and for an event that does not say.
        status: For the kind `STATUS`; its `state` is None if it says nothing.
        raw: An event as it came; otherwise the value under Eagle Eye's name for it.
    """

    camera_id: str
    kind: EventKind
    code: str | None = None
    at: datetime | None = None
    status: DeviceStatus | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)

    @property
    def event(self) -> EventCode | None:
        """The event, if it is one of those worth knowing."""
        return EventCode(self.code) if self.code in _KNOWN else None


_KNOWN = frozenset(EventCode)


def is_event_code(text: str) -> bool:
    """Whether this can be the code of an event, known or not."""
    return _CODE.fullmatch(text) is not None


def parse_events(body: object) -> tuple[CameraEvent, ...]:
    """Read what a poll answered, the events of each camera in the order in which they happened.

    What is broken is left out, what stands beside it is kept; so are events of unknown codes. Unknown resources are
    no news. There are 10,000 pieces at most.

    Raises:
        InvalidResponseError: The whole is no object.
    """
    if not isinstance(body, dict):
        raise InvalidResponseError("Eagle Eye's news of cameras are no object")
    cameras = body.get("cameras")
    if not isinstance(cameras, dict | None):
        _LOGGER.debug("Left out all news: the cameras are a %s, not an object", type(cameras).__name__)
    found = tuple(islice(_read(as_mapping(cameras)), MAX_EVENTS + 1))
    if len(found) > MAX_EVENTS:
        _LOGGER.debug("Left out what came after %d pieces of news", MAX_EVENTS)
    return found[:MAX_EVENTS]


def _read(cameras: Mapping[str, Any]) -> Iterator[CameraEvent]:
    for position, (key, told) in enumerate(cameras.items()):
        if (camera_id := as_id(key)) is None:
            _LOGGER.debug("Left out news of camera number %d: its id cannot be read", position)
        elif not isinstance(told, dict):
            _LOGGER.debug("Left out news of camera number %d: a %s, not an object", position, type(told).__name__)
        else:
            yield from _read_camera(camera_id, position, told)


def _read_camera(camera_id: str, position: int, told: Mapping[str, Any]) -> Iterator[CameraEvent]:
    if "status" in told:
        word = as_int(told["status"])
        if word is None or not 0 <= word <= _LARGEST_WORD:
            _log_left_out("status", position)
        else:
            status = DeviceStatus(value=word)
            raw = {"status": told["status"]}
            yield CameraEvent(camera_id=camera_id, kind=EventKind.STATUS, status=status, raw=raw)
    for kind, read in _TIMES.items():
        name = RESOURCES[kind]
        if name not in told:
            continue
        if (at := read(told[name])) is None:
            _log_left_out(name, position)
        else:
            yield CameraEvent(camera_id=camera_id, kind=kind, at=at, raw={name: told[name]})
    if "event" in told:
        # They are told by their codes, in no order; a motion must not seem to end before it starts.
        yield from sorted(_read_events(camera_id, position, told["event"]), key=lambda one: one.at or _LAST)


def _read_events(camera_id: str, position: int, events: object) -> Iterator[CameraEvent]:
    if not isinstance(events, dict):
        _log_left_out("events", position)
        return
    for code, raw in events.items():
        if not isinstance(raw, dict) or not is_event_code(code):
            _log_left_out("event", position)
        else:
            at = _read_time(raw.get("timestamp"))
            yield CameraEvent(camera_id=camera_id, kind=EventKind.EVENT, code=code, at=at, raw=raw)


def _read_time(value: object) -> datetime | None:
    return parse_timestamp(value) if isinstance(value, str) else None


def _read_end(value: object) -> datetime | None:
    """Tell how far a recording has come, from its beginning and end."""
    times = [_read_time(one) for one in value[:2]] if isinstance(value, list) else []
    return next((when for when in reversed(times) if when is not None), None)


_TIMES: Mapping[EventKind, Callable[[object], datetime | None]] = {
    EventKind.PREVIEW: _read_time,
    EventKind.THUMBNAIL: _read_time,
    EventKind.VIDEO: _read_end,
}


def _log_left_out(what: str, position: int) -> None:
    _LOGGER.debug("Left out the %s of camera number %d: it cannot be read", what, position)
