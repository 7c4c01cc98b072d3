"""The websocket that pushes news of cameras (Protocol B.10, C row 47)."""

import asyncio
import base64
from contextlib import suppress
from dataclasses import dataclass, field
import json
from typing import Any

from aiohttp import WSMsgType, web

from simulator.core import Core
from simulator.eagle_eye.auth import key_of, session_of
from simulator.eagle_eye.events import Happenings
from simulator.eagle_eye.images import Previews
from simulator.eagle_eye.poll import sees
from simulator.media import scene
from simulator.responses import plain
from simulator.routing import Call
from simulator.state.sessions import Session
from simulator.state.subscriptions import PUSHED, Wish, read_wishes

_TICK = 0.1
"""Real seconds after which it is looked again for news."""


@dataclass(slots=True)
class _Listener:
    """One open websocket."""

    session: Session
    told_until: int
    wishes: dict[str, Wish] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    """The status word told last, by camera."""
    acknowledged: set[str] = field(default_factory=set)
    """Cameras whose last picture was acknowledged: the next one may be sent."""


async def listen(core: Core, call: Call) -> web.StreamResponse:
    """Answer `GET /api/v2/Device/{account}/Events`: the handshake succeeds whatever is subscribed to later."""
    request = call.request
    if request.headers.get("Upgrade", "").lower() != "websocket":
        return plain(400, "Bad handshake")
    session = await session_of(core, call)
    if session is None:
        return plain(401)
    if call.args["account"] != session.building.eagle_eye_account:
        return plain(403)
    socket = web.WebSocketResponse(autoping=False)
    socket.headers["x-een-lb-tried-proxies"] = "1"
    socket.set_cookie("ee-ws-poll-ses", session.key.partition("~")[0])
    await socket.prepare(request)
    listener = _Listener(session, int(core.clock.time() * 1000))
    key = await key_of(request) or ""
    async with asyncio.TaskGroup() as group:
        telling = group.create_task(_tell(core, socket, listener, key))
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await _hear(core, socket, listener, message.data)
        telling.cancel()
    return socket


async def _hear(core: Core, socket: web.WebSocketResponse, listener: _Listener, text: str) -> None:
    """Take a subscription, or the word that a picture has arrived."""
    try:
        body = json.loads(text)
        if isinstance(body, dict) and "ack" in body:
            listener.acknowledged.update(listener.wishes)
            return
        wishes = read_wishes(body)
    except ValueError:
        await _send(socket, 400, "Invalid resource", {})
        return
    for key, wish in wishes.items():
        if not sees(core, listener.session, key):
            await _send(socket, 401, "Access denied", {key: {"error": "access denied"}})
        elif not wish.resources <= PUSHED:
            await _send(socket, 400, "Invalid resource", {key: {"error": "invalid resource"}})
        else:
            listener.wishes[key] = wish
            listener.acknowledged.add(key)
            listener.status.pop(key, None)


async def _tell(core: Core, socket: web.WebSocketResponse, listener: _Listener, key: str) -> None:
    """Tell news until the session ends."""
    while not socket.closed:
        if core.sessions.find(key, listener.session.subdomain) is None:
            await _send(socket, 412, "Authentication lost", {})
            await socket.close()
            return
        begin, end = listener.told_until, int(core.clock.time() * 1000)
        listener.told_until = end
        for esn in list(listener.wishes):
            for told in _news(core, listener, esn, (begin, end)):
                await _send(socket, 200, "OK", {esn: told})
        await asyncio.sleep(_TICK)


def _news(core: Core, listener: _Listener, esn: str, span: tuple[int, int]) -> list[dict[str, Any]]:
    begin, end = span
    wish = listener.wishes[esn]
    happenings = Happenings(core, esn)
    device = core.state.cameras.get(esn)
    news: list[dict[str, Any]] = []
    status = happenings.status(wish.resources)
    if device is not None and status and listener.status.get(esn) != device.status:
        listener.status[esn] = device.status
        news.append(status)
    if media := happenings.media(begin, end, wish.resources):
        news.append(media)
    if "event" in wish.resources:
        events = (one for one in happenings.events(begin, end) if one.code in wish.events)
        news += [{"event": {one.code: one.as_json(signed=True)}} for one in events]
    if "image" in wish.resources and device is not None and device.is_camera and esn in listener.acknowledged:
        previews = Previews(core, device)
        number = previews.before(end + 1)
        if number is not None:
            listener.acknowledged.discard(esn)
            epoch = previews.time(number)
            content = scene.still(device.name, epoch, device.time_zone)
            news.append({"image": {"image": base64.b64encode(content).decode(), "epoch": epoch}})
    return news


async def _send(socket: web.WebSocketResponse, status: int, message: str, data: dict[str, Any]) -> None:
    with suppress(ConnectionResetError):
        await socket.send_json({"status_code": status, "message": message, "data": data})
