"""The self-check as an admin runs it, and what diagnostics keep of it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
import json
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.carson import client
from custom_components.carson.self_check import async_last_report
from simulator import Simulator
from tests.fuzz.worlds import check_report, secrets_of
from tests.support.documented_answers import documented_answers
from tests.support.waiting import until

from .conftest import EMAIL, PASSWORD

pytestmark = pytest.mark.usefixtures("real_sockets")


@pytest.fixture(autouse=True)
def quick(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses of the check take no time."""
    monkeypatch.setattr(client, "TIMEOUTS", replace(client.TIMEOUTS, self_check_key=0, self_check_still=0.1))
    sim.live.max_seconds = 0.5
    for device in sim.state.devices:
        device.preview_interval_ms = 50


async def run(hass: HomeAssistant, context: Context | None = None, **data: Any) -> dict[str, Any]:
    response = await hass.services.async_call(
        "carson", "self_check", data, blocking=True, return_response=True, context=context
    )
    assert response is not None
    return dict(response)


async def test_report_is_returned_and_kept(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "diagnostics", {})
    before: Any = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    assert before["protocol"] is None
    report = await run(hass, live=True)
    assert report["complete"]
    assert "different" not in report["beliefs"].values()
    assert report["facts"]["live.video_codec"] == 7
    assert report.keys() >= documented_answers()["self_check"]
    check_report(report, secrets_of(sim))
    assert await hass.config_entries.async_reload(loaded.entry_id)
    after: Any = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    assert after["protocol"] == json.loads(json.dumps(report))
    assert not sim.openings
    await hass.config_entries.async_remove(loaded.entry_id)


async def test_account_that_cannot_be_set_up(hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry) -> None:
    """That is when it is needed most."""
    sim.faults.add("me", "status", status=410)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    report = await run(hass, config_entry_id=entry.entry_id)
    assert report["facts"]["me.status"] == 410
    assert report["beliefs"]["carson.api_version"] == "different"
    check_report(report, {EMAIL, PASSWORD})


async def test_only_admins_may_run_it(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, hass_read_only_user: MockUser
) -> None:
    before = sum(sim.counters.requests.values())
    with pytest.raises(Unauthorized):
        await run(hass, Context(user_id=hass_read_only_user.id))
    assert sum(sim.counters.requests.values()) == before


async def test_account_must_be_named_if_there_are_several(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, make_entry: Callable[..., MockConfigEntry]
) -> None:
    make_entry("federated@example.com", password=None)
    cases: tuple[dict[str, Any], ...] = ({}, {"config_entry_id": "unknown"})
    for data in cases:
        with pytest.raises(ServiceValidationError) as caught:
            await run(hass, **data)
        assert caught.value.translation_key == "which_account"
    assert (await run(hass, config_entry_id=loaded.entry_id))["complete"]


async def test_one_check_at_a_time(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    sim.faults.add("isauth", "delay", seconds=0.5)
    first = hass.async_create_task(run(hass))
    await asyncio.sleep(0)
    with pytest.raises(ServiceValidationError) as caught:
        await run(hass)
    assert caught.value.translation_key == "self_check_running"
    assert (await first)["complete"]
    assert (await run(hass))["complete"]


async def test_reload_ends_the_check(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    sim.faults.add("isauth", "silence")
    check = asyncio.create_task(run(hass))
    await until(lambda: sim.counters.count("isauth"))
    assert await hass.config_entries.async_reload(loaded.entry_id)
    with pytest.raises(HomeAssistantError) as caught:
        await check
    assert caught.value.translation_key == "self_check_ended"
    sim.faults.clear()
    assert (await run(hass))["complete"]


async def test_user_who_does_not_wait(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    """The report is kept even if the page was closed meanwhile."""
    check = asyncio.create_task(run(hass))
    await until(lambda: sim.counters.count("isauth"))
    check.cancel()
    await until(lambda: async_last_report(hass, loaded) is not None)
