"""The cameras of one building: devices, stills, live view, recordings (Protocol part B)."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
import copy
from datetime import timedelta
from typing import override

from yarl import URL

from ..errors import CarsonError, NoEagleEyeError, SessionRejectedError
from ..http.credential import SharedCredential
from ..http.stats import Cloud
from ..http.transport import Transport
from ..http.urls import EagleEyeAddress, path_segment
from .api import EagleEyeApi
from .event_poll import DEFAULT_EVENTS, DEFAULT_REFRESH, DEFAULT_RESOURCES, EventPoller, subscription_body
from .events import CameraEvent, EventKind
from .live import DEFAULT_DURATION, PATH as LIVE_PATH, LiveStream, live_params, open_live
from .models import Device, Still, parse_devices
from .recordings import Recordings
from .session_key import SessionKey
from .stills import AssetClass, Reference, When, check_camera_id, get_still, still_params, still_path

DEFAULT_EAGLE_EYE_URL = "https://{subdomain}.eagleeyenetworks.com"

type FetchSession = Callable[[], Awaitable[SessionKey]]


class EagleEye:
    """One building at Eagle Eye. All methods share one session key, which is renewed as needed.

    `recordings` has what was recorded.

    Every method may raise what its requests meet: CannotConnectError (with SessionRejectedError, if Eagle Eye
    refuses even a renewed key), RateLimitError, NoEagleEyeError, PermissionDeniedError and other ApiErrors, and
    AuthenticationError if Carson refuses the token with which to renew the key.
    """

    def __init__(
        self,
        transport: Transport,
        building_id: str,
        *,
        fetch_session: FetchSession,
        address: EagleEyeAddress,
        user_agent: str,
    ) -> None:
        path_segment(building_id, "building")
        self.building_id = building_id
        self._transport = transport
        self._fetch_session = fetch_session
        self._refusal: NoEagleEyeError | None = None
        self._session_listeners: list[Callable[[], None]] = []
        self._credential = SharedCredential(
            self._new_session,
            rejection_error=self._session_rejected,
            rejection_cooldown=transport.timeouts.rejection_cooldown,
            failure_pause=transport.timeouts.session_failure_pause,
        )
        self._http = EagleEyeApi(transport, self._credential, address, user_agent)
        self.recordings = Recordings(self._http)

    @property
    def has_session(self) -> bool:
        """Whether there is a session key."""
        return self._credential.current is not None

    @property
    def session_refused(self) -> bool:
        """Whether Carson said that this building has no Eagle Eye account."""
        return self._refusal is not None

    def reset_session_refusal(self) -> None:
        """Ask again for a session at the next occasion: the building has changed."""
        if self._refusal is not None:
            self._refusal = None
            self._credential.set(None)

    def add_session_listener(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call the listener whenever there is a new session key: the former one is done with.

        Returns:
            What ends that.
        """
        self._session_listeners.append(listener)
        return lambda: self._session_listeners.remove(listener)

    async def get_devices(self) -> tuple[Device, ...]:
        """List all devices that the session sees, bridges and cameras that Carson does not show among them."""
        answer = await self._http.get("g/device/list", {})
        return parse_devices(self._http.rows(answer, "the device list"))

    async def get_still(
        self,
        camera_id: str,
        *,
        reference: Reference = "prev",
        timestamp: When = None,
        asset_class: AssetClass = "pre",
    ) -> Still:
        """Get a picture of a camera.

        Args:
            camera_id: The ESN.
            reference: The picture before the time (`prev`), after it (`next`, which with now waits for the
                camera's next one; `after`, which does not), or at exactly that time (`asset`).
            timestamp: Point in time, offset from now, or None for now.
            asset_class: Preview pictures, thumbnails of events, or both.

        Raises:
            NotFoundError: There is no such picture.
            InvalidResponseError: What came is no picture.
            InvalidInputError: An argument is wrong.
        """
        return await get_still(self._http, check_camera_id(camera_id), reference, timestamp, asset_class)

    def live(
        self, camera_id: str, *, duration: timedelta = DEFAULT_DURATION
    ) -> AbstractAsyncContextManager[LiveStream]:
        """Open the live view: an async context manager that gives FLV bytes. Makes the camera upload video."""
        return open_live(self._http, check_camera_id(camera_id), duration)

    def events(
        self,
        camera_ids: Iterable[str],
        *,
        events: Iterable[str] = DEFAULT_EVENTS,
        resources: Iterable[EventKind] = DEFAULT_RESOURCES,
        refresh: timedelta = DEFAULT_REFRESH,
        on_error: Callable[[CarsonError], None] | None = None,
    ) -> AsyncGenerator[CameraEvent]:
        """Listen to news of cameras, without end: an async generator; closing it ends everything.

        Eagle Eye holds a request back until something happens (Protocol B.9), so that news come within about a
        second. Whether it does so for residents nobody knows (Protocol D.17): be prepared for a refusal, and for
        lists instead.

        A status comes at the beginning, and later only when it is subscribed anew (`refresh`): in between, HTTP
        polling tells no change of it (Protocol B.9). The events for on, off, online, offline and recording come at
        once. What happens twice between two answers is told once, as it was last; what happens while nobody is
        connected may be missed. A status that says nothing (Protocol B.3) and one that was told already are no news.

        Failures that may pass (no answer in time, a lost connection, server errors, too many requests, a
        subscription that has lapsed) end nothing: it is tried again after pauses that grow to about a minute, and
        `on_error` is told. There is never more than one request per second.

        Args:
            camera_ids: The ESNs, any number: more than six listeners at a time take turns. One that the session may
                not see makes Eagle Eye refuse them all.
            events: Codes of the events to be told, see `EventCode`; other codes can be asked for as well. By
                default begin and end of motion and recording, and what concerns on, off, online and offline.
            resources: The kinds of news; by default the status and the events. Previews come about once a second,
                and so would the requests.
            refresh: Time after which it is subscribed anew, at least a minute.
            on_error: Told of each failure that may pass.

        Raises:
            InvalidInputError: An argument is wrong, or there is nothing to listen to; raised at once.
            PermissionDeniedError: The session may not listen, or not to one of the cameras (403).
            NotFoundError: Polling is not offered (404).
            SessionRejectedError: Eagle Eye refuses even a renewed key.
            CannotConnectError: The HTTP session is closed.
            ApiError: Eagle Eye refused for another reason (405 among them), or called the subscription wrong five
                times in a row (400).
            CarsonError: Carson refused to renew the key.
        """
        body = subscription_body(camera_ids, events, resources)
        return EventPoller(self._http, body, refresh=refresh, on_error=on_error).events()

    async def still_url(
        self,
        camera_id: str,
        *,
        reference: Reference = "prev",
        timestamp: When = None,
        asset_class: AssetClass = "pre",
    ) -> URL:
        """Url of a picture for others. It holds the session key: whoever has it sees all cameras for a while."""
        params = still_params(check_camera_id(camera_id), timestamp, asset_class)
        return await self._url(still_path(reference), params)

    async def live_url(self, camera_id: str, *, duration: timedelta = DEFAULT_DURATION) -> URL:
        """Url of one live view for others. It holds the session key, as that of a still does."""
        return await self._url(LIVE_PATH, live_params(check_camera_id(camera_id), duration))

    async def is_authorised(self) -> bool:
        """Ask Eagle Eye whether the present session key is still good; does not renew it."""
        return await self._is_good(await self._credential.get())

    async def _url(self, path: str, params: dict[str, str]) -> URL:
        known = self._credential.current
        key = await self._credential.get()
        if key is known and not await self._is_good(key):
            key = await self._credential.renew(key)
        return (key.base / path).with_query({**params, "A": key.auth_key})

    async def _is_good(self, key: SessionKey) -> bool:
        answer = await self._http.get_with(key, "g/aaa/isauth")
        if answer.status not in {200, 401}:
            raise self._http.refusal(answer.status, "to tell whether the session is good")
        return answer.status == 200 and answer.body.strip().lower() != b"false"

    async def _new_session(self) -> SessionKey:
        if self._refusal is not None:
            raise copy.copy(self._refusal)
        renews = self._credential.current is not None
        try:
            key = await self._fetch_session()
        except NoEagleEyeError as err:
            self._refusal = err
            raise
        self._transport.stats.renewals[Cloud.EAGLE_EYE] += renews
        for listener in tuple(self._session_listeners):
            listener()
        return key

    def _session_rejected(self) -> SessionRejectedError:
        return self._http.record_error(
            SessionRejectedError("Eagle Eye refused a session key that Carson had just issued")
        )

    @override
    def __repr__(self) -> str:
        return f"<EagleEye building {self.building_id}>"
