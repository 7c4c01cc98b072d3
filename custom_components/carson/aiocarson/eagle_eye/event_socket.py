"""Events of cameras over Eagle Eye's websocket: connect, subscribe, read, and connect again (Protocol B.10).

It is not known whether the session of a resident may do this, nor how the websocket behaves when it is idle. The
server may not answer pings, so none are sent; after a long silence it is connected again.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
import logging
from typing import Any

import aiohttp

from ..errors import ApiError, CannotConnectError, CarsonError, PermissionDeniedError, RateLimitError
from ..http.websocket import open_websocket
from .api import EagleEyeApi
from .event_backlog import EventBacklog
from .event_messages import Message, parse_message
from .events import CameraEvent, EventKind
from .session_key import SessionKey

_LOGGER = logging.getLogger(__name__)

# So many connections in a row that nothing ever came of, because of Eagle Eye or of something on the way, are a
# rejection.
MAX_UNANSWERED = 5
_TEMPORARY = frozenset({408, 429})
_CLOSING = frozenset({aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED})


class _SessionLostError(Exception):
    """Eagle Eye no longer accepts the session key."""


class _SilenceError(CannotConnectError):
    """Eagle Eye has said nothing for too long."""


class EventSocket:
    """Reader of camera events from a websocket; see `EagleEye.events`.

    Args:
        http: Provides the session key and the transport.
        account_id: Eagle Eye's id of the account that has the cameras.
        body: The message that subscribes, to the status among others: it is what Eagle Eye answers with.
        kinds: The kinds of events to yield.
        denied: Gets the ids of the cameras whose events Eagle Eye denies.
        quiet: Seconds of silence after which to connect again.
        on_error: Called with each temporary error.
        on_connected: Called after each connection once Eagle Eye has accepted the subscription.
        before_retry: Awaited after each temporary error and the pause after it.
    """

    def __init__(
        self,
        http: EagleEyeApi,
        account_id: str,
        body: Mapping[str, Any],
        *,
        kinds: frozenset[EventKind],
        denied: set[str],
        quiet: float,
        on_error: Callable[[CarsonError], None] | None,
        on_connected: Callable[[], None],
        before_retry: Callable[[], Awaitable[None]],
    ) -> None:
        self._http = http
        self._path = f"api/v2/Device/{account_id}/Events"
        self._body = body
        self._kinds = kinds
        self._quiet = quiet
        self._on_error = on_error
        self._on_connected = on_connected
        self._before_retry = before_retry
        self._subscribed = frozenset(camera_id.lower() for camera_id in body["cameras"])
        self._denied = denied
        self._last_events: dict[tuple[str, EventKind], CameraEvent] = {}
        self._failures = 0
        self._unanswered = 0
        # Whether the session key was renewed and nothing has been accepted since.
        self._renewed_key = False

    async def events(self) -> AsyncGenerator[CameraEvent]:
        """Yield events without end.

        Raises:
            ApiError: Eagle Eye rejects the websocket, or all cameras.
            CarsonError: As for `EagleEye.events`.
        """
        while True:
            key = await self._http.credential.get()
            backlog = EventBacklog()
            reader = asyncio.create_task(self._read(key, backlog))
            reader.add_done_callback(backlog.close_with)
            try:
                while True:
                    for event in await backlog.take():
                        if self._is_new(event):
                            yield event
            except _SessionLostError:
                await self._renew(key)
            except (CannotConnectError, RateLimitError) as err:
                if self._http.transport.is_closed:
                    raise
                await self._pause(err)
            finally:
                reader.cancel()
                await asyncio.wait([reader])

    async def _read(self, key: SessionKey, backlog: EventBacklog) -> None:
        try:
            async with open_websocket(self._http.transport, self._http.websocket_request(key, self._path)) as opened:
                if isinstance(opened, int):
                    raise self._handshake_error(opened)
                await opened.send_json(self._body)
                await self._read_messages(opened, key, backlog)
        except (CarsonError, _SessionLostError) as err:
            backlog.close(err)
        except (aiohttp.ClientError, OSError) as err:
            backlog.close(self._lost(type(err).__name__))

    def _handshake_error(self, status: int) -> Exception:
        if status == 401:
            return _SessionLostError()
        if status >= 500 or status in _TEMPORARY:
            return self._unanswered_error(f"Eagle Eye responded to a websocket with status {status}", status)
        return self._http.status_error(status, "a websocket")

    async def _read_messages(
        self, socket: aiohttp.ClientWebSocketResponse, key: SessionKey, backlog: EventBacklog
    ) -> None:
        accepted = False
        while True:
            seconds = self._quiet if accepted else self._http.transport.timeouts.event_answer
            try:
                async with asyncio.timeout(seconds):
                    received = await socket.receive()
            except TimeoutError:
                raise self._silence(accepted=accepted) from None
            if received.type in _CLOSING or received.type is aiohttp.WSMsgType.ERROR:
                raise self._lost("closed")
            if received.type is not aiohttp.WSMsgType.TEXT:
                continue
            if (message := parse_message(received.data, self._subscribed)) is None:
                continue
            self._check(message)
            if message.status == 200 and not accepted:
                accepted = True
                self._accept(key)
            backlog.add(message.events)

    def _accept(self, key: SessionKey) -> None:
        self._failures = self._unanswered = 0
        self._renewed_key = False
        self._http.credential.report_accepted(key)
        self._on_connected()

    def _check(self, message: Message) -> None:
        """Raise the error that a message stands for."""
        if message.status == 412 or (message.status == 401 and not message.camera_ids):
            raise _SessionLostError
        if message.status == 401:
            self._denied |= message.camera_ids
            _LOGGER.debug(
                "Eagle Eye denies the events of %d of %d cameras",
                len(self._subscribed & self._denied),
                len(self._subscribed),
            )
            if self._subscribed <= self._denied:
                text = "Eagle Eye denies the events of all cameras"
                raise self._http.record_error(PermissionDeniedError(text, status=401))
        if message.status == 400:
            raise self._http.record_error(ApiError("Eagle Eye rejected the subscription to events", status=400))

    def _silence(self, *, accepted: bool) -> CarsonError:
        if accepted:
            return _SilenceError("Eagle Eye sent no event for a long time")
        return self._unanswered_error("Eagle Eye accepted a websocket and sent nothing", 200)

    def _unanswered_error(self, text: str, status: int) -> CarsonError:
        self._unanswered += 1
        is_final = self._unanswered >= MAX_UNANSWERED
        return self._http.record_error(ApiError(text, status=status) if is_final else CannotConnectError(text))

    def _lost(self, reason: str) -> CannotConnectError:
        return self._http.record_error(CannotConnectError(f"The websocket to Eagle Eye was lost ({reason})"))

    async def _renew(self, key: SessionKey) -> None:
        if self._renewed_key:
            # Not reported as a rejected key: other requests may be accepted with it, and need no pause.
            text = "Eagle Eye rejects new session keys for a websocket"
            raise self._http.record_error(PermissionDeniedError(text, status=401))
        self._renewed_key = True
        await self._http.credential.renew(key)

    async def _pause(self, err: CannotConnectError | RateLimitError) -> None:
        pause = self._http.transport.backoff.pause(self._failures)
        if isinstance(err, _SilenceError):
            _LOGGER.debug("%s. Connecting again", err)
        else:
            self._failures += 1
            _LOGGER.debug("Failed to receive camera events: %s. Next attempt in %.1f s", err, pause)
            if self._on_error is not None:
                self._on_error(err)
        await self._http.transport.sleep(pause)
        if not isinstance(err, _SilenceError):
            await self._before_retry()

    def _is_new(self, event: CameraEvent) -> bool:
        """Return whether an event is wanted and not a repetition: each subscription repeats the current state."""
        if event.kind not in self._kinds:
            return False
        if event.status is not None and event.status.state is None:
            return False
        if event.kind is EventKind.EVENT:
            return True
        last = self._last_events.get((event.camera_id, event.kind))
        self._last_events[event.camera_id, event.kind] = event
        return event != last
