"""Events of cameras by HTTP polling: subscribe, poll, and subscribe again from time to time (Protocol B.9, D.17).

It is not known whether the session of a resident may do this, how long Eagle Eye holds a response, and when a
subscription expires. All cases are handled.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from datetime import timedelta
import logging
import time
from typing import Any

from ..errors import (
    CannotConnectError,
    CarsonError,
    InvalidInputError,
    InvalidResponseError,
    RateLimitError,
    SessionRejectedError,
)
from ..http.request import Pool, Response
from .api import EagleEyeApi
from .events import CameraEvent, EventKind, parse_events
from .session_key import SessionKey
from .subscription import MIN_REFRESH, Subscription, parse_token

_LOGGER = logging.getLogger(__name__)

# Eagle Eye may reject a subscription for a temporary reason, but not this often in a row.
MAX_REJECTED_SUBSCRIPTIONS = 5

PATH = "poll"
_COOKIE = "ee-poll-ses"
# Possible responses to a poll (Protocol B.9). The transport raises for 502, 503 and 504.
_SUBSCRIBE_AGAIN = frozenset({400, 500})
_POLL_AGAIN = 408


def _monotonic() -> float:
    # Looked up at each call, so that tests that freeze the time freeze this clock as well.
    return time.monotonic()


class EventPoller:
    """Poller of camera events; see `EagleEye.events`.

    Args:
        http: Sends the requests.
        body: The body of the request that subscribes.
        refresh: Time after which to subscribe again.
        on_error: Called with each temporary error.
        on_connected: Called when Eagle Eye accepts the subscription, or a poll after an error.
        before_retry: Awaited after each temporary error and the pause after it.

    Raises:
        InvalidInputError: `refresh` is too short.
    """

    def __init__(
        self,
        http: EagleEyeApi,
        body: Mapping[str, Any],
        *,
        refresh: timedelta,
        on_error: Callable[[CarsonError], None] | None,
        on_connected: Callable[[], None],
        before_retry: Callable[[], Awaitable[None]],
    ) -> None:
        if refresh < MIN_REFRESH:
            raise InvalidInputError(f"The refresh interval must be at least {MIN_REFRESH.total_seconds():g} s")
        self._http = http
        self._body = body
        self._refresh = refresh.total_seconds()
        self._on_error = on_error
        self._on_connected = on_connected
        self._before_retry = before_retry
        self._is_connected = False
        self._subscription: Subscription | None = None
        self._last_events: dict[tuple[str, EventKind], CameraEvent] = {}
        self._failures = 0
        self._rejected_subscriptions = 0
        # Whether the session key was renewed because of a poll and no poll has succeeded since.
        self._renewed_key = False

    async def events(self) -> AsyncGenerator[CameraEvent]:
        """Yield events without end.

        Raises:
            CarsonError: As for `EagleEye.events`.
        """
        timeouts = self._http.transport.timeouts
        while True:
            started = _monotonic()
            pause = 0.0
            is_interrupted = False
            events: tuple[CameraEvent, ...] = ()
            try:
                events = await self._fetch()
                self._report_connected()
            except SessionRejectedError:
                raise
            except (CannotConnectError, RateLimitError) as err:
                if self._http.transport.is_closed:
                    raise
                was_held = self._subscription is not None and _monotonic() - started >= timeouts.poll_held
                pause = self._handle_failure(err, was_held=was_held)
                is_interrupted = not was_held
            for event in events:
                if self._is_new(event):
                    yield event
            # There is at most one request per second, even if Eagle Eye responds immediately.
            await self._http.transport.sleep(max(pause, started + timeouts.poll_gap - _monotonic(), 0))
            if is_interrupted:
                await self._before_retry()

    def _report_connected(self) -> None:
        # Without a subscription, only the session key has been renewed.
        if self._subscription is None or self._is_connected:
            return
        self._is_connected = True
        self._on_connected()

    async def _fetch(self) -> tuple[CameraEvent, ...]:
        if self._subscription is None or _monotonic() >= self._subscription.refresh_at:
            return await self._subscribe()
        return await self._poll(self._subscription)

    async def _subscribe(self) -> tuple[CameraEvent, ...]:
        self._subscription = None
        key, response = await self._http.post(PATH, self._body, retries=0)
        self._rejected_subscriptions = self._rejected_subscriptions + 1 if response.status == 400 else 0
        if response.status == _POLL_AGAIN or 0 < self._rejected_subscriptions < MAX_REJECTED_SUBSCRIPTIONS:
            raise self._temporary_error(response)
        if not response.ok:
            raise self._http.status_error(response.status, "an event subscription")
        token, events = self._parse(response, _parse_subscription)
        self._subscription = Subscription(key, token, _monotonic() + self._refresh)
        return events

    async def _poll(self, subscription: Subscription) -> tuple[CameraEvent, ...]:
        response = await self._http.get_with_key(
            subscription.key,
            PATH,
            cookies={_COOKIE: subscription.token},
            time_limit=self._http.transport.timeouts.poll,
            retries=0,
            pool=Pool.LISTENING,
            accept=_SUBSCRIBE_AGAIN,
        )
        if response.status == 401:
            return await self._renew_key(subscription.key)
        if response.status in _SUBSCRIBE_AGAIN:
            self._subscription = None
        if response.status in _SUBSCRIBE_AGAIN or response.status == _POLL_AGAIN:
            raise self._temporary_error(response)
        if not response.ok:
            raise self._http.status_error(response.status, "an event poll")
        self._renewed_key = False
        events = self._parse(response, _parse_poll)
        self._failures = 0
        return events

    async def _renew_key(self, key: SessionKey) -> tuple[CameraEvent, ...]:
        """Renew the session key, which needs a new subscription, and return no events."""
        self._subscription = None
        if self._renewed_key:
            raise self._http.credential.report_rejected(key)
        self._renewed_key = True
        self._is_connected = False
        await self._http.credential.renew(key)
        return ()

    def _is_new(self, event: CameraEvent) -> bool:
        """Return whether an event is not a repetition: each subscription repeats the current state."""
        if event.status is not None and event.status.state is None:
            return False
        if event.kind is EventKind.EVENT or event.camera_id not in self._body["cameras"]:
            return True
        last = self._last_events.get((event.camera_id, event.kind))
        self._last_events[event.camera_id, event.kind] = event
        return event != last

    def _handle_failure(self, err: CannotConnectError | RateLimitError, *, was_held: bool) -> float:
        """Report a temporary error, and return the seconds to wait before the next attempt."""
        if was_held:
            # What happens until the next poll is in the response to it.
            self._failures = 0
        else:
            self._is_connected = False
        pause = self._http.transport.backoff.pause(self._failures)
        self._failures += 1
        if isinstance(err, RateLimitError) and err.retry_after is not None:
            pause = max(pause, err.retry_after)
        _LOGGER.debug("Failed to fetch camera events: %s. Next attempt in %.1f s", err, pause)
        if self._on_error is not None and not was_held:
            self._on_error(err)
        return pause

    def _parse[T](self, response: Response, parse: Callable[[Response], T]) -> T:
        try:
            return parse(response)
        except InvalidResponseError as err:
            raise self._http.record_error(err) from None

    def _temporary_error(self, response: Response) -> CannotConnectError:
        return self._http.record_error(CannotConnectError(f"{response.description} has status {response.status}"))


def _parse_subscription(response: Response) -> tuple[str, tuple[CameraEvent, ...]]:
    body = response.json()
    return parse_token(body), parse_events(body)


def _parse_poll(response: Response) -> tuple[CameraEvent, ...]:
    # The body is empty, or an empty JSON value, if nothing happened.
    body = response.json() if response.body.strip() else None
    return parse_events(body) if body else ()
