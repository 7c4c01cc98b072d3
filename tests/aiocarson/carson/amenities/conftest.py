"""Fixtures: the amenities of a building."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from aiocarson import (
    Amenities,
    Carson,
)
import pytest

from simulator import Simulator

NEW_YORK = ZoneInfo("America/New_York")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
GYM = "301"
DECK = "302"


@pytest.fixture
async def amenities(carson: Carson) -> Amenities:
    """The amenities of Harbor House, once the account is known."""
    await carson.get_account()
    return carson.amenities("501")


@pytest.fixture
def tomorrow(sim: Simulator) -> date:
    return sim.clock.now().astimezone(NEW_YORK).date() + timedelta(days=1)
