"""Carson, as seen by one resident: account, buildings, doors (Protocol part A)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
import random
from types import TracebackType
from typing import Any, Self, override

import aiohttp

from .carson.amenities.client import Amenities
from .carson.api import API_VERSION, DEFAULT_API_URL, AppIdentity, CarsonApi
from .carson.eagle_eye_session import fetch_session
from .carson.models import Account, Building
from .carson.parsing import parse_account
from .carson.time_zones import TimeZones
from .carson.token import Credentials, decode_expiry
from .changes import DEFAULT_INTERVAL, Change, Watcher
from .eagle_eye.client import DEFAULT_EAGLE_EYE_URL, EagleEye
from .eagle_eye.models import Device
from .errors import ApiError, ApiVersionError, AuthenticationError, CarsonError, InvalidInputError, InvalidResponseError
from .http.stats import Cloud, RequestStats
from .http.timeouts import Timeouts
from .http.transport import Sleep, Transport
from .http.urls import EagleEyeAddress, path_segment


class Carson:
    """One resident's way to Carson and to the cameras behind it.

    `async with Carson(email=…, password=…) as carson:` brings a session of its own and closes it at the end.

    Args:
        session: Sends the requests; belongs to the caller, is never closed here. Its cookie jar neither
            decides which cookies are sent nor needs to be a special one, but an `aiohttp.DummyCookieJar`
            keeps the cookies of the clouds out of it. None makes one for the time of `async with`.
        email: To sign in with, together with `password`.
        password: Kept in memory to renew the token.
        token: To begin with; without a password it cannot be renewed.
        api_url: Base url of Carson, without the version.
        eagle_eye_url: Base url of Eagle Eye, with `{subdomain}` where that belongs.
        on_token: Called with each new token.
        api_version: Version of Carson's API.
        app: What the headers say about the app.
        time_zone: That of buildings which name none.
        timeouts: How long to wait for what.
        sleep: Waits between repeats.
        jitter: Gives a number from 0 to 1 by which pauses vary.

    Raises:
        InvalidInputError: A base url is not usable.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession | None = None,
        *,
        email: str | None = None,
        password: str | None = None,
        token: str | None = None,
        api_url: str = DEFAULT_API_URL,
        eagle_eye_url: str = DEFAULT_EAGLE_EYE_URL,
        on_token: Callable[[str], None] | None = None,
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
        self._own_session: aiohttp.ClientSession | None = None
        self._transport = Transport(session, stats=self.stats, timeouts=timeouts, sleep=sleep, jitter=jitter)
        self._api = CarsonApi(
            self._transport,
            api_url=api_url,
            version=api_version,
            app=app,
            credentials=Credentials(email, password) if email and password else None,
            token=token,
            on_token=on_token,
        )
        self._address = EagleEyeAddress(eagle_eye_url)
        self._user_agent = app.user_agent
        self._eagle_eyes: dict[str, EagleEye] = {}
        self._zones = TimeZones(time_zone)
        self._amenities: dict[str, Amenities] = {}

    async def __aenter__(self) -> Self:
        """Open a session, if none was given; nothing is sent yet."""
        if self._transport.session is None:
            self._own_session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
            self._transport.session = self._own_session
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the session that `__aenter__` opened; one that was given stays open."""
        session, self._own_session = self._own_session, None
        if session is not None:
            self._transport.session = None
            await session.close()

    @property
    def buildings(self) -> tuple[Building, ...]:
        """The buildings of the last reading.

        Raises:
            CarsonError: The account was not read yet.
        """
        if self.account is None:
            raise CarsonError("The account has not been read yet: get_account() does that")
        return self.account.buildings

    @property
    def token(self) -> str | None:
        """The present token."""
        token = self._api.token.current
        return None if token is None else token.value

    @property
    def token_expires_at(self) -> datetime | None:
        """When the present token expires; None if there is none or it does not say."""
        token = self.token
        try:
            return None if token is None else decode_expiry(token)
        except AuthenticationError:
            return None

    @property
    def can_renew(self) -> bool:
        """Whether there are e-mail address and password to renew the token with."""
        return self._api.can_renew

    async def login(self) -> str:
        """Sign in and hand out the new token. The first time may take half a minute (Protocol A.3).

        Raises:
            AuthenticationError: Carson refused, or there is no password.
            CannotConnectError: No usable answer.
        """
        return (await self._api.sign_in()).value

    async def get_account(self) -> Account:
        """Read the account with all its buildings; signs in first if there is no token yet.

        Raises:
            AuthenticationError: Carson refused, and the token cannot be renewed.
            ApiVersionError: Carson no longer serves this version of its API.
            CannotConnectError: No usable answer.
            RateLimitError: Carson asks for fewer requests.
            ApiError: Carson refused.
        """
        try:
            data = await self._api.read("me/")
        except ApiError as err:
            if err.status not in {404, 410}:
                raise
            gone = ApiVersionError(
                "Carson no longer serves this version of its API", status=err.status, code=err.code, reason=err.reason
            )
            raise self.stats.record_error(Cloud.CARSON, gone) from None
        account = parse_account(data) if isinstance(data, dict) else None
        if account is None:
            raise self.stats.record_error(Cloud.CARSON, InvalidResponseError("Carson's answer holds no account"))
        self.account = account
        return account

    async def open_door(self, door_id: str) -> None:
        """Open a door: one order, sent at once, and never a second time unless the first was surely refused.

        Raises:
            OutcomeUnclearError: The order was sent; whether the door opened is not known.
            CannotConnectError: The order never left; the door did not open.
            ApiError: Carson refused; the door did not open.
            RateLimitError: Carson asks for fewer requests; the door did not open.
            AuthenticationError: Carson refuses the token, for reading as well, and its renewal.
            InvalidInputError: This is no id of a door.
        """
        await self._api.send_command(f"doors/{path_segment(door_id, 'door')}/open/")

    def eagle_eye(self, building_id: str) -> EagleEye:
        """The cameras of a building; the same object each time.

        Raises:
            InvalidInputError: This is no id of a building.
        """
        if building_id not in self._eagle_eyes:
            self._eagle_eyes[building_id] = EagleEye(
                self._transport,
                building_id,
                fetch_session=partial(fetch_session, self._api, building_id, self._address),
                address=self._address,
                user_agent=self._user_agent,
            )
        return self._eagle_eyes[building_id]

    def changes(
        self,
        *,
        interval: timedelta = DEFAULT_INTERVAL,
        devices: bool = True,
        on_error: Callable[[CarsonError], None] | None = None,
    ) -> AsyncIterator[Change]:
        """Read again and again, and give what is different, without end; the first reading gives nothing.

        These are no pushed events: a change is seen up to an interval after it happened, and what changes to and
        fro in between is not seen at all.

        Args:
            interval: Time between two readings; less than a minute is nothing for long.
            devices: Read also what Eagle Eye says of its cameras (online, recording, …).
            on_error: Told of failures that may pass; without it they end the iterator, as every other does.

        Raises:
            CarsonError: As `get_account` and `EagleEye.get_devices` do.
            InvalidInputError: The interval is too short.
        """

        async def get_devices(building_id: str) -> tuple[Device, ...]:
            return await self.eagle_eye(building_id).get_devices()

        return aiter(
            Watcher(
                self.get_account,
                get_devices if devices else None,
                sleep=self._transport.sleep,
                interval=interval,
                on_error=on_error,
            )
        )

    async def watch(
        self,
        *,
        interval: timedelta = DEFAULT_INTERVAL,
        on_error: Callable[[CarsonError], None] | None = None,
    ) -> AsyncIterator[Change]:
        """Give what changes of doors, cameras and devices: `changes` without account, buildings and units.

        Found by reading again like those. Motion, and whatever Eagle Eye tells by itself, is in `EagleEye.events`.

        Raises:
            CarsonError: As `changes` does.
        """
        async for change in self.changes(interval=interval, on_error=on_error):
            if change.what in {"door", "camera", "device"}:
                yield change

    def amenities(self, building_id: str) -> Amenities:
        """The amenities of a building and the reservations of them; the same object each time.

        Raises:
            InvalidInputError: This is no id of a building.
        """
        if building_id not in self._amenities:
            self._amenities[building_id] = Amenities(
                self._api, building_id, time_zone=lambda: self._time_zone_of(building_id), zones=self._zones
            )
        return self._amenities[building_id]

    async def raw_get(self, path: str) -> Any:
        """Read what this client knows nothing more about, and hand out the `data` of the answer as it is.

        Visitors, threads, deliveries, dashboard, service and the telephone's access token are known by name only
        (Protocol A.8). It may hold anything, also secrets: mind what becomes of it.

        Args:
            path: Below the version of the API, as in `visitors/`; without a query.

        Raises:
            InvalidInputError: This is no such path; nothing was sent.
            NotFoundError: Carson knows no such path.
            CarsonError: As `get_account`.
        """
        *segments, last = path.split("/")
        if last or not segments:
            raise InvalidInputError("A path ends in a slash, as in visitors/")
        return await self._api.read("/".join([*(path_segment(one, "path") for one in segments), ""]))

    def _time_zone_of(self, building_id: str) -> str | None:
        buildings = self.account.buildings if self.account is not None else ()
        return next((one.time_zone for one in buildings if one.id == building_id), None)

    @override
    def __repr__(self) -> str:
        return f"<Carson{'' if self.account is None else f' account {self.account.id}'}>"
