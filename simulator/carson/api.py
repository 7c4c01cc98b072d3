"""The simulated Carson API (Protocol A)."""

import asyncio
import json

from aiohttp import web

from simulator.carson import amenities
from simulator.carson.account import render_me
from simulator.carson.auth import authenticated, check_app_version
from simulator.core import Core
from simulator.responses import envelope, not_found, unauthorized
from simulator.routing import Call, Handler, RateLimiter, Route, process, route
from simulator.state.model import Account


class CarsonApi:
    """`/api/{version}/{path}`."""

    def __init__(self, core: Core) -> None:
        """Initialize the API."""
        self._core = core
        self._limiter = RateLimiter()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Handle any request to Carson."""
        call, handler = self._resolve(request)
        is_rate_limited = self._limiter.is_exceeded(self._core.settings.carson_rate)
        return await process(self._core, call, handler, is_rate_limited=is_rate_limited)

    def _resolve(self, request: web.Request) -> tuple[Call, Handler]:
        path = request.match_info["path"]
        call = Call(request=request, operation="unknown", cloud="carson")
        if not path.endswith("/"):
            call.operation = "without_slash"
            return call, _add_slash
        fallback: Handler = _unknown
        for candidate in self._routes(request.match_info["version"]):
            match = candidate.pattern.fullmatch(path)
            if match is None:
                continue
            if candidate.method != request.method:
                fallback = _wrong_method
                continue
            call.operation = candidate.operation
            call.args = match.groupdict()
            call.door = call.args.get("door")
            call.building = call.args.get("building")
            if call.door is not None and (building := self._core.state.building_of_door(call.door)) is not None:
                call.building = building.key
            return call, candidate.handler
        return call, fallback

    def _routes(self, version: str) -> tuple[Route, ...]:
        """Return the routes of a version. Amenities have one of their own (Protocol A.1)."""
        routes = ROUTES if version == self._core.settings.api_version else ()
        return (*routes, *amenities.ROUTES) if version == amenities.VERSION else routes


async def _add_slash(_core: Core, call: Call) -> web.StreamResponse:
    """Redirect to the path with a slash, whatever the method (Protocol A.1, C row 1)."""
    url = call.request.rel_url
    return web.Response(status=301, headers={"Location": str(url.with_path(f"{url.path}/", keep_query=True))})


async def _unknown(_core: Core, _call: Call) -> web.StreamResponse:
    return not_found(html=True)


async def _wrong_method(_core: Core, _call: Call) -> web.StreamResponse:
    return envelope(None, code=1405, status="MethodNotAllowed", msg="Method not allowed.", http=405)


async def _login(core: Core, call: Call) -> web.StreamResponse:
    check_app_version(core, call)
    try:
        body = json.loads(await call.request.read())
        email, password = body["username"], body["password"]
    except (ValueError, KeyError, TypeError):
        return envelope(None, code=1400, status="ValidationError", msg="Bad request.", http=400)
    account = core.state.accounts.get(email) or core.state.account_with_phone(email) if isinstance(email, str) else None
    if account is None or account.password is None or account.password != password:
        return unauthorized(bare=core.settings.bare_401)
    if account.id not in core.logged_in:
        core.logged_in.add(account.id)
        await asyncio.sleep(core.settings.first_login_delay)
    if core.settings.single_sign_in:
        core.tokens.revoke(account)
    return envelope({"token": core.tokens.mint(account), "pk": account.id})


@authenticated
async def _me(core: Core, _call: Call, account: Account) -> web.StreamResponse:
    return envelope(render_me(account, core.state))


@authenticated
async def _open_door(core: Core, call: Call, account: Account) -> web.StreamResponse:
    """Open a door for a moment; the codes of the error responses are guesses (Protocol A.5)."""
    for building in core.buildings_of(account):
        for door in building.doors:
            if str(door.id) != call.args["door"]:
                continue
            if door.staff_only:
                return envelope(None, code=1403, status="PermissionDenied", msg="Not allowed.", http=403)
            if door.disabled or not door.is_active or not door.available:
                return envelope(None, code=1410, status="DoorError", msg="The door is not available.", http=400)
            if door.phone_only:
                return envelope(None, code=1411, status="DoorError", msg="Digital Key Not Available", http=400)
            core.commit_opening(building, door)
            return envelope(None)
    return not_found()


@authenticated
async def _session(core: Core, call: Call, account: Account) -> web.StreamResponse:
    """Return an Eagle Eye session, or 404 for a building without Eagle Eye (Protocol A.6)."""
    for building in core.buildings_of(account):
        if building.key == call.args["building"] and building.eagle_eye_account is not None:
            return envelope(core.sessions.answer(core.sessions.open(building)))
    return not_found(html=core.settings.sessions.html_404)


ROUTES: tuple[Route, ...] = (
    route("login", "POST", r"auth/login/", _login),
    route("me", "GET", r"me/", _me),
    route("open_door", "POST", r"doors/(?P<door>[^/]+)/open/", _open_door),
    route("session", "GET", r"properties/buildings/(?P<building>[^/]+)/eagleeye/session/", _session),
)
