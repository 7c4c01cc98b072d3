"""Websockets, opened through the session of the transport."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import logging

import aiohttp
from aiohttp import hdrs
from yarl import URL

from .failure import SessionClosedError, describe_failure
from .redirects import MAX_REDIRECTS, REDIRECT_STATUSES, RedirectNotAllowedError, redirect_target
from .request import Request
from .transport import Transport

_LOGGER = logging.getLogger(__name__)

MAX_MESSAGE = 1024 * 1024
"""Maximum size of a message in bytes."""
# A server that does not answer the closing message must not delay the caller.
_CLOSE_SECONDS = 0.5


class _RedirectedError(Exception):
    """The response to a handshake redirects elsewhere."""

    def __init__(self, status: int, location: str) -> None:
        super().__init__(status)
        self.status = status
        self.location = location


async def _stop_at_redirect(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from following a redirect, which it always does for websockets."""
    response = await handler(request)
    if response.status not in REDIRECT_STATUSES:
        return response
    response.close()
    raise _RedirectedError(response.status, response.headers.get(hdrs.LOCATION, ""))


@asynccontextmanager
async def open_websocket(
    transport: Transport, request: Request
) -> AsyncGenerator[aiohttp.ClientWebSocketResponse | int]:
    """Open a websocket; yield it, or the status of the response if the handshake fails.

    Errors of the caller's own use of the websocket are the caller's to handle.

    Raises:
        CannotConnectError: No response in time.
        InvalidResponseError: A redirect that is not allowed.
    """
    if transport.session is None or transport.session.closed:
        failure = describe_failure(SessionClosedError(), request)
        raise transport.stats.record_error(request.cloud, failure.read_error())
    # Without a jar of its own: a server that sets `auth_key` could decide which key is sent.
    session = aiohttp.ClientSession(
        connector=transport.session.connector,
        connector_owner=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=transport.session.trust_env,
        middlewares=(_stop_at_redirect,),
    )
    async with session:
        opened = await _open(transport, session, request)
        try:
            yield opened
        finally:
            if not isinstance(opened, int):
                await opened.close()


async def _open(
    transport: Transport, session: aiohttp.ClientSession, request: Request
) -> aiohttp.ClientWebSocketResponse | int:
    """Return the websocket, or the status of the response to the handshake; count and log it."""
    result = "cancelled"
    try:
        async with asyncio.timeout(request.time_limit):
            opened = await _connect(session, request)
        result = str(opened if isinstance(opened, int) else 101)
    except (aiohttp.ClientError, OSError, RedirectNotAllowedError) as err:
        result = type(err).__name__
        failure = describe_failure(err, request)
    else:
        return opened
    finally:
        transport.stats.responses[request.cloud, result] += 1
        _LOGGER.debug("websocket %s → %s", request.url.path, result)
    raise transport.stats.record_error(request.cloud, failure.read_error())


async def _connect(session: aiohttp.ClientSession, request: Request) -> aiohttp.ClientWebSocketResponse | int:
    """Return the websocket, or the status of the response to the handshake."""
    url: URL = request.url
    headers = {**request.headers, **({} if request.cookie is None else {str(hdrs.COOKIE): request.cookie})}
    for redirects in range(MAX_REDIRECTS + 1):  # pragma: no branch
        try:
            return await session.ws_connect(
                url,
                headers=headers,
                timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_SECONDS),
                max_msg_size=MAX_MESSAGE,
            )
        except aiohttp.WSServerHandshakeError as err:
            return err.status
        except _RedirectedError as err:
            status, location = err.status, err.location
        if request.allow_redirect is None:  # pragma: no cover
            return status
        if redirects == MAX_REDIRECTS:
            raise RedirectNotAllowedError(f"more than {MAX_REDIRECTS} redirects")
        url = redirect_target(url, location, request.allow_redirect)
    raise AssertionError  # pragma: no cover
