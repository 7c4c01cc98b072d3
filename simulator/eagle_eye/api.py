"""The simulated Eagle Eye API (Protocol B)."""

from aiohttp import web

from simulator.core import Core
from simulator.eagle_eye.auth import authenticate, authenticated, get_session_key
from simulator.eagle_eye.devices import render_device, render_row
from simulator.eagle_eye.images import image
from simulator.eagle_eye.live import play_live, play_recorded
from simulator.eagle_eye.mp4 import play_mp4, snapshot
from simulator.eagle_eye.poll import subscribe, wait
from simulator.eagle_eye.recordings import list_images, list_videos
from simulator.eagle_eye.websocket import listen
from simulator.responses import plain
from simulator.routing import Call, Handler, RateLimiter, Route, process, route
from simulator.state.sessions import Session


class EagleEyeApi:
    """`/eagle_eye/{subdomain}/{path}`."""

    def __init__(self, core: Core) -> None:
        """Initialize the API."""
        self._core = core
        self._limiter = RateLimiter()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Handle any request to Eagle Eye."""
        call, handler = await self._resolve(request)
        is_rate_limited = self._limiter.is_exceeded(self._core.settings.eagle_eye_rate)
        return await process(self._core, call, handler, is_rate_limited=is_rate_limited)

    async def _resolve(self, request: web.Request) -> tuple[Call, Handler]:
        path = request.match_info["path"]
        call = Call(request=request, operation="unknown", cloud="eagle_eye", subdomain=request.match_info["subdomain"])
        if path.endswith("/"):
            call.operation = "with_slash"
            return call, _trailing_slash
        fallback: Handler = _unknown
        for candidate in ROUTES:
            match = candidate.pattern.fullmatch(path)
            if match is None:
                continue
            if candidate.method != request.method:
                fallback = _wrong_method
                continue
            call.operation = candidate.operation
            call.args = match.groupdict()
            call.camera = call.args.get("camera") or request.query.get("id")
            await self._find_building(call)
            if call.operation == "video" and request.query.get("start_timestamp", "").startswith("stream_"):
                call.operation = "live"
                return call, play_live
            return call, candidate.handler
        return call, fallback

    async def _find_building(self, call: Call) -> None:
        """Set the building, so that faults can be aimed at it even if the key is no longer valid."""
        session = self._core.sessions.find_any(await get_session_key(call.request))
        if session is not None:
            call.building = session.building.key
        elif call.camera is not None and (device := self._core.state.cameras.get(call.camera)) is not None:
            building = self._core.building_of_device(device)
            call.building = None if building is None else building.key


async def _trailing_slash(_core: Core, _call: Call) -> web.StreamResponse:
    """Fail on a trailing slash, which Carson requires (Protocol B.1)."""
    return plain(500)


async def _unknown(_core: Core, _call: Call) -> web.StreamResponse:
    return plain(404)


async def _wrong_method(_core: Core, _call: Call) -> web.StreamResponse:
    return plain(405)


@authenticated
async def _isauth(_core: Core, _call: Call, _session: Session) -> web.StreamResponse:
    return web.json_response(True)


@authenticated
async def _logout(core: Core, _call: Call, session: Session) -> web.StreamResponse:
    """Revoke the key for every client that uses it (Protocol B.1)."""
    core.sessions.revoke(key=session.key)
    return web.Response(status=204)


@authenticated
async def _device_list(core: Core, call: Call, session: Session) -> web.StreamResponse:
    account = session.building.eagle_eye_account
    # Devices that have not been added yet have neither id nor account; every session sees them.
    visible = [d for d in core.state.devices if d.account == account or (d.account is None and d.esn is None)]
    query = call.request.query
    now = core.clock.now()
    rows = [
        render_row(device, visible, now)
        for device in visible
        if query.get("e") in {None, device.esn}
        and query.get("n") in {None, device.name}
        and query.get("t") in {None, device.type}
        and query.get("s") in {None, device.service_status}
    ]
    return web.json_response(rows)


async def _device(core: Core, call: Call) -> web.StreamResponse:
    if not call.camera:
        return plain(400, "Invalid Camera ID (c= or id=)")
    session = await authenticate(core, call)
    device = core.state.cameras.get(call.camera)
    if device is None or device.account != session.building.eagle_eye_account:
        return plain(403)
    return web.json_response(render_device(device, core.clock.now()))


ROUTES: tuple[Route, ...] = (
    route("device_list", "GET", r"g/device/list|g/list/devices", _device_list),
    route("device", "GET", r"g/device", _device),
    route("isauth", "GET", r"g/aaa/isauth", _isauth),
    route("logout", "POST", r"g/aaa/logout", _logout),
    route("image", "GET", r"asset/(?P<ref>asset|prev|next|after)/image\.jpeg", image),
    route("video", "GET", r"asset/play/video\.flv", play_recorded),
    route("mp4", "GET", r"asset/play/video\.mp4", play_mp4),
    route("list_images", "GET", r"asset/list/image(\.jpeg)?", list_images),
    route("list_videos", "GET", r"asset/list/video(\.flv)?", list_videos),
    route("subscribe", "POST", r"poll", subscribe),
    route("poll", "GET", r"poll", wait),
    route("listen", "GET", r"api/v2/Device/(?P<account>[^/]+)/Events", listen),
    route("snapshot", "GET", r"api/v2/media/(?P<camera>[^/]+)/Snapshot", snapshot),
)
