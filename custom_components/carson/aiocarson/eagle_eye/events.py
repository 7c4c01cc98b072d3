"""Events of cameras, as Eagle Eye's event poll returns them (Protocol B.3, B.9, B.11)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
import logging
import re
from typing import Any

from ..errors import InvalidResponseError
from ..http.coerce import as_esn, as_int, as_mapping
from .models import DeviceStatus
from .timestamps import parse_timestamp

_LOGGER = logging.getLogger(__name__)

MAX_EVENTS = 10_000

_CODE = re.compile(r"[A-Z0-9]{4}", re.ASCII)
_MAX_STATUS = 0xFFFF_FFFF
_LAST = datetime.max.replace(tzinfo=UTC)


class EventKind(StrEnum):
    """What an event is about (Protocol B.9).

    * `STATUS`: the status of the camera, which HTTP polling only returns to a new subscription.
    * `PREVIEW`: a new preview, about once per second.
    * `THUMBNAIL`: a new still of an event.
    * `VIDEO`: a recording began or continued.
    * `EVENT`: one of the subscribed events; see `EventCode`.
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
"""Eagle Eye's names of the kinds."""


class EventCode(StrEnum):
    """The useful ones of about 95 events (Protocol B.11).

    * Motion anywhere in the picture: `MOTION_STARTED`, `MOTION_CONTINUED` (every ten seconds), `MOTION_ENDED`.
    * Motion in a region drawn by a user, in addition to the events for the whole picture: `REGION_MOTION_STARTED`,
      `REGION_MOTION_CONTINUED` (every ten seconds), `REGION_MOTION_ENDED`. The end does not name the region; it
      has the same `eventid` in `raw` as the start.
    * Switched on or off by a user: `SWITCHED_ON`, `SWITCHED_OFF`.
    * Connected to Eagle Eye or not: `ONLINE`, `OFFLINE`.
    * Found by its bridge or not: `FOUND`, `LOST`.
    * Video is stored or no longer stored: `RECORDING_STARTED`, `RECORDING_ENDED`.
    * A live view was opened or closed: `LIVE_STARTED`, `LIVE_ENDED`.
    * A preview was stored: `PREVIEW_STORED`, about once per second.
    """

    MOTION_STARTED = "EMES"
    MOTION_CONTINUED = "EMEU"
    MOTION_ENDED = "EMEE"
    REGION_MOTION_STARTED = "ROMS"
    REGION_MOTION_CONTINUED = "ROMU"
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
    """An event of a camera.

    Attributes:
        camera_id: The subscribed ESN; it may be that of a bridge.
        kind: What the event is about.
        code: Four letters or digits, for the kind `EVENT`; see `event`. None for all other kinds.
        at: When it happened, in UTC: when the still was taken, or how far the recording has come. None for a
            status, and for an event without a time.
        status: For the kind `STATUS`. Its `state` is None if the last known state still applies.
        raw: The event as received; for other kinds, the value under Eagle Eye's name of the kind.
    """

    camera_id: str
    kind: EventKind
    code: str | None = None
    at: datetime | None = None
    status: DeviceStatus | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)

    @property
    def event(self) -> EventCode | None:
        """The event code; None if it is not a known one."""
        return EventCode(self.code) if self.code in _KNOWN else None


_KNOWN = frozenset(EventCode)


def is_event_code(text: str) -> bool:
    """Return whether a text has the format of an event code, known or unknown."""
    return _CODE.fullmatch(text) is not None


def parse_events(body: object) -> tuple[CameraEvent, ...]:
    """Parse the response to an event poll. The events of each camera are in the order in which they happened.

    Invalid parts and unknown resources are ignored. Events with unknown codes are kept. At most 10,000 events are
    returned.

    Raises:
        InvalidResponseError: The body is not an object.
    """
    if not isinstance(body, dict):
        raise InvalidResponseError("Eagle Eye's response to an event poll is not an object")
    cameras = body.get("cameras")
    if not isinstance(cameras, dict | None):
        _LOGGER.debug("Ignoring all events: the cameras are a %s, not an object", type(cameras).__name__)
    events = tuple(islice(_parse_cameras(as_mapping(cameras)), MAX_EVENTS + 1))
    if len(events) > MAX_EVENTS:
        _LOGGER.debug("Ignoring all events after the first %d", MAX_EVENTS)
    return events[:MAX_EVENTS]


def _parse_cameras(cameras: Mapping[str, Any]) -> Iterator[CameraEvent]:
    for position, (key, resources) in enumerate(cameras.items()):
        if (camera_id := as_esn(key)) is None:
            _LOGGER.debug("Ignoring the events of camera number %d without usable id", position)
        elif not isinstance(resources, dict):
            kind = type(resources).__name__
            _LOGGER.debug("Ignoring the events of camera number %d: a %s, not an object", position, kind)
        else:
            yield from _parse_status(camera_id, position, resources)
            yield from _parse_times(camera_id, position, resources)
            # Eagle Eye does not order them; motion must not appear to end before it starts.
            yield from sorted(_parse_codes(camera_id, position, resources), key=lambda event: event.at or _LAST)


def _parse_status(camera_id: str, position: int, resources: Mapping[str, Any]) -> Iterator[CameraEvent]:
    if "status" not in resources:
        return
    value = as_int(resources["status"])
    if value is None or not 0 <= value <= _MAX_STATUS:
        _log_ignored("status", position)
        return
    status, raw = DeviceStatus(value=value), {"status": resources["status"]}
    yield CameraEvent(camera_id=camera_id, kind=EventKind.STATUS, status=status, raw=raw)


def _parse_times(camera_id: str, position: int, resources: Mapping[str, Any]) -> Iterator[CameraEvent]:
    for kind, parse in _TIME_PARSERS.items():
        name = RESOURCES[kind]
        if name not in resources:
            continue
        if (at := parse(resources[name])) is None:
            _log_ignored(name, position)
        else:
            yield CameraEvent(camera_id=camera_id, kind=kind, at=at, raw={name: resources[name]})


def _parse_codes(camera_id: str, position: int, resources: Mapping[str, Any]) -> Iterator[CameraEvent]:
    if "event" not in resources:
        return
    events = resources["event"]
    if not isinstance(events, dict):
        _log_ignored("events", position)
        return
    for code, raw in events.items():
        if not isinstance(raw, dict) or not is_event_code(code):
            _log_ignored("event", position)
        else:
            at = _parse_time(raw.get("timestamp"))
            yield CameraEvent(camera_id=camera_id, kind=EventKind.EVENT, code=code, at=at, raw=raw)


def _parse_time(value: object) -> datetime | None:
    return parse_timestamp(value) if isinstance(value, str) else None


def _parse_range_end(value: object) -> datetime | None:
    """Return the end of a recording, or its beginning if there is no end."""
    times = [_parse_time(one) for one in value[:2]] if isinstance(value, list) else []
    return next((when for when in reversed(times) if when is not None), None)


_TIME_PARSERS: Mapping[EventKind, Callable[[object], datetime | None]] = {
    EventKind.PREVIEW: _parse_time,
    EventKind.THUMBNAIL: _parse_time,
    EventKind.VIDEO: _parse_range_end,
}


def _log_ignored(resource: str, position: int) -> None:
    _LOGGER.debug("Ignoring the invalid %s of camera number %d", resource, position)
