"""Whoever presses, and whatever happens meanwhile: a door opens once for each intention, in time or never."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.reliability.press_sequences import DOORS, JOIN_SECONDS, LIMIT_SECONDS, PressSequences

SEED = 20261126
SEQUENCES = 10_000
PARTS = 10


@pytest.fixture
def platforms() -> list[Platform]:
    return [Platform.LOCK, Platform.BUTTON]


@pytest.fixture(autouse=True)
def join_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.carson.door_state.JOIN_SECONDS", JOIN_SECONDS)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.timeouts(open_door=LIMIT_SECONDS)
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
    assert {"done", "cancelled", "outcome_unclear"} <= set(results.endings)
    assert {"slow sign-in", "slow response", "silence response"} <= set(results.faults)
