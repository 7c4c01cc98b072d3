"""The takeover in a real instance: on the page, interrupted, and undone by a backup."""

import asyncio
from pathlib import Path
import shutil

import aiohttp
from playwright.async_api import expect
import pytest

from demo.browser import HomeAssistantPage, find_chromium, open_page
from demo.environment import wait_until_loaded
from demo.onboarding import PASSWORD, USERNAME
from demo.simulator_process import SimulatorProcess
from tests.support.older_integrations import CAMERA, FORKS, GARAGE, LOCK, Fork

from .older_instance import (
    OLDER_CODE,
    Seen,
    errors_about_carson,
    install,
    install_carson,
    look,
    make_folder,
    running,
    take_over,
)

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]

SAME_DOMAIN, OTHER_DOMAIN = FORKS[1], FORKS[3]

# Home Assistant writes entries after one second and registries after ten.
BETWEEN_BOTH_SECONDS = 4


def assert_same(before: Seen, after: Seen) -> None:
    assert {entity_id: after.get(entity_id) for entity_id in before} == before


@pytest.mark.parametrize("fork", [SAME_DOMAIN, OTHER_DOMAIN], ids=["migration", "takeover"])
async def test_killed_before_everything_is_written(
    session: aiohttp.ClientSession, simulator: SimulatorProcess, tmp_path: Path, fork: Fork
) -> None:
    """The next start finishes what was begun."""
    folder = tmp_path / "home-assistant"
    await make_folder(folder, session, simulator, fork)
    async with running(folder, session, simulator, fork) as (api, _):
        before = await look(api)
    install_carson(folder)
    async with running(folder, session, simulator, fork) as (api, home_assistant):
        if fork is OTHER_DOMAIN:
            await take_over(api)
        await wait_until_loaded(api)
        await asyncio.sleep(BETWEEN_BOTH_SECONDS)
        await home_assistant.kill()
    async with running(folder, session, simulator, fork) as (api, home_assistant):
        await wait_until_loaded(api)
        assert_same(before, await look(api))
        assert errors_about_carson(home_assistant) == []


async def test_back_by_a_backup(session: aiohttp.ClientSession, simulator: SimulatorProcess, tmp_path: Path) -> None:
    """With the files from before and its code, the older integration is back as it was."""
    folder = tmp_path / "home-assistant"
    await make_folder(folder, session, simulator, OTHER_DOMAIN)
    async with running(folder, session, simulator, OTHER_DOMAIN) as (api, _):
        before = await look(api)
    shutil.copytree(folder, tmp_path / "backup", symlinks=True)
    install_carson(folder)
    async with running(folder, session, simulator, OTHER_DOMAIN) as (api, _):
        await take_over(api)
        await wait_until_loaded(api)
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "backup", folder, symlinks=True)
    install(folder, OTHER_DOMAIN.domain, OLDER_CODE)
    async with running(folder, session, simulator, OTHER_DOMAIN) as (api, _):
        assert_same(before, await look(api))


async def test_one_click_on_the_page(
    session: aiohttp.ClientSession, simulator: SimulatorProcess, tmp_path: Path, artifacts: Path
) -> None:
    """The first choice of the dialog takes over, and the dashboard shows the same cards as before."""
    if (chromium := find_chromium()) is None:
        pytest.skip("Chromium is not installed")
    folder = tmp_path / "home-assistant"
    await make_folder(folder, session, simulator, OTHER_DOMAIN)
    install_carson(folder)
    async with running(folder, session, simulator, OTHER_DOMAIN) as (api, home_assistant), open_page(chromium) as tab:
        page = HomeAssistantPage(tab, home_assistant.url, artifacts)
        await page.log_in(USERNAME, PASSWORD)
        await page.go("/lovelace/0")
        cards = tab.locator("hui-entities-card")
        await expect(cards.get_by_text("Haustür", exact=True)).to_be_visible()
        await page.screenshot("before")
        await page.choose_carson()
        flow = tab.locator("dialog-data-entry-flow")
        await flow.get_by_text("Take over from Carson Living (older integration)").wait_for()
        await page.screenshot("menu")
        await flow.get_by_text("Take over from Carson Living (older integration)").click()
        await flow.locator("step-flow-create-entry").wait_for()
        await page.screenshot("taken-over")
        await wait_until_loaded(api)
        await flow.locator("ha-button", has_text="Finish").click()
        await page.go("/lovelace/0")
        for name in ("Haustür", "Garage Gate"):
            await expect(cards.get_by_text(name, exact=True)).to_be_visible()
        await page.screenshot("after")
        for entity_id in (LOCK, GARAGE, CAMERA):
            assert (await api.state(entity_id))["state"] != "unavailable"
        await page.go("/config/repairs")
        await expect(tab.get_by_text("Actions of the older Carson integration are still used")).to_be_visible()
        await page.screenshot("repairs")
