"""The one place that does HTTP: headers, cookies, time-outs, repeats, redirects, bounds, and what is logged of it.

No secret leaves it except to the host asked: the log shows method and path only, and errors are raised without
the underlying one, whose request information holds headers.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import count
import logging
import random
from typing import override

import aiohttp
from aiohttp import hdrs
from yarl import URL

from ..errors import CannotConnectError, InvalidResponseError, OutcomeUnclearError, RateLimitError
from .backoff import Backoff
from .coerce import as_float
from .request import Pool, Request, Response
from .stats import RequestStats
from .timeouts import Timeouts

_LOGGER = logging.getLogger(__name__)

MAX_PER_HOST = 6
MAX_REDIRECTS = 3
# A bound of what a cloud may ask for, in seconds.
MAX_RETRY_AFTER = 3600.0
GATEWAY_ERRORS = frozenset({502, 503, 504})

type Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why there is no answer. `sent` is False if the request certainly never left, `answered` if nothing came back."""

    text: str
    sent: bool = True
    answered: bool = False
    readable: bool = True


class _RefusedRedirectError(Exception):
    """A redirect that is not to be followed; the text says why."""


class _ClosedSessionError(aiohttp.ClientError):
    """The session was closed by its owner, or there is none yet."""


class Transport:
    """Sends requests to both clouds through a session that belongs to somebody else.

    Args:
        session: Used, never closed; None if `session` is set later.
        stats: Where requests are counted.
        timeouts: How long to wait for what; everything that sends through this transport reads them here.
        sleep: Waits between repeats.
        jitter: Gives a number from 0 to 1.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession | None,
        *,
        stats: RequestStats,
        timeouts: Timeouts | None = None,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.session = session
        self.stats = stats
        self.timeouts = timeouts or Timeouts()
        self.sleep = sleep
        self._jitter = jitter
        self._numbers = count(1)
        self._lanes: dict[tuple[Pool, str], asyncio.Semaphore] = {}

    @property
    def is_closed(self) -> bool:
        """Whether the session was closed by its owner, or there is none yet."""
        return self.session is None or self.session.closed

    async def read(self, request: Request) -> Response:
        """Send a request that changes nothing, again if the cloud is busy, within its time.

        Returns:
            The answer, unless it is a 429 or (not in `accept`) a server error.

        Raises:
            CannotConnectError: No answer in time, or a server error that lasted.
            InvalidResponseError: A redirect that may not be followed, or a body beyond all bounds.
            RateLimitError: A 429 that lasted.
        """
        try:
            async with asyncio.timeout(request.seconds):
                return await self._read(request)
        except TimeoutError:
            text = f"{request.cloud.brand} did not answer {request.title} within {request.seconds:g} s"
        raise self.stats.record_error(request.cloud, CannotConnectError(text))

    async def send_once(self, request: Request) -> Response:
        """Send an order exactly once, at once: past all queues, never repeated, never redirected.

        Raises:
            CannotConnectError: The connection was never established, so nothing was done.
            OutcomeUnclearError: It was sent, and what became of it is not known.
        """
        limits = aiohttp.ClientTimeout(total=request.seconds + self.timeouts.connect, connect=self.timeouts.connect)
        outcome = await self._attempt(request, limits)
        if isinstance(outcome, Response):
            if outcome.status < 500:
                return outcome
            text = f"{request.cloud.brand} answered {request.title} with status {outcome.status}"
            # What stands before the cloud's own server may give up while that goes on.
            outcome = _Failure(text, answered=outcome.status not in GATEWAY_ERRORS)
        if outcome.sent:
            raise self.stats.record_error(request.cloud, OutcomeUnclearError(outcome.text, answered=outcome.answered))
        raise self.stats.record_error(request.cloud, CannotConnectError(outcome.text))

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncGenerator[aiohttp.ClientResponse]:
        """Open a long body; its reader bounds the time between chunks. Not repeated.

        Raises:
            CannotConnectError: No answer in time.
            InvalidResponseError: A redirect that may not be followed.
        """
        failure: _Failure | None = None
        response: aiohttp.ClientResponse | None = None
        limits = aiohttp.ClientTimeout(total=None, connect=self.timeouts.connect)
        try:
            async with asyncio.timeout(request.seconds), self._lane(request):
                response = await self._exchange(request, limits)
        except (aiohttp.ClientError, OSError, _RefusedRedirectError) as err:
            failure = _describe(err, request)
        if response is None:
            assert failure is not None  # noqa: S101
            raise self.stats.record_error(request.cloud, _error(failure))
        try:
            yield response
        finally:
            response.close()

    async def _read(self, request: Request) -> Response:
        clock = asyncio.get_running_loop().time
        deadline = clock() + request.seconds
        limits = aiohttp.ClientTimeout(total=None, connect=self.timeouts.connect)
        turn = 0
        while True:
            async with self._lane(request):
                outcome = await self._attempt(request, limits)
            if isinstance(outcome, _Failure):
                raise self.stats.record_error(request.cloud, _error(outcome))
            if outcome.status in request.accept or (outcome.status < 500 and outcome.status != 429):
                return outcome
            retry_after = parse_retry_after(outcome.headers.get(hdrs.RETRY_AFTER))
            pause = self.backoff.pause(turn) if retry_after is None else retry_after
            if turn >= request.repeats or pause > min(self.timeouts.longest_retry_wait, deadline - clock()):
                break
            turn += 1
            self.stats.repeats[request.cloud] += 1
            await self.sleep(pause)
        text = f"{request.cloud.brand} answered {request.title} with status {outcome.status}"
        if outcome.status == 429:
            raise self.stats.record_error(request.cloud, RateLimitError(text, retry_after=retry_after))
        raise self.stats.record_error(request.cloud, CannotConnectError(text))

    @property
    def backoff(self) -> Backoff:
        """The pauses between attempts."""
        return Backoff(self.timeouts.first_pause, self.timeouts.longest_pause, jitter=self._jitter)

    def _lane(self, request: Request) -> asyncio.Semaphore:
        key = (request.pool, request.url.authority)
        return self._lanes.setdefault(key, asyncio.Semaphore(MAX_PER_HOST))

    async def _attempt(self, request: Request, limits: aiohttp.ClientTimeout) -> Response | _Failure:
        title = f"{request.cloud.brand}'s answer to {request.title}"
        response: aiohttp.ClientResponse | None = None
        try:
            response = await self._exchange(request, limits)
            body = await read_bounded(response, request.max_body)
        except (aiohttp.ClientError, OSError, _RefusedRedirectError) as err:
            if response is None or response.status < 400:
                return replace(_describe(err, request), answered=response is not None)
            # A refusal is a refusal, whether or not its body arrived whole.
            body = b""
        finally:
            if response is not None:
                response.release()
        if body is None:
            return _Failure(f"{title} is larger than {request.max_body} bytes", readable=False, answered=True)
        return Response(title, response.status, response.headers, body)

    async def _exchange(self, request: Request, limits: aiohttp.ClientTimeout) -> aiohttp.ClientResponse:
        """Send a request and follow its redirects by hand, as far as they are allowed."""
        url = request.url.update_query(request.params) if request.params else request.url
        for hop in range(MAX_REDIRECTS + 1):  # pragma: no branch
            response = await self._send(request, url, limits)
            if request.allow_redirect is None or response.status not in {301, 302, 303, 307, 308}:
                return response
            location = response.headers.get(hdrs.LOCATION, "")
            response.release()
            if hop == MAX_REDIRECTS:
                raise _RefusedRedirectError(f"more than {MAX_REDIRECTS} redirects")
            url = _redirect_target(url, location, request.allow_redirect)
        raise AssertionError  # pragma: no cover

    async def _send(self, request: Request, url: URL, limits: aiohttp.ClientTimeout) -> aiohttp.ClientResponse:
        number = next(self._numbers)
        clock = asyncio.get_running_loop().time
        started = clock()
        result = "given up"
        if self.session is None or self.session.closed:
            raise _ClosedSessionError
        try:
            response = await self.session.request(
                request.method,
                url,
                headers=request.headers,
                json=request.body,
                skip_auto_headers=() if request.body else (hdrs.CONTENT_TYPE,),
                timeout=limits,
                allow_redirects=False,
                middlewares=(_own_cookie(request.cookie), _once),
            )
            result = str(response.status)
        except (aiohttp.ClientError, OSError) as err:
            result = type(err).__name__
            raise
        finally:
            self.stats.answers[request.cloud, result] += 1
            _LOGGER.debug(
                "#%d %s %s → %s in %d ms", number, request.method, url.path, result, 1000 * (clock() - started)
            )
        return response

    @override
    def __repr__(self) -> str:
        return "<Transport>"


def _own_cookie(cookie: str | None) -> aiohttp.ClientMiddlewareType:
    """Make the `Cookie` header ours alone.

    aiohttp merges the jar of the session over a header of the same name: a server that sets `auth_key` would
    from then on decide which key is sent. A middleware sees the request after that merger.
    """

    async def middleware(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        request.headers.popall(hdrs.COOKIE, None)
        if cookie is not None:
            request.headers[hdrs.COOKIE] = cookie
        return await handler(request)

    return middleware


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from repeating an order by itself.

    It sends a DELETE or PUT again when a connection that was used before is lost, which may be after the cloud has
    acted. It does so for two kinds of error only.
    """
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as err:
        if request.method == hdrs.METH_GET or isinstance(err, aiohttp.ClientConnectorError):
            raise
        raise aiohttp.ClientConnectionError(type(err).__name__) from None


