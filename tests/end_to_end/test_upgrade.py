"""A real Home Assistant, started on the files that the older integration of the same domain has left."""

from collections.abc import AsyncIterator
import json
from pathlib import Path

import aiohttp
import pytest

from demo.environment import wait_until_loaded
from demo.home_assistant import HomeAssistant
from demo.simulator_process import EMAIL, StandIn
from tests.support import legacy_integration as legacy

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(300)]


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client_session:
        yield client_session


@pytest.fixture
async def stand_in(session: aiohttp.ClientSession) -> AsyncIterator[StandIn]:
    simulator = await StandIn.start(0)
    yield simulator
    await simulator.stop()


@pytest.fixture
async def folder(session: aiohttp.ClientSession, stand_in: StandIn, tmp_path: Path) -> Path:
    """Make an instance that was in use before, with the older integration's files."""
    folder = tmp_path / "home-assistant"
    new = HomeAssistant(folder, stand_in.environment, 0)
    try:
        await new.start(session)
    finally:
        await new.stop()
    async with session.post(f"{stand_in.url}/_control/token", json={"email": EMAIL}) as answer:
        token = (await answer.json())["token"]
    for name, content in legacy.storage(token).items():
        (folder / ".storage" / name).write_text(json.dumps(content))
    return folder


async def test_upgrade(session: aiohttp.ClientSession, stand_in: StandIn, folder: Path) -> None:
    home = HomeAssistant(folder, stand_in.environment, 0)
    try:
        api = await home.start(session)
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
        await api.act("lock", "open", entity_id=legacy.LOCK)
        assert await stand_in.openings(session) == {"7001": 1}
        await api.act("carson", "update")
    finally:
        await home.stop()
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
    lines = [line.replace(str(ROOT), "") for line in home.log_lines()]
    bad = [line for line in lines if "carson" in line and (" ERROR " in line or "Traceback" in line)]
    assert bad == []
    assert legacy.EMAIL not in "\n".join(home.log_lines())
