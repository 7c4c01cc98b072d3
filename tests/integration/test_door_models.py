"""The model of a door names its access system."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.carson.const import DOMAIN
from custom_components.carson.door_models import door_model_id
from tests.support.not_none import not_none


@pytest.mark.parametrize(
    ("provider", "model_id"),
    [
        ("smartair", "SMARTair"),
        ("SmartAir", "SMARTair"),
        ("salto_v2", "Salto v2"),
        ("new_system", "new system"),
        ("New System", "New System"),
        ("_", None),
        ("", None),
        (None, None),
    ],
)
def test_known_systems_have_their_own_name(provider: str | None, model_id: str | None) -> None:
    assert door_model_id(provider) == model_id


def test_long_value_is_cut() -> None:
    assert len(not_none(door_model_id("x" * 255))) == 100


async def test_device_of_a_door_shows_it(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    identifier = (DOMAIN, f"{loaded.unique_id}-door-7001")
    device = not_none(dr.async_get(hass).async_get_device_by_identifier(identifier, loaded.entry_id))
    assert (device.model, device.model_id) == ("Door", "SMARTair")
