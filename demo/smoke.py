"""The whole way through, without a person: from the sign-in to a door that opened once and a video that decodes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
from .dashboard import Thing, read_things
from .environment import House, furnish, open_house, sign_in, wait_until_loaded
from .home_assistant import REPOSITORY
from .simulator_process import EMAIL, PASSWORD

PATIENCE = 180.0
# LockEntityFeature.OPEN
CAN_OPEN = 1
SECRETS = (EMAIL, PASSWORD, "A=")


class FailedError(Exception):
    """A step did not do what it should."""


class Steps:
    """Prints each step with the time it took."""

    def __init__(self) -> None:
        """Begin to count."""
        self._last = self._begin = time.monotonic()

    def done(self, text: str) -> None:
        """Print a step that is done."""
        now = time.monotonic()
        print(f"{now - self._last:7.2f} s  {text}", flush=True)
        self._last = now

    def end(self, text: str) -> None:
        """Print the last line."""
        print(f"{time.monotonic() - self._begin:7.2f} s  {text}", flush=True)


async def smoke() -> bool:
    """Run all steps in a new instance; tell whether all went well."""
    steps = Steps()
    folder = Path(tempfile.mkdtemp(prefix="carson-smoke-"))
    log = folder / "home-assistant" / "home-assistant.out"
    try:
        async with asyncio.timeout(PATIENCE), open_house(folder / "home-assistant", usual_ports=False) as house:
            steps.done(f"Home Assistant at {house.home_assistant.url}, the simulator at {house.stand_in.url}")
            await _walk(house, steps)
        steps.done("everything ended")
        _check_log(log)
        steps.done("the log has no error of the integration, and no secret")
    except Exception as error:  # noqa: BLE001  # whatever it is, it is the result
        print(f"FAILED: {type(error).__name__}: {error}", flush=True)
        _keep(log)
        return False
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    steps.end("all well")
    return True


async def _walk(house: House, steps: Steps) -> None:
    api = house.api
    await sign_in(api)
    await wait_until_loaded(api)
    await furnish(api)
    async with api.websocket() as websocket:
        things = await read_things(websocket)
    doors = [thing for thing in things if thing.one("button") and thing.one("lock")]
    cameras = [camera for thing in things if (camera := thing.one("camera"))]
    if len(doors) < 2 or not cameras:
        raise FailedError(f"{len(doors)} doors and {len(cameras)} cameras")
    steps.done(f"signed in to Carson: {len(doors)} doors, {len(cameras)} cameras, and a dashboard")

    pressed, opened = doors[0], doors[1]
    await api.act("button", "press", entity_id=pressed.one("button"))
    steps.done(f"button pressed: {pressed.name}")
    await _open_lock(api, opened)
    steps.done(f"lock opened: {opened.name}")

    camera = await _streaming(api, cameras)
    size = await _still(api, camera)
    steps.done(f"still of {camera}: {size[0]} x {size[1]}")
    frames = await _video(house, camera)
    steps.done(f"live video of {camera}: {frames} frames of the first segment decoded")

    await _check_openings(house, pressed, opened)
    steps.done(f"the simulator opened {pressed.name} once, {opened.name} once, and nothing else")


async def _open_lock(api: HomeAssistantApi, door: Thing) -> None:
    lock = door.one("lock")
    state = await api.state(str(lock))
    action = "open" if state["attributes"].get("supported_features", 0) & CAN_OPEN else "unlock"
    await api.act("lock", action, entity_id=lock)


async def _streaming(api: HomeAssistantApi, cameras: list[str]) -> str:
    """Choose a camera that is on; which ones are, the simulated building decides."""
    for camera in cameras:
        state = await api.state(camera)
        if state["state"] not in {"unavailable", "unknown"}:
            return camera
    raise FailedError(f"none of {len(cameras)} cameras is available")


async def _still(api: HomeAssistantApi, camera: str) -> tuple[int, int]:
    content, content_type = await api.fetch(f"/api/camera_proxy/{camera}")
    if content_type != "image/jpeg":
        raise FailedError(f"the still is {content_type}")
    with Image.open(BytesIO(content)) as image:
        image.load()
        return image.size


async def _video(house: House, camera: str) -> int:
    stream = await house.api.call("camera/stream", entity_id=camera, format="hls")
    master = urljoin(house.api.url, stream["url"])
    playlist = urljoin(master, _first_uri(await _text(house, master)))
    async with _segment(house, playlist) as (header, segment), asyncio.timeout(20):
        content = await _content(house, header) + await _content(house, segment)
    return await asyncio.to_thread(_decode, content)


@asynccontextmanager
async def _segment(house: House, playlist: str) -> AsyncIterator[tuple[str, str]]:
    """Wait for a playlist that names a whole segment; give its header and the segment."""
    async with asyncio.timeout(40):
        while True:
            text = await _text(house, playlist)
            header = re.search(r'#EXT-X-MAP:URI="([^"]+)"', text)
            segment = next((line for line in text.splitlines() if line and not line.startswith("#")), None)
            if header and segment:
                break
            await asyncio.sleep(0.2)
    yield urljoin(playlist, header[1]), urljoin(playlist, segment)


def _first_uri(playlist: str) -> str:
    for line in playlist.splitlines():
        if line and not line.startswith("#"):
            return line
    raise FailedError("the master playlist names no other")


def _decode(content: bytes) -> int:
    with av.open(BytesIO(content), "r") as container:
        frames = len(list(container.decode(video=0)))
    if not frames:
        raise FailedError("no frame could be decoded")
    return frames


async def _text(house: House, url: str) -> str:
    return (await _content(house, url)).decode()


async def _content(house: House, url: str) -> bytes:
    """Fetch what a player would: the address alone gives access."""
    async with house.session.get(url, timeout=aiohttp.ClientTimeout(total=45)) as answer:
        if not answer.ok:
            raise FailedError(f"{url.rpartition('/')[2]}: {answer.status}")
        return await answer.read()


async def _check_openings(house: House, *doors: Thing) -> None:
    state = await house.stand_in.state(house.session)
    names = {door: name for building in state["buildings"] for door, name in building["doors"].items()}
    openings = {names[door]: times for door, times in (await house.stand_in.openings(house.session)).items()}
    if openings != {door.name: 1 for door in doors}:
        raise FailedError(f"the simulator opened {openings}")


def _check_log(log: Path) -> None:
    lines = log.read_text(errors="replace").splitlines()
    for line in lines:
        if "custom_components.carson" in line and re.search(r" (ERROR|CRITICAL) ", line):
            raise FailedError(f"in the log: {line}")
        if any(secret in line for secret in SECRETS):
            raise FailedError("there is a secret in the log")


def _keep(log: Path) -> None:
    if log.exists():
        kept = REPOSITORY / "artifacts" / "smoke-home-assistant.log"
        kept.parent.mkdir(exist_ok=True)
        shutil.copyfile(log, kept)
        print(f"the log of Home Assistant is kept in {kept.relative_to(REPOSITORY)}", flush=True)
