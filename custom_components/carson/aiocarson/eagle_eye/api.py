"""Requests to Eagle Eye for one building. The session key is sent in a cookie (Protocol B.1)."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
from aiohttp import hdrs
from yarl import URL

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
from .session_key import SessionKey

_ERRORS: dict[int, type[ApiError]] = {403: PermissionDeniedError, 404: NotFoundError}
_RECORDING_ERRORS: dict[int, type[ApiError]] = {410: OutsideRetentionError, 422: FormatUnavailableError}


class EagleEyeApi:
    """Sender of requests with a shared session key, which is renewed once however many requests it fails.

    Args:
        transport: Sends the requests.
        credential: Provides the session key.
        address: Decides where the session key may be sent.
        user_agent: Sent with each request.
    """

    def __init__(
        self, transport: Transport, credential: SharedCredential[SessionKey], address: EagleEyeAddress, user_agent: str
    ) -> None:
        self.transport = transport
        self.credential = credential
        self._address = address
        self._written_ids: dict[str, str] = {}
        self._carson_ids: dict[str, str] = {}
        self._headers = {str(hdrs.USER_AGENT): user_agent}

    def learn_ids(self, written_ids: Iterable[str]) -> None:
        """Remember ids of cameras as the clouds write them: elsewhere they are in lower case."""
        self._written_ids.update({written.lower(): written for written in written_ids})

    def learn_carson_ids(self, eagle_eye_ids: Mapping[str, str]) -> None:
        """Remember the ids of cameras by their ids at Carson, which callers may pass by mistake."""
        self._carson_ids.update(eagle_eye_ids)

    def written_id(self, camera_id: str) -> str:
        """Return the id of a camera as the clouds write it."""
        written = self._written_ids.get(camera_id.lower())
        if written is None and camera_id in self._carson_ids:
            return self.written_id(self._carson_ids[camera_id])
        return camera_id if written is None else written

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
        """Return the response to a GET. Its status is never 401, 429 or a server error that is not in `accept`.

        Raises:
            SessionRejectedError: Eagle Eye rejected a renewed session key.
            NoEagleEyeError: The building has no Eagle Eye account.
            AuthenticationError: Carson rejected the token, so the session key cannot be renewed.
            CannotConnectError: There was no usable response.
            RateLimitError: Too many requests.
            ApiError: Carson did not provide a session key.
        """

        def request(key: SessionKey) -> Request:
            return self._request(key, path, params, time_limit=time_limit, retries=retries, pool=pool, accept=accept)

        _, response = await self._send(request)
        return response

    async def get_with_key(
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
        """Return the response to a GET with the given key and additional cookies. The status may be 401.

        Raises:
            CannotConnectError: There was no usable response.
            RateLimitError: Too many requests.
        """
        request = self._request(key, path, {}, time_limit=time_limit, retries=retries, pool=pool, accept=accept)
        cookie = "; ".join([key.cookie, *(f"{name}={value}" for name, value in (cookies or {}).items())])
        return await self.transport.read(replace(request, cookie=cookie))

    def websocket_request(self, key: SessionKey, path: str) -> Request:
        """Return the request that opens a websocket with the given key."""
        return self._request(key, path, {}, time_limit=self.transport.timeouts.connect, retries=0)

    async def post(
        self, path: str, body: Mapping[str, Any], *, retries: int = MAX_RETRIES
    ) -> tuple[SessionKey, Response]:
        """Return the session key and the response to a POST that changes nothing.

        Raises:
            CarsonError: As for `get`.
        """

        def request(key: SessionKey) -> Request:
            return replace(self._request(key, path, {}, retries=retries), method=hdrs.METH_POST, body=body)

        return await self._send(request)

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
        """Open a response with a long body. Its status may be any but 401.

        The time limit applies until the headers arrive; the caller limits the time between chunks.

        Raises:
            CarsonError: As for `get`.
        """
        # Compressed, the length of a medium and its byte ranges would be those of something else.
        plain = {str(hdrs.ACCEPT_ENCODING): "identity", **(headers or {})}

        def request(key: SessionKey) -> Request:
            return self._request(key, path, params, time_limit=time_limit, pool=pool, headers=plain)

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
        """Count an error that is about to be raised, and return it."""
        return self.transport.stats.record_error(Cloud.EAGLE_EYE, error)

    def status_error(self, status: int, description: str, *, recorded: bool = False) -> ApiError:
        """Return the error for a response without success.

        Args:
            status: The HTTP status.
            description: What was requested, for the message.
            recorded: Whether it was something recorded, for which 410 and 422 have a meaning of their own.
        """
        errors = _ERRORS | _RECORDING_ERRORS if recorded else _ERRORS
        error = errors.get(status, ApiError)
        return self.record_error(error(f"Eagle Eye responded to {description} with status {status}", status=status))

    def parse_rows(self, response: Response, description: str) -> list[Any]:
        """Return the list in a response.

        Raises:
            ApiError: The status is not 200.
            InvalidResponseError: The body is not a list.
        """
        if response.status != 200:
            raise self.status_error(response.status, description, recorded=True)
        try:
            rows = response.json()
        except InvalidResponseError as err:
            raise self.record_error(err) from None
        if not isinstance(rows, list):
            raise self.record_error(InvalidResponseError(f"{response.description} is not a list"))
        return rows

    async def _send(self, request: Callable[[SessionKey], Request]) -> tuple[SessionKey, Response]:
        key = await self.credential.get()
        response = await self.transport.read(request(key))
        if response.status == 401:
            key = await self.credential.renew(key)
            response = await self.transport.read(request(key))
            if response.status == 401:
                raise self.credential.report_rejected(key)
        self.credential.report_accepted(key)
        return key, response

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
        if "id" in params:
            params = {**params, "id": self.written_id(params["id"])}
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
            allow_redirect=self._redirect_rule(key.base),
        )

    def _redirect_rule(self, base: URL) -> Callable[[URL], bool]:
        return lambda url: self._address.may_receive_key(url, base)
