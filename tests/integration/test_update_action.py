"""The action that updates accounts at once."""

import asyncio
from collections.abc import Callable

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.carson.const import DOMAIN, TOLERATED_FAILURES
from simulator import Simulator
from tests.support.not_none import not_none
from tests.support.passing_time import pass_time
from tests.support.waiting import until


@pytest.fixture
def platforms() -> list[Platform]:
    return [Platform.CAMERA]


@pytest.mark.parametrize("named", [True, False])
async def test_update_polls_both_clouds(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, named: bool
) -> None:
    sim.counters.reset()
    fields = {"config_entry_id": loaded.entry_id} if named else {}
    await hass.services.async_call(DOMAIN, "update", fields, blocking=True)
    assert sim.counters.count("me") == 1
    assert sim.counters.count("device_list") == 1


async def test_failed_update_raises_one_sentence_that_names_the_account(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A few failures are tolerated, as they are when Home Assistant updates by itself."""
    await pass_time(hass, freezer, seconds=1)
    sim.faults.add("me", "status:503")
    for _ in range(TOLERATED_FAILURES):
        await hass.services.async_call(DOMAIN, "update", {}, blocking=True)
        freezer.tick(11)
    with pytest.raises(HomeAssistantError) as error:
        await hass.services.async_call(DOMAIN, "update", {}, blocking=True)
    text = str(error.value)
    assert error.value.translation_key == "cannot_connect"
    assert text.startswith("Robin Sample: ")
    assert text.lower().count("failed") == 1
    assert "503" not in text
    assert "/me/" not in text
    assert "503" in caplog.text


@pytest.mark.parametrize("failing", [["two@example.com"], ["resident@example.com", "two@example.com"]])
async def test_failed_update_names_each_account_that_failed(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    make_entry: Callable[..., MockConfigEntry],
    failing: list[str],
    freezer: FrozenDateTimeFactory,
) -> None:
    other = make_entry("two@example.com")
    hass.config_entries.async_update_entry(other, title="Other Account")
    if other.state is ConfigEntryState.NOT_LOADED:
        assert await hass.config_entries.async_setup(other.entry_id)
    await hass.async_block_till_done()
    await pass_time(hass, freezer, seconds=1)
    for email in failing:
        sim.state.accounts[email].overrides = {"id": None}
    for _ in range(TOLERATED_FAILURES):
        await hass.services.async_call(DOMAIN, "update", {}, blocking=True)
        freezer.tick(11)
    with pytest.raises(HomeAssistantError) as error:
        await hass.services.async_call(DOMAIN, "update", {}, blocking=True)
    titles = {"resident@example.com": "Robin Sample", "two@example.com": "Other Account"}
    assert not_none(error.value.translation_placeholders)["name"] == ", ".join(titles[email] for email in failing)


async def test_many_updates_are_one(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A script that runs wild costs Carson nothing."""
    await pass_time(hass, freezer, seconds=1)
    sim.counters.reset()
    updates = (hass.services.async_call(DOMAIN, "update", {}, blocking=True) for _ in range(50))
    await asyncio.gather(*updates)
    freezer.tick(9)
    await hass.services.async_call(DOMAIN, "update", {}, blocking=True)
    assert sim.counters.count("me") == 1
    freezer.tick(2)
    await hass.services.async_call(DOMAIN, "update", {}, blocking=True)
    assert sim.counters.count("me") == 2


async def test_update_that_is_given_up_goes_on_for_the_others(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    sim.faults.add("me", "delay", seconds=0.2)
    sim.counters.reset()
    first = asyncio.create_task(hass.services.async_call(DOMAIN, "update", {}, blocking=True))
    second = asyncio.create_task(hass.services.async_call(DOMAIN, "update", {}, blocking=True))
    await until(sim.counters.in_flight.total)
    first.cancel()
    await second
    assert sim.counters.count("me") == 1


async def test_update_without_a_loaded_account(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    assert await hass.config_entries.async_unload(loaded.entry_id)
    for fields in ({}, {"config_entry_id": loaded.entry_id}, {"config_entry_id": "nobody"}):
        with pytest.raises(ServiceValidationError):
            await hass.services.async_call(DOMAIN, "update", fields, blocking=True)
