"""Requests of the self-check: counted, limited in time, never repeated, and recorded one by one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
import time
from typing import Any

from aiohttp import hdrs

from ..errors import ApiError, AuthenticationError, CarsonError, InvalidResponseError
from ..http.cleaning import Cleaner
from ..http.record import body_form, media_type
from ..http.redirects import REDIRECT_STATUSES, RedirectNotAllowedError, redirect_target
from ..http.request import Request, Response
from ..http.timeouts import Timeouts
from ..http.transport import Transport

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
    """An answer, or why there is none.

    Attributes:
        status: The HTTP status; None without an answer.
        seconds: How long it took.
        headers: Its headers.
        body: Its body.
    """

    status: int | None = None
    seconds: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    response: Response | None = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """Whether the status is 200."""
        return self.status == 200

    @property
    def content_type(self) -> str:
        """The type of the content, without parameters."""
        return media_type(self.headers)

    def json(self) -> Any:
        """Return the body, parsed as JSON; None if it is not JSON."""
        if self.response is None:
            return None
        try:
            return self.response.json()
        except InvalidResponseError:
            return None


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
        self.requests -= 1  # counted below, with its redirects
        clock = time.monotonic
        started = clock()
        redirects = 0
        request = replace(request, time_limit=min(seconds, self._request_seconds), retries=0, accept=_ALL_STATUSES)
        rule = request.allow_redirect
        request = replace(request, allow_redirect=None)
        error: str | None = None
        response: Response | None = None
        while True:
            self.requests += 1
            try:
                response = await self._transport.read(request)
            except CarsonError as err:
                error = type(err).__name__
                break
            if rule is None or response.status not in REDIRECT_STATUSES or self.requests >= MAX_REQUESTS:
                break
            try:
                url = request.url.update_query(request.params) if request.params else request.url
                target = redirect_target(url, response.headers.get(hdrs.LOCATION, ""), rule)
            except RedirectNotAllowedError:
                error = "RedirectNotAllowed"
                break
            redirects += 1
            request = replace(request, url=target, params={})
        answer = Answer(seconds=clock() - started)
        if response is not None:
            answer = replace(
                answer,
                status=response.status,
                headers=response.headers,
                body=response.body,
                response=response,
            )
            self._note_headers(request.cloud.value, response)
        self._record(row, answer, expected, error, redirects)
        return answer

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

    def _record(self, row: dict[str, Any], answer: Answer, expected: str, error: str | None, redirects: int) -> None:
        form = body_form(answer.body)
        row |= {
            "status": answer.status,
            "ms": round(1000 * answer.seconds),
            "content_type": self.cleaner.clean(answer.content_type),
            "body": form,
            "bytes": len(answer.body),
        }
        value = answer.json() if form == "json" else None
        if error is not None:
            row["error"] = error
        if redirects:
            row["redirects"] = redirects
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