def _redirect_target(url: URL, location: str, allow_redirect: Callable[[URL], bool]) -> URL:
    try:
        target = url.join(URL(location)).with_fragment(None)
        # A url may show only when it is looked at that it is none.
        allowed = bool(location and target.raw_host and allow_redirect(target))
    except ValueError:
        allowed = False
        target = URL()
    if not allowed:
        raise _RefusedRedirectError("a redirect to a place that may not be followed")
    # The key travels in the cookie; a stale `A=` would beat it (Protocol B.1).
    return target.without_query_params("A")


def _describe(err: Exception, request: Request) -> _Failure:
    cloud, title = request.cloud.brand, request.title
    if isinstance(err, _RefusedRedirectError):
        return _Failure(f"{cloud} answered {title} with {err}", readable=False)
    if isinstance(err, aiohttp.ConnectionTimeoutError | aiohttp.ClientConnectorError | aiohttp.InvalidURL):
        return _Failure(f"{cloud} cannot be reached ({type(err).__name__})", sent=False)
    if isinstance(err, _ClosedSessionError):
        return _Failure("The HTTP session is closed, or not open yet", sent=False)
    if isinstance(err, TimeoutError):
        return _Failure(f"{cloud} did not answer {title} in time")
    return _Failure(f"The connection to {cloud} was lost during {title} ({type(err).__name__})")


def _error(failure: _Failure) -> CannotConnectError:
    return CannotConnectError(failure.text) if failure.readable else InvalidResponseError(failure.text)


async def read_bounded(response: aiohttp.ClientResponse, limit: int) -> bytes | None:
    """Read a whole body, or None (and the connection closed) if it is longer than `limit` bytes."""
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


def parse_retry_after(value: str | None) -> float | None:
    """Return the value of `Retry-After`, seconds or a date, as seconds from now; None if it is unreadable."""
    if value is None:
        return None
    seconds = as_float(value.strip())
    if seconds is None:
        try:
            when = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)
