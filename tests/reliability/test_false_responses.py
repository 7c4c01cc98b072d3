"""No single false response takes anything away, and everything heals by itself."""

from collections.abc import Callable
import logging
import random

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.reliability.false_responses import FALSE, FalseResponses, Snapshot
from tests.support.passing_time import pass_time

SEED = 20261127
PARTS = 25
SEQUENCES = 8
STEPS = 5


@pytest.fixture
async def account(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry], freezer: FrozenDateTimeFactory
) -> MockConfigEntry:
    """Return the loaded account of two buildings; the clock is frozen."""
    entry = make_entry("two@example.com", password="two buildings")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await pass_time(hass, freezer, seconds=61)
    return entry


@pytest.mark.parametrize("part", range(PARTS))
async def test_random_false_responses(
    hass: HomeAssistant, sim: Simulator, account: MockConfigEntry, freezer: FrozenDateTimeFactory, part: int
) -> None:
    for number in range(SEQUENCES):
        rng = random.Random(f"{SEED}-{part}-{number}")
        await FalseResponses(hass=hass, sim=sim, entry=account, freezer=freezer, rng=rng).run(STEPS)


@pytest.mark.parametrize("operation", FALSE)
async def test_every_false_response_once(
    hass: HomeAssistant,
    sim: Simulator,
    account: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    operation: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The random sequences may leave one out. A single one is not even worth a line in the log."""
    before = Snapshot.take(hass, account)
    data = account.runtime_data
    for kind, details in FALSE[operation]:
        if operation == "login":
            sim.tokens.revoke()
        elif operation == "session":
            sim.sessions.revoke()
        rule = sim.faults.add(operation, kind, times=1, **details)
        for coordinator in (data.account, data.cameras, data.reservations):
            await coordinator.async_refresh()
        await hass.async_block_till_done(wait_background_tasks=True)
        assert rule.is_used_up, (kind, details)
        assert Snapshot.take(hass, account) == before, (kind, details)
        for _ in range(10):
            await pass_time(hass, freezer, seconds=61)
            assert Snapshot.take(hass, account) == before, (kind, details)
        assert hass.config_entries.flow.async_progress() == [], (kind, details)
    ours = [record for record in caplog.records if "custom_components" in record.name]
    assert [record.message for record in ours if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("operation", ["me", "session", "device_list"])
@pytest.mark.parametrize("number", range(0, 24, 3))
async def test_lasting_false_response_is_told_once(
    hass: HomeAssistant,
    sim: Simulator,
    account: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    operation: str,
    number: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It heals within about an hour, the longest pause there is."""
    before = Snapshot.take(hass, account)
    kind, details = FALSE[operation][number % len(FALSE[operation])]
    sim.sessions.revoke()
    sim.faults.add(operation, kind, **details)
    for _ in range(120):
        await pass_time(hass, freezer, seconds=61)
    ours = [record for record in caplog.records if "custom_components" in record.name]
    told = [record.message for record in ours if record.levelno >= logging.WARNING]
    assert len(told) == len(set(told)), told
    assert len(told) <= 4, told
    flows = hass.config_entries.flow.async_progress()
    assert len(flows) == (operation == "me" and kind in {"bare401", "unauthorized"})
    sim.faults.clear()
    for _ in range(62):
        await pass_time(hass, freezer, seconds=61)
    after = Snapshot.take(hass, account)
    assert hass.config_entries.flow.async_progress() == []
    assert after.unavailable == before.unavailable
    assert after.entities == before.entities
