"""Faults that replace the response with another one."""

from dataclasses import dataclass
from typing import override

from aiohttp import web

from simulator.faults.base import ReplacingFault, register
from simulator.responses import HTML_PAGE, envelope, unauthorized
from simulator.state.transcode_jobs import describe_job, job_id

# Of an endless body: no client may take so much.
_MOST_CHUNKS = 64 * 1024


@register("status")
@dataclass(frozen=True, kw_only=True)
class Status(ReplacingFault):
    """A response with any status and body."""

    status: int = 500
    body: str = ""
    content_type: str = "text/plain"

    @override
    async def respond(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=self.status, text=self.body, content_type=self.content_type)


@register("html")
@dataclass(frozen=True, kw_only=True)
class HtmlPage(ReplacingFault):
    """The HTML error page of a gateway."""

    status: int = 502

    @override
    async def respond(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=self.status, text=HTML_PAGE, content_type="text/html")


@register("ok_html")
@dataclass(frozen=True, kw_only=True)
class SuccessfulHtmlPage(ReplacingFault):
    """An HTML page with status 200."""

    @override
    async def respond(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text=HTML_PAGE, content_type="text/html")


@register("ok_empty")
@dataclass(frozen=True, kw_only=True)
class SuccessfulEmptyBody(ReplacingFault):
    """An empty body with status 200."""

    @override
    async def respond(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"", content_type="application/json")


@register("code")
@dataclass(frozen=True, kw_only=True)
class ErrorCode(ReplacingFault):
    """Carson's envelope with a code other than zero: an error, whatever the status (Protocol A.2)."""

    code: int = 1
    status: int = 200
    message: str = "Not possible."

    @override
    async def respond(self, request: web.Request) -> web.StreamResponse:
        return envelope(None, code=self.code, status="Error", msg=self.message, http=self.status)


@register("bare401")
@dataclass(frozen=True, kw_only=True)
class BareUnauthorized(ReplacingFault):
    """A 401 with an empty body."""

    status: int = 401

    @override
    async def respond(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=self.status)


@register("unauthorized")
@dataclass(frozen=True, kw_only=True)
class Unauthorized(ReplacingFault):
    """Carson's 401 with an envelope."""

    @override
    async def respond(self, request: web.Request) -> web.StreamResponse:
        return unauthorized()


@register("rate_limit")
@dataclass(frozen=True, kw_only=True)
class RateLimit(ReplacingFault):
    """A 429 without Retry-After."""

    @override
    async def respond(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=429)


@register("redirect")
@dataclass(frozen=True, kw_only=True)
class Redirect(ReplacingFault):
    """A redirect to another location."""

    location: str | None = None
    """None: the same path on sub-domain c099 (Protocol C row 34)."""
    status: int = 301

    @override
    async def respond(self, request: web.Request) -> web.StreamResponse:
        location = self.location
        if location is None:
            path = request.path.split("/", 3)[3]
            query = request.url.without_query_params("A").raw_query_string
            location = f"{request.url.origin()}/eagle_eye/c099/{path}?{query}"
        return web.Response(status=self.status, headers={"Location": location})


@register("endless")
@dataclass(frozen=True, kw_only=True)
class EndlessBody(ReplacingFault):
    """A body that ends only with the connection."""

    content_type: str = "video/mp4"

    @override
    async def respond(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_type = self.content_type
        await response.prepare(request)
        chunk = bytes(64 * 1024)
        for _ in range(_MOST_CHUNKS):
            await response.write(chunk)
        return response


@register("job_failed")
@dataclass(frozen=True, kw_only=True)
class TranscodeJobFailed(ReplacingFault):
    """The response about an MP4 job that has failed; its form is a guess (Protocol D 19)."""

    status: int = 202

    @override
    async def respond(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        job = describe_job(query, job_id(query), "1.00", status="Failed", error="Transcoding failed.")
        return web.json_response(job, status=self.status)
