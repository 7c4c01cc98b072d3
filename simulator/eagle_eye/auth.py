"""Authentication of requests to Eagle Eye, and access to cameras (Protocol B.1)."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from simulator.core import Core
from simulator.responses import RequestError, plain
from simulator.routing import Call, Handler
from simulator.state.model import Device, Feature
from simulator.state.sessions import Session

type SessionHandler = Callable[[Core, Call, Session], Awaitable[web.StreamResponse]]

_WRONG_SUBDOMAIN_DELAY = 1.0
"""Real seconds by which a request to the wrong sub-domain is delayed, if it is served at all."""


def authenticated(handler: SessionHandler) -> Handler:
    """Decorate a handler that needs the session of the request and has no arguments to check before."""

    async def handle(core: Core, call: Call) -> web.StreamResponse:
        return await handler(core, call, await authenticate(core, call))

    return handle


async def get_session_key(request: web.Request) -> str | None:
    """Return the session key: `A` in the query, then `A` in the form, then the cookie."""
    if "A" in request.query:
        return request.query["A"]
    if request.method == "POST" and request.content_type == "application/x-www-form-urlencoded":
        form = await request.post()
        if isinstance(value := form.get("A"), str):
            return value
    return request.cookies.get("auth_key")


async def authenticate(core: Core, call: Call) -> Session:
    """Return the session of a request.

    Raises:
        RequestError: Its key is not valid on this sub-domain.
    """
    session = core.sessions.find(await get_session_key(call.request), call.subdomain)
    if session is None:
        raise RequestError(plain(401))
    if not core.sessions.is_own_subdomain(session, call.subdomain):
        await asyncio.sleep(_WRONG_SUBDOMAIN_DELAY)
    return session


async def authorize(core: Core, call: Call, feature: Feature) -> tuple[Session, Device]:
    """Return the session and the camera of a request for media.

    The caller has checked the other arguments: the order is 400, 401, 403, 404 (Protocol B.1).

    Raises:
        RequestError: The request has no valid session, or must not use the feature of this camera.
    """
    if not call.camera:
        raise RequestError(plain(400, "Invalid Camera ID (c= or id=)"))
    device = core.state.cameras.get(call.camera)
    if device is not None and not device.is_camera:
        raise RequestError(plain(400, "esn not a camera"))
    session = await authenticate(core, call)
    if device is None:
        raise RequestError(plain(404))
    if device.account != session.building.eagle_eye_account or feature in device.denied:
        raise RequestError(plain(403))
    return session, device
