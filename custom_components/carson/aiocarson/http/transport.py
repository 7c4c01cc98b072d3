"""The transport: sends all requests, with their time limits, retries, redirects and size limits, and logs them.

Secrets go to the requested host only: the log shows method and path, and errors are raised without the underlying
exception, whose request information holds headers.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
import logging
import random
import ssl
from typing import override

import aiohttp
from aiohttp import hdrs
from yarl import URL

from ..errors import CannotConnectError, RateLimitError, UsageError
from .backoff import Backoff, parse_retry_after
from .failure import Failure, SessionClosedError, describe_failure
from .limit import Limit
from .redirects import MAX_REDIRECTS, REDIRECT_STATUSES, RedirectNotAllowedError, redirect_target
from .request import Pool, Request, Response
from .stats import RequestStats
from .timeouts import Timeouts

_LOGGER = logging.getLogger(__name__)

MAX_PER_HOST = {Pool.QUICK: 32, Pool.STILL: 24}
"""How many requests of a pool run at once, per host.

One building needs one of each kind. Only accounts with many buildings get near the limit for quick requests, every few
minutes and for less than a second; a wall of 20 cameras fits into that for stills. A cloud that finds it too much says
429, which halves the number.
"""
_OTHERS_PER_HOST = 6
MAX_IDLE_SECONDS = 2
"""How long a connection may have been idle when a command is sent over it."""
GATEWAY_ERRORS = frozenset({502, 503, 504})
# Share of the time for a command that connecting may take; the rest is for the response.
_CONNECT_SHARE = 0.8

type Sleep = Callable[[float], Awaitable[object]]
type CommandConnector = Callable[[], aiohttp.BaseConnector]


def command_connector_factory(ssl_context: ssl.SSLContext | None = None) -> CommandConnector:
    """Return a function that makes connectors for commands, whose connections are never idle for long.

    A new connection costs two round trips more than an idle one, which something on the way, such as a router, may
    have forgotten without a word. A command sent over that would be lost.

    Args:
        ssl_context: The TLS context; by default that of aiohttp.
    """
    return lambda: aiohttp.TCPConnector(
        keepalive_timeout=MAX_IDLE_SECONDS, ssl=True if ssl_context is None else ssl_context
    )


class Transport:
    """Sends requests to both clouds through a session that belongs to the caller.

    Args:
        session: Used, never closed; None if `session` is set later.
        command_connector: Makes the connector for commands (`Pool.COMMAND`), which is closed by `close`.
        stats: Where requests are counted.
        timeouts: The durations that everything using this transport reads from it.
        sleep: Waits for a number of seconds.
        jitter: Returns a number from 0 to 1.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession | None,
        *,
        command_connector: CommandConnector | None = None,
        stats: RequestStats,
        timeouts: Timeouts | None = None,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.session = session
        self._command_connector = command_connector or command_connector_factory()
        self._command_session: aiohttp.ClientSession | None = None
        self.stats = stats
        self.timeouts = timeouts or Timeouts()
        self.sleep = sleep
        self._jitter = jitter
        self._numbers = count(1)
        self._limits: dict[tuple[Pool, str], Limit] = {}

    async def close(self) -> None:
        """Close the connections for commands. The session is left alone."""
        session, self._command_session = self._command_session, None
        if session is not None:
            await session.close()

    @property
    def is_closed(self) -> bool:
        """Whether the session was closed by its owner, or has not been set yet."""
        return self.session is None or self.session.closed

    @property
    def backoff(self) -> Backoff:
        """The pauses between attempts."""
        return Backoff(self.timeouts.first_pause, self.timeouts.longest_pause, jitter=self._jitter)

    async def read(self, request: Request) -> Response:
        """Send a request that changes nothing; retry it within its time limit if the cloud is busy.

        Returns:
            The response, with any status but 429 and the server errors that are not in `accept`.

        Raises:
            CannotConnectError: No response in time, or server errors until the last retry.
            InvalidResponseError: A redirect that is not allowed, or a response that is too large.
            RateLimitError: 429 until the last retry.
        """
        try:
            async with asyncio.timeout(request.time_limit):
                return await self._read_with_retries(request)
        except TimeoutError:
            text = f"{request.cloud.brand} did not respond to {request.description} within {request.time_limit:g} s"
        raise self.stats.record_error(request.cloud, CannotConnectError(text))

    async def send_once(self, request: Request) -> Response:
        """Send a request that changes something: at once, without queuing, retries and redirects.

        Raises:
            CannotConnectError: The request was not sent, so nothing was changed.
            OutcomeUnclearError: The request was sent, and its outcome is unknown.
        """
        # It ends before the total, so that a failure to connect is recognized as such.
        connect = min(self.timeouts.connect, _CONNECT_SHARE * request.time_limit)
        # Without the threshold, aiohttp would round the end up to a full second.
        threshold = request.time_limit + 1
        timeout = aiohttp.ClientTimeout(total=request.time_limit, connect=connect, ceil_threshold=threshold)
        outcome = await self._attempt(request, timeout)
        if isinstance(outcome, Response):
            if outcome.status < 500:
                return outcome
            text = f"{request.cloud.brand} responded to {request.description} with status {outcome.status}"
            # A gateway may give up while the server behind it goes on.
            outcome = Failure(text, has_response=outcome.status not in GATEWAY_ERRORS)
        raise self.stats.record_error(request.cloud, outcome.command_error())

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncGenerator[aiohttp.ClientResponse]:
        """Open a long response, without retries. The caller limits the time between its chunks.

        Raises:
            CannotConnectError: No response in time.
            InvalidResponseError: A redirect that is not allowed.
        """
        failure: Failure | None = None
        response: aiohttp.ClientResponse | None = None
        try:
            async with asyncio.timeout(request.time_limit), self._limit(request):
                response = await self._follow_redirects(request, self._connect_limit())
                self._record(request, response, None)
        except (aiohttp.ClientError, OSError, RedirectNotAllowedError) as err:
            failure = describe_failure(err, request)
        if response is None:
            assert failure is not None  # noqa: S101
            raise self.stats.record_error(request.cloud, failure.read_error())
        try:
            yield response
        finally:
            response.close()

    async def _read_with_retries(self, request: Request) -> Response:
        clock = asyncio.get_running_loop().time
        deadline = clock() + request.time_limit
        retries = 0
        while True:
            async with self._limit(request) as limit:
                outcome = await self._attempt(request, self._connect_limit())
            if isinstance(outcome, Failure):
                raise self.stats.record_error(request.cloud, outcome.read_error())
            if outcome.status == 429:
                limit.record_complaint()
            else:
                limit.record_success()
            if outcome.status in request.accept or (outcome.status < 500 and outcome.status != 429):
                return outcome
            retry_after = parse_retry_after(outcome.headers.get(hdrs.RETRY_AFTER))
            pause = self.backoff.pause(retries) if retry_after is None else retry_after
            longest = min(self.timeouts.longest_retry_wait, deadline - clock())
            if retries >= request.retries or pause > longest:
                break
            retries += 1
            self.stats.retries[request.cloud] += 1
            await self.sleep(pause)
        text = f"{request.cloud.brand} responded to {request.description} with status {outcome.status}"
        if outcome.status == 429:
            raise self.stats.record_error(request.cloud, RateLimitError(text, retry_after=retry_after))
        raise self.stats.record_error(request.cloud, CannotConnectError(text))

    def _limit(self, request: Request) -> Limit:
        key = (request.pool, request.url.authority)
        if (limit := self._limits.get(key)) is None:
            limit = self._limits[key] = Limit(MAX_PER_HOST.get(request.pool, _OTHERS_PER_HOST))
        return limit

    def _connect_limit(self) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(total=None, connect=self.timeouts.connect)

    async def _attempt(self, request: Request, timeout: aiohttp.ClientTimeout) -> Response | Failure:  # noqa: ASYNC109
        description = f"{request.cloud.brand}'s response to {request.description}"
        response: aiohttp.ClientResponse | None = None
        try:
            response = await self._follow_redirects(request, timeout)
            body = await read_bounded(response, request.max_body)
            self._record(request, response, body)
        except (aiohttp.ClientError, OSError, RedirectNotAllowedError) as err:
            if response is None or response.status < 400:
                return replace(describe_failure(err, request), has_response=response is not None)
            # An error status counts, even if its body did not arrive completely.
            body = b""
        finally:
            if response is not None:
                response.release()
        if body is None:
            text = f"{description} is larger than {request.max_body} bytes"
            return Failure(text, readable=False, has_response=True)
        return Response(description, response.status, response.headers, body)

    def _record(self, request: Request, response: aiohttp.ClientResponse, body: bytes | None) -> None:
        answers = self.stats.answers[request.cloud]
        answers.record(request.method, request.url.path, response.status, response.headers, body)

    async def _follow_redirects(
        self,
        request: Request,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109
    ) -> aiohttp.ClientResponse:
        url = request.url.update_query(request.params) if request.params else request.url
        for redirects in range(MAX_REDIRECTS + 1):  # pragma: no branch
            response = await self._send(request, url, timeout)
            if request.allow_redirect is None or response.status not in REDIRECT_STATUSES:
                return response
            location = response.headers.get(hdrs.LOCATION, "")
            response.release()
            if redirects == MAX_REDIRECTS:
                raise RedirectNotAllowedError(f"more than {MAX_REDIRECTS} redirects")
            url = redirect_target(url, location, request.allow_redirect)
        raise AssertionError  # pragma: no cover

    async def _send(
        self,
        request: Request,
        url: URL,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109
    ) -> aiohttp.ClientResponse:
        number = next(self._numbers)
        clock = asyncio.get_running_loop().time
        started = clock()
        result = "cancelled"
        session = self._session_for(request)
        try:
            response = await session.request(
                request.method,
                url,
                headers=request.headers,
                json=request.body,
                skip_auto_headers=() if request.body else (hdrs.CONTENT_TYPE,),
                timeout=timeout,
                allow_redirects=False,
                middlewares=(_replace_cookie(request.cookie), _prevent_resending),
            )
            result = str(response.status)
        except (aiohttp.ClientError, OSError) as err:
            result = type(err).__name__
            raise
        finally:
            self.stats.responses[request.cloud, result] += 1
            duration = 1000 * (clock() - started)
            _LOGGER.debug("#%d %s %s → %s in %d ms", number, request.method, url.path, result, duration)
        return response

    def _session_for(self, request: Request) -> aiohttp.ClientSession:
        if self.session is None:
            raise UsageError("Open the client first: `async with Carson(…) as carson:`, or pass it a session")
        if self.session.closed:
            raise SessionClosedError
        if request.pool is not Pool.COMMAND:
            return self.session
        if self._command_session is None:
            self._command_session = aiohttp.ClientSession(
                connector=self._command_connector(),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=self.session.trust_env,
            )
        return self._command_session

    @override
    def __repr__(self) -> str:
        return "<Transport>"


def _replace_cookie(cookie: str | None) -> aiohttp.ClientMiddlewareType:
    """Return a middleware that sends this `Cookie` header and nothing else.

    aiohttp merges the session's cookie jar into a header of the same name, so a server that sets `auth_key` could
    decide which key is sent. A middleware runs after that.
    """

    async def middleware(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        request.headers.popall(hdrs.COOKIE, None)
        if cookie is not None:
            request.headers[hdrs.COOKIE] = cookie
        return await handler(request)

    return middleware


async def _prevent_resending(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Prevent aiohttp from sending a request that changes something again.

    It does so after two kinds of errors, if a reused connection is lost; by then the cloud may have acted.
    """
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as err:
        if request.method == hdrs.METH_GET or isinstance(err, aiohttp.ClientConnectorError):
            raise
        raise aiohttp.ClientConnectionError(type(err).__name__) from None


async def read_bounded(response: aiohttp.ClientResponse, limit: int) -> bytes | None:
    """Return the whole body; if it is longer than `limit` bytes, close the connection and return None."""
    body = bytearray()
    if (response.content_length or 0) <= limit:
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > limit:
                break
        else:
            return bytes(body)
    response.close()
    return None
