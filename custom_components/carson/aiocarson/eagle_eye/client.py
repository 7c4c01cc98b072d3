"""Eagle Eye, for one building: devices, stills, live view, recordings and events (Protocol part B)."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing
from datetime import datetime
import time
from typing import override

from yarl import URL

from ..errors import (
    CarsonError,
    InvalidInputError,
    NoEagleEyeError,
    NotFoundError,
    PermissionDeniedError,
    SessionFormError,
    SessionRejectedError,
)
from ..http.arguments import CameraLike, Seconds, as_timedelta
from ..http.bounds import RowBounds, run_in_pieces
from ..http.credential import SharedCredential
from ..http.request import MAX_RETRIES, body_digest
from ..http.stats import Cloud
from ..http.transport import Transport
from ..http.urls import EagleEyeAddress, path_segment
from ..live.endless import open_endless
from .api import EagleEyeApi
from .clips import VideoFormat
from .event_poll import EventPoller
from .event_socket import EventSocket
from .event_ways import EventWay, EventWays, events_by_any_way
from .events import CameraEvent, EventKind
from .live import DEFAULT_DURATION, PATH as LIVE_PATH, LiveStream, live_params, open_live
from .models import Device, DeviceList, Still, device_list_steps
from .recordings import Recordings
from .session_key import SessionKey
from .session_log import SessionLog
from .stills import AssetClass, Reference, StillRequest, When, check_camera_id, get_still, still_params, still_path
from .subscription import DEFAULT_EVENTS, DEFAULT_REFRESH, DEFAULT_RESOURCES, subscription_body, with_status

# So many empty sessions in a row may be a temporary failure (Protocol A.6).
_PASSING_SESSIONS = 3

type FetchSession = Callable[[], Awaitable[SessionKey]]


class EagleEye:
    """Client for the cameras of one building. All methods share one session key, which is renewed as needed.

    Each method may raise CannotConnectError (as SessionRejectedError if Eagle Eye rejected a renewed session key),
    RateLimitError, NoEagleEyeError, PermissionDeniedError and other ApiErrors, and AuthenticationError if Carson
    rejected the token, so the session key cannot be renewed.

    Attributes:
        building_id: Carson's id of the building.
        recordings: The recordings of the cameras.
        event_ways: How events arrive, and which ways Eagle Eye refuses.
    """

    def __init__(
        self,
        transport: Transport,
        building_id: str,
        *,
        fetch_session: FetchSession,
        address: EagleEyeAddress,
        user_agent: str,
        session_log: SessionLog | None = None,
    ) -> None:
        path_segment(building_id, "building")
        self._session_log = session_log or SessionLog()
        self.event_ways = EventWays()
        # Apart, because previews alone may be refused by themselves.
        self._preview_ways = EventWays()
        self._account_ids: dict[str, str] = {}
        # What the last list of devices was parsed from, and to.
        self._last_list: tuple[bytes, DeviceList] | None = None
        self._issued_at = 0.0
        self.building_id = building_id
        self._transport = transport
        self._fetch_session = fetch_session
        self._session_refusals = 0
        self._unusable_sessions = 0
        self._session_listeners: list[Callable[[], None]] = []
        self._credential = SharedCredential(
            self._renew_session,
            rejection_error=self._session_rejected,
            rejection_cooldowns=transport.timeouts.session_rejection_pauses,
            failure_pause=self._pause_after_failure,
        )
        self._http = EagleEyeApi(transport, self._credential, address, user_agent)
        self.recordings = Recordings(self._http)

    @property
    def has_session(self) -> bool:
        """Whether there is a session key."""
        return self._credential.current is not None

    @property
    def session_refused(self) -> bool:
        """Whether Carson responded that the building has no Eagle Eye account, or that the resident may not use it.

        It is asked again from time to time, at longer and longer intervals.
        """
        return self._session_refusals > 0

    async def close(self) -> None:
        """Cancel the renewal of the session key that is under way."""
        await self._credential.close()

    def reset_session_refusal(self) -> None:
        """Let the next request fetch a session key again, after the building has changed."""
        if self._session_refusals or self._unusable_sessions:
            self._session_refusals = self._unusable_sessions = 0
            self._credential.set(None)

    def add_session_listener(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call the listener whenever there is a new session key, which replaces the previous one.

        Returns:
            A function that removes the listener.
        """
        self._session_listeners.append(listener)
        return lambda: self._session_listeners.remove(listener)

    async def get_devices(self) -> tuple[Device, ...]:
        """Return all devices, including bridges and cameras that Carson does not list."""
        return (await self.list_devices()).items

    async def list_devices(self) -> DeviceList:
        """Return what `get_devices` returns, and whether everything in the response could be read."""
        response = await self._http.get("g/device/list", {})
        digest = body_digest(response.body)
        if response.ok and self._last_list is not None and self._last_list[0] == digest:
            return self._last_list[1]
        bounds = RowBounds()
        rows = self._http.parse_rows(response, "the device list")
        devices = await run_in_pieces(device_list_steps(rows, bounds))
        self._transport.stats.record_ignored(Cloud.EAGLE_EYE, bounds)
        self.learn_ids(str(device.raw["columns"][1]).strip() for device in devices.items)
        self._account_ids = {device.id: device.account_id for device in devices.items if device.account_id is not None}
        self._last_list = (digest, devices)
        return devices

    def learn_ids(self, written_ids: Iterable[str]) -> None:
        """Remember the ids of cameras as the clouds write them, for requests. Elsewhere they are in lower case."""
        self._http.learn_ids(written_ids)

    def learn_carson_ids(self, eagle_eye_ids: Mapping[str, str]) -> None:
        """Remember the ids of cameras by their ids at Carson, so that either can be passed."""
        self._http.learn_carson_ids(eagle_eye_ids)

    async def get_still(
        self,
        camera: CameraLike,
        *,
        reference: Reference = "prev",
        timestamp: When = None,
        asset_class: AssetClass = "pre",
        retries: int = MAX_RETRIES,
    ) -> Still:
        """Return a still of a camera.

        Args:
            camera: The camera, or its id.
            reference: The still before the timestamp (`prev`), after it (`next`, which waits for the next still
                if the timestamp is now; `after`, which does not wait), or at exactly that time (`asset`).
            timestamp: A time, an offset from now, or None for now.
            asset_class: Previews, thumbnails of events, or both.
            retries: How often the request is repeated if there is no usable response.

        Raises:
            NotFoundError: There is no such still.
            InvalidResponseError: The response is not a picture, or an incomplete one.
            InvalidInputError: An argument is invalid.
        """
        request = StillRequest(
            camera_id=check_camera_id(camera),
            reference=reference,
            timestamp=timestamp,
            asset_class=asset_class,
            retries=retries,
        )
        return await get_still(self._http, request)

    def live(
        self, camera: CameraLike, *, duration: Seconds = DEFAULT_DURATION
    ) -> AbstractAsyncContextManager[LiveStream]:
        """Return an asynchronous context manager that opens a live view in FLV. The camera uploads video meanwhile."""
        return open_live(self._http, check_camera_id(camera), as_timedelta(duration))

    def endless_live(
        self, camera: CameraLike, *, segment: Seconds = DEFAULT_DURATION
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Return an asynchronous context manager that opens a live view without end, and yields one FLV.

        Eagle Eye ends a live view after some minutes (Protocol B.8), and session keys expire. So the next one is
        opened before, and both are joined without losing a picture. Interruptions of up to a minute are bridged.
        What is not read in time is dropped, after 8 MiB.

        Args:
            camera: The camera, or its id.
            segment: The length of each live view that is requested from Eagle Eye.

        Raises:
            InvalidInputError: The id is invalid; raised at once.
            CarsonError: Raised by the iterator: the camera cannot be viewed.
        """
        camera_id, length = check_camera_id(camera), as_timedelta(segment)
        return open_endless(
            lambda: open_live(self._http, camera_id, length), segment_length=length, name=f"camera {camera_id}"
        )

    def events(
        self,
        cameras: Iterable[CameraLike],
        *,
        events: Iterable[str] = DEFAULT_EVENTS,
        resources: Iterable[EventKind] = DEFAULT_RESOURCES,
        refresh: Seconds = DEFAULT_REFRESH,
        on_error: Callable[[CarsonError], None] | None = None,
        on_connected: Callable[[], None] = lambda: None,
        before_retry: Callable[[], Awaitable[None]] | None = None,
        ways: Iterable[EventWay] = tuple(EventWay),
    ) -> AsyncGenerator[CameraEvent]:
        """Yield events of cameras without end. Closing the generator ends the connection.

        Eagle Eye sends events over a websocket (Protocol B.10), or else holds each response to a poll until something
        happens (Protocol B.9). Both take about a second. It is not known whether a resident's session may use them
        (Protocol D.17, D.18): a way that Eagle Eye refuses is not tried again with the same session key. If both are
        refused, poll lists instead.

        Over the websocket, changes of the status are reported. Polling reports the status only in the response to a
        new subscription, at the start and after each `refresh`; the events for on, off, online, offline and recording
        are reported at once. If something happens again before it was read, only the last event of each kind is
        reported; events during an interruption may be lost. A status without content (Protocol B.3) and a status
        that has not changed are not reported.

        Temporary errors (timeout, lost connection, server error, too many requests, expired subscription) do not
        end the events. There is another attempt after a pause, which increases to about a minute, and `on_error`
        is called.

        Args:
            cameras: The cameras, or their ids. At most six generators poll at the same time, others wait. If the
                session may not see one of the cameras, its events are missing over the websocket, and Eagle Eye
                rejects the whole subscription to a poll.
            events: Event codes to subscribe to; see `EventCode`, other codes are allowed. By default, beginning
                and end of motion and recording, and the events for on, off, online and offline.
            resources: Kinds of events; by default, status and events. There is about one preview per second, and
                with polling there would be as many requests.
            refresh: Time after which to subscribe again, or after so long a silence of the websocket; at least a
                minute.
            on_error: Called with each temporary error.
            on_connected: Called whenever events begin to arrive, again after each interruption. What happened before is
                unknown, except for the status over the websocket.
            before_retry: Awaited after each temporary error and the pause after it, so that a caller who knows more can
                wait until there is hope.
            ways: The ways to try, in this order.

        Raises:
            InvalidInputError: An argument is invalid, or there is nothing to subscribe to; raised at once.
            PermissionDeniedError: The session may not subscribe, or not to one of the cameras (403).
            NotFoundError: Eagle Eye does not offer events (404).
            SessionRejectedError: Eagle Eye rejected a renewed session key.
            CannotConnectError: The HTTP session is closed.
            ApiError: Eagle Eye refused with another error (such as 405), or rejected the subscription five times
                in a row (400).
            CarsonError: Carson did not renew the session key.
        """
        kinds = set(resources)
        body = subscription_body(cameras, events, kinds, self._http.written_id)
        # Over the websocket, the status is what an accepted subscription is answered with.
        pushed = with_status(body)
        wait = as_timedelta(refresh)
        retry = before_retry or _retry_at_once
        known = self._preview_ways if kinds == {EventKind.PREVIEW} else self.event_ways
        # Made here, so that an invalid argument is an error at once.
        poller = EventPoller(
            self._http, body, refresh=wait, on_error=on_error, on_connected=on_connected, before_retry=retry
        )

        async def by_websocket() -> AsyncGenerator[CameraEvent]:
            socket = EventSocket(
                self._http,
                await self._account_of(body["cameras"]),
                pushed,
                kinds=frozenset(map(EventKind, kinds)),
                denied=known.denied,
                quiet=wait.total_seconds(),
                on_error=on_error,
                on_connected=on_connected,
                before_retry=retry,
            )
            async with aclosing(socket.events()) as found:
                async for event in found:
                    yield event

        openers = {EventWay.WEBSOCKET: by_websocket, EventWay.POLL: poller.events}
        return events_by_any_way(known, {way: openers[way] for way in ways})

    async def _account_of(self, camera_ids: Iterable[str]) -> str:
        """Return Eagle Eye's id of the account that has the cameras, which only the device list tells.

        Raises:
            NotFoundError: The list names no account.
        """
        if not self._account_ids:
            await self.list_devices()
        known = [self._account_ids[key] for key in map(str.lower, camera_ids) if key in self._account_ids]
        if not (known := known or list(self._account_ids.values())):
            raise NotFoundError("Eagle Eye's device list names no account")
        try:
            return path_segment(known[0], "account")
        except InvalidInputError:
            raise NotFoundError("Eagle Eye's device list names an account that cannot be requested") from None

    async def still_url(
        self,
        camera: CameraLike,
        *,
        reference: Reference = "prev",
        timestamp: When = None,
        asset_class: AssetClass = "pre",
    ) -> URL:
        """Return a URL of a still. It contains the session key, which gives access to all cameras for a while.

        With a timestamp, it is a recorded still.
        """
        params = still_params(self._http.written_id(check_camera_id(camera)), timestamp, asset_class)
        return await self._url(still_path(reference), params)

    async def live_url(self, camera: CameraLike, *, duration: Seconds = DEFAULT_DURATION) -> URL:
        """Return a URL of a live view. It contains the session key, as that of a still does."""
        params = live_params(self._http.written_id(check_camera_id(camera)), as_timedelta(duration))
        return await self._url(LIVE_PATH, params)

    async def clip_url(
        self, camera: CameraLike, begin: datetime, end: datetime, *, video_format: VideoFormat = "mp4"
    ) -> URL:
        """Return a URL of recorded video. It contains the session key, as that of a still does.

        For an MP4, Eagle Eye responds with 201 or 202 until the video is ready; then the same URL returns it.

        Args:
            camera: The camera, or its id.
            begin: The beginning, an aware datetime.
            end: The end, an aware datetime.
            video_format: MP4 is prepared on request. FLV is available at once, if at all.

        Raises:
            NotFoundError: There is no recording at that time.
            InvalidInputError: An argument is invalid.
        """
        camera_id = check_camera_id(camera)
        path, params = await self.recordings.clip_path(camera_id, begin, end, video_format)
        return await self._url(path, {**params, "id": self._http.written_id(camera_id)})

    async def is_authorized(self) -> bool:
        """Return whether Eagle Eye still accepts the session key, without renewing it."""
        return await self._is_accepted(await self._credential.get())

    async def _url(self, path: str, params: dict[str, str]) -> URL:
        previous = self._credential.current
        key = await self._credential.get()
        if key is previous and not await self._is_accepted(key):
            key = await self._credential.renew(key)
        return (key.base / path).with_query({**params, "A": key.auth_key})

    async def _is_accepted(self, key: SessionKey) -> bool:
        response = await self._http.get_with_key(key, "g/aaa/isauth")
        if response.status not in {200, 401}:
            raise self._http.status_error(response.status, "a check of the session key")
        return response.status == 200 and response.body.strip().lower() != b"false"

    async def _renew_session(self) -> SessionKey:
        previous = self._credential.current
        if previous is not None:
            self._record_end_of_key()
        try:
            key = await self._fetch_session()
        except (NoEagleEyeError, PermissionDeniedError):
            self._session_refusals += 1
            raise
        except SessionFormError:
            self._unusable_sessions += 1
            raise
        self._session_refusals = self._unusable_sessions = 0
        self.event_ways.forget()
        self._preview_ways.forget()
        self._issued_at = time.monotonic()
        self._session_log.record(self.building_id, self, self._issued_at)
        if previous is not None:
            self._transport.stats.renewals[Cloud.EAGLE_EYE] += 1
            keys = self._transport.stats.session_keys
            is_same = key.auth_key == previous.auth_key
            keys.same_again += is_same
            keys.changed += not is_same
        for listener in tuple(self._session_listeners):
            listener()
        return key

    def _record_end_of_key(self) -> None:
        """Record how long a key was valid that Eagle Eye has rejected; once for each key."""
        if not self._issued_at:
            return
        keys = self._transport.stats.session_keys
        keys.record_life(time.monotonic() - self._issued_at)
        keys.after_others += self._session_log.was_issued_to_others(self.building_id, self, self._issued_at)
        self._issued_at = 0.0

    def _pause_after_failure(self, error: CarsonError) -> float:
        timeouts = self._transport.timeouts
        if isinstance(error, NoEagleEyeError | PermissionDeniedError):
            times = self._session_refusals
        elif isinstance(error, SessionFormError):
            # Empty ones have been seen to pass.
            times = self._unusable_sessions - (_PASSING_SESSIONS if error.form == "empty" else 0)
        else:
            times = 0
        if times <= 0:
            return timeouts.session_failure_pause
        pauses = timeouts.session_refusal_pauses
        return pauses[min(times, len(pauses)) - 1]

    def _session_rejected(self) -> SessionRejectedError:
        return self._http.record_error(
            SessionRejectedError("Eagle Eye rejected a session key that Carson had just issued")
        )

    @override
    def __repr__(self) -> str:
        return f"<EagleEye building {self.building_id}>"


async def _retry_at_once() -> None:
    pass
