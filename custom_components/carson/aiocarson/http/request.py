"""What goes to a cloud and what comes back, as the rest of the client sees it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
import json
from typing import Any

from aiohttp import hdrs
import orjson
from yarl import URL

from ..errors import InvalidResponseError
from .stats import Cloud

MAX_BODY = 16 * 1024 * 1024
MAX_REPEATS = 2


class Pool(Enum):
    """Requests that are bound together: those that wait at the server must not hold up the quick ones."""

    QUICK = "quick"
    WAITING = "waiting"
    # These are held for as long as nothing happens: they must not hold up those that wait for something, either.
    LISTENING = "listening"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, as its sender sees it.

    Attributes:
        seconds: Allowed in all, repeats and pauses included.
        cookie: Whole `Cookie` header; whatever the session's own jar would send is left out.
        allow_redirect: Tells whether a redirect to this url may be followed; without it none is.
        accept: Server errors that mean something to the sender: neither repeated nor raised.
    """

    cloud: Cloud
    method: str = hdrs.METH_GET
    url: URL
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookie: str | None = field(default=None, repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    seconds: float
    repeats: int = MAX_REPEATS
    pool: Pool = Pool.QUICK
    max_body: int = MAX_BODY
    allow_redirect: Callable[[URL], bool] | None = None
    accept: frozenset[int] = frozenset()

    @property
    def title(self) -> str:
        """What it is, for messages: no query."""
        return f"{self.method} {self.url.path}"


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer.

    Attributes:
        title: What it is, for messages.
    """

    title: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Read the body as JSON.

        Raises:
            InvalidResponseError: It is none.
        """
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            pass
        try:
            return _read_leniently(self.body)
        except ValueError, RecursionError:
            what = "is empty" if not self.body.strip() else "is not JSON"
        raise InvalidResponseError(f"{self.title} {what}")


def _read_leniently(body: bytes) -> Any:
    """Read JSON in which a text holds half a character: one door's name must not take all doors away.

    Raises:
        ValueError: It is no JSON.
        RecursionError: It is nested beyond all reason.
    """
    return json.loads(body.decode(errors="replace"), parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
