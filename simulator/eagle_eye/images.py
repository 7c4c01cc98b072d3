"""Stills: the previews and thumbnails of a camera (Protocol B.6, C rows 29 to 33)."""

from collections.abc import Callable

from aiohttp import web

from simulator.connection import is_closed, wait_until_closed
from simulator.core import Core
from simulator.eagle_eye.auth import authorize
from simulator.eagle_eye.recording_schedule import RecordingSchedule
from simulator.eagle_eye.timestamps import resolve, to_text
from simulator.media import scene
from simulator.media.timeline import preview_before, preview_time
from simulator.responses import RequestError, plain
from simulator.routing import Call
from simulator.state.model import Device

_CLASSES = frozenset({"all", "pre", "thumb"})
_DAY_MS = 86_400_000
_BACKGROUND_DELAY_MS = 600_000


class Previews:
    """The previews of one camera that exist now, by number."""

    def __init__(self, core: Core, device: Device) -> None:
        """Initialize the previews as of now."""
        self._esn = device.esn or ""
        self._interval = device.preview_interval_ms
        self.now = int(core.clock.time() * 1000)
        end = core.frames_end(device)
        uploaded = self._uploaded(core, device)
        self.newest_allowed = uploaded if end is None else min(uploaded, int(end * 1000))
        retention = self.now - int(core.settings.retention_days * _DAY_MS)
        self.oldest_allowed = max(int(device.exists_since * 1000), retention)

    def _uploaded(self, core: Core, device: Device) -> int:
        """Return the moment until which previews have reached the cloud (Protocol F, row 55)."""
        match device.preview_mode:
            case "always":
                return self.now
            case "on_demand":
                return min(self.now, int(device.previews_sent_at * 1000))
            case "background":
                return self.now - _BACKGROUND_DELAY_MS
            case "event":
                recordings = RecordingSchedule(core, device).back_from(self.now)
                return next((recording.begin for recording in recordings), 0)

    def time(self, number: int) -> int:
        """Return when a preview was taken."""
        return preview_time(self._esn, number, self._interval)

    def exists(self, number: int) -> bool:
        """Whether a preview has been taken and is still kept."""
        return self.oldest_allowed <= self.time(number) <= self.newest_allowed

    def before(self, moment: int) -> int | None:
        """Return the number of the last preview before a moment."""
        number = preview_before(self._esn, min(moment, self.newest_allowed + 1), self._interval)
        return number if self.exists(number) else None

    def after(self, moment: int) -> int | None:
        """Return the number of the first preview after a moment."""
        moment = max(moment, self.oldest_allowed - 1)
        number = preview_before(self._esn, moment + 1, self._interval) + 1
        return number if self.exists(number) else None

    def at(self, moment: int) -> int | None:
        """Return the number of the preview of exactly this moment."""
        number = self.after(moment - 1)
        return number if number is not None and self.time(number) == moment else None


class Thumbnails:
    """The thumbnails of one camera that exist now: one at the start of each recording. Their number is their time."""

    def __init__(self, core: Core, device: Device) -> None:
        """Initialize the thumbnails as of now."""
        self._schedule = RecordingSchedule(core, device)

    def time(self, number: int) -> int:
        """Return when a thumbnail was taken."""
        return number

    def exists(self, number: int) -> bool:
        """Whether there is such a thumbnail."""
        return self.at(number) is not None

    def before(self, moment: int) -> int | None:
        """Return the number of the last thumbnail before a moment."""
        return next((recording.begin for recording in self._schedule.back_from(moment)), None)

    def after(self, moment: int) -> int | None:
        """Return the number of the first thumbnail after a moment."""
        return next((recording.begin for recording in self._schedule.from_on(moment) if recording.begin > moment), None)

    def at(self, moment: int) -> int | None:
        """Return the number of the thumbnail of exactly this moment."""
        recording = self._schedule.at(moment)
        return moment if recording is not None and recording.begin == moment else None


type Stills = Previews | Thumbnails


async def image(core: Core, call: Call) -> web.StreamResponse:
    """Handle `GET /asset/{ref}/image.jpeg`."""
    query = call.request.query
    try:
        moment, is_relative = resolve(query["timestamp"], int(core.clock.time() * 1000))
        if query["asset_class"] not in _CLASSES:
            return plain(400, "Invalid asset class")
    except (KeyError, ValueError):
        return plain(400, "Invalid timestamp or asset class")
    _, device = await authorize(core, call, "preview")
    await _check_availability(core, call, device)
    ref = call.args["ref"]
    stills: Stills = Thumbnails(core, device) if query["asset_class"] == "thumb" else Previews(core, device)
    find: dict[str, Callable[[int], int | None]] = {
        "prev": stills.before,
        "next": stills.after,
        "after": stills.after,
        "asset": stills.at,
    }
    number = find[ref](moment)
    if number is None and ref == "next" and isinstance(stills, Previews):
        stills, number = await _wait_for_next(core, call, device, moment)
    if number is None:
        return plain(404, "no matching asset")
    return _image_response(call, device, stills, number, is_relative=is_relative)


async def _check_availability(core: Core, call: Call, device: Device) -> None:
    """Check that a camera is on and online (Protocol C row 32).

    Raises:
        RequestError: It is not, and is set to have no image in that case.
    """
    if device.is_streaming:
        return
    if not device.is_on:
        if device.off_image == "missing":
            raise RequestError(plain(404, "no matching asset"))
        return
    if device.offline_image == "stale":
        return
    if device.offline_image == "wait":
        await wait_until_closed(call.request, core.settings.offline_hold)
    raise RequestError(plain(400, "proxy destination node connect timeout"))


async def _wait_for_next(core: Core, call: Call, device: Device, moment: int) -> tuple[Previews, int | None]:
    """Wait for the next preview of the camera, at most as long as the settings say."""
    deadline = core.clock.time() + core.settings.next_hold
    while True:
        if device.preview_mode == "on_demand" and device.is_streaming:
            # Somebody is waiting, so the camera sends.
            device.previews_sent_at = core.clock.time()
        previews = Previews(core, device)
        number = previews.after(moment)
        if number is not None or core.clock.time() >= deadline or is_closed(call.request):
            return previews, number
        coming = preview_before(device.esn or "", max(moment, previews.now) + 1, device.preview_interval_ms) + 1
        due = previews.time(coming) / 1000
        is_sending = device.preview_mode in {"always", "on_demand"}
        if not device.is_streaming or device.frames_stop_at is not None or not is_sending:
            due = core.clock.time() + 0.1
        await core.clock.sleep_until(min(due, deadline), unless=lambda: is_closed(call.request))


def _image_response(call: Call, device: Device, stills: Stills, number: int, *, is_relative: bool) -> web.Response:
    moment = stills.time(number)
    stamp = to_text(moment)
    asset_class = call.request.query["asset_class"]
    kind = "thumb" if asset_class == "thumb" else "preview"

    def neighbor(beside: int | None) -> str:
        # The neighbors are not always known (Protocol B.6).
        return "unknown" if beside is None or number % 5 == 0 else f"{kind}-{to_text(stills.time(beside))}"

    return web.Response(
        body=scene.still(device.name, moment, device.time_zone),
        content_type="image/jpeg",
        headers={
            "x-ee-timestamp": f"{kind}-{stamp}",
            "x-ee-prev": neighbor(stills.before(moment)),
            "x-ee-next": neighbor(stills.after(moment)),
            "Location": f"/asset/asset/image.jpeg?timestamp={stamp}&id={device.esn}&asset_class={asset_class}",
            "Cache-Control": "no-cache, no-store" if is_relative else "private, max-age=3600",
        },
    )
