"""The client of one account: buildings, doors, cameras and amenities (Protocol part A)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, tzinfo
from functools import partial
import random
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, override

import aiohttp

from .carson.amenities.client import Amenities
from .carson.api import ME, AppIdentity, CarsonApi
from .carson.eagle_eye_session import fetch_session
from .carson.models import Account, Building, Camera, Door
from .carson.parsing import account_steps
from .carson.sign_in_pace import SignInPace
from .carson.time_zones import TimeZones
from .carson.token import Credentials, clean_username, decode_expiry
from .changes import DEFAULT_INTERVAL, Change, ChangePoller
from .defaults import API_VERSION, DEFAULT_API_URL, DEFAULT_EAGLE_EYE_URL
from .eagle_eye.client import EagleEye
from .eagle_eye.models import Device
from .eagle_eye.session_log import SessionLog
from .errors import (
    ApiError,
    ApiVersionError,
    AuthenticationError,
    CarsonError,
    InvalidInputError,
    InvalidResponseError,
    OtherAccountError,
)
from .http.arguments import Seconds, as_timedelta, id_of
from .http.bounds import RowBounds, run_in_pieces
from .http.request import body_digest
from .http.stats import Cloud, RequestStats
from .http.timeouts import Timeouts
from .http.transport import CommandConnector, Sleep, Transport
from .http.urls import EagleEyeAddress, path_segment
from .search import find_buildings, find_cameras, find_doors

if TYPE_CHECKING:
    from .probe.check import SelfCheckOptions


class Carson:
    """The account of a resident, and the cameras at Eagle Eye that belong to it.

    `async with Carson(email=…, password=…) as carson:` creates its own session and closes it at the end.

    Args:
        session: Sends the requests. It belongs to the caller and is never closed here. Cookies of its jar are never
            sent, but an `aiohttp.DummyCookieJar` keeps it free of the clouds' cookies. If it is None, `async with`
            creates a session.
        command_connector: Makes the connector for the connections of commands. They are closed by `close`, and
            none of them is used once it was idle for 2 s.
        email: Email address or phone number (`+1…`) for signing in, together with `password`.
        password: Kept in memory to renew the token.
        token: The first token; without a password it cannot be renewed.
        api_url: Base URL of Carson, without the version.
        eagle_eye_url: Base URL of Eagle Eye, with `{subdomain}` in place of the subdomain.
        on_token: Called with each new token. An error that it raises is logged, and changes nothing else.
        account_id: The id of the account, which otherwise the first response tells. A later response about another
            one is an error.
        sign_in_pace: Decides when to try again after Carson has rejected the sign-in. Clients of the same account
            that follow each other can share it.
        session_log: Tells whether a session key was rejected because another client had fetched one. Clients in
            the same process can share it.
        api_version: Version of Carson's API.
        app: Provides the headers that identify the app.
        time_zone: The time zone of buildings without one.
        timeouts: All durations of the client.
        sleep: Waits for a number of seconds.
        jitter: Returns a number from 0 to 1, by which pauses vary.

    Raises:
        InvalidInputError: A base URL is invalid.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession | None = None,
        *,
        command_connector: CommandConnector | None = None,
        email: str | None = None,
        password: str | None = None,
        token: str | None = None,
        api_url: str = DEFAULT_API_URL,
        eagle_eye_url: str = DEFAULT_EAGLE_EYE_URL,
        on_token: Callable[[str], None] | None = None,
        account_id: str | None = None,
        sign_in_pace: SignInPace | None = None,
        session_log: SessionLog | None = None,
        api_version: str = API_VERSION,
        app: AppIdentity | None = None,
        time_zone: tzinfo = UTC,
        timeouts: Timeouts | None = None,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        app = app or AppIdentity()
        self.stats = RequestStats()
        self.account: Account | None = None
        self.sign_in_pace = sign_in_pace or SignInPace()
        self._session_log = session_log or SessionLog()
        self._account_id = account_id
        # What the account was parsed from, and its buildings by their ids.
        self._account_digest: bytes | None = None
        self._buildings: dict[str, Building] = {}
        self._own_session: aiohttp.ClientSession | None = None
        self._transport = Transport(
            session,
            command_connector=command_connector,
            stats=self.stats,
            timeouts=timeouts,
            sleep=sleep,
            jitter=jitter,
        )
        self._api = CarsonApi(
            self._transport,
            api_url=api_url,
            version=api_version,
            app=app,
            credentials=Credentials(clean_username(email), password) if email and password else None,
            token=token,
            on_token=on_token,
            pace=self.sign_in_pace,
        )
        self._address = EagleEyeAddress(eagle_eye_url)
        self._user_agent = app.user_agent
        self._eagle_eyes: dict[str, EagleEye] = {}
        self._zones = TimeZones(time_zone)
        self._amenities: dict[str, Amenities] = {}

    async def __aenter__(self) -> Self:
        """Create a session if none was given. Nothing is sent."""
        if self._transport.session is None:
            self._own_session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
            self._transport.session = self._own_session
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do what `close` does, and close the session if `__aenter__` created it."""
        await self.close()
        session, self._own_session = self._own_session, None
        if session is not None:
            self._transport.session = None
            await session.close()

    async def close(self) -> None:
        """End what the client itself keeps: the connections for commands, and renewals that are under way.

        Call it unless the client is used with `async with`. The session is left alone.
        """
        await self._api.close()
        for eagle_eye in self._eagle_eyes.values():
            await eagle_eye.close()
        await self._transport.close()

    @property
    def buildings(self) -> tuple[Building, ...]:
        """The buildings of the account, as last fetched.

        Raises:
            CarsonError: The account has not been fetched yet.
        """
        if self.account is None:
            raise CarsonError("The account has not been fetched yet; call get_account() first")
        return self.account.buildings

    @property
    def token(self) -> str | None:
        """The current token, if there is one."""
        token = self._api.token.current
        return None if token is None else token.value

    @property
    def token_expires_at(self) -> datetime | None:
        """When the current token expires; None if that is unknown."""
        token = self.token
        try:
            return None if token is None else decode_expiry(token)
        except AuthenticationError:
            return None

    @property
    def can_renew(self) -> bool:
        """Whether the token can be renewed with email address and password."""
        return self._api.can_renew

    async def login(self) -> str:
        """Sign in, and return the new token. The first time may take half a minute (Protocol A.3).

        Raises:
            AuthenticationError: Carson rejected the credentials, or there are none.
            CannotConnectError: No usable response.
        """
        return (await self._api.sign_in()).value

    async def get_account(self) -> Account:
        """Fetch the account with all its buildings. Signs in first if there is no token yet.

        Raises:
            AuthenticationError: Carson rejected the token, and it cannot be renewed.
            OtherAccountError: The response is about another account.
            ApiVersionError: Carson no longer supports this version of its API.
            CannotConnectError: No usable response.
            RateLimitError: Too many requests.
            ApiError: Carson responded with an error.
        """
        response = await self._api.read_account()
        digest = body_digest(response.body)
        if response.ok and self.account is not None and digest == self._account_digest:
            return self.account
        try:
            data = self._api.unwrap(response, ME)
        except ApiError as err:
            if err.status not in {404, 410}:
                raise
            unsupported = ApiVersionError(
                "Carson no longer supports this version of its API", status=err.status, code=err.code, reason=err.reason
            )
            unsupported.working_version = await self._api.find_working_version()
            raise self.stats.record_error(Cloud.CARSON, unsupported) from None
        bounds = RowBounds()
        account = await run_in_pieces(account_steps(data, bounds, self.account)) if isinstance(data, dict) else None
        self.stats.record_ignored(Cloud.CARSON, bounds)
        if account is None:
            raise self.stats.record_error(Cloud.CARSON, InvalidResponseError("Carson's response has no account"))
        if self._account_id not in {None, account.id}:
            raise self.stats.record_error(Cloud.CARSON, OtherAccountError("Carson's response is about another account"))
        known, self._buildings = self._buildings, {building.id: building for building in account.buildings}
        self._account_id = account.id
        self.account = account
        self._account_digest = digest
        for building in account.buildings:
            eagle_eye = self._eagle_eyes.get(building.id)
            if eagle_eye is not None and known.get(building.id) is not building:
                self._teach_ids(eagle_eye)
        return account

    def _teach_ids(self, eagle_eye: EagleEye) -> None:
        """Tell the client of a building how Carson writes the ids of its cameras."""
        building = self._buildings.get(eagle_eye.building_id)
        listed = () if building is None else building.eagle_eye_cameras
        cameras = [camera for camera in listed if camera.live_view_id is not None]
        eagle_eye.learn_ids(str(camera.raw["liveViewId"]).strip() for camera in cameras if "liveViewId" in camera.raw)
        eagle_eye.learn_carson_ids({camera.id: camera.live_view_id or "" for camera in cameras})

    async def open_door(self, door: Door | str | int, *, time_limit: float | None = None) -> None:
        """Open a door. The command is sent at once, and a second time only if the first was certainly rejected.

        Args:
            door: The door, or its id.
            time_limit: Seconds after which nothing is sent any more and the call ends, a renewal of the token
                included; by default `Timeouts.open_door`.

        Raises:
            OutcomeUnclearError: The command was sent; whether the door opened is unknown.
            CannotConnectError: The command was not sent; the door did not open.
            ApiError: Carson responded with an error; the door did not open.
            RateLimitError: Too many requests; the door did not open.
            AuthenticationError: Carson rejected the token, for reading as well, and it cannot be renewed.
            InvalidInputError: The id is invalid.
        """
        if time_limit is None:
            time_limit = self._transport.timeouts.open_door
        door_id = path_segment(id_of(door, "door", Door), "door")
        await self._api.send_command(f"doors/{door_id}/open/", time_limit=time_limit)

    def get_building(self, name: str) -> Building:
        """Return the building with a name, the beginning of a name, or an id, from the account as last fetched.

        Raises:
            NotFoundByNameError: The name fits nothing, or more than one building.
            CarsonError: The account has not been fetched yet.
        """
        return find_buildings(self.buildings, name=name)[0]

    def get_door(self, name: str) -> Door:
        """Return the door with a name, the beginning of a name, or an id, from the account as last fetched.

        Raises:
            NotFoundByNameError: The name fits nothing, or more than one door.
            CarsonError: The account has not been fetched yet.
        """
        return find_doors(self.buildings, name=name)[0]

    def get_camera(self, name: str) -> Camera:
        """Return the camera with a name, the beginning of a name, or an id, from the account as last fetched.

        Raises:
            NotFoundByNameError: The name fits nothing, or more than one camera.
            CarsonError: The account has not been fetched yet.
        """
        return find_cameras(self.buildings, name=name)[0]

    def eagle_eye(self, building: Building | str | int) -> EagleEye:
        """Return the cameras of a building, which may be given by its id; the same object each time.

        Raises:
            InvalidInputError: The id is invalid.
        """
        building_id = id_of(building, "building", Building)
        if building_id not in self._eagle_eyes:
            self._eagle_eyes[building_id] = EagleEye(
                self._transport,
                building_id,
                fetch_session=partial(fetch_session, self._api, building_id, self._address),
                address=self._address,
                user_agent=self._user_agent,
                session_log=self._session_log,
            )
            self._teach_ids(self._eagle_eyes[building_id])
        return self._eagle_eyes[building_id]

    def changes(
        self,
        *,
        interval: Seconds = DEFAULT_INTERVAL,
        devices: bool = True,
        on_error: Callable[[CarsonError], None] | None = None,
    ) -> AsyncIterator[Change]:
        """Return an endless iterator of the differences between successive polls.

        A change appears up to an interval after it happened; one that is undone in between does not appear.

        Args:
            interval: Time between two polls. Do not poll more often than once a minute for long.
            devices: Whether to poll Eagle Eye's devices as well, with their status.
            on_error: Called with temporary errors. Without it, they end the iterator like all others.

        Raises:
            CarsonError: From `get_account` and `EagleEye.get_devices`.
            InvalidInputError: The interval is too short.
        """

        async def get_devices(building_id: str) -> tuple[Device, ...]:
            return await self.eagle_eye(building_id).get_devices()

        return aiter(
            ChangePoller(
                self.get_account,
                get_devices if devices else None,
                sleep=self._transport.sleep,
                interval=as_timedelta(interval),
                on_error=on_error,
            )
        )

    async def watch(
        self,
        *,
        interval: Seconds = DEFAULT_INTERVAL,
        on_error: Callable[[CarsonError], None] | None = None,
    ) -> AsyncIterator[Change]:
        """Return an endless iterator of changes of doors, cameras and devices, found by polling like `changes`.

        Motion and other events that Eagle Eye reports are in `EagleEye.events`.

        Raises:
            CarsonError: From `changes`.
        """
        async for change in self.changes(interval=interval, on_error=on_error):
            if change.what in {"door", "camera", "device"}:
                yield change

    async def self_check(self, options: "SelfCheckOptions | None" = None) -> dict[str, Any]:
        """Ask both clouds a few questions, and return a report of the forms of their answers, without any values.

        It sends at most 25 requests, in at most 90 s, and none that changes anything. The report compares what the
        clouds answered with what this client believes about them, and identifies nobody.

        Args:
            options: What to ask beyond the usual.

        Returns:
            The report, as JSON values. Nothing that a cloud answers makes it raise an error.
        """
        from .probe.check import SelfCheck, SelfCheckOptions  # noqa: PLC0415 - rarely needed, and large

        check = SelfCheck(
            self._transport,
            self._api,
            address=self._address,
            user_agent=self._user_agent,
            options=options or SelfCheckOptions(),
        )
        return await check.run()

    def amenities(self, building: Building | str | int) -> Amenities:
        """Return the amenities of a building, which may be given by its id; the same object each time.

        Raises:
            InvalidInputError: The id is invalid.
        """
        building_id = id_of(building, "building", Building)
        if building_id not in self._amenities:
            self._amenities[building_id] = Amenities(
                self._api, building_id, time_zone=lambda: self._time_zone_of(building_id), zones=self._zones
            )
        return self._amenities[building_id]

    async def raw_get(self, path: str) -> Any:
        """Fetch a path that has no method of its own, and return the `data` of the response.

        Visitors, threads, deliveries, dashboard, service and the telephone's access token are known by name only
        (Protocol A.8). The response may hold secrets.

        Args:
            path: Below the version of the API, such as `visitors/`; without a query.

        Raises:
            InvalidInputError: The path is invalid; nothing was sent.
            NotFoundError: The path does not exist.
            CarsonError: From the request, as in `get_account`.
        """
        *segments, last = path.split("/")
        if last or not segments:
            raise InvalidInputError("The path must end in a slash, as in visitors/")
        return await self._api.read("/".join([*(path_segment(segment, "path") for segment in segments), ""]))

    def _time_zone_of(self, building_id: str) -> str | None:
        buildings = self.account.buildings if self.account is not None else ()
        return next((one.time_zone for one in buildings if one.id == building_id), None)

    @override
    def __repr__(self) -> str:
        return f"<Carson{'' if self.account is None else f' account {self.account.id}'}>"
