"""The websocket that pushes updates of cameras (Protocol B.10, C row 47)."""

import asyncio
import base64
from contextlib import suppress
from dataclasses import dataclass, field
import json
from typing import Any

from aiohttp import WSMsgType, web

from simulator.core import Core
from simulator.eagle_eye.auth import authenticate, get_session_key
from simulator.eagle_eye.events import CameraEvents
from simulator.eagle_eye.images import Previews
from simulator.eagle_eye.poll import may_subscribe
from simulator.media import scene
from simulator.responses import plain
from simulator.routing import Call
from simulator.state.model import Device
from simulator.state.sessions import Session
from simulator.state.subscriptions import PUSHED, Subscription, parse_subscriptions

_CHECK_INTERVAL = 0.1
"""Real seconds between two checks for updates."""


@dataclass(slots=True)
class _Listener:
    """One open websocket."""

    session: Session
    sent_until: int
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    """The last status word sent, by camera."""
    acknowledged: set[str] = field(default_factory=set)
    """Cameras whose last image was acknowledged, so that the next one may be sent."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there may be an update."""


async def listen(core: Core, call: Call) -> web.StreamResponse:
    """Handle `GET /api/v2/Device/{account}/Events`: the handshake succeeds whatever is subscribed to later."""
    request = call.request
    if request.headers.get("Upgrade", "").lower() != "websocket":
        return plain(400, "Bad handshake")
    session = await authenticate(core, call)
    if call.args["account"] != session.building.eagle_eye_account:
        return plain(403)
    socket = web.WebSocketResponse(autoping=False)
    socket.headers["x-een-lb-tried-proxies"] = "1"
    socket.set_cookie("ee-ws-poll-ses", session.key.partition("~")[0])
    await socket.prepare(request)
    listener = _Listener(session, int(core.clock.time() * 1000))
    key = await get_session_key(request) or ""
    core.websockets.append(request)
    core.on_status.append(listener.wake.set)
    try:
        with core.counters.websocket("eagle_eye"):
            async with asyncio.TaskGroup() as group:
                push = group.create_task(_push_updates(core, socket, listener, key))
                async for message in socket:
                    if message.type is WSMsgType.TEXT:
                        await _handle_message(core, socket, listener, message.data)
                push.cancel()
    finally:
        core.on_status.remove(listener.wake.set)
        core.websockets.remove(request)
    return socket


async def _handle_message(core: Core, socket: web.WebSocketResponse, listener: _Listener, text: str) -> None:
    """Handle a subscription, or the acknowledgement of an image."""
    try:
        body = json.loads(text)
        if isinstance(body, dict) and "ack" in body:
            listener.acknowledged.update(listener.subscriptions)
            listener.wake.set()
            return
        subscriptions = parse_subscriptions(body)
    except ValueError:
        await _send(socket, 400, "Invalid resource", {})
        return
    for key, subscription in subscriptions.items():
        if not may_subscribe(core, listener.session, key):
            await _send(socket, 401, "Access denied", {key: {"error": "access denied"}})
        elif not subscription.resources <= PUSHED:
            await _send(socket, 400, "Invalid resource", {key: {"error": "invalid resource"}})
        else:
            listener.subscriptions[key] = subscription
            listener.acknowledged.add(key)
            listener.status.pop(key, None)
    listener.wake.set()


async def _push_updates(core: Core, socket: web.WebSocketResponse, listener: _Listener, key: str) -> None:
    """Send updates until the session ends."""
    while not socket.closed:
        if core.sessions.find(key, listener.session.subdomain) is None:
            await _send(socket, 412, "Authentication lost", {})
            await socket.close()
            return
        begin, end = listener.sent_until, int(core.clock.time() * 1000)
        listener.sent_until = end
        for esn in list(listener.subscriptions):
            for update in _updates(core, listener, esn, (begin, end)):
                await _send(socket, 200, "OK", {esn: update})
        with suppress(TimeoutError):
            async with asyncio.timeout(_CHECK_INTERVAL):
                await listener.wake.wait()
        listener.wake.clear()


def _updates(core: Core, listener: _Listener, esn: str, period: tuple[int, int]) -> list[dict[str, Any]]:
    """Return the updates of one camera in a period of time."""
    begin, end = period
    subscription = listener.subscriptions[esn]
    source = CameraEvents(core, esn)
    device = core.state.cameras.get(esn)
    updates: list[dict[str, Any]] = []
    status = source.status(subscription.resources)
    if device is not None and status and listener.status.get(esn) != device.status:
        listener.status[esn] = device.status
        updates.append(status)
    if media := source.media(begin, end, subscription.resources):
        updates.append(media)
    if "event" in subscription.resources:
        events = (event for event in source.events(begin, end) if event.code in subscription.events)
        updates += [{"event": {event.code: event.as_json(signed=True)}} for event in events]
    if "image" in subscription.resources and device is not None and esn in listener.acknowledged:
        image = _newest_image(core, device, end)
        if image is not None:
            listener.acknowledged.discard(esn)
            updates.append({"image": image})
    return updates


def _newest_image(core: Core, device: Device, end: int) -> dict[str, Any] | None:
    """Return the newest preview up to a moment, or None if the device has none."""
    if not device.is_camera:
        return None
    previews = Previews(core, device)
    number = previews.before(end + 1)
    if number is None:
        return None
    epoch = previews.time(number)
    content = scene.still(device.name, epoch, device.time_zone)
    return {"image": base64.b64encode(content).decode(), "epoch": epoch}


async def _send(socket: web.WebSocketResponse, status: int, message: str, data: dict[str, Any]) -> None:
    with suppress(ConnectionResetError):
        await socket.send_json({"status_code": status, "message": message, "data": data})
