"""`/poll`: subscribe to the events of cameras and wait for them (Protocol B.9, C row 46)."""

import json
from typing import Any

from aiohttp import web

from simulator.connection import is_closed
from simulator.core import Core
from simulator.eagle_eye.auth import authenticate
from simulator.eagle_eye.events import CameraEvents
from simulator.responses import plain
from simulator.routing import Call
from simulator.state.sessions import Session
from simulator.state.subscriptions import POLLED, STATUS, Subscriber, parse_subscriptions

_CHECK_INTERVAL = 0.25
"""Seconds of the simulator's clock between two checks for updates."""


def may_subscribe(core: Core, session: Session, key: str) -> bool:
    """Whether a session may subscribe to a camera, a bridge or an account."""
    account = session.building.eagle_eye_account
    device = core.state.cameras.get(key)
    if device is None:
        return key == account
    return device.account == account and "preview" not in device.denied


async def subscribe(core: Core, call: Call) -> web.StreamResponse:
    """Handle `POST /poll`."""
    try:
        subscriptions = parse_subscriptions(json.loads(await call.request.text()))
    except ValueError:
        return plain(400, "Invalid argument")
    for subscription in subscriptions.values():
        if not subscription.resources <= POLLED or ("event" in subscription.resources and not subscription.events):
            return plain(400, "Invalid resource")
    session = await authenticate(core, call)
    if not all(may_subscribe(core, session, key) for key in subscriptions):
        return plain(403)
    cameras: dict[str, Any] = {}
    for key, subscription in subscriptions.items():
        events = CameraEvents(core, key)
        # With several resources the first response holds the status alone (Protocol B.9).
        media = subscription.resources if len(subscription.resources) == 1 else frozenset[str]()
        cameras[key] = events.status(subscription.resources) | events.media(0, int(core.clock.time() * 1000), media)
    token = core.subscribers.add(session, subscriptions)
    response = web.json_response({"cameras": cameras, "token": token})
    response.set_cookie("ee-poll-ses", token)
    response.set_cookie("poll_id", token)
    return response


async def wait(core: Core, call: Call) -> web.StreamResponse:
    """Handle `GET /poll`: wait for an update, then respond; empty after a while; never with a status."""
    request = call.request
    token = request.cookies.get("ee-poll-ses") or request.cookies.get("poll_id") or request.query.get("token")
    subscriber = core.subscribers.get(token)
    if subscriber is None:
        return plain(400, "Unknown token")
    deadline = core.clock.time() + core.settings.poll.hold
    while True:
        await authenticate(core, call)
        subscriber.last_seen = now = core.clock.time()
        updates = _next_updates(core, subscriber)
        if updates or now >= deadline or is_closed(request):
            return web.json_response({"cameras": updates} if updates else {})
        await core.clock.sleep_until(min(deadline, now + _CHECK_INTERVAL), unless=lambda: is_closed(request))


def _next_updates(core: Core, subscriber: Subscriber) -> dict[str, Any]:
    """Return the updates since the last call, only the newest of each kind."""
    begin, end = subscriber.sent_until, int(core.clock.time() * 1000)
    subscriber.sent_until = end
    updates: dict[str, Any] = {}
    for key, subscription in subscriber.subscriptions.items():
        source = CameraEvents(core, key)
        update = source.media(begin, end, subscription.resources - STATUS)
        if "event" in subscription.resources:
            events = source.events(begin, end)
            newest = {event.code: event.as_json() for event in events if event.code in subscription.events}
            update |= {"event": newest} if newest else {}
        if update:
            updates[key] = update
    return updates
