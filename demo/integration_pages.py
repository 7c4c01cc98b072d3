"""The pages on which Home Assistant shows the integration, in any language: nothing is found by its words."""

from playwright.async_api import Locator

from .api import HomeAssistantApi, Json
from .browser import HomeAssistantPage
from .dashboard import DOMAIN
from .newcomer import ADD_INTEGRATION

_INTEGRATION = f"/config/integrations/integration/{DOMAIN}"
# The order of the methods in the menu.
_PASSWORD, _TOKEN = 0, 1


class IntegrationPages:
    """The pages of the integration, each opened from its address."""

    def __init__(self, page: HomeAssistantPage, api: HomeAssistantApi) -> None:
        """Initialize the pages of a frontend, which is signed in."""
        self._page = page
        self._tab = page.page
        self._api = api

    @property
    def _flow(self) -> Locator:
        return self._tab.locator("dialog-data-entry-flow")

    @property
    def dialog(self) -> Locator:
        """The open dialog, without the page around it."""
        return self._tab.locator("dialog.dialog[open]").last

    @property
    def _calendar(self) -> Locator:
        return self._tab.locator("ha-full-calendar")

    @property
    def _methods(self) -> Locator:
        return self._flow.locator("step-flow-menu ha-list-item")

    @property
    def _repairs(self) -> Locator:
        return self._tab.locator("ha-config-repairs ha-list-item-button")

    async def open_menu(self) -> None:
        """Begin to add the integration: how to sign in."""
        await self._page.go(ADD_INTEGRATION)
        await self._tab.locator("dialog-box ha-button[slot=primaryAction]").click()
        await self._methods.first.wait_for()

    async def open_password_form(self) -> None:
        """Begin to add the integration with a password."""
        await self._choose_method(_PASSWORD)
        await self._flow.locator("input[name=email]").wait_for()

    async def open_token_form(self) -> None:
        """Begin to add the integration with a token."""
        await self._choose_method(_TOKEN)
        await self._flow.locator("input").first.wait_for()

    async def open_integration(self) -> None:
        """Open the page of the integration with its devices."""
        await self._page.go(_INTEGRATION)
        await self._tab.locator("ha-config-entry-row").first.wait_for()

    async def open_options(self) -> None:
        """Open the options of the account."""
        await self.open_integration()
        await self._tab.locator("ha-config-entry-row ha-icon-button[slot=end]").first.click()
        await self._flow.locator("ha-form").first.wait_for()

    async def open_device(self, name: str) -> None:
        """Open the page of a device."""
        await self._page.go(f"/config/devices/device/{await self._device_id(name)}")
        await self._tab.locator("ha-device-entities-card").first.wait_for()

    async def open_days(self, camera: str) -> None:
        """Open the days with recordings of a camera in the media browser."""
        await self._open_recordings(camera)

    async def open_hours(self, camera: str) -> None:
        """Open the hours of yesterday with recordings of a camera."""
        items = await self._open_recordings(camera)
        await items.nth(1).click()
        await items.filter(has_text=":00").first.wait_for()

    async def open_calendar(self, amenity: str) -> None:
        """Open the calendar with the reservations of an amenity."""
        await self._page.go("/calendar")
        await self._reservations(amenity).first.wait_for()

    async def open_reservation(self, amenity: str) -> None:
        """Open a reservation in the calendar."""
        await self.open_calendar(amenity)
        await self._reservations(amenity).first.click()
        await self._tab.locator("dialog-calendar-event-detail ha-button").first.wait_for()

    async def refuse_event(self, title: str) -> None:
        """Add an event to the calendar that does not fit."""
        await self._page.go("/calendar")
        await self._calendar.locator("ha-button[slot=fab]").click()
        editor = self._tab.locator("dialog-calendar-event-editor")
        await editor.locator(".summary input").fill(title)
        await editor.locator("ha-button[slot=primaryAction]").click()
        await editor.locator("ha-alert").wait_for()

    async def open_repairs(self) -> None:
        """Open the list of repairs."""
        await self._page.go("/config/repairs")
        await self._repairs.first.wait_for()

    async def open_repair(self, number: int) -> None:
        """Open a repair of the list."""
        await self.open_repairs()
        await self._repairs.nth(number).click()
        await self.dialog.wait_for()

    def _reservations(self, amenity: str) -> Locator:
        # The classes of the calendar's elements depend on the version of the frontend.
        return self._calendar.get_by_text(amenity, exact=True)

    async def _choose_method(self, number: int) -> None:
        await self.open_menu()
        await self._methods.nth(number).click()

    async def _open_recordings(self, camera: str) -> Locator:
        await self._page.go("/media-browser/browser")
        items = self._tab.locator("ha-media-player-browse .child, ha-media-player-browse ha-list-item")
        for name in ("Carson Living", camera):
            await items.filter(has_text=name).first.click()
        await items.filter(has_text=camera).first.wait_for(state="detached")
        await items.nth(1).wait_for()
        return items

    async def _device_id(self, name: str) -> str:
        devices: list[Json] = await self._api.call("config/device_registry/list")
        return next(
            str(device["id"])
            for device in devices
            if device["name"] == name and any(domain == DOMAIN for domain, *_ in device["identifiers"])
        )
