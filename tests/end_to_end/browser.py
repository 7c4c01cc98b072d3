"""A real Chromium and the way around Home Assistant's page, which lives inside nested shadow roots."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
import shutil
from typing import TypedDict

from playwright.async_api import Locator, Page, async_playwright

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
PATIENCE_MS = 30_000

# Finds each element of a kind, however deep in shadow roots, and applies a function to it.
_WALK = """
([kind, act]) => {
  const found = [];
  const walk = root => root.querySelectorAll("*").forEach(element => {
    if (element.localName === kind) found.push(eval(act)(element));
    if (element.shadowRoot) walk(element.shadowRoot);
  });
  walk(document);
  return found;
}
"""
_LOOK_AT_VIDEO = """
video => ({
  seconds: video.currentTime,
  width: video.videoWidth,
  frames: video.getVideoPlaybackQuality().totalVideoFrames,
})
"""
# The picture as it is on the screen, without asking the server for another one.
_COPY_PICTURE = """
image => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  if (!canvas.width) return "";
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL();
}
"""


class Video(TypedDict):
    """What a video element has shown so far."""

    seconds: float
    width: int
    frames: int


def find_chromium() -> str | None:
    """Tell where a Chromium is, if there is one."""
    found = (shutil.which(name) for name in NAMES)
    here = (path for path in MAC_APPLICATIONS if Path(path).exists())
    return next((path for path in (*found, *here) if path), None)


@asynccontextmanager
async def open_page(executable: str) -> AsyncIterator[Page]:
    """Open an empty page in a new browser that knows nothing of earlier ones."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            page = await browser.new_page(viewport={"width": 1280, "height": 1000}, locale="en-US")
            page.set_default_timeout(PATIENCE_MS)
            yield page
        finally:
            await browser.close()


class HomeAssistantPage:
    """Home Assistant as a person sees it; keeps a picture of each stage."""

    def __init__(self, page: Page, url: str, pictures: Path) -> None:
        """Take an empty page and a folder for the pictures."""
        self.page = page
        self._url = url
        self._pictures = pictures
        self._stage = 0
        pictures.mkdir(parents=True, exist_ok=True)
        for old in pictures.glob("*.png"):
            old.unlink()

    async def keep(self, name: str) -> None:
        """Keep what is to be seen now."""
        self._stage += 1
        await self.page.screenshot(path=self._pictures / f"{self._stage:02}-{name}.png")

    async def go(self, path: str) -> None:
        """Follow a link."""
        await self.page.goto(self._url + path)

    async def log_in(self, username: str, password: str) -> None:
        """Fill in the log-in page."""
        await self.go("/")
        await self.page.locator("input[name=username]").fill(username)
        await self.page.locator("input[name=password]").fill(password)
        await self.keep("log-in")
        await self.page.locator("input[name=password]").press("Enter")
        await self.page.locator("home-assistant-main").wait_for()

    async def add_carson(self, email: str, password: str) -> None:
        """Settings → Devices & services → Add integration → Carson, up to the end of the set-up."""
        await self.go("/config/integrations/dashboard")
        await self.page.get_by_role("button", name="Add integration").click()
        brands = self.page.locator("dialog-add-integration")
        await brands.locator("input").first.fill("Carson")
        await brands.get_by_text("Carson").first.wait_for()
        await self.keep("brand")
        await brands.get_by_text("Carson").first.click()

        flow = self.page.locator("dialog-data-entry-flow")
        await flow.get_by_text("Email and password").wait_for()
        await self.keep("menu")
        await flow.get_by_text("Email and password").click()
        await flow.locator("input[name=email]").fill(email)
        await flow.locator("input[name=password]").fill(password)
        await self.keep("form")
        await flow.get_by_role("button", name="Submit").click()

        await flow.locator("step-flow-create-entry").wait_for()
        await self.keep("created")
        await flow.locator("ha-button", has_text="Finish").click()
        await flow.locator("ha-dialog").wait_for(state="detached")

    async def open_dashboard(self, path: str) -> None:
        """Open a dashboard, and wait for its cards."""
        await self.go(f"/{path}")
        await self.page.locator("hui-sections-view").wait_for()

    def tile(self, name: str) -> Locator:
        """The tile of this name on a dashboard."""
        return self.page.locator("hui-tile-card").filter(has_text=name)

    def lock_row(self, name: str) -> Locator:
        """The row of the lock of this name on a dashboard."""
        return self.page.locator("hui-lock-entity-row").filter(has_text=name)

    async def videos(self) -> list[Video]:
        """Look at all videos on the page."""
        videos: list[Video] = await self.page.evaluate(_WALK, ["video", _LOOK_AT_VIDEO])
        return videos

    async def camera_pictures(self) -> set[str]:
        """Copy the still pictures on the page."""
        copies: list[str] = await self.page.evaluate(_WALK, ["img", _COPY_PICTURE])
        return {copy for copy in copies if copy}
