"""Faults that alter the body of the real response."""

import asyncio
from dataclasses import dataclass
import json
from typing import ClassVar, override

from aiohttp import web

from simulator import connection
from simulator.faults.base import AlteringFault, StreamFault, register
from simulator.media.stream_effects import FrameDraft


@register("missing_key")
@dataclass(frozen=True, kw_only=True)
class MissingKey(AlteringFault):
    """Leaves out a key of the envelope."""

    key: str = "code"

    @override
    async def alter(self, request: web.Request, response: web.Response) -> web.StreamResponse:
        if response.content_type != "application/json":
            return response
        body = json.loads(_body(response))
        if isinstance(body, dict):
            body.pop(self.key, None)
        return web.json_response(body, status=response.status)


@register("empty_values")
@dataclass(frozen=True, kw_only=True)
class EmptyValues(AlteringFault):
    """Replaces every text in `data` with an empty text."""

    @override
    async def alter(self, request: web.Request, response: web.Response) -> web.StreamResponse:
        if response.content_type != "application/json":
            return response
        body = json.loads(_body(response))
        data = (body["data"] or {}).items()
        body["data"] = {key: "" if isinstance(value, str) else value for key, value in data}
        return web.json_response(body, status=response.status)


@register("truncate")
@dataclass(frozen=True, kw_only=True)
class Truncate(AlteringFault):
    """Sends half of the body, with the length of that half."""

    @override
    async def alter(self, request: web.Request, response: web.Response) -> web.StreamResponse:
        body = _body(response)
        return web.Response(status=response.status, body=body[: len(body) // 2], content_type=response.content_type)


@register("zero_length")
@dataclass(frozen=True, kw_only=True)
class ZeroLength(AlteringFault):
    """Sends an empty body."""

    @override
    async def alter(self, request: web.Request, response: web.Response) -> web.StreamResponse:
        return web.Response(status=response.status, body=b"", content_type=response.content_type)


@register("drip")
@dataclass(frozen=True, kw_only=True)
class Drip(AlteringFault):
    """Sends the body little by little."""

    seconds: float = 0.0
    """Real seconds for the whole body."""

    @override
    async def alter(self, request: web.Request, response: web.Response) -> web.StreamResponse:
        body = _body(response)
        altered = _without_body(response)
        altered.content_length = len(body)
        await altered.prepare(request)
        size = max(1, len(body) // 100)
        parts = [body[start : start + size] for start in range(0, len(body), size)]
        for part in parts:
            await altered.write(part)
            await asyncio.sleep(self.seconds / len(parts))
        await altered.write_eof()
        return altered


@register("cut")
@dataclass(frozen=True, kw_only=True)
class Cut(AlteringFault, StreamFault):
    """Closes the connection in the middle of the body; in a video stream, in the middle of a frame."""

    adds_up: ClassVar[bool] = False

    @override
    async def alter(self, request: web.Request, response: web.Response) -> web.StreamResponse:
        body = _body(response)
        altered = _without_body(response)
        altered.content_length = max(2, len(body))
        await altered.prepare(request)
        await altered.write(body[: len(body) // 2] or b"{")
        connection.close(request)
        return altered

    @override
    def change(self, draft: FrameDraft) -> None:
        draft.ending = "cut"


def _body(response: web.Response) -> bytes:
    return response.body if isinstance(response.body, bytes) else b""


def _without_body(response: web.Response) -> web.StreamResponse:
    """Return a new response with the same status and headers."""
    copy = web.StreamResponse(status=response.status)
    for name, value in response.headers.items():
        if name.lower() not in {"content-length", "transfer-encoding"}:
            copy.headers[name] = value
    copy.content_type = response.content_type
    return copy
