"""Every cell of the fault matrix, on a Home Assistant of its own."""

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
from tests.reliability.conftest import hurry
from tests.reliability.faults import FAULTS, Fault, Stage
from tests.reliability.matrix import MATRIX, Cell, applies
from tests.reliability.operations import CAMERA, DOOR, OPERATIONS, House, Operation, remember
from tests.reliability.sweep import set_up_automation, sweep
from tests.support.network_faults import untrusted_server
from tests.support.planted_secrets import EMAIL, PASSWORD, Planted, plant, told_by_log

LOGGERS = ("", "custom_components.carson", "aiohttp", "homeassistant.components.stream", "homeassistant.helpers")
CELLS = [(operation, fault) for operation in OPERATIONS for fault in FAULTS if applies(operation.name, fault)]


@pytest.fixture
def untrusted(tmp_path: Path, real_sockets: None) -> Generator[URL]:
    """A server behind a self-signed certificate, which must never get a request."""
    with untrusted_server(tmp_path) as (url, seen):
        yield url
        assert seen == []


@pytest.fixture
def secrets(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Planted:
    """Plant secrets in everything that keeps some."""
    return plant(sim, monkeypatch)


@pytest.fixture
def entry(secrets: Planted, make_entry: Callable[..., MockConfigEntry]) -> MockConfigEntry:
    return make_entry(EMAIL, password=PASSWORD)


@pytest.fixture(autouse=True)
async def nothing_secret_is_told(
    hass: HomeAssistant, secrets: Planted, caplog: pytest.LogCaptureFixture
) -> AsyncGenerator[None]:
    """Log everything there is, in every cell, and find no secret in the log and the states."""
    for name in LOGGERS:
        caplog.set_level(logging.DEBUG, logger=name)
    yield
    records = [record for when in ("setup", "call") for record in caplog.get_records(when)]
    assert records
    assert secrets.hits("the log", told_by_log(records)) == []
    assert secrets.hits("the states", repr([state.as_dict() for state in hass.states.async_all()])) == []


@pytest.fixture
async def house(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    impatient: None,
    operation: Operation,
) -> House:
    """The account is loaded, and somebody has a browser open if the operation needs one."""
    sim.settings.recordings.mp4_pending = 0
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    await set_up_automation(hass, DOOR, CAMERA, begin)
    for component in operation.needs:
        assert await async_setup_component(hass, component, {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    house = House(
        hass=hass, sim=sim, entry=entry, browser=await hass_client() if operation.needs else None, begin=begin
    )
    remember(house)
    return house


@pytest.mark.parametrize(
    ("operation", "fault"), CELLS, ids=[f"{operation.name}-{fault.name}" for operation, fault in CELLS]
)
async def test_cell(
    house: House,
    operation: Operation,
    fault: Fault,
    untrusted: URL,
    monkeypatch: pytest.MonkeyPatch,
    secrets: Planted,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """The user sees what the table says, is left with what it says, and no request is made that it does not name.

    Nobody is told a secret, neither by what the user sees nor by what anybody can ask for meanwhile.
    """
    before = entity_ids(house)
    operation.prepare(house)
    house.sim.counters.reset()
    with monkeypatch.context() as patch:
        stage = Stage(sim=house.sim, patch=patch, untrusted=untrusted)
        fault.arm(stage, operation.target)
        if fault.slow:
            hurry(patch, house.entry.runtime_data.client)
        user = await operation.run(house)
        requests = requests_of(house.sim, repeated=user.startswith("no video"))
        state = await operation.look(house)
        openings = house.openings
        leaks = await sweep(house.hass, secrets, house.entry, await hass_ws_client())
    found = Cell(user, state, requests)
    assert found == MATRIX[operation.name][fault.name]
    assert openings <= 1
    assert leaks + secrets.hits("what the user was told", "\n".join(house.heard)) == []
    await recovers(house)
    assert entity_ids(house) == before


COUNTED = frozenset(operation for one in OPERATIONS for operation in one.target.operations) | {"session"}
"""What the table speaks of; other parts of the account have requests of their own."""


def requests_of(sim: Simulator, *, repeated: bool) -> str:
    """Tell which requests the clouds saw; what is tried until patience ends has no certain number."""
    told = []
    for (_, operation), n in sorted(sim.counters.requests.items(), key=lambda item: item[0][1]):
        if operation not in COUNTED:
            continue
        endless = repeated and n > {"live": 1, "mp4": 1}.get(operation, 3)
        told.append(f"{operation} again and again" if endless else f"{operation} {n}")
    return ", ".join(told) or "none"


def entity_ids(house: House) -> set[tuple[str, str]]:
    """Tell all entities of the first account by unique id and entity id."""
    entities = er.async_entries_for_config_entry(er.async_get(house.hass), house.entry.entry_id)
    return {(entity.unique_id, entity.entity_id) for entity in entities}


async def recovers(house: House) -> None:
    """Once the fault is over, polls and at most a new sign-in bring everything back."""
    house.sim.faults.clear()
    for camera in house.sim.state.cameras.values():
        camera.denied = set()
    if house.entry.state is not ConfigEntryState.LOADED or house.asked_to_sign_in:
        await house.hass.config_entries.async_reload(house.entry.entry_id)
        await house.hass.async_block_till_done()
    data = house.entry.runtime_data
    client = data.client
    for building in data.account.data.buildings:
        # What the client waits for at most a minute is not waited for here.
        client.eagle_eye(building.id)._credential.set(None)
        client.eagle_eye(building.id).reset_session_refusal()
    await data.account.async_refresh()
    await data.cameras.async_refresh()
    await house.hass.async_block_till_done()
    assert house.state_of(DOOR) not in {"unavailable", "missing"}
    assert house.state_of(CAMERA) not in {"unavailable", "missing"}


@pytest.mark.parametrize("operation", [OPERATIONS[0]], ids=["any"])
async def test_the_sweep_sees_what_is_there(
    house: House, operation: Operation, secrets: Planted, hass_ws_client: WebSocketGenerator
) -> None:
    """Were the name of the door a secret, it would be found where it is told."""
    house.sim.faults.add("open_door", "status", status=403)
    looked_for = Planted(house.sim, {"name": "front_door", "number": "7001", "error": "not permitted to do this"})
    found = await sweep(house.hass, looked_for, house.entry, await hass_ws_client())
    places = {hit.partition(": …")[0].partition(" in ")[2] for hit in found}
    assert {
        "the answer to trace/get",
        "the answer to get_states",
        "the entities",
        "the devices",
        "diagnostics",
    } <= places
    assert any("error in the answer to trace/get" in hit for hit in found)
