"""Messages of failed actions about reservations."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator


async def test_unclear_outcome_of_marking_as_seen_does_not_mention_doors(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    sim.faults.add("mark_seen", "reset", when="after")
    with pytest.raises(HomeAssistantError) as error:
        await hass.services.async_call(
            "carson",
            "mark_reservations_seen",
            {"calendar": "calendar.harbor_house_reservations", "reservation_id": ["9001"]},
            blocking=True,
        )
    assert error.value.translation_key == "reservation_unclear"
    assert "door" not in str(error.value)
    assert sim.counters.count("mark_seen") == 1
