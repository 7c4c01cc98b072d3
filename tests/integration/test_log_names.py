"""The log says which building an outage concerns: by its name, unless that may be an address."""

from collections.abc import Callable
import logging

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.carson.aiocarson import Building
from custom_components.carson.const import DOMAIN
from custom_components.carson.log_names import building_log_name
from simulator import Simulator
from tests.support.not_none import not_none
from tests.support.passing_time import pass_time

ENTRY, ACCOUNT = "entry of the account", "1001"


def log_name(hass: HomeAssistant, name: str, raw: dict[str, object] | None = None) -> str:
    return building_log_name(hass, ENTRY, ACCOUNT, Building(id="501", name=name, raw=raw or {}))


@pytest.mark.parametrize(
    "name", ["Harbor House", "The Mill Lofts", "Résidence du Parc", "Stone Court", "Waylon", "Münchner Höfe", "B"]
)
def test_name_is_logged(hass: HomeAssistant, name: str) -> None:
    assert log_name(hass, name) == name


@pytest.mark.parametrize(
    "name",
    [
        "12 Elm Street",
        "Elm St.",
        "One Harbor Place",
        "ONE-TWENTY Main",
        "Tower 2",
        "5th & Main",
        "Lindenstraße 7a",
        "Lindenstraße",
        "Am Lindenweg",
        "Rue de la Paix",
        "Harbor House, Elm Road",
        "٣ Palm Court",
        "somebody@example.com",
        "-",
        "Harbor\nHouse",
        "",
    ],
)
def test_building_that_may_be_named_by_its_address_is_logged_by_its_id(hass: HomeAssistant, name: str) -> None:
    assert log_name(hass, name) == "501"


@pytest.mark.parametrize(
    "raw",
    [
        {"address": "Harbor House, Springfield"},
        {"address": {"line": "HARBOR  HOUSE"}},
        {"fullAddress": {"name": "Harbor", "since": 2020}},
        {"streetName": "Harbor"},
        {"city": "house"},
    ],
    ids=str,
)
def test_name_that_carson_also_sends_as_address_is_not_logged(hass: HomeAssistant, raw: dict[str, object]) -> None:
    assert log_name(hass, "Harbor House", raw) == "501"


@pytest.mark.parametrize("raw", [{"address": "Springfield"}, {"address": None}, {"name": "Harbor House"}], ids=str)
def test_other_address_does_not_matter(hass: HomeAssistant, raw: dict[str, object]) -> None:
    assert log_name(hass, "Harbor House", raw) == "Harbor House"


def test_long_name_is_cut(hass: HomeAssistant) -> None:
    assert len(log_name(hass, "Harbor " * 100)) == 100


@pytest.mark.parametrize(
    ("own", "expected"), [("Home", "Home"), ("12 Elm Street", "Harbor House"), (None, "Harbor House")]
)
async def test_name_is_that_of_the_device(
    hass: HomeAssistant, loaded: MockConfigEntry, own: str | None, expected: str
) -> None:
    devices = dr.async_get(hass)
    account_id = not_none(loaded.unique_id)
    identifier = (DOMAIN, f"{account_id}-building-501")
    device = not_none(devices.async_get_device_by_identifier(identifier, loaded.entry_id))
    devices.async_update_device(device.id, name_by_user=own)
    building = Building(id="501", name="New name")
    assert building_log_name(hass, loaded.entry_id, account_id, building) == expected


async def test_address_is_in_no_line_of_an_outage(
    hass: HomeAssistant,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    address = "77 Pl4nted Street"
    sim.state.buildings["502"].name = address
    entry = make_entry("two@example.com")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    caplog.set_level(logging.DEBUG)
    sim.faults.add("device_list", "status:500", building="502")
    for _ in range(3):
        await pass_time(hass, freezer, minutes=1, seconds=2)
    sim.faults.clear()
    await pass_time(hass, freezer, minutes=1, seconds=2)
    # Home Assistant itself logs the ids of entities, which are made of names.
    own = [record.getMessage() for record in caplog.records if record.name.startswith("custom_components.carson")]
    assert any("Failed to update the cameras of building 502: " in line for line in own)
    assert "Updated the cameras of building 502 again" in own
    assert [line for line in own if address in line] == []
