"""The media browser: find a recording and play it."""

import pytest

from demo.browser import HomeAssistantPage
from demo.environment import Environment, add_integration, wait_until_loaded
from demo.onboarding import PASSWORD, USERNAME

from .conftest import wait_until

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]


async def test_recording_is_found_and_played(environment: Environment, page: HomeAssistantPage) -> None:
    await add_integration(environment.api)
    await wait_until_loaded(environment.api)
    await page.log_in(USERNAME, PASSWORD)
    await page.go("/media-browser/browser")
    items = page.page.locator("ha-media-player-browse .child, ha-media-player-browse ha-list-item")
    # The only account and its only building are skipped.
    for name in ("Carson Living", "Lobby"):
        await items.filter(has_text=name).first.click()
    await page.page.get_by_text("Lobby", exact=True).first.wait_for()
    await page.screenshot("days")
    await items.nth(1).click()  # yesterday
    await items.filter(has_text=":00").first.wait_for()
    await page.screenshot("hours")
    await items.first.click()
    await items.filter(has_text="(").first.wait_for()  # the time and the length of a recording
    await page.screenshot("recordings")
    await items.first.click()

    async def is_playing() -> bool:
        return any(video["width"] and video["seconds"] > 2 and video["frames"] > 12 for video in await page.videos())

    await wait_until(is_playing, "the recording plays")
    await page.screenshot("playing")
    records = environment.home_assistant.log_records()
    assert not [record for record in records if record.is_error or "Error" in record.message.replace("SSDP", "")]
