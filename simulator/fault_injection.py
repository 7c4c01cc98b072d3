"""What a fault does to an answer on the wire."""

import asyncio
import contextlib
import json
import socket
import struct
import time

from aiohttp import web

from simulator.eagle_eye.transcode_jobs import job_failed
from simulator.faults import ALTERING, Fault
from simulator.responses import HTML_PAGE, envelope, unauthorized

_POLL = 0.02


async def apply(request: web.Request, fault: Fault, real: web.StreamResponse | None) -> web.StreamResponse:
    """Return (or send) what the client gets in place of the real answer.

    Args:
        request: The request that is struck.
        fault: The rule.
        real: The real answer; for altering kinds it is what gets spoiled.
    """
    if fault.kind in ALTERING:
        return await _alter(request, fault, real) if isinstance(real, web.Response) else web.Response(status=500)
    return await _replace(request, fault)


async def _replace(request: web.Request, fault: Fault) -> web.StreamResponse:
    match fault.kind:
        case "status":
            return web.Response(status=fault.status or 500, text=fault.body, content_type=fault.content_type)
        case "html":
            return web.Response(status=fault.status or 502, text=HTML_PAGE, content_type="text/html")
        case "ok_html":
            return web.Response(text=HTML_PAGE, content_type="text/html")
        case "ok_empty":
            return web.Response(body=b"", content_type="application/json")
        case "code":
            # Anything but zero is a refusal, whatever the status (Protocol A.2).
            return envelope(None, code=fault.code, status="Error", msg="Not possible.", http=fault.status or 200)
        case "bare401":
            return web.Response(status=fault.status or 401)
        case "unauthorized":
            return unauthorized()
        case "rate_limit":
            return web.Response(status=429)
        case "redirect":
            return _redirect(request, fault)
        case "job_failed":
            return job_failed(request.query, status=fault.status or 202)
        case "silence":
            await until_gone(request)
            return web.Response(status=504)
        case _:
            return await _reset(request)


def _redirect(request: web.Request, fault: Fault) -> web.Response:
    location = fault.location
    if location is None:
        parts = request.path.split("/", 3)
        query = request.url.without_query_params("A").raw_query_string
        location = f"{request.url.origin()}/eagle_eye/c099/{parts[3]}?{query}"
    return web.Response(status=fault.status or 301, headers={"Location": location})


async def _alter(request: web.Request, fault: Fault, real: web.Response) -> web.StreamResponse:
    body = real.body if isinstance(real.body, bytes) else b""
    if fault.kind in {"missing_key", "empty_values"} and real.content_type != "application/json":
        return real
    match fault.kind:
        case "missing_key":
            answer = json.loads(body)
            answer.pop(fault.key, None)
            return web.json_response(answer, status=real.status)
        case "empty_values":
            answer = json.loads(body)
            answer["data"] = {key: "" if isinstance(v, str) else v for key, v in (answer["data"] or {}).items()}
            return web.json_response(answer, status=real.status)
        case "truncate":
            return web.Response(status=real.status, body=body[: len(body) // 2], content_type=real.content_type)
        case "zero_length":
            return web.Response(status=real.status, body=b"", content_type=real.content_type)
        case "drip":
            return await _drip(request, fault, real, body)
        case _:
            return await _cut(request, real, body)


async def _drip(request: web.Request, fault: Fault, real: web.Response, body: bytes) -> web.StreamResponse:
    answer = _same_head(real)
    answer.content_length = len(body)
    await answer.prepare(request)
    step = max(1, len(body) // 100)
    pieces = [body[start : start + step] for start in range(0, len(body), step)]
    for piece in pieces:
        await answer.write(piece)
        await asyncio.sleep(fault.seconds / len(pieces))
    await answer.write_eof()
    return answer


async def _cut(request: web.Request, real: web.Response, body: bytes) -> web.StreamResponse:
    answer = _same_head(real)
    answer.content_length = max(2, len(body))
    await answer.prepare(request)
    await answer.write(body[: len(body) // 2] or b"{")
    close(request)
    return answer


def _same_head(real: web.Response) -> web.StreamResponse:
    answer = web.StreamResponse(status=real.status)
    for name, value in real.headers.items():
        if name.lower() not in {"content-length", "transfer-encoding"}:
            answer.headers[name] = value
    answer.content_type = real.content_type
    return answer


def close(request: web.Request) -> None:
    """Close the connection after what has been written, in the middle of the answer."""
    if request.transport is not None:
        request.transport.close()


async def _reset(request: web.Request) -> web.StreamResponse:
    """Reset the connection: the client sees neither status nor body."""
    transport = request.transport
    if transport is not None:
        sock = transport.get_extra_info("socket")
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=500)


def is_gone(request: web.Request) -> bool:
    """Whether the client has closed the connection."""
    return request.transport is None or request.transport.is_closing()


async def until_gone(request: web.Request, seconds: float = 86400.0) -> None:
    """Wait until the client has closed the connection, at most some real seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_gone(request):
            return
        await asyncio.sleep(_POLL)
