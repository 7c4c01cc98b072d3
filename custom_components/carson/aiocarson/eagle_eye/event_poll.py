"""Listening to news of cameras by HTTP polling: subscribe, wait, now and then subscribe anew (Protocol B.9, D.17).

Whether a resident's session may do this, how long Eagle Eye holds an answer back and when a subscription lapses is
not known: every one of these may turn out either way.
"""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
import logging
import time
from typing import Any

from ..errors import (
    ApiError,
    CannotConnectError,
    CarsonError,
    InvalidInputError,
    InvalidResponseError,
    RateLimitError,
    SessionRejectedError,
)
from ..http.request import Pool, Response
from .api import EagleEyeApi
from .events import RESOURCES, CameraEvent, EventCode, EventKind, is_event_code, parse_events
from .session_key import SessionKey, is_cookie_value
from .stills import check_camera_id

_LOGGER = logging.getLogger(__name__)

DEFAULT_RESOURCES = frozenset({EventKind.STATUS, EventKind.EVENT})
DEFAULT_EVENTS = frozenset(
    {
        EventCode.MOTION_STARTED,
        EventCode.MOTION_ENDED,
        EventCode.REGION_MOTION_STARTED,
        EventCode.REGION_MOTION_ENDED,
        EventCode.SWITCHED_ON,
        EventCode.SWITCHED_OFF,
        EventCode.ONLINE,
        EventCode.OFFLINE,
        EventCode.RECORDING_STARTED,
        EventCode.RECORDING_ENDED,
    }
)
DEFAULT_REFRESH = timedelta(minutes=10)
# A subscription reads the status of each camera (Protocol D.5).
SHORTEST_REFRESH = timedelta(minutes=1)
# Subscriptions that are called wrong in a row; one may be for reasons that pass.
MOST_REFUSALS = 5

PATH = "poll"
_COOKIE = "ee-poll-ses"
# What a waiting request may be answered (Protocol B.9). 502 and its like are errors of the transport already.
_START_OVER = frozenset({400, 500})
_POLL_AGAIN = 408


def _monotonic() -> float:
    # Looked up at each call, so that a frozen clock freezes this one as well.
    return time.monotonic()


def subscription_body(
    camera_ids: Iterable[str], events: Iterable[str], resources: Iterable[EventKind]
) -> dict[str, Any]:
    """Write what is to be listened to, as Eagle Eye wants to read it.

    Raises:
        InvalidInputError: An argument is wrong, or there is nothing to listen to.
    """
    if isinstance(camera_ids, str):
        raise InvalidInputError("The cameras are given as a list of ids")
    cameras = [check_camera_id(camera_id) for camera_id in camera_ids]
    codes = sorted({str(code) for code in events})
    if not all(map(is_event_code, codes)):
        raise InvalidInputError("The code of an event is four upper-case letters or digits")
    try:
        kinds = {EventKind(kind) for kind in resources}
    except ValueError:
        raise InvalidInputError(f"The kinds of news are {', '.join(EventKind)}") from None
    if not codes:
        kinds.discard(EventKind.EVENT)
    if not cameras or not kinds:
        raise InvalidInputError("There is nothing to listen to: no camera, or no kind of news")
    wish: dict[str, Any] = {"resource": [name for kind, name in RESOURCES.items() if kind in kinds]}
    if EventKind.EVENT in kinds:
        wish["event"] = codes
    return {"cameras": dict.fromkeys(cameras, wish)}


@dataclass(frozen=True, slots=True)
class _Subscription:
    """What Eagle Eye knows us by while we wait; belongs to one session."""

    key: SessionKey
    token: str = field(repr=False)
    ends: float


