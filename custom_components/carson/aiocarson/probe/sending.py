"""Requests of the self-check: counted, limited in time, never repeated, and recorded one by one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
import time
from typing import Any

import aiohttp
from aiohttp import hdrs
from multidict import CIMultiDict, MultiMapping

from ..errors import ApiError, AuthenticationError, CarsonError, InvalidResponseError
from ..http.cleaning import Cleaner
from ..http.record import body_form, media_type
from ..http.redirects import REDIRECT_STATUSES, RedirectNotAllowedError, redirect_target
from ..http.request import Request, Response
from ..http.timeouts import Timeouts
from ..http.transport import Transport
from ..http.websocket import open_websocket

MAX_REQUESTS = 25
MAX_SECONDS = 90.0
MAX_REQUEST_SECONDS = 20.0
_REQUEST_SECONDS = 15.0
# Everything that would otherwise be retried or raised is an answer to record.
_ALL_STATUSES = frozenset({429, *range(500, 600)})

_INTERESTING = ("server", "via", "retry-after", "deprecation", "sunset", "link", "x-cache", "cf-ray")

type OnStep = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or the lack of one.

    Attributes:
        seconds: How long it took.
        response: The response; None without one.
    """

    seconds: float = 0.0
    response: Response | None = field(default=None, repr=False)

    @property
    def status(self) -> int | None:
        """The HTTP status; None without a response."""
        return None if self.response is None else self.response.status

    @property
    def ok(self) -> bool:
        """Whether the status is 200."""
        return self.status == 200

    @property
    def headers(self) -> MultiMapping[str]:
        """The headers."""
        return CIMultiDict() if self.response is None else self.response.headers

    @property
    def body(self) -> bytes:
        """The body."""
        return b"" if self.response is None else self.response.body

    @property
    def content_type(self) -> str:
        """The type of the content, without parameters."""
        return media_type(self.headers)

    def json(self) -> Any:
        """Return the body, parsed as JSON; None if it is not JSON."""
        try:
            return None if self.response is None else self.response.json()
        except InvalidResponseError:
            return None


@dataclass(slots=True)
class _Exchange:
    """One request with its redirects: the last response, and why it is the last if that is not plain."""

    response: Response | None = None
    error: str | None = None
    redirects: int = 0


