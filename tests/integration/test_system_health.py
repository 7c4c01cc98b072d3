"""System information: whether the clouds can be reached from here."""

import asyncio
from collections.abc import Callable
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info

from simulator import Simulator
from tests.support.passing_time import pass_time


@pytest.fixture(autouse=True)
async def system_health(hass: HomeAssistant, real_sockets: None) -> None:
    assert await async_setup_component(hass, "system_health", {})


async def system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    info = await get_system_health_info(hass, "carson")
    return {
        key: await value if asyncio.iscoroutine(value) else value for key, value in info.items() if key != "api_version"
    }


async def test_reachable_clouds(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
) -> None:
    """With several accounts, the oldest poll is shown."""
    before = dt_util.utcnow()
    first = make_entry()
    assert await hass.config_entries.async_setup(first.entry_id)
    await hass.async_block_till_done()
    freezer.tick(30)
    second = make_entry("noeye@example.com")
    assert await hass.config_entries.async_setup(second.entry_id)
    await hass.async_block_till_done()
    info = await system_health_info(hass)
    assert info == {
        "accounts": "2 of 2",
        "can_reach_carson": "ok",
        "can_reach_eagle_eye": "ok",
        "last_account_poll": before,
        "last_camera_poll": before,
    }


async def test_unreachable_clouds(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARSON_API_URL", "http://127.0.0.1:9/api")
    monkeypatch.setenv("CARSON_EAGLE_EYE_URL", "http://127.0.0.1:9/{subdomain}")
    assert not await hass.config_entries.async_setup(entry.entry_id)
    failed = {"type": "failed", "error": "unreachable"}
    assert await system_health_info(hass) == {
        "accounts": "0 of 1",
        "can_reach_carson": failed,
        "can_reach_eagle_eye": failed,
        "last_account_poll": "never",
        "last_camera_poll": "never",
    }


async def test_failed_poll_does_not_count(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    before = (await system_health_info(hass))["last_account_poll"]
    sim.faults.add("me", "ok_html")
    await pass_time(hass, freezer, minutes=5, seconds=5)
    info = await system_health_info(hass)
    assert info["last_account_poll"] == before
    assert info["last_camera_poll"] > before
