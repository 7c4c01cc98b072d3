"""The pages of the integration on a phone, in a language with long words."""

from playwright.async_api import ViewportSize, expect
import pytest

from demo.browser import HomeAssistantPage
from demo.environment import Environment, add_integration, wait_until_loaded
from demo.integration_pages import IntegrationPages
from demo.onboarding import PASSWORD, USERNAME

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]

PHONE: ViewportSize = {"width": 390, "height": 844}
HOME_ASSISTANTS_OWN = {"Konfiguriert"}
"""Words of its own pages that the next version of the frontend cuts off; they are not in our translations."""


async def test_nothing_is_cut_off_on_a_phone(environment: Environment, page: HomeAssistantPage) -> None:
    await environment.api.call("config/core/update", language="de")
    await environment.api.call(
        "frontend/set_user_data", key="language", value={"language": "de", "number_format": "language"}
    )
    await add_integration(environment.api)
    await wait_until_loaded(environment.api)
    await page.log_in(USERNAME, PASSWORD)
    await page.page.set_viewport_size(PHONE)
    pages = IntegrationPages(page, environment.api)
    for open_page in (pages.open_menu, pages.open_password_form, pages.open_token_form, pages.open_options):
        await open_page()
        await page.settle()
        assert set(await page.cut_off_texts()) <= HOME_ASSISTANTS_OWN
    for device in ("Harbor House", "Lobby", "Front Door"):
        await pages.open_device(device)
        await page.settle()
        assert set(await page.cut_off_texts()) <= HOME_ASSISTANTS_OWN
    await expect(page.page.get_by_text("Tür (")).to_be_visible()
