"""Requests to Eagle Eye for one building: session key in the cookie, renewed when refused (Protocol B.1)."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
from aiohttp import hdrs
from yarl import URL

from ..eagle_eye.session_key import SessionKey
from ..errors import (
    ApiError,
    CarsonError,
    FormatUnavailableError,
    InvalidResponseError,
    NotFoundError,
    OutsideRetentionError,
    PermissionDeniedError,
)
from ..http.credential import SharedCredential
from ..http.request import MAX_RETRIES, Pool, Request, Response
from ..http.stats import Cloud
from ..http.transport import Transport
from ..http.urls import EagleEyeAddress

_REFUSALS: dict[int, type[ApiError]] = {403: PermissionDeniedError, 404: NotFoundError}
_REFUSALS_OF_RECORDED: dict[int, type[ApiError]] = {410: OutsideRetentionError, 422: FormatUnavailableError}


class EagleEyeApi:
    """Sends requests with a key from the credential; however many are refused at once, it is renewed once."""

    def __init__(
        self, transport: Transport, credential: SharedCredential[SessionKey], address: EagleEyeAddress, user_agent: str
    ) -> None:
        self.transport = transport
        self.credential = credential
        self._address = address
        self._headers = {str(hdrs.USER_AGENT): user_agent}

    async def get(
        self,
        path: str,
        params: Mapping[str, str],
        *,
        time_limit: float | None = None,
        retries: int = MAX_RETRIES,
        pool: Pool = Pool.QUICK,
        accept: frozenset[int] = frozenset(),
    ) -> Response:
        """Read something; the answer has any status but 401, 429 and the server errors not in `accept`.

        Raises:
            SessionRejectedError: Eagle Eye refuses even a renewed key.
            NoEagleEyeError: The building has no Eagle Eye account.
            AuthenticationError: Carson refuses the token with which to renew the key.
            CannotConnectError: No usable answer.
            RateLimitError: One of the clouds asks for fewer requests.
            ApiError: Carson refused the session.
        """

        def request(key: SessionKey) -> Request:
            return self._request(key, path, params, time_limit=time_limit, retries=retries, pool=pool, accept=accept)

        _, answer = await self._read(request)
        return answer

    async def get_with(
        self,
        key: SessionKey,
        path: str,
        *,
        cookies: Mapping[str, str] | None = None,
        time_limit: float | None = None,
        retries: int = MAX_RETRIES,
        pool: Pool = Pool.QUICK,
        accept: frozenset[int] = frozenset(),
    ) -> Response:
        """Read something with this very key, refused or not, and with these cookies besides."""
        request = self._request(key, path, {}, time_limit=time_limit, retries=retries, pool=pool, accept=accept)
        cookie = "; ".join([key.cookie, *(f"{name}={value}" for name, value in (cookies or {}).items())])
        return await self.transport.read(replace(request, cookie=cookie))

    async def post(
        self, path: str, body: Mapping[str, Any], *, retries: int = MAX_RETRIES
    ) -> tuple[SessionKey, Response]:
        """POST what changes nothing, and hand out the answer with the key that it belongs to.

        Raises:
            CarsonError: As `get` does.
        """

        def request(key: SessionKey) -> Request:
            asked = self._request(key, path, {}, retries=retries)
            return replace(asked, method=hdrs.METH_POST, body=body)

        return await self._read(request)

    @asynccontextmanager
    async def open(
        self,
        path: str,
        params: Mapping[str, str],
        *,
        time_limit: float | None = None,
        pool: Pool = Pool.QUICK,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        """Open a long body; any status but 401. Its reader bounds the time between chunks.

        Raises:
            CarsonError: As `get` does.
        """

        def request(key: SessionKey) -> Request:
            return self._request(key, path, params, time_limit=time_limit, pool=pool, headers=headers)

        key = await self.credential.get()
        async with self.transport.open(request(key)) as response:
            if response.status != 401:
                yield response
                return
        key = await self.credential.renew(key)
        async with self.transport.open(request(key)) as response:
            if response.status != 401:
                yield response
                return
        raise self.credential.report_rejected(key)

    def record_error[E: CarsonError](self, error: E) -> E:
        """Take down an error that is about to be raised."""
        return self.transport.stats.record_error(Cloud.EAGLE_EYE, error)

    def rows(self, answer: Response, what: str) -> list[Any]:
        """Read a list out of an answer.

        Raises:
            ApiError: Eagle Eye refused.
            InvalidResponseError: It is none.
        """
        if answer.status != 200:
            raise self.refusal(answer.status, what, recorded=True)
        try:
            rows = answer.json()
        except InvalidResponseError as err:
            raise self.record_error(err) from None
        if not isinstance(rows, list):
            raise self.record_error(InvalidResponseError(f"{answer.description} is no list"))
        return rows

    def refusal(self, status: int, what: str, *, recorded: bool = False) -> ApiError:
        """Make the error for an answer that is no success; of what is recorded, 410 and 422 say more."""
        kinds = _REFUSALS | _REFUSALS_OF_RECORDED if recorded else _REFUSALS
        kind = kinds.get(status, ApiError)
        return self.record_error(kind(f"Eagle Eye refused {what} (status {status})", status=status))

    async def _read(self, request: Callable[[SessionKey], Request]) -> tuple[SessionKey, Response]:
        key = await self.credential.get()
        answer = await self.transport.read(request(key))
        if answer.status == 401:
            key = await self.credential.renew(key)
            answer = await self.transport.read(request(key))
            if answer.status == 401:
                raise self.credential.report_rejected(key)
        return key, answer

    def _request(
        self,
        key: SessionKey,
        path: str,
        params: Mapping[str, str],
        *,
        time_limit: float | None = None,
        retries: int = MAX_RETRIES,
        pool: Pool = Pool.QUICK,
        accept: frozenset[int] = frozenset(),
        headers: Mapping[str, str] | None = None,
    ) -> Request:
        return Request(
            cloud=Cloud.EAGLE_EYE,
            url=key.base / path,
            params=params,
            headers={**self._headers, **(headers or {})},
            cookie=key.cookie,
            time_limit=self.transport.timeouts.read if time_limit is None else time_limit,
            retries=retries,
            pool=pool,
            accept=accept,
            allow_redirect=self._may_follow(key.base),
        )

    def _may_follow(self, base: URL) -> Callable[[URL], bool]:
        return lambda url: self._address.may_receive_key(url, base)
