"""Chromium, and Home Assistant's frontend in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
import shutil
from typing import TypedDict

from playwright.async_api import Error as PlaywrightError, Locator, Page, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
TIMEOUT_MS = 180_000

_LOOKS = 12
_LOOK_EVERY_MS = 300

# Applies a function to all elements with a name, in nested shadow roots as well.
_FOR_EACH = """
([name, apply]) => {
  const found = [];
  const walk = root => root.querySelectorAll("*").forEach(element => {
    if (element.localName === name) found.push(eval(apply)(element));
    if (element.shadowRoot) walk(element.shadowRoot);
  });
  walk(document);
  return found;
}
"""
_PLAYBACK = """
video => ({
  seconds: video.currentTime,
  width: video.videoWidth,
  frames: video.getVideoPlaybackQuality().totalVideoFrames,
})
"""
# The image as it is on the screen, without another request to the server.
_COPY_IMAGE = """
image => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  if (!canvas.width) return "";
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL();
}
"""

_PICTURES_LOADED = """
() => {
  const pictures = [];
  const walk = root => root.querySelectorAll("*").forEach(element => {
    if (element.localName === "hui-image") pictures.push(element);
    if (element.shadowRoot) walk(element.shadowRoot);
  });
  walk(document);
  const visible = pictures.filter(picture => picture.getBoundingClientRect().top < innerHeight);
  return visible.every(picture => {
    const image = picture.shadowRoot.querySelector("img");
    return !image || image.naturalWidth > 0;
  });
}
"""

# Texts of one line that are longer than their places. In the activity, long states leave little room for names.
_CUT_OFF = """
() => {
  const found = new Set();
  const walk = root => root.querySelectorAll("*").forEach(element => {
    const isCut = element.offsetParent !== null && element.scrollWidth > element.clientWidth + 1;
    if (isCut && getComputedStyle(element).textOverflow === "ellipsis" && element.innerText.trim()) {
      found.add(element.innerText.trim());
    }
    if (element.shadowRoot && element.localName !== "ha-logbook") walk(element.shadowRoot);
  });
  walk(document);
  return [...found];
}
"""


class Video(TypedDict):
    """How much a video element has played."""

    seconds: float
    width: int
    frames: int


def find_chromium() -> str | None:
    """Return the path of a Chromium, if there is one."""
    found = (shutil.which(name) for name in NAMES)
    applications = (path for path in MAC_APPLICATIONS if Path(path).exists())
    return next((path for path in (*found, *applications) if path), None)


@asynccontextmanager
async def open_page(executable: str) -> AsyncIterator[Page]:
    """Open an empty page in a new browser with an empty profile."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            page = await browser.new_page(viewport={"width": 1280, "height": 1000}, locale="en-US")
            page.set_default_timeout(TIMEOUT_MS)
            yield page
        finally:
            await browser.close()