class Sender:
    """Sends the requests of one self-check.

    Attributes:
        steps: What was requested, and what became of it.
        cleaner: Knows what must not be in the report.
        headers: The interesting headers that were seen, by cloud.
    """

    def __init__(
        self, transport: Transport, cleaner: Cleaner, *, on_step: OnStep | None, request_seconds: float
    ) -> None:
        self._transport = transport
        self._request_seconds = request_seconds
        self._on_step = on_step
        self.cleaner = cleaner
        self.requests = 0
        self.steps: list[dict[str, Any]] = []
        self.headers: dict[str, dict[str, str]] = {}
        self.skew_seconds: dict[str, int] = {}

    @property
    def timeouts(self) -> Timeouts:
        """The durations of the client."""
        return self._transport.timeouts

    async def wait(self, seconds: float) -> None:
        """Wait for some seconds."""
        await self._transport.sleep(seconds)

    async def send(
        self, step: str, template: str, request: Request, *, expected: str = "json", seconds: float = _REQUEST_SECONDS
    ) -> Answer:
        """Send a request, follow its redirects, and record the answer.

        Args:
            step: The name of the step.
            template: The path, with placeholders in place of ids.
            request: The request.
            expected: The form of the body that is expected.
            seconds: How long to wait for the answer.
        """
        if (row := self.begin(step, template)) is None:
            return Answer()
        started = time.monotonic()
        exchange = await self._exchange(
            replace(request, time_limit=min(seconds, self._request_seconds), retries=0, accept=_ALL_STATUSES)
        )
        answer = Answer(time.monotonic() - started, exchange.response)
        if exchange.response is not None:
            self._note_headers(request.cloud.value, exchange.response)
        self._record(row, answer, expected, exchange)
        return answer

    async def _exchange(self, request: Request) -> _Exchange:
        """Send a request and follow its redirects, each of which counts as a request."""
        rule = request.allow_redirect
        exchange = _Exchange()
        while True:
            try:
                response = await self._transport.read(replace(request, allow_redirect=None))
            except CarsonError as err:
                exchange.error = type(err).__name__
                return exchange
            exchange.response = response
            if rule is None or response.status not in REDIRECT_STATUSES or self.requests >= MAX_REQUESTS:
                return exchange
            try:
                url = request.url.update_query(request.params) if request.params else request.url
                target = redirect_target(url, response.headers.get(hdrs.LOCATION, ""), rule)
            except RedirectNotAllowedError:
                exchange.error = "RedirectNotAllowed"
                return exchange
            self.requests += 1
            exchange.redirects += 1
            request = replace(request, url=target, params={})

    async def ask_websocket(
        self, step: str, template: str, request: Request, body: Mapping[str, Any], *, seconds: float
    ) -> tuple[int | None, str | None]:
        """Open a websocket, send a message, and record the answer.

        Returns:
            The status of the handshake, and the first text that is received; None for what there is not.
        """
        if (row := self.begin(step, template)) is None:
            return None, None
        started = time.monotonic()
        status: int | None = None
        text: str | None = None
        try:
            async with open_websocket(self._transport, replace(request, time_limit=self._request_seconds)) as opened:
                status = opened if isinstance(opened, int) else 101
                if not isinstance(opened, int):
                    await opened.send_json(body)
                    text = await opened.receive_str(timeout=min(seconds, self._request_seconds))
        except (CarsonError, aiohttp.ClientError, OSError, TypeError) as err:
            row["error"] = type(err).__name__
        row |= {"status": status, "ms": round(1000 * (time.monotonic() - started))}
        row["verdict"] = "no_answer" if status is None else "refused" if status != 101 else "ok" if text else "silent"
        return status, text

    def begin(self, step: str, template: str) -> dict[str, Any] | None:
        """Return the row of a request that is sent elsewhere; None if no more may be sent."""
        if self._on_step is not None:
            self._on_step(step)
        row: dict[str, Any] = {"step": step, "path": template}
        self.steps.append(row)
        if self.requests >= MAX_REQUESTS:
            row["verdict"] = "skipped"
            return None
        self.requests += 1
        return row

    def record_failure(self, step: str, template: str, error: CarsonError) -> None:
        """Record that a request could not be sent."""
        verdict = "refused" if isinstance(error, AuthenticationError) else "no_answer"
        row = {"step": step, "path": template, "verdict": verdict, "error": type(error).__name__}
        self.steps.append(row if not isinstance(error, ApiError) else {**row, "status": error.status})

    def _record(self, row: dict[str, Any], answer: Answer, expected: str, exchange: _Exchange) -> None:
        form = body_form(answer.body)
        row |= {
            "status": answer.status,
            "ms": round(1000 * answer.seconds),
            "content_type": self.cleaner.clean(answer.content_type),
            "body": form,
            "bytes": len(answer.body),
        }
        value = answer.json() if form == "json" else None
        if exchange.error is not None:
            row["error"] = exchange.error
        if exchange.redirects:
            row["redirects"] = exchange.redirects
        if answer.status is None:
            row["verdict"] = "no_answer"
        elif not 200 <= answer.status < 300:
            row["verdict"] = "refused"
        elif form == expected and not (expected == "json" and value is None and answer.body.strip() != b"null"):
            row["verdict"] = "ok"
        else:
            row["verdict"] = "unreadable"
        if row["verdict"] in {"refused", "unreadable"} and form in {"json", "html", "text"}:
            row["excerpt"] = self.cleaner.excerpt(answer.body)

    def _note_headers(self, cloud: str, response: Response) -> None:
        found = self.headers.setdefault(cloud, {})
        for name, value in response.headers.items():
            lowered = name.lower()
            if lowered in _INTERESTING:
                # A link holds addresses.
                found[lowered] = "" if lowered == "link" else self.cleaner.clean(value)[:40]
            elif lowered.startswith(("x-een-", "x-ee-")):
                found[lowered[:40]] = ""
        if (skew := _skew(response.headers.get(hdrs.DATE))) is not None:
            self.skew_seconds[cloud] = skew


def _skew(date: str | None) -> int | None:
    """Return by how many seconds the cloud's clock is ahead of this one."""
    try:
        there = None if date is None else parsedate_to_datetime(date)
        return None if there is None else round(there.timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
