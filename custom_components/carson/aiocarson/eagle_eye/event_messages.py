"""Messages of the websocket for events (Protocol B.10)."""

from collections.abc import Mapping
from dataclasses import dataclass
import logging

import orjson

from ..http.coerce import as_int
from .events import CameraEvent, parse_events

_LOGGER = logging.getLogger(__name__)

_SIGNED_RANGE = 2**32


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that could be read.

    Attributes:
        status: Its status code: 200, 400 invalid resource, 401 not permitted, 412 session lost, or an unknown one.
        camera_ids: The subscribed cameras that it is about; empty if it is about the connection.
        events: The events of subscribed cameras.
    """

    status: int
    camera_ids: frozenset[str]
    events: tuple[CameraEvent, ...] = ()


def parse_message(text: str, subscribed: frozenset[str]) -> Message | None:
    """Return a message; None if it cannot be read.

    Args:
        text: The message.
        subscribed: The ids of the subscribed cameras, in lower case. Whatever is about others is ignored.
    """
    try:
        body = orjson.loads(text)
    except orjson.JSONDecodeError:
        body = None
    status = as_int(body.get("status_code")) if isinstance(body, dict) else None
    if not isinstance(body, dict) or status is None:
        _LOGGER.debug("Ignoring a message of %d characters that cannot be read", len(text))
        return None
    data = body.get("data")
    found = _subscribed_only(data, subscribed) if isinstance(data, dict) else {}
    events = parse_events({"cameras": found}) if status == 200 else ()
    return Message(status=status, camera_ids=frozenset(found), events=events)


def _subscribed_only(data: Mapping[str, object], subscribed: frozenset[str]) -> dict[str, object]:
    ids = ((_camera_id(key, subscribed), value) for key, value in data.items())
    return {camera_id: value for camera_id, value in ids if camera_id in subscribed}


def _camera_id(key: str, subscribed: frozenset[str]) -> str:
    """Return the id of a camera as it was subscribed to. It may be written as a signed number (Protocol B.10)."""
    camera_id = key.strip().lower()
    if camera_id in subscribed or (number := as_int(camera_id)) is None:
        return camera_id
    return f"{number % _SIGNED_RANGE:08x}"
