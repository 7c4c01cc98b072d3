"""Memory stays flat through a day of polls; `scripts/soak` lives through a week in the same way."""

import json
import logging
import os
from pathlib import Path

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.support.simulated_week import Day, entities_of, growth

HOURS = int(os.environ.get("CARSON_SOAK_HOURS", "24"))
SEED = int(os.environ.get("CARSON_SOAK_SEED", "20261121"))


@pytest.mark.timeout(60 + 30 * HOURS)
async def test_memory_is_flat(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    logging.disable(logging.CRITICAL)  # the test's own record of the log would grow
    hass.loop.set_debug(False)
    entities = entities_of(hass, loaded)
    try:
        life = await Day(hass, freezer, sim, loaded, SEED).live(HOURS)
    finally:
        logging.disable(logging.NOTSET)
    if report := os.environ.get("CARSON_SOAK_REPORT"):
        figures = {name: getattr(life, name) for name in life.__slots__}
        Path(report).write_text(json.dumps(figures), encoding="utf-8")  # noqa: ASYNC240 - the very end
    print(f"seed {SEED}: {life}")  # noqa: T201 - shown when it fails
    assert life.outages > HOURS / 24
    assert life.openings == HOURS
    # What is loaded at a moment varies by some dozen objects; a leak of one per poll would be thousands.
    assert growth(life.objects) < 1.25
    assert growth(life.mib) < 1.1
    assert max(life.threads) <= life.threads[0] + 2
    assert life.most_per_minute <= 60
    assert entities_of(hass, loaded) >= entities
