"""Memory stays constant during a simulated day; `scripts/soak` simulates a week."""

import json
import logging
import os
from pathlib import Path

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.support.simulated_week import SimulatedWeek, entities_of, growth

HOURS = int(os.environ.get("CARSON_SOAK_HOURS", "24"))
SEED = int(os.environ.get("CARSON_SOAK_SEED", "20261121"))


@pytest.mark.timeout(60 + 30 * HOURS)
async def test_memory_does_not_grow(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    logging.disable(logging.CRITICAL)  # the log that pytest keeps would grow
    hass.loop.set_debug(False)
    entities = entities_of(hass, loaded)
    try:
        report = await SimulatedWeek(hass, freezer, sim, loaded, SEED).run(HOURS)
    finally:
        logging.disable(logging.NOTSET)
    if path := os.environ.get("CARSON_SOAK_REPORT"):
        figures = {name: getattr(report, name) for name in report.__slots__}
        Path(path).write_text(json.dumps(figures), encoding="utf-8")  # noqa: ASYNC240 - nothing else runs any more
    print(f"seed {SEED}: {report}")  # noqa: T201 - shown when it fails
    assert report.outages > HOURS / 24
    assert report.openings == HOURS
    # The number varies by some dozens; a leak of one object per poll would be thousands.
    assert growth(report.objects) < 1.25
    assert growth(report.mib) < 1.1
    assert max(report.threads) <= report.threads[0] + 2
    assert report.most_per_minute <= 60
    assert entities_of(hass, loaded) >= entities
