"""Take pictures of the page as a new user sees it, and of what the documentation shows.

The pictures are of simulated doors and cameras. Look at each of them.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
import shutil
import sys
import tempfile

from playwright.async_api import Page

from .browser import HomeAssistantPage, find_chromium, open_page
from .documentation_pictures import LANGUAGES, save_documentation_pictures
from .environment import Environment, run_environment
from .home_assistant import CONFIGURATION, REPOSITORY
from .integration_pages import IntegrationPages
from .newcomer import Newcomer
from .onboarding import PASSWORD, USERNAME

BLUEPRINTS = REPOSITORY / "blueprints" / "automation" / "carson"
DASHBOARD = "carson_dashboard"

WIDE = {"width": 1280, "height": 1000}
PHONE = {"width": 390, "height": 844}
FORM = {"width": 900, "height": 1400}
FORMS = {"wide": WIDE, "phone": PHONE}

DOOR, CAMERA, BUILDING = "Front Door", "Lobby", "Harbor House"
AMENITY = "Gym"

_TOWER = (30, 40)


async def take_screenshots(folder: Path) -> None:
    """Take all pictures and save them in a folder, one folder in it for each subject."""
    if (chromium := find_chromium()) is None:
        raise SystemExit("Chromium was not found. Install chromium or google-chrome.")
    with tempfile.TemporaryDirectory() as temporary:
        configuration = f"{CONFIGURATION}automation:\ntag:\n"
        async with (
            run_environment(Path(temporary), default_ports=False, configuration=configuration) as environment,
            open_page(chromium) as tab,
        ):
            await _Photographer(environment, tab, folder).take_all()


class _Photographer:
    def __init__(self, environment: Environment, tab: Page, folder: Path) -> None:
        self._environment = environment
        self._tab = tab
        self._folder = folder

    async def take_all(self) -> None:
        page = self._page("newcomer")
        await page.log_in(USERNAME, PASSWORD)
        newcomer = Newcomer(page)
        await newcomer.open_first_door()
        print(f"{newcomer.clicks} clicks from an empty Home Assistant to an opened door", flush=True)
        await self._dashboards(self._page("dashboard"))
        await self._blueprints(self._page("blueprints"))
        await self._pages_in_english()
        for language in LANGUAGES:
            await self._set_language(language)
            await self._in_all_forms(self._page(f"{language}/dashboard"))
            await self._pages(language, schemes=("light",))
        await self._set_language("en")
        await self._tower(self._page("tower"))

    def _page(self, subject: str) -> HomeAssistantPage:
        return HomeAssistantPage(self._tab, self._environment.home_assistant.url, self._folder / subject)

    async def _dashboards(self, page: HomeAssistantPage) -> None:
        await page.go("/config/lovelace/dashboards")
        await self._tab.get_by_role("button", name="Add dashboard").click()
        await self._tab.locator("dashboard-card").filter(has_text="Carson").wait_for()
        await page.screenshot("choice")
        await self._in_all_forms(page)

    async def _in_all_forms(self, page: HomeAssistantPage) -> None:
        for scheme in ("light", "dark"):
            await self._tab.emulate_media(color_scheme=scheme)
            for form, size in FORMS.items():
                await self._tab.set_viewport_size(size)  # type: ignore[arg-type]
                await page.open_dashboard(DASHBOARD)
                await page.tile("Front Door").wait_for()
                await page.wait_for_pictures()
                await page.screenshot(f"{form}-{scheme}")
        await self._tab.emulate_media(color_scheme="light")
        await self._tab.set_viewport_size(WIDE)  # type: ignore[arg-type]

    async def _blueprints(self, page: HomeAssistantPage) -> None:
        folder = self._environment.home_assistant.folder / "blueprints" / "automation" / "carson"
        await asyncio.to_thread(shutil.copytree, BLUEPRINTS, folder, dirs_exist_ok=True)
        blueprints = await self._environment.api.call("blueprint/list", domain="automation")
        await self._tab.set_viewport_size(FORM)  # type: ignore[arg-type]
        for path, blueprint in sorted(blueprints.items()):
            if not path.startswith("carson/"):
                continue
            await page.go("/config/blueprint/dashboard")
            await self._tab.locator("ha-data-table").get_by_text(blueprint["metadata"]["name"], exact=True).click()
            form = self._tab.locator("blueprint-automation-editor")
            await form.wait_for()
            await form.locator("ha-settings-row").last.wait_for()
            await form.locator("ha-settings-row ha-markdown").last.wait_for()
            await page.screenshot_of(form.locator("ha-card").first, Path(path).stem)
        await self._tab.set_viewport_size(WIDE)  # type: ignore[arg-type]

    async def _pages_in_english(self) -> None:
        """Show the pages after a resident has used them for a while."""
        await self._environment.api.perform_action("lock", "open", entity_id="lock.harbor_house_front_door")
        await self._pages("en", schemes=("light", "dark"))

    async def _pages(self, language: str, *, schemes: tuple[str, ...]) -> None:
        """Show each page of the integration, wide and on a phone, and its dialogs without the page around them."""
        page = self._page(f"{language}/pages")
        pages = IntegrationPages(page, self._environment.api)
        subjects: dict[str, Callable[[], Awaitable[None]]] = {
            "sign-in": pages.open_menu,
            "password": pages.open_password_form,
            "token": pages.open_token_form,
            "integration": pages.open_integration,
            "options": pages.open_options,
            "door": partial(pages.open_device, DOOR),
            "camera": partial(pages.open_device, CAMERA),
            "building": partial(pages.open_device, BUILDING),
            "days": partial(pages.open_days, CAMERA),
            "hours": partial(pages.open_hours, CAMERA),
            "calendar": partial(pages.open_calendar, AMENITY),
            "reservation": partial(pages.open_reservation, AMENITY),
            "refused-event": partial(pages.refuse_event, "Sauna"),
            "repairs": pages.open_repairs,
            "repair": partial(pages.open_repair, 0),
        }
        for form, size in FORMS.items():
            await self._tab.set_viewport_size(size)  # type: ignore[arg-type]
            for subject, open_subject in subjects.items():
                await open_subject()
                for scheme in schemes:
                    await self._tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                    await page.settle()
                    await page.screenshot_of(self._tab.locator("html"), f"{subject}-{form}-{scheme}")
                    if await pages.dialog.count():
                        await page.screenshot_of(pages.dialog, f"{subject}-dialog-{form}-{scheme}")
            await self._tab.emulate_media(color_scheme="light")
        await self._tab.set_viewport_size(WIDE)  # type: ignore[arg-type]

    async def _set_language(self, language: str) -> None:
        """Set the language of the user, and of Home Assistant itself, in which entities are named."""
        await self._environment.api.call(
            "frontend/set_user_data", key="language", value={"language": language, "number_format": "language"}
        )
        await self._environment.api.call("config/core/update", language=language)
        await self._reload()

    async def _reload(self) -> None:
        [entry] = await self._environment.api.call("config_entries/get", domain="carson")
        await self._environment.api.post(f"/api/config/config_entries/entry/{entry['entry_id']}/reload")

    async def _tower(self, page: HomeAssistantPage) -> None:
        await self._environment.simulator.add_tower(self._environment.session, *_TOWER)
        await self._reload()
        await page.open_dashboard(DASHBOARD)
        await page.tile("Floor 26").wait_for()
        await self._in_all_forms(page)


def main() -> int:
    """Take the pictures and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/screenshots", description=__doc__)
    parser.add_argument(
        "folder", type=Path, nargs="?", default=REPOSITORY / "artifacts" / "screenshots", help="where to save them"
    )
    parser.add_argument("--docs", action="store_true", help="renew the pictures in the documentation as well")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    asyncio.run(take_screenshots(folder))
    if arguments.docs:
        save_documentation_pictures(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
