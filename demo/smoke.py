"""Checks the whole way without a person: from signing in to a door that opened once and a video that decodes."""

import asyncio
from io import BytesIO
from pathlib import Path
import re
import shutil
import tempfile
import time
from urllib.parse import urljoin

import aiohttp
import av
from PIL import Image

from .api import HomeAssistantApi
from .dashboard import Device, fetch_devices
from .environment import Environment, run_environment, set_up
from .home_assistant import REPOSITORY, parse_log
from .simulator_process import EMAIL, PASSWORD

TOTAL_TIMEOUT = 600.0
STEP_TIMEOUT = 180.0
# LockEntityFeature.OPEN
CAN_OPEN = 1
SECRETS = (EMAIL, PASSWORD, "A=")


class CheckFailedError(Exception):
    """A check failed."""


class Progress:
    """Prints each completed step with its duration."""

    def __init__(self) -> None:
        """Start the clock."""
        self._last = self._begin = time.monotonic()

    def step(self, text: str) -> None:
        """Print a completed step."""
        now = time.monotonic()
        print(f"{now - self._last:7.2f} s  {text}", flush=True)
        self._last = now

    def finish(self, text: str) -> None:
        """Print the last line with the total duration."""
        print(f"{time.monotonic() - self._begin:7.2f} s  {text}", flush=True)


async def smoke() -> bool:
    """Run all checks in a new instance and return whether they passed."""
    progress = Progress()
    folder = Path(tempfile.mkdtemp(prefix="carson-smoke-"))
    log = folder / "home-assistant" / "home-assistant.out"
    try:
        async with (
            asyncio.timeout(TOTAL_TIMEOUT),
            run_environment(folder / "home-assistant", default_ports=False) as environment,
        ):
            urls = f"Home Assistant at {environment.home_assistant.url}, simulator at {environment.simulator.url}"
            progress.step(f"Started: {urls}")
            await _check_environment(environment, progress)
        progress.step("Stopped")
        _check_log(log)
        progress.step("The log has no errors of the integration and no secrets")
    except Exception as error:  # noqa: BLE001  # any error is a result
        print(f"FAILED: {type(error).__name__}: {error}", flush=True)
        _save_log(log)
        return False
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    progress.finish("All checks passed")
    return True


async def _check_environment(environment: Environment, progress: Progress) -> None:
    api = environment.api
    await set_up(api)
    async with api.websocket() as websocket:
        devices = await fetch_devices(websocket)
    doors = [device for device in devices if device.entity("button") and device.entity("lock")]
    cameras = [camera for device in devices if (camera := device.entity("camera"))]
    if len(doors) < 2 or not cameras:
        raise CheckFailedError(f"{len(doors)} doors and {len(cameras)} cameras")
    progress.step(f"Signed in to Carson: {len(doors)} doors, {len(cameras)} cameras")

    pressed, opened = doors[0], doors[1]
    await api.perform_action("button", "press", entity_id=pressed.entity("button"))
    progress.step(f"Pressed the button of {pressed.name}")
    await _open_lock(api, opened)
    progress.step(f"Opened the lock of {opened.name}")

    camera = await _find_available_camera(api, cameras)
    width, height = await _fetch_still(api, camera)
    progress.step(f"Fetched a still of {camera}: {width} x {height}")
    frames = await _decode_live_video(environment, camera)
    progress.step(f"Decoded the first segment of live video of {camera}: {frames} frames")

    await _check_openings(environment, pressed, opened)
    progress.step(f"{pressed.name} and {opened.name} opened once each, and no other door")


async def _open_lock(api: HomeAssistantApi, door: Device) -> None:
    lock = door.entity("lock")
    state = await api.state(str(lock))
    action = "open" if state["attributes"].get("supported_features", 0) & CAN_OPEN else "unlock"
    await api.perform_action("lock", action, entity_id=lock)


async def _find_available_camera(api: HomeAssistantApi, cameras: list[str]) -> str:
    for camera in cameras:
        state = await api.state(camera)
        if state["state"] not in {"unavailable", "unknown"}:
            return camera
    raise CheckFailedError(f"None of {len(cameras)} cameras is available")


async def _fetch_still(api: HomeAssistantApi, camera: str) -> tuple[int, int]:
    """Fetch a still and return its width and height."""
    content, content_type = await api.fetch(f"/api/camera_proxy/{camera}")
    if content_type != "image/jpeg":
        raise CheckFailedError(f"The still has the content type {content_type}")
    with Image.open(BytesIO(content)) as image:
        image.load()
        return image.size


async def _decode_live_video(environment: Environment, camera: str) -> int:
    """Decode the first segment of live video and return its number of frames."""
    stream = await environment.api.call("camera/stream", entity_id=camera, format="hls")
    master = urljoin(environment.api.url, stream["url"])
    playlist = urljoin(master, _first_uri((await _fetch(environment, master)).decode()))
    async with asyncio.timeout(STEP_TIMEOUT):
        header, segment = await _wait_for_segment(environment, playlist)
        content = await _fetch(environment, header) + await _fetch(environment, segment)
    return await asyncio.to_thread(_decode, content)


async def _wait_for_segment(environment: Environment, playlist: str) -> tuple[str, str]:
    """Wait for the first segment of a playlist and return the URLs of its header and of itself."""
    while True:
        text = (await _fetch(environment, playlist)).decode()
        header = re.search(r'#EXT-X-MAP:URI="([^"]+)"', text)
        segment = next((line for line in text.splitlines() if line and not line.startswith("#")), None)
        if header and segment:
            return urljoin(playlist, header[1]), urljoin(playlist, segment)
        await asyncio.sleep(0.2)


def _first_uri(playlist: str) -> str:
    for line in playlist.splitlines():
        if line and not line.startswith("#"):
            return line
    raise CheckFailedError("The master playlist is empty")


def _decode(content: bytes) -> int:
    with av.open(BytesIO(content), "r") as container:
        frames = len(list(container.decode(video=0)))
    if not frames:
        raise CheckFailedError("The video has no frames")
    return frames


async def _fetch(environment: Environment, url: str) -> bytes:
    """Return the content of a URL as a player gets it, without credentials."""
    async with environment.session.get(url, timeout=aiohttp.ClientTimeout(total=STEP_TIMEOUT)) as response:
        if not response.ok:
            raise CheckFailedError(f"{url.rpartition('/')[2]}: status {response.status}")
        return await response.read()


async def _check_openings(environment: Environment, *doors: Device) -> None:
    state = await environment.simulator.state(environment.session)
    names = {door: name for building in state["buildings"] for door, name in building["doors"].items()}
    counts = await environment.simulator.openings(environment.session)
    openings = {names[door]: count for door, count in counts.items()}
    if openings != {door.name: 1 for door in doors}:
        raise CheckFailedError(f"The simulator opened {openings}")


def _check_log(log: Path) -> None:
    text = log.read_text(errors="replace")
    for record in parse_log(text):
        if record.is_error and record.logger.startswith("custom_components.carson"):
            raise CheckFailedError(f"Error in the log: {record.message}")
    if any(secret in text for secret in SECRETS):
        raise CheckFailedError("The log contains a secret")


def _save_log(log: Path) -> None:
    if log.exists():
        copy = REPOSITORY / "artifacts" / "smoke-home-assistant.log"
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(log, copy)
        print(f"The log of Home Assistant is in {copy.relative_to(REPOSITORY)}.", flush=True)
