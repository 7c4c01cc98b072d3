"""Stills: the previews of a camera and how to walk along them (Protocol B.6, C rows 29 to 33)."""

from collections.abc import Callable

from aiohttp import web

from simulator.core import Core
from simulator.eagle_eye.auth import reach
from simulator.eagle_eye.recording_schedule import RecordingSchedule
from simulator.eagle_eye.timestamps import resolve, to_text
from simulator.fault_injection import is_gone, until_gone
from simulator.media import scene
from simulator.media.timeline import preview_before, preview_time
from simulator.responses import plain
from simulator.routing import Call
from simulator.state.model import Device

_CLASSES = frozenset({"all", "pre", "thumb"})
_DAY_MS = 86_400_000


class Previews:
    """The previews that exist of one camera at this moment."""

    def __init__(self, core: Core, device: Device) -> None:
        self._esn = device.esn or ""
        self._interval = device.preview_interval_ms
        self.now = int(core.clock.time() * 1000)
        end = core.frames_end(device)
        self.newest_allowed = self.now if end is None else min(self.now, int(end * 1000))
        retention = self.now - int(core.settings.retention_days * _DAY_MS)
        self.oldest_allowed = max(int(device.exists_since * 1000), retention)

    def time(self, number: int) -> int:
        """Return when a preview was taken."""
        return preview_time(self._esn, number, self._interval)

    def exists(self, number: int) -> bool:
        """Whether it has been taken and is still kept."""
        return self.oldest_allowed <= self.time(number) <= self.newest_allowed

    def before(self, moment: int) -> int | None:
        """Return the number of the last one before a moment."""
        number = preview_before(self._esn, min(moment, self.newest_allowed + 1), self._interval)
        return number if self.exists(number) else None

    def after(self, moment: int) -> int | None:
        """Return the number of the first one after a moment."""
        moment = max(moment, self.oldest_allowed - 1)
        number = preview_before(self._esn, moment + 1, self._interval) + 1
        return number if self.exists(number) else None

    def at(self, moment: int) -> int | None:
        """Return the number of the one taken exactly then."""
        number = self.after(moment - 1)
        return number if number is not None and self.time(number) == moment else None


class Thumbnails:
    """The thumbnails that exist of one camera: one where each recording begins."""

    def __init__(self, core: Core, device: Device) -> None:
        self._schedule = RecordingSchedule(core, device)

    def time(self, number: int) -> int:
        """Return when a thumbnail was taken; its number is its time."""
        return number

    def exists(self, number: int) -> bool:
        """Whether it is there."""
        return self.at(number) is not None

    def before(self, moment: int) -> int | None:
        """Return the last one before a moment."""
        return next((recording.begin for recording in self._schedule.back_from(moment)), None)

    def after(self, moment: int) -> int | None:
        """Return the first one after a moment."""
        return next((recording.begin for recording in self._schedule.from_on(moment) if recording.begin > moment), None)

    def at(self, moment: int) -> int | None:
        """Return the one taken exactly then."""
        recording = self._schedule.at(moment)
        return moment if recording is not None and recording.begin == moment else None


type Walk = Previews | Thumbnails


async def image(core: Core, call: Call) -> web.StreamResponse:
    """Answer `GET /asset/{ref}/image.jpeg`."""
    query = call.request.query
    try:
        moment, relative = resolve(query["timestamp"], int(core.clock.time() * 1000))
        if query["asset_class"] not in _CLASSES:
            return plain(400, "Invalid asset class")
    except KeyError, ValueError:
        return plain(400, "Invalid timestamp or asset class")
    reached = await reach(core, call, "preview")
    if isinstance(reached, web.Response):
        return reached
    device = reached[1]
    refusal = await _condition(core, call, device)
    if refusal is not None:
        return refusal
    ref = call.args["ref"]
    walk: Walk = Thumbnails(core, device) if query["asset_class"] == "thumb" else Previews(core, device)
    find: dict[str, Callable[[int], int | None]] = {
        "prev": walk.before,
        "next": walk.after,
        "after": walk.after,
        "asset": walk.at,
    }
    number = find[ref](moment)
    if number is None and ref == "next" and isinstance(walk, Previews):
        walk, number = await _wait_for_next(core, call, device, moment)
    if number is None:
        return plain(404, "no matching asset")
    return _answer(call, device, walk, number, relative=relative)


async def _condition(core: Core, call: Call, device: Device) -> web.Response | None:
    """Refuse pictures of a camera that is off or offline, in the ways that were seen (C row 32)."""
    if device.is_streaming:
        return None
    if not device.is_on:
        return plain(404, "no matching asset") if device.off_image == "missing" else None
    if device.offline_image == "stale":
        return None
    if device.offline_image == "wait":
        await until_gone(call.request, core.settings.offline_hold)
    return plain(400, "proxy destination node connect timeout")


async def _wait_for_next(core: Core, call: Call, device: Device, moment: int) -> tuple[Previews, int | None]:
    """Wait for the next tick of the camera, at most as long as the settings say."""
    deadline = core.clock.time() + core.settings.next_hold
    while True:
        previews = Previews(core, device)
        number = previews.after(moment)
        if number is not None or core.clock.time() >= deadline or is_gone(call.request):
            return previews, number
        coming = preview_before(device.esn or "", max(moment, previews.now) + 1, device.preview_interval_ms) + 1
        due = previews.time(coming) / 1000
        if not device.is_streaming or device.frames_stop_at is not None:
            due = core.clock.time() + 0.1
        await core.clock.sleep_until(min(due, deadline), unless=lambda: is_gone(call.request))


def _answer(call: Call, device: Device, walk: Walk, number: int, *, relative: bool) -> web.Response:
    moment = walk.time(number)
    stamp = to_text(moment)
    asset_class = call.request.query["asset_class"]
    kind = "thumb" if asset_class == "thumb" else "preview"

    def neighbour(beside: int | None) -> str:
        # Neighbours are not always worked out (Protocol B.6).
        return "unknown" if beside is None or number % 5 == 0 else f"{kind}-{to_text(walk.time(beside))}"

    return web.Response(
        body=scene.still(device.name, moment, device.time_zone),
        content_type="image/jpeg",
        headers={
            "x-ee-timestamp": f"{kind}-{stamp}",
            "x-ee-prev": neighbour(walk.before(moment)),
            "x-ee-next": neighbour(walk.after(moment)),
            "Location": f"/asset/asset/image.jpeg?timestamp={stamp}&id={device.esn}&asset_class={asset_class}",
            "Cache-Control": "no-cache, no-store" if relative else "private, max-age=3600",
        },
    )
