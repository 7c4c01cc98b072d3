"""Whoever presses, and whatever happens meanwhile: a door opens once for each intention, in time or never."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.reliability.conftest import set_timeouts
from tests.reliability.press_sequences import DOORS, JOIN_SECONDS, LIMIT_SECONDS, SLOW_SECONDS, PressSequences
from tests.support.middle_box import MiddleBox, middle_box

SEED = 20261126
SEQUENCES = 10_000
PARTS = 10
MEMORY_SECONDS = SLOW_SECONDS + 0.2
"""How long a connection may be idle before it is forgotten here, as between two batches."""
IDLE_SECONDS = 0.2
"""How long a connection may have been idle when a command is sent over it here."""
READ_SECONDS = 0.5
"""How long polling waits for a response here: its connections are forgotten, too."""


@pytest.fixture
def platforms() -> list[Platform]:
    return [Platform.LOCK, Platform.BUTTON]


@pytest.fixture(autouse=True)
def join_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.carson.door_state.JOIN_SECONDS", JOIN_SECONDS)


@pytest.fixture
async def box(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MiddleBox]:
    """Let all requests to Carson pass something that soon forgets idle connections."""
    monkeypatch.setattr("custom_components.carson.aiocarson.http.transport.MAX_IDLE_SECONDS", IDLE_SECONDS)
    async with middle_box(sim.api_url, MEMORY_SECONDS) as box:
        monkeypatch.setenv("CARSON_API_URL", box.url)
        yield box


@pytest.fixture
def entry(box: MiddleBox, make_entry: Callable[..., MockConfigEntry]) -> MockConfigEntry:
    """Return the entry of the default resident, behind the box."""
    return make_entry()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.timeouts(open_door=LIMIT_SECONDS)
async def test_every_press_is_carried_out_once_and_told(
    hass: HomeAssistant,
    sim: Simulator,
    box: MiddleBox,
    loaded: MockConfigEntry,
    part: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sequences = PressSequences(hass, sim, loaded, SEED + part)
    await sequences.prepare()
    client = loaded.runtime_data.client
    set_timeouts(monkeypatch, client, replace(client._transport.timeouts, read=READ_SECONDS))
    monkeypatch.setattr("custom_components.carson._START_SECONDS", READ_SECONDS)
    results = sequences.results
    while results.sequences < SEQUENCES // PARTS:
        await sequences.run_batch()
    assert results.sequences == SEQUENCES // PARTS // DOORS * DOORS
    # A busy computer opens none of a hundred doors in time, but some of ten.
    while len(results.outcomes) == 1:
        await sequences.run_batch(DOORS // 10)
    print(f"seed {SEED + part}: {dict(results.outcomes)} {dict(results.endings)}")  # noqa: T201 - shown if it fails
    assert results.violations == []
    assert results.joined > DOORS
    assert box.swallowed > 0, "connections of polling were forgotten"
    assert {"cancelled", "outcome_unclear"} <= set(results.endings)
    assert {"slow sign-in", "slow response", "silence response"} <= set(results.faults)
