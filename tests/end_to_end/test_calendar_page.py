"""A person at the calendar page: sees the reservations, cancels one of them."""

from playwright.async_api import expect
import pytest

from demo.environment import House, sign_in, wait_until_loaded
from demo.onboarding import PASSWORD, USERNAME

from .browser import HomeAssistantPage
from .conftest import until

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(300)]

GYM = "9002"


async def test_reservations_are_shown_and_one_is_cancelled(house: House, page: HomeAssistantPage) -> None:
    await sign_in(house.api)
    await wait_until_loaded(house.api)
    await page.log_in(USERNAME, PASSWORD)
    await page.go("/calendar")
    events = page.page.locator("ha-full-calendar .fc-event")
    gym = events.filter(has_text="Gym").first  # "Gym (cancelled)" later
    await gym.wait_for()
    await page.keep("calendar")

    # Booking needs an amenity and its free hours, which this dialog cannot ask for: it is not offered.
    await expect(page.page.get_by_text("Add event")).to_have_count(0)

    await gym.click()
    dialog = page.page.locator("dialog-calendar-event-detail")
    await expect(dialog.get_by_text("Approved")).to_be_visible()
    await page.keep("event")
    assert (await house.stand_in.counters(house.session))["cancellations"] == {}
    await dialog.locator("ha-button", has_text="Delete event").click()
    confirmation = page.page.locator("confirm-event-dialog-box")
    confirm = confirmation.locator("ha-button[slot=primaryAction]")
    await confirm.wait_for()
    await page.keep("confirmation")
    assert (await house.stand_in.counters(house.session))["cancellations"] == {}, "not before that is confirmed"
    await confirm.click()

    async def cancelled() -> bool:
        counters = await house.stand_in.counters(house.session)
        return bool(counters["cancellations"] == {GYM: 1})

    await until(cancelled, 15, "the reservation is cancelled")
    assert (await house.stand_in.counters(house.session))["requests"]["carson.cancel"] == 1
    await page.go("/calendar")
    await gym.click()
    await expect(dialog.get_by_text("Cancelled", exact=True)).to_be_visible()
    await page.keep("cancelled")
