"""The calendar page: shows the reservations and cancels one."""

from playwright.async_api import expect
import pytest

from demo.environment import Environment, add_integration, wait_until_loaded
from demo.onboarding import PASSWORD, USERNAME

from .browser import HomeAssistantPage
from .conftest import wait_until

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]

GYM = "9002"


async def test_reservations_are_shown_and_one_is_cancelled(environment: Environment, page: HomeAssistantPage) -> None:
    await add_integration(environment.api)
    await wait_until_loaded(environment.api)
    await page.log_in(USERNAME, PASSWORD)
    await page.go("/calendar")
    events = page.page.locator("ha-full-calendar .fc-event")
    gym = events.filter(has_text="Gym").first  # "Gym (cancelled)" later
    await gym.wait_for()
    await page.screenshot("calendar")

    # A reservation needs an amenity and free hours, for which the dialog has no fields: it is not offered.
    await expect(page.page.get_by_text("Add event")).to_have_count(0)

    await gym.click()
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
    assert (await environment.simulator.counters(environment.session))["requests"]["carson.cancel"] == 1
    await page.go("/calendar")
    await gym.click()
    await expect(dialog.get_by_text("Cancelled", exact=True)).to_be_visible()
    await page.screenshot("cancelled")
