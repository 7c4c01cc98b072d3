"""Requests and responses, as the rest of the client uses them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
import hashlib
import json
from typing import Any

from aiohttp import hdrs
from multidict import MultiMapping
import orjson
from yarl import URL

from ..errors import InvalidResponseError
from .bounds import MAX_BODY, MAX_VALUES, MAX_VALUES_LENIENT
from .stats import Cloud

MAX_RETRIES = 2


class Pool(Enum):
    """Requests that share one limit per host. Those that the server holds must not delay the others.

    COMMAND holds the requests that change something, and those that such a request waits for. They have connections
    of their own, none of which was idle for long: something on the way may have forgotten it without a word.
    """

    QUICK = "quick"
    STILL = "still"
    WAITING = "waiting"
    LISTENING = "listening"
    LIVE = "live"
    COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to one of the clouds.

    Attributes:
        cloud: The cloud.
        method: The HTTP method.
        url: The URL without the query.
        params: The query.
        headers: The headers.
        cookie: The whole `Cookie` header; cookies of the session's own jar are never sent.
        body: Sent as JSON; None sends no body.
        time_limit: Seconds allowed in total, including retries and the pauses before them.
        retries: How often the request may be sent again after a 429 or a server error.
        pool: The limit that the request counts against.
        max_body: Maximum size of the response in bytes.
        allow_redirect: Whether a redirect to a URL may be followed; without it, none is followed.
        accept: Server errors that are returned instead of retried and raised.
    """

    cloud: Cloud
    method: str = hdrs.METH_GET
    url: URL
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookie: str | None = field(default=None, repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    time_limit: float
    retries: int = MAX_RETRIES
    pool: Pool = Pool.QUICK
    max_body: int = MAX_BODY
    allow_redirect: Callable[[URL], bool] | None = None
    accept: frozenset[int] = frozenset()

    @property
    def description(self) -> str:
        """Method and path, for messages; without the query, which may hold secrets."""
        return f"{self.method} {self.url.path}"


def body_digest(body: bytes) -> bytes:
    """Return what tells whether another response has the same body, which then need not be parsed again."""
    return hashlib.blake2b(body, digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Response:
    """A complete response.

    Attributes:
        description: What it is a response to, for messages.
        status: The HTTP status.
        headers: The headers.
        body: The body.
    """

    description: str
    status: int
    headers: MultiMapping[str] = field(repr=False)
    body: bytes = field(repr=False)
    # A list, because the response itself is frozen.
    _decoded: list[Any] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether the status is a success."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Return the body, parsed as JSON.

        Raises:
            InvalidResponseError: The body is not JSON, or holds too many values.
        """
        if not self._decoded:
            self._decoded.append(self._decode())
        return self._decoded[0]

    def _decode(self) -> Any:
        values = sum(self.body.count(mark) for mark in (b",", b"{", b"["))
        if values > MAX_VALUES:
            raise InvalidResponseError(f"{self.description} holds more than {MAX_VALUES} values")
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            pass
        problem = "is empty" if not self.body.strip() else "is not JSON"
        if values <= MAX_VALUES_LENIENT:
            try:
                return _parse_leniently(self.body)
            except (ValueError, RecursionError):
                pass
        raise InvalidResponseError(f"{self.description} {problem}")


def _parse_leniently(body: bytes) -> Any:
    """Return JSON that is not valid UTF-8: one broken name must not make all doors unavailable.

    Raises:
        ValueError: The body is not JSON.
        RecursionError: The body is nested too deeply.
    """
    return json.loads(body.decode(errors="replace"), parse_constant=_reject_constant)


def _reject_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