class HomeAssistantPage:
    """Home Assistant's frontend, with screenshots of each step."""

    def __init__(self, page: Page, url: str, folder: Path) -> None:
        """Initialize the frontend with an empty page and a folder for the screenshots."""
        self.page = page
        self._url = url
        self._folder = folder
        self._step = 0
        folder.mkdir(parents=True, exist_ok=True)
        for screenshot in folder.glob("*.png"):
            screenshot.unlink()

    async def screenshot(self, name: str) -> None:
        """Save a screenshot."""
        self._step += 1
        await self.page.locator("#ha-launch-screen").wait_for(state="detached")
        # Movements are brought to their ends.
        await self.page.screenshot(path=self._folder / f"{self._step:02}-{name}.png", animations="disabled")

    async def settle(self) -> None:
        """Wait until the page looks the same twice in a row: what it still loads is shown by then.

        Live video never does; then this gives up soon.
        """
        # What is below the pointer looks different.
        await self.page.mouse.move(0, 0)
        last = b""
        for _ in range(_LOOKS):
            seen = await self.page.screenshot(animations="disabled")
            if seen == last:
                return
            last = seen
            await self.page.wait_for_timeout(_LOOK_EVERY_MS)

    async def screenshot_of(self, element: Locator, name: str) -> None:
        """Save a picture of a part of the page."""
        await element.screenshot(path=self._folder / f"{name}.png", animations="disabled")

    async def go(self, path: str) -> None:
        """Go to a path. Right after the login, the page itself may still be on its way to another one."""
        try:
            await self.page.goto(self._url + path)
        except PlaywrightError as err:
            if "ERR_ABORTED" not in str(err):
                raise
            await self.page.wait_for_load_state()
            await self.page.goto(self._url + path)

    async def log_in(self, username: str, password: str) -> None:
        """Log in on the login page."""
        await self.go("/")
        await self.page.locator("input[name=username]").fill(username)
        await self.page.locator("input[name=password]").fill(password)
        await self.screenshot("login")
        await self.page.locator("input[name=password]").press("Enter")
        await self.page.locator("home-assistant-main").wait_for()

    async def choose_carson(self) -> None:
        """Begin to add the integration: Settings → Devices & services → Add integration → Carson."""
        await self.go("/config/integrations/dashboard")
        await self.page.get_by_role("button", name="Add integration").click()
        brands = self.page.locator("dialog-add-integration")
        await brands.locator("input:not([type=checkbox])").first.fill("Carson")
        await brands.get_by_text("Carson").first.wait_for()
        await self.screenshot("brand")
        await brands.get_by_text("Carson").first.click()

    async def add_carson(self, email: str, password: str) -> None:
        """Add the integration with an email address and a password."""
        await self.choose_carson()
        flow = self.page.locator("dialog-data-entry-flow")
        await flow.get_by_text("Email or phone number, and password").wait_for()
        await self.screenshot("menu")
        await flow.get_by_text("Email or phone number, and password").click()
        await flow.locator("input[name=email]").fill(email)
        await flow.locator("input[name=password]").fill(password)
        await self.screenshot("form")
        await flow.get_by_role("button", name="Submit").click()

        await flow.locator("step-flow-create-entry").wait_for()
        await self.screenshot("created")
        await flow.locator("ha-button", has_text="Finish").click()
        await flow.locator("ha-dialog").wait_for(state="detached")

    async def open_dashboard(self, path: str) -> None:
        """Open a dashboard and wait for its cards."""
        await self.go(f"/{path}")
        await self.page.locator("hui-sections-view").wait_for()

    def tile(self, name: str) -> Locator:
        """Return the tile with a name on the dashboard."""
        return self.page.locator("hui-tile-card").filter(has_text=name)

    async def open_door(self, name: str) -> None:
        """Open a door with its tile, which asks once."""
        button = self.tile(name).locator("hui-lock-open-door-card-feature ha-control-button")
        await button.click()
        await button.filter(has_text="Really open?").click()

    async def wait_for_pictures(self) -> None:
        """Wait until every picture of a camera in the visible part of the page has been loaded."""
        await self.page.wait_for_function(_PICTURES_LOADED)

    async def state(self, entity_id: str) -> str:
        """Return the state of an entity that the page has."""
        state: str = await self.page.evaluate(
            "id => document.querySelector('home-assistant').hass.states[id].state", entity_id
        )
        return state

    async def videos(self) -> list[Video]:
        """Return the playback of all videos on the page."""
        videos: list[Video] = await self.page.evaluate(_FOR_EACH, ["video", _PLAYBACK])
        return videos

    async def cut_off_texts(self) -> list[str]:
        """Return the texts of one line that are cut off, because their places are too narrow."""
        texts: list[str] = await self.page.evaluate(_CUT_OFF)
        return texts

    async def camera_images(self) -> set[str]:
        """Return copies of the images on the page."""
        copies: list[str] = await self.page.evaluate(_FOR_EACH, ["img", _COPY_IMAGE])
        return {copy for copy in copies if copy}
