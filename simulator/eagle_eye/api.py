"""The simulated Eagle Eye cloud (Protocol B): who may ask what."""

from aiohttp import web

from simulator.core import Core
from simulator.eagle_eye.auth import key_of, session_of
from simulator.eagle_eye.devices import render_device, render_row
from simulator.eagle_eye.images import image
from simulator.eagle_eye.live import play_live, play_recorded
from simulator.eagle_eye.mp4 import play_mp4, snapshot
from simulator.eagle_eye.poll import subscribe, wait
from simulator.eagle_eye.recordings import list_images, list_videos
from simulator.eagle_eye.websocket import listen
from simulator.responses import plain
from simulator.routing import Call, Handler, Limiter, Route, process, route


class EagleEyeApi:
    """`/eagle_eye/{subdomain}/{path}`."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._limiter = Limiter()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer any request to Eagle Eye."""
        call, handler = await self._resolve(request)
        limited = self._limiter.too_many(self._core.settings.eagle_eye_rate)
        return await process(self._core, call, handler, limited=limited)

    async def _resolve(self, request: web.Request) -> tuple[Call, Handler]:
        path = request.match_info["path"]
        call = Call(request=request, operation="unknown", cloud="eagle_eye", subdomain=request.match_info["subdomain"])
        if path.endswith("/"):
            call.operation = "with_slash"
            return call, _slash
        found: Handler = _unknown
        for candidate in ROUTES:
            match = candidate.pattern.fullmatch(path)
            if match is None:
                continue
            if candidate.method != request.method:
                found = _wrong_method
                continue
            call.operation = candidate.operation
            call.args = match.groupdict()
            call.camera = call.args.get("camera") or request.query.get("id")
            await self._find_building(call)
            if call.operation == "video" and request.query.get("start_timestamp", "").startswith("stream_"):
                call.operation = "live"
                return call, play_live
            return call, candidate.handler
        return call, found

    async def _find_building(self, call: Call) -> None:
        """Note the building, so that faults can be aimed at it even if the key is no longer good."""
        session = self._core.sessions.known(await key_of(call.request))
        if session is not None:
            call.building = session.building.key
        elif call.camera is not None and (device := self._core.state.cameras.get(call.camera)) is not None:
            home = self._core.building_of_device(device)
            call.building = None if home is None else home.key


async def _slash(_core: Core, _call: Call) -> web.StreamResponse:
    """Break down on a trailing slash, the opposite of Carson (Protocol B.1)."""
    return plain(500)


async def _unknown(_core: Core, _call: Call) -> web.StreamResponse:
    return plain(404)


async def _wrong_method(_core: Core, _call: Call) -> web.StreamResponse:
    return plain(405)


async def _isauth(core: Core, call: Call) -> web.StreamResponse:
    if await session_of(core, call) is None:
        return plain(401)
    return web.json_response(True)


async def _logout(core: Core, call: Call) -> web.StreamResponse:
    """Kill the key for everybody who holds it (Protocol B.1)."""
    session = await session_of(core, call)
    if session is None:
        return plain(401)
    core.sessions.revoke(key=session.key)
    return web.Response(status=204)


async def _device_list(core: Core, call: Call) -> web.StreamResponse:
    session = await session_of(core, call)
    if session is None:
        return plain(401)
    account = session.building.eagle_eye_account
    # Devices that nobody has added yet have neither id nor account; every session sees them.
    seen = [d for d in core.state.devices if d.account == account or (d.account is None and d.esn is None)]
    query = call.request.query
    now = core.clock.now()
    rows = [
        render_row(device, seen, now)
        for device in seen
        if query.get("e") in {None, device.esn}
        and query.get("n") in {None, device.name}
        and query.get("t") in {None, device.type}
        and query.get("s") in {None, device.service_status}
    ]
    return web.json_response(rows)


async def _device(core: Core, call: Call) -> web.StreamResponse:
    if not call.camera:
        return plain(400, "Invalid Camera ID (c= or id=)")
    session = await session_of(core, call)
    if session is None:
        return plain(401)
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
