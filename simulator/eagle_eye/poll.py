"""`/poll`: subscribing to news of cameras, and waiting for it (Protocol B.9, C row 46)."""

import json
from typing import Any

from aiohttp import web

from simulator.core import Core
from simulator.eagle_eye.auth import session_of
from simulator.eagle_eye.events import Happenings
from simulator.fault_injection import is_gone
from simulator.responses import plain
from simulator.routing import Call
from simulator.state.sessions import Session
from simulator.state.subscriptions import POLLED, STATUS, Subscription, read_wishes

_TICK = 0.25
"""Seconds of the simulator's clock after which it is looked again for news."""


def sees(core: Core, session: Session, key: str) -> bool:
    """Whether a session may hear of a camera, a bridge or an account."""
    account = session.building.eagle_eye_account
    device = core.state.cameras.get(key)
    if device is None:
        return key == account
    return device.account == account and "preview" not in device.denied


async def subscribe(core: Core, call: Call) -> web.StreamResponse:
    """Answer `POST /poll`."""
    try:
        wishes = read_wishes(json.loads(await call.request.text()))
    except ValueError:
        return plain(400, "Invalid argument")
    for wish in wishes.values():
        if not wish.resources <= POLLED or ("event" in wish.resources and not wish.events):
            return plain(400, "Invalid resource")
    session = await session_of(core, call)
    if session is None:
        return plain(401)
    if not all(sees(core, session, key) for key in wishes):
        return plain(403)
    told: dict[str, Any] = {}
    for key, wish in wishes.items():
        happenings = Happenings(core, key)
        # With several resources the first answer holds the status alone (Protocol B.9).
        media = wish.resources if len(wish.resources) == 1 else frozenset[str]()
        told[key] = happenings.status(wish.resources) | happenings.media(0, int(core.clock.time() * 1000), media)
    token = core.subscriptions.add(session, wishes)
    answer = web.json_response({"cameras": told, "token": token})
    answer.set_cookie("ee-poll-ses", token)
    answer.set_cookie("poll_id", token)
    return answer


async def wait(core: Core, call: Call) -> web.StreamResponse:
    """Answer `GET /poll`: held until there is news, empty after a while without; never any status."""
    request = call.request
    token = request.cookies.get("ee-poll-ses") or request.cookies.get("poll_id") or request.query.get("token")
    subscription = core.subscriptions.get(token)
    if subscription is None:
        return plain(400, "Unknown token")
    ends = core.clock.time() + core.settings.poll.hold
    while True:
        if await session_of(core, call) is None:
            return plain(401)
        subscription.heard_at = now = core.clock.time()
        news = _news(core, subscription)
        if news or now >= ends or is_gone(request):
            return web.json_response({"cameras": news} if news else {})
        await core.clock.sleep_until(min(ends, now + _TICK), unless=lambda: is_gone(request))


def _news(core: Core, subscription: Subscription) -> dict[str, Any]:
    """Tell what is new, the newest of each kind only, and take down that it was told."""
    begin, end = subscription.told_until, int(core.clock.time() * 1000)
    subscription.told_until = end
    news: dict[str, Any] = {}
    for key, wish in subscription.wishes.items():
        happenings = Happenings(core, key)
        told = happenings.media(begin, end, wish.resources - STATUS)
        if "event" in wish.resources:
            events = {one.code: one.as_json() for one in happenings.events(begin, end) if one.code in wish.events}
            told |= {"event": events} if events else {}
        if told:
            news[key] = told
    return news
