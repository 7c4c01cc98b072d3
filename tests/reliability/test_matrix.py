"""Every cell of the fault matrix, each with a Home Assistant of its own."""

from collections.abc import AsyncGenerator, Callable, Generator
from datetime import UTC, datetime, timedelta
import logging
from pathlib import Path

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator
from yarl import URL

from simulator import Simulator
from tests.reliability.conftest import shorten_timeouts
from tests.reliability.faults import FAULTS, Fault, FaultContext
from tests.reliability.matrix import MATRIX, Cell, applies
from tests.reliability.operations import CAMERA, DOOR, OPERATIONS, Home, Operation, add_recording
from tests.reliability.secret_search import find_secrets, set_up_automation
from tests.support.network_faults import untrusted_server
from tests.support.planted_secrets import EMAIL, PASSWORD, PlantedSecrets, log_text, plant_secrets

LOGGERS = ("", "custom_components.carson", "aiohttp", "homeassistant.components.stream", "homeassistant.helpers")
CELLS = [(operation, fault) for operation in OPERATIONS for fault in FAULTS if applies(operation.name, fault)]


@pytest.fixture
def untrusted(tmp_path: Path, real_sockets: None) -> Generator[URL]:
    """Run a server with a self-signed certificate, which must never receive a request."""
    with untrusted_server(tmp_path) as (url, requests):
        yield url
        assert requests == []


@pytest.fixture
def secrets(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> PlantedSecrets:
    """Plant secrets wherever the clouds have some."""
    return plant_secrets(sim, monkeypatch)


@pytest.fixture
def entry(secrets: PlantedSecrets, make_entry: Callable[..., MockConfigEntry]) -> MockConfigEntry:
    return make_entry(EMAIL, password=PASSWORD)


@pytest.fixture(autouse=True)
async def no_secret_is_disclosed(
    hass: HomeAssistant, secrets: PlantedSecrets, caplog: pytest.LogCaptureFixture
) -> AsyncGenerator[None]:
    """Log everything at level DEBUG and find no secret in the log and the states."""
    for name in LOGGERS:
        caplog.set_level(logging.DEBUG, logger=name)
    yield
    records = [record for when in ("setup", "call") for record in caplog.get_records(when)]
    assert records
    assert secrets.find("the log", log_text(records)) == []
    assert secrets.find("the states", repr([state.as_dict() for state in hass.states.async_all()])) == []


@pytest.fixture
async def home(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    impatient: None,
    operation: Operation,
) -> Home:
    """Load the account; connect a browser if the operation needs one."""
    sim.settings.recordings.mp4_pending = 0
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    await set_up_automation(hass, DOOR, CAMERA, begin)
    for component in operation.needs:
        assert await async_setup_component(hass, component, {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    browser = await hass_client() if operation.needs else None
    home = Home(hass=hass, sim=sim, entry=entry, browser=browser, begin=begin)
    add_recording(home)
    return home


@pytest.mark.parametrize(
    ("operation", "fault"), CELLS, ids=[f"{operation.name}-{fault.name}" for operation, fault in CELLS]
)
async def test_cell(
    home: Home,
    operation: Operation,
    fault: Fault,
    untrusted: URL,
    monkeypatch: pytest.MonkeyPatch,
    secrets: PlantedSecrets,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """Result, state and requests are those in the table, and no secret is disclosed meanwhile."""
    before = entity_ids(home)
    operation.prepare(home)
    home.sim.counters.reset()
    with monkeypatch.context() as patch:
        context = FaultContext(sim=home.sim, patch=patch, untrusted=untrusted)
        fault.apply(context, operation.target)
        if fault.slow:
            shorten_timeouts(patch, home.entry.runtime_data.client)
        user = await operation.run(home)
        requests = requests_of(home.sim, operation, repeated=user.startswith("no video"))
        state = await operation.inspect(home)
        openings = home.openings
        secrets_found = await find_secrets(home.hass, secrets, home.entry, await hass_ws_client())
    assert Cell(user, state, requests) == MATRIX[operation.name][fault.name]
    assert openings <= 1
    assert secrets_found + secrets.find("the messages", "\n".join(home.messages)) == []
    await check_recovery(home)
    assert entity_ids(home) == before


COUNTED = frozenset(operation for one in OPERATIONS for operation in one.target.operations) | {"session"}
"""The requests in the table; other parts of the account make requests of their own."""


def requests_of(sim: Simulator, operation: Operation, *, repeated: bool) -> str:
    """Return the requests that reached the clouds; those repeated until a time limit have no fixed number.

    The picture that follows an opening is left out: it may or may not have been requested yet.
    """
    described = []
    for (_, name), n in sorted(sim.counters.requests.items(), key=lambda item: item[0][1]):
        if name not in COUNTED or (operation.name == "open door" and name == "image"):
            continue
        is_repeated = repeated and n > {"live": 1, "mp4": 1}.get(name, 3)
        described.append(f"{name} repeatedly" if is_repeated else f"{name} {n}")
    return ", ".join(described) or "none"


def entity_ids(home: Home) -> set[tuple[str, str]]:
    """Return the entities of the account by unique id and entity id."""
    entities = er.async_entries_for_config_entry(er.async_get(home.hass), home.entry.entry_id)
    return {(entity.unique_id, entity.entity_id) for entity in entities}


async def check_recovery(home: Home) -> None:
    """Check that polls, and at most a new sign-in, restore everything after the fault."""
    home.sim.faults.clear()
    for camera in home.sim.state.cameras.values():
        camera.denied = set()
    if home.entry.state is not ConfigEntryState.LOADED or home.is_asked_to_sign_in:
        await home.hass.config_entries.async_reload(home.entry.entry_id)
        await home.hass.async_block_till_done()
    data = home.entry.runtime_data
    client = data.client
    for building in data.account.data.buildings:
        # The client would wait for up to a minute.
        client.eagle_eye(building.id)._credential.set(None)
        client.eagle_eye(building.id).reset_session_refusal()
    await data.account.async_refresh()
    await data.cameras.async_refresh()
    await home.hass.async_block_till_done()
    assert home.state_of(DOOR) not in {"unavailable", "missing"}
    assert home.state_of(CAMERA) not in {"unavailable", "missing"}


@pytest.mark.parametrize("operation", [OPERATIONS[0]], ids=["any"])
async def test_search_finds_what_is_there(
    home: Home, operation: Operation, secrets: PlantedSecrets, hass_ws_client: WebSocketGenerator
) -> None:
    """The name of the door and the text of an error are found where they are shown."""
    home.sim.faults.add("open_door", "status", status=403)
    secrets = PlantedSecrets(
        home.sim, {"name": "front_door", "number": "7001", "error": "does not have permission to do this"}
    )
    found = await find_secrets(home.hass, secrets, home.entry, await hass_ws_client())
    places = {match.partition(": …")[0].partition(" in ")[2] for match in found}
    assert {
        "the result of trace/get",
        "the result of get_states",
        "the entities",
        "the devices",
        "the diagnostics",
    } <= places
    assert any("error in the result of trace/get" in match for match in found)
