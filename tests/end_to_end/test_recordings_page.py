"""A person who looks for what a camera saw: through the media browser down to a recording that plays."""

import pytest

from demo.environment import House, sign_in, wait_until_loaded
from demo.onboarding import PASSWORD, USERNAME

from .browser import HomeAssistantPage
from .conftest import until

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(300)]


async def test_recording_is_found_and_played(house: House, page: HomeAssistantPage) -> None:
    await sign_in(house.api)
    await wait_until_loaded(house.api)
    await page.log_in(USERNAME, PASSWORD)
    await page.go("/media-browser/browser")
    items = page.page.locator("ha-media-player-browse .child, ha-media-player-browse ha-list-item")
    for name in ("Carson Living", "Robin Sample", "Harbor House", "Lobby"):
        await items.filter(has_text=name).first.click()
    await page.page.get_by_text("Lobby", exact=True).first.wait_for()
    await page.keep("days")
    await items.nth(1).click()  # yesterday: all of it is over
    await items.filter(has_text=":00").first.wait_for()
    await page.keep("hours")
    await items.first.click()
    await items.filter(has_text="(").first.wait_for()  # a time and a length
    await page.keep("recordings")
    await items.first.click()

    async def plays() -> bool:
        return any(video["width"] and video["seconds"] > 2 and video["frames"] > 12 for video in await page.videos())

    await until(plays, 60, "the recording plays")
    await page.keep("plays")
    assert "Error" not in house.home_assistant.log.read_text().replace("SSDP", "")
