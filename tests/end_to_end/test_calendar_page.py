"""The calendar page: shows the reservations and cancels one."""

from playwright.async_api import expect
import pytest

from demo.browser import HomeAssistantPage
from demo.environment import Environment, add_integration, wait_until_loaded
from demo.onboarding import PASSWORD, USERNAME

from .conftest import wait_until

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]

GYM = "9002"


async def test_reservations_are_shown_and_one_is_cancelled(environment: Environment, page: HomeAssistantPage) -> None:
    await add_integration(environment.api)
    await wait_until_loaded(environment.api)
    await page.log_in(USERNAME, PASSWORD)
    await page.go("/calendar")
    # The classes of its elements depend on the version of the frontend.
    calendar = page.page.locator("ha-full-calendar")
    gym = calendar.get_by_text("Gym", exact=True)
    await gym.first.wait_for()
    await page.screenshot("calendar")

    await gym.first.click()
    dialog = page.page.locator("dialog-calendar-event-detail")
    await expect(dialog.get_by_text("Approved")).to_be_visible()
    await page.screenshot("event")
    assert (await environment.simulator.counters(environment.session))["cancellations"] == {}
    await dialog.locator("ha-button", has_text="Delete event").click()
    confirmation = page.page.locator("confirm-event-dialog-box")
    confirm = confirmation.locator("ha-button[slot=primaryAction]")
    await confirm.wait_for()
    await page.screenshot("confirmation")
    assert (await environment.simulator.counters(environment.session))["cancellations"] == {}, (
        "cancelled before the confirmation"
    )
    await confirm.click()

    async def is_cancelled() -> bool:
        counters = await environment.simulator.counters(environment.session)
        return bool(counters["cancellations"] == {GYM: 1})

    await wait_until(is_cancelled, "the reservation is cancelled")
    await dialog.get_by_text("Approved").wait_for(state="hidden")
    assert (await environment.simulator.counters(environment.session))["requests"]["carson.cancel"] == 1
    await page.go("/calendar")
    await calendar.get_by_text("Roof Deck", exact=True).first.wait_for()
    await expect(gym).to_have_count(0)
    await page.screenshot("cancelled")


async def test_amenity_that_does_not_exist(environment: Environment, page: HomeAssistantPage) -> None:
    """The dialog for a new event says which amenities there are, and nothing is sent."""
    await add_integration(environment.api)
    await wait_until_loaded(environment.api)
    await page.log_in(USERNAME, PASSWORD)
    await page.go("/calendar")
    await page.page.get_by_text("Add event").click()
    editor = page.page.locator("dialog-calendar-event-editor")
    await editor.locator(".summary input").fill("Sauna")
    await editor.locator("ha-button", has_text="Add event").click()
    await expect(editor.get_by_text("Available amenities: Guest Room, Gym, Roof Deck")).to_be_visible()
    await page.screenshot("unknown-amenity")
    counters = await environment.simulator.counters(environment.session)
    assert "carson.book" not in counters["requests"]
