"""Who asks: session keys in requests to Eagle Eye, and what they may see (Protocol B.1)."""

import asyncio

from aiohttp import web

from simulator.core import Core
from simulator.responses import plain
from simulator.routing import Call
from simulator.state.model import Device, Feature
from simulator.state.sessions import Session

_DETOUR = 1.0
"""Real seconds that a request to the wrong sub-domain takes longer, where it is served at all."""


async def key_of(request: web.Request) -> str | None:
    """Return the session key: `A` in the query, then `A` in the form, then the cookie."""
    if "A" in request.query:
        return request.query["A"]
    if request.method == "POST" and request.content_type == "application/x-www-form-urlencoded":
        form = await request.post()
        if isinstance(value := form.get("A"), str):
            return value
    return request.cookies.get("auth_key")


async def session_of(core: Core, call: Call) -> Session | None:
    """Return the session that a request is made with, if its key is good on this sub-domain."""
    session = core.sessions.find(await key_of(call.request), call.subdomain)
    if session is not None and not core.sessions.is_at_home(session, call.subdomain):
        await asyncio.sleep(_DETOUR)
    return session


async def reach(core: Core, call: Call, feature: Feature) -> tuple[Session, Device] | web.Response:
    """Return session and camera of a request for media, or the refusal.

    The caller has checked the other arguments: the order is 400, 401, 403, 404 (Protocol B.1).
    """
    if not call.camera:
        return plain(400, "Invalid Camera ID (c= or id=)")
    device = core.state.cameras.get(call.camera)
    if device is not None and not device.is_camera:
        return plain(400, "esn not a camera")
    session = await session_of(core, call)
    if session is None:
        return plain(401)
    if device is None:
        return plain(404)
    if device.account != session.building.eagle_eye_account or feature in device.denied:
        return plain(403)
    return session, device
