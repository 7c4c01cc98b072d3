"""Fixtures of tests that play recordings."""

from datetime import datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.carson.media.timeouts import MediaTimeouts, RecordingTimeouts
from simulator import Simulator
from tests.support.recordings import recently, record

from .common import NOON

SECONDS = 6


@pytest.fixture
def platforms() -> list[Platform]:
    return []


@pytest.fixture(autouse=True)
async def media_source(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "media_source", {})


@pytest.fixture
def frozen(freezer: FrozenDateTimeFactory) -> FrozenDateTimeFactory:
    """Freeze the time at three in the afternoon in New York, on November 20."""
    freezer.move_to(NOON + timedelta(hours=3))
    return freezer


@pytest.fixture
def begin(sim: Simulator) -> datetime:
    """Return the begin of the lobby's only recording, an hour ago."""
    begin = recently(hours=1)
    record(sim, (begin, SECONDS))
    return begin


def set_timeouts(entry: MockConfigEntry, **seconds: float) -> None:
    """Set time limits of a loaded account's recordings."""
    entry.runtime_data.media.account.timeouts = MediaTimeouts(recordings=RecordingTimeouts(**seconds))
