"""The way of a new user: from an empty Home Assistant to an opened door, with as few clicks as possible."""

import re

from playwright.async_api import Locator

from .browser import HomeAssistantPage
from .simulator_process import EMAIL, PASSWORD

ADD_INTEGRATION = "/_my_redirect/config_flow_start?domain=carson"
"""Where the button "Add the integration" in README leads."""

DOOR = "Front Door"


class Newcomer:
    """A new user, who is signed in to Home Assistant and counts the clicks."""

    def __init__(self, page: HomeAssistantPage) -> None:
        """Initialize the user with a page."""
        self.clicks = 0
        self._page = page
        self._tab = page.page

    async def open_first_door(self) -> None:
        """Add the integration, open its dashboard, and open the favorite door."""
        page, flow = self._page, self._tab.locator("dialog-data-entry-flow")
        await page.go(ADD_INTEGRATION)
        confirm = self._tab.locator("dialog-box").get_by_role("button", name="OK")
        await confirm.wait_for()
        await page.screenshot("add")
        await self._click(confirm)
        await flow.get_by_text("Email or phone number, and password").wait_for()
        await page.screenshot("menu")
        await self._click(flow.get_by_text("Email or phone number, and password"))
        await flow.locator("input[name=email]").fill(EMAIL)
        await flow.locator("input[name=password]").fill(PASSWORD)
        await page.screenshot("form")
        await self._click(flow.get_by_role("button", name="Submit"))
        await flow.locator("step-flow-create-entry").wait_for()
        await page.screenshot("created")
        await self._click(flow.locator("ha-button", has_text=re.compile("Finish|Skip")))
        await flow.locator("ha-dialog").wait_for(state="detached")

        await self._click(self._tab.locator("ha-sidebar").get_by_text("Carson", exact=True))
        await page.tile(DOOR).wait_for()
        await page.wait_for_pictures()
        await page.screenshot("dashboard")
        button = page.tile(DOOR).locator("hui-lock-open-door-card-feature ha-control-button")
        await self._click(button)
        await self._click(button.filter(has_text="Really open?"))
        await page.tile(DOOR).get_by_text("Unlocked").wait_for()
        await page.screenshot("opened")

    async def _click(self, target: Locator) -> None:
        await target.click()
        self.clicks += 1
