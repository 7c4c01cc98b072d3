"""Home Assistant with the files of the legacy integration of the same domain."""

from collections.abc import AsyncIterator
import json
from pathlib import Path

import aiohttp
import pytest

from demo.environment import wait_until_loaded
from demo.home_assistant import HomeAssistant
from demo.simulator_process import EMAIL, SimulatorProcess
from tests.support import legacy_integration as legacy

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client_session:
        yield client_session


@pytest.fixture
async def simulator(session: aiohttp.ClientSession) -> AsyncIterator[SimulatorProcess]:
    process = await SimulatorProcess.start(0)
    yield process
    await process.stop()


@pytest.fixture
async def folder(session: aiohttp.ClientSession, simulator: SimulatorProcess, tmp_path: Path) -> Path:
    """Return the folder of a used instance with the files of the legacy integration."""
    folder = tmp_path / "home-assistant"
    home_assistant = HomeAssistant(folder, simulator.environment, 0)
    try:
        await home_assistant.start(session)
    finally:
        await home_assistant.stop()
    async with session.post(f"{simulator.url}/_control/token", json={"email": EMAIL}) as response:
        token = (await response.json())["token"]
    for name, content in legacy.storage(token).items():
        (folder / ".storage" / name).write_text(json.dumps(content))
    return folder


async def test_upgrade_from_the_legacy_integration(
    session: aiohttp.ClientSession, simulator: SimulatorProcess, folder: Path
) -> None:
    home_assistant = HomeAssistant(folder, simulator.environment, 0)
    try:
        api = await home_assistant.start(session)
        await wait_until_loaded(api)
        registered = {
            row["entity_id"]: row
            for row in await api.call("config/entity_registry/list")
            if row["platform"] == "carson"
        }
        lock = await api.state(legacy.LOCK)
        assert lock["state"] == "locked"
        assert lock["attributes"]["friendly_name"] == "Haustür"
        assert (registered[legacy.LOCK]["area_id"], registered[legacy.LOCK]["labels"]) == (
            "flur",
            ["wichtig"],
        )
        assert (await api.state(legacy.CAMERA))["attributes"]["friendly_name"] == "Eingang"
        assert registered[legacy.HIDDEN_CAMERA]["hidden_by"] == "user"
        assert registered["camera.gym"]["disabled_by"] == "user"
        assert not [entity_id for entity_id in registered if entity_id.endswith("_2")]
        await api.perform_action("lock", "open", entity_id=legacy.LOCK)
        assert await simulator.openings(session) == {"7001": 1}
        await api.perform_action("carson", "update")
    finally:
        await home_assistant.stop()
    [entry] = [
        entry
        for entry in json.loads((folder / ".storage" / "core.config_entries").read_text())["data"]["entries"]
        if entry["domain"] == "carson"
    ]
    assert (entry["version"], entry["minor_version"]) == (2, 2)
    assert (entry["entry_id"], entry["unique_id"], entry["title"]) == (
        legacy.ENTRY_ID,
        "1001",
        "Robin Sample",
    )
    assert set(entry["data"]) == {"email", "password", "token"}
    assert entry["options"] == {"all_cameras": True}
    assert [record for record in home_assistant.log_records() if record.is_error] == []
    assert legacy.EMAIL not in home_assistant.log.read_text()
