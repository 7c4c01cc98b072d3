"""Fixtures: both simulated clouds, an account's entry, and a Home Assistant that has loaded it."""

from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import replace
import tempfile
from unittest.mock import patch

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

# Before anything of Home Assistant looks for custom integrations: ours, not the test plugin's.
from custom_components.carson import PLATFORMS
from custom_components.carson.aiocarson import Timeouts
from custom_components.carson.const import CONF_EMAIL, CONF_PASSWORD, CONF_TOKEN, DOMAIN
from custom_components.carson.live_events.building import EventsState
from simulator import Simulator
from tests.support.waiting import until

EMAIL = "resident@example.com"
PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def real_sockets(
    enable_custom_integrations: None,
    socket_enabled: None,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Allow the integration to be loaded and to connect to the simulator.

    Each test has its own place for temporary files: a start removes those that are there.
    """
    monkeypatch.setattr("custom_components.carson.leftovers.STORAGE_DIR", str(tmp_path_factory.mktemp("storage")))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))


# A frozen clock would never end a pause.
NO_PAUSES = Timeouts(first_pause=0, session_failure_pause=0, clip_pending_pause=0)


@pytest.fixture(autouse=True)
def timeouts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Timeouts:
    """Set the client's durations: no pauses, and the values of the marker `timeouts`."""
    marker = request.node.get_closest_marker("timeouts")
    found = NO_PAUSES if marker is None else replace(NO_PAUSES, **marker.kwargs)
    monkeypatch.setattr("custom_components.carson.client.TIMEOUTS", found)
    return found


@pytest.fixture(autouse=True)
def live_events(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn live events off except with the marker `live_events`: with them, lists are fetched less often."""
    if request.node.get_closest_marker("live_events") is None:
        monkeypatch.setattr("custom_components.carson.live_events.manager.DEFAULT_LIVE_EVENTS", False)


@pytest.fixture
async def sim(real_sockets: None, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Simulator]:
    """Start both simulated clouds, and let the integration use them."""
    async with Simulator() as simulator:
        monkeypatch.setenv("CARSON_API_URL", simulator.api_url)
        monkeypatch.setenv("CARSON_EAGLE_EYE_URL", simulator.eagle_eye_url)
        yield simulator


@pytest.fixture
def make_entry(hass: HomeAssistant, sim: Simulator) -> Callable[..., MockConfigEntry]:
    """Return a function that adds an entry for one of the simulator's accounts."""

    def make(email: str = EMAIL, *, password: str | None = PASSWORD, **more: object) -> MockConfigEntry:
        data = {CONF_EMAIL: email, CONF_TOKEN: sim.mint_token(email)}
        if password is not None:
            data[CONF_PASSWORD] = password
        entry = MockConfigEntry(
            domain=DOMAIN,
            version=2,
            title="Robin Sample",
            unique_id=str(sim.state.accounts[email].id),
            data=data,
            **more,
        )
        entry.add_to_hass(hass)
        return entry

    return make


@pytest.fixture
def entry(make_entry: Callable[..., MockConfigEntry]) -> MockConfigEntry:
    """Return the entry of the default resident."""
    return make_entry()


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return a snapshot that leaves out random ids, times and tokens of Home Assistant's objects.

    It also leaves out what only one of its supported versions has.
    """
    found: SnapshotAssertion = snapshot.use_extension(HomeAssistantSnapshotExtension)
    return found.with_defaults(exclude=props("access_token", "compat_name", "entity_picture"))


@pytest.fixture
def platforms() -> list[Platform]:
    """Return the platforms to load; a test may choose fewer."""
    return list(PLATFORMS)


@pytest.fixture
async def loaded(hass: HomeAssistant, entry: MockConfigEntry, platforms: list[Platform]) -> MockConfigEntry:
    """Return the loaded entry of the default resident."""
    with patch("custom_components.carson.PLATFORMS", platforms):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await settle(hass, entry)
    return entry


async def settle(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Wait until the entry is loaded, and its live events are received or refused."""
    await hass.async_block_till_done()
    buildings = entry.runtime_data.live_events.buildings
    await until(lambda: all(building.state is not EventsState.CONNECTING for building in buildings.values()))
    await hass.async_block_till_done()


@pytest.fixture(autouse=True)
def no_reports(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail if Home Assistant reports that this integration uses what will be removed."""
    yield
    messages = [record.getMessage() for phase in ("setup", "call") for record in caplog.get_records(phase)]
    assert [message for message in messages if "custom integration 'carson'" in message] == []


@pytest.fixture
def entity_registry_enabled_by_default() -> Iterator[None]:
    """Enable the entities that are disabled by default, too."""
    with patch("homeassistant.helpers.entity.Entity.entity_registry_enabled_default", new=True):
        yield