class EventPoller:
    """Listens to news of some cameras; see `EagleEye.events`.

    Args:
        http: Sends the requests.
        body: What to listen to.
        refresh: Time after which it is subscribed anew.
        on_error: Told of failures that pass.

    Raises:
        InvalidInputError: The time between two subscriptions is too short.
    """

    def __init__(
        self,
        http: EagleEyeApi,
        body: Mapping[str, Any],
        *,
        refresh: timedelta,
        on_error: Callable[[CarsonError], None] | None,
    ) -> None:
        if refresh < SHORTEST_REFRESH:
            raise InvalidInputError(f"At least {SHORTEST_REFRESH.total_seconds():g} s lie between two subscriptions")
        self._http = http
        self._body = body
        self._refresh = refresh.total_seconds()
        self._on_error = on_error
        self._subscription: _Subscription | None = None
        self._told: dict[tuple[str, EventKind], CameraEvent] = {}
        self._failures = 0
        self._refusals = 0
        # Whether a session key was renewed for a poll, and none has been good for one since.
        self._renewed = False

    async def events(self) -> AsyncGenerator[CameraEvent]:
        """Give the news, without end.

        Raises:
            CarsonError: As `EagleEye.events` does.
        """
        timeouts = self._http.transport.timeouts
        while True:
            begun = _monotonic()
            pause = 0.0
            found: tuple[CameraEvent, ...] = ()
            try:
                found = await self._turn()
            except SessionRejectedError:
                raise
            except (CannotConnectError, RateLimitError) as err:
                if self._http.transport.is_closed:
                    raise
                if self._subscription is not None and _monotonic() - begun >= timeouts.poll_held:
                    self._failures = 0
                pause = self._pause(err)
            for one in found:
                if self._is_new(one):
                    yield one
            # However soon the answers come, there is no more than one request per second.
            await self._http.transport.sleep(max(pause, begun + timeouts.poll_gap - _monotonic(), 0))

    async def _turn(self) -> tuple[CameraEvent, ...]:
        if self._subscription is None or _monotonic() >= self._subscription.ends:
            return await self._subscribe()
        return await self._wait(self._subscription)

    async def _subscribe(self) -> tuple[CameraEvent, ...]:
        self._subscription = None
        key, answer = await self._http.post(PATH, self._body, retries=0)
        self._refusals = self._refusals + 1 if answer.status == 400 else 0
        if answer.status == _POLL_AGAIN or 0 < self._refusals < MOST_REFUSALS:
            raise self._failed(answer)
        if not answer.ok:
            raise self._refused(answer)
        token, found = self._read(answer, _read_subscription)
        self._subscription = _Subscription(key, token, _monotonic() + self._refresh)
        return found

    async def _wait(self, subscription: _Subscription) -> tuple[CameraEvent, ...]:
        answer = await self._http.get_with(
            subscription.key,
            PATH,
            cookies={_COOKIE: subscription.token},
            time_limit=self._http.transport.timeouts.poll,
            retries=0,
            pool=Pool.LISTENING,
            accept=_START_OVER,
        )
        if answer.status == 401:
            return await self._renew(subscription.key)
        if answer.status in _START_OVER:
            self._subscription = None
        if answer.status in _START_OVER or answer.status == _POLL_AGAIN:
            raise self._failed(answer)
        if not answer.ok:
            raise self._refused(answer)
        self._renewed = False
        found = self._read(answer, _read_wait)
        self._failures = 0
        return found

    async def _renew(self, key: SessionKey) -> tuple[CameraEvent, ...]:
        """Get another session, which needs a subscription of its own; there is no news in that."""
        self._subscription = None
        if self._renewed:
            raise self._http.credential.report_rejected(key)
        self._renewed = True
        await self._http.credential.renew(key)
        return ()

    def _is_new(self, one: CameraEvent) -> bool:
        """Whether it says something that was not said before: a subscription repeats what is known."""
        if one.status is not None and one.status.state is None:
            return False
        if one.kind is EventKind.EVENT or one.camera_id not in self._body["cameras"]:
            return True
        known = self._told.get((one.camera_id, one.kind))
        self._told[one.camera_id, one.kind] = one
        return one != known

    def _pause(self, err: CannotConnectError | RateLimitError) -> float:
        """Take down a failure that may pass, and tell how many seconds to wait."""
        pause = self._http.transport.backoff.pause(self._failures)
        self._failures += 1
        if isinstance(err, RateLimitError) and err.retry_after is not None:
            pause = max(pause, err.retry_after)
        _LOGGER.debug("No news of cameras for now (%s); next try in %.1f s", err, pause)
        if self._on_error is not None:
            self._on_error(err)
        return pause

    def _read[T](self, answer: Response, read: Callable[[Response], T]) -> T:
        try:
            return read(answer)
        except InvalidResponseError as err:
            raise self._http.record_error(err) from None

    def _failed(self, answer: Response) -> CannotConnectError:
        return self._http.record_error(CannotConnectError(f"{answer.description} has status {answer.status}"))

    def _refused(self, answer: Response) -> ApiError:
        return self._http.refusal(answer.status, "to tell news of cameras")


def _read_subscription(answer: Response) -> tuple[str, tuple[CameraEvent, ...]]:
    told = answer.json()
    return read_token(told), parse_events(told)


def _read_wait(answer: Response) -> tuple[CameraEvent, ...]:
    # Nothing at all, or an empty something, is what comes if nothing has happened.
    told = answer.json() if answer.body.strip() else None
    return parse_events(told) if told else ()


def read_token(told: object) -> str:
    """Read what a subscription is known by.

    Raises:
        InvalidResponseError: There is none, or none that can be sent.
    """
    token = told.get("token") if isinstance(told, dict) else None
    if not isinstance(token, str) or not is_cookie_value(token):
        raise InvalidResponseError("Eagle Eye's answer to a subscription holds no token")
    return token
