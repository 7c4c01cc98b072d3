"""Whoever presses, and whatever happens meanwhile: a door opens once for each intention, in time or never."""

from collections.abc import AsyncIterator, Callable

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.reliability.press_sequences import DOORS, JOIN_SECONDS, LIMIT_SECONDS, PressSequences
from tests.support.middle_box import middle_box

SEED = 20261126
SEQUENCES = 10_000
PARTS = 10
MEMORY_SECONDS = 0.3
"""How long a connection may be idle before it is forgotten here."""
IDLE_SECONDS = 0.1
"""How long a connection may have been idle when a command is sent over it here."""


@pytest.fixture
def platforms() -> list[Platform]:
    return [Platform.LOCK, Platform.BUTTON]


@pytest.fixture(autouse=True)
def join_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.carson.door_state.JOIN_SECONDS", JOIN_SECONDS)


@pytest.fixture
async def entry(
    sim: Simulator, make_entry: Callable[..., MockConfigEntry], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[MockConfigEntry]:
    """Return an entry whose requests to Carson pass something that soon forgets idle connections."""
    monkeypatch.setattr("custom_components.carson.aiocarson.http.transport.MAX_IDLE_SECONDS", IDLE_SECONDS)
    monkeypatch.setattr("custom_components.carson._START_SECONDS", IDLE_SECONDS)
    async with middle_box(sim.api_url, MEMORY_SECONDS) as box:
        monkeypatch.setenv("CARSON_API_URL", box.url)
        yield make_entry()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.timeouts(open_door=LIMIT_SECONDS, read=LIMIT_SECONDS)
async def test_every_press_is_carried_out_once_and_told(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, part: int
) -> None:
    sequences = PressSequences(hass, sim, loaded, SEED + part)
    await sequences.prepare()
    results = sequences.results
    while results.sequences < SEQUENCES // PARTS:
        await sequences.run_batch()
    print(f"seed {SEED + part}: {dict(results.outcomes)} {dict(results.endings)}")  # noqa: T201 - shown if it fails
    assert results.violations == []
    assert results.sequences == SEQUENCES // PARTS // DOORS * DOORS
    assert results.joined > DOORS
    assert {"opened", "failed", "unclear"} <= set(results.outcomes)
    assert {"done", "cancelled", "outcome_unclear", "cannot_connect"} <= set(results.endings)
    assert {"slow sign-in", "slow response", "silence response"} <= set(results.faults)
