"""Residents come over from each older integration, on two versions of Home Assistant, and miss nothing."""

from collections.abc import AsyncIterator
import json
from pathlib import Path
import shutil
from typing import Any

import aiohttp
import pytest

from demo.api import HomeAssistantApi
from demo.environment import FLOWS, wait_until_loaded
from demo.home_assistant import CONFIGURATION, REPOSITORY, HomeAssistant
from demo.simulator_process import EMAIL, PASSWORD, SimulatorProcess
from tests.support import older_integrations as older
from tests.support.older_integrations import CAMERA, COURTYARD, FORKS, GARAGE, HIDDEN_CAMERA, LOCK, Fork

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]

NEXT_PYTHON = REPOSITORY / ".venv-next/bin/python"
PYTHONS: dict[str, Path | None] = {"this version": None, "next version": NEXT_PYTHON}

OLDER_CODE = Path(__file__).with_name("older_integration")
DAYS_30 = 30 * 86400

YAML = f"""{CONFIGURATION}
conversation:
automation:
  - id: came_home
    alias: Open when somebody comes home
    triggers:
      - trigger: event
        event_type: came_home
    actions:
      - action: lock.open
        target:
          entity_id: {LOCK}
  - id: refresh
    alias: Refresh
    triggers:
      - trigger: event
        event_type: refresh
    actions:
      - action: DOMAIN.update
"""
DASHBOARD = {
    "views": [
        {
            "title": "Doors",
            "cards": [
                {"type": "entities", "entities": [LOCK, GARAGE]},
                {"type": "picture-entity", "entity": CAMERA},
                {"type": "picture-entity", "entity": COURTYARD},
            ],
        }
    ]
}

type Seen = dict[str, dict[str, Any]]


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client_session:
        yield client_session


@pytest.fixture
async def simulator(session: aiohttp.ClientSession) -> AsyncIterator[SimulatorProcess]:
    process = await SimulatorProcess.start(0)
    yield process
    await process.stop()


@pytest.fixture(params=PYTHONS.values(), ids=PYTHONS)
def python(request: pytest.FixtureRequest) -> Path | None:
    """Return the Python of a version of Home Assistant."""
    python: Path | None = request.param
    if python is not None and not python.exists():
        pytest.skip("The next version of Home Assistant is not installed: scripts/setup --next")
    return python


async def make_folder(
    folder: Path, session: aiohttp.ClientSession, simulator: SimulatorProcess, fork: Fork, python: Path | None
) -> None:
    """Write the configuration of a used instance, as an older integration leaves it."""
    home_assistant = HomeAssistant(folder, simulator.environment, 0, python=python)
    try:
        await home_assistant.start(session)
    finally:
        await home_assistant.stop()
    body = {"email": EMAIL, "expires_in": DAYS_30}
    async with session.post(f"{simulator.url}/_control/token", json=body) as response:
        token = (await response.json())["token"]
    files = older.storage(
        token,
        domain=fork.domain,
        password="" if fork.token_only else PASSWORD,
        all_cameras=True if fork.has_options else None,
    )
    for row in files["core.entity_registry"]["data"]["entities"]:
        row["options"] = {"conversation": {"should_expose": row["entity_id"] in {LOCK, GARAGE}}}
    key = "lovelace"
    files[key] = {"version": 1, "minor_version": 1, "key": key, "data": {"config": DASHBOARD}}
    for name, content in files.items():
        (folder / ".storage" / name).write_text(json.dumps(content))
    install(folder, fork.domain, OLDER_CODE)


def install(folder: Path, domain: str, code: Path) -> None:
    """Install an integration in a configuration."""
    components = folder / "custom_components"
    if components.is_symlink():
        components.unlink()
    components.mkdir(exist_ok=True)
    target = components / domain
    if target.is_symlink():
        target.unlink()
    shutil.rmtree(target, ignore_errors=True)
    if code is OLDER_CODE:
        shutil.copytree(code, target, ignore=shutil.ignore_patterns("__pycache__"))
        manifest = {"domain": domain, "name": "Older", "version": "1.0.0", "config_flow": True, "documentation": ""}
        (target / "manifest.json").write_text(json.dumps(manifest))
    else:
        target.symlink_to(code, target_is_directory=True)


async def look(api: HomeAssistantApi) -> Seen:
    """Return how the doors and cameras appear: on the page, to voice, and in the registries."""
    async with api.websocket() as websocket:
        rows = await websocket.call("config/entity_registry/list")
        display = {
            row["ei"]: row for row in (await websocket.call("config/entity_registry/list_for_display"))["entities"]
        }
        devices = {device["id"]: device for device in await websocket.call("config/device_registry/list")}
        states = {state["entity_id"]: state for state in await websocket.call("get_states")}
        seen = {}
        for row in rows:
            entity_id = row["entity_id"]
            if entity_id.partition(".")[0] not in {"lock", "camera", "automation"}:
                continue
            full = await websocket.call("config/entity_registry/get", entity_id=entity_id)
            device = devices.get(row["device_id"], {})
            name_parts = [device.get("name_by_user") or device.get("name"), full["name"] or full["original_name"]]
            seen[entity_id] = {
                "id": row["id"],
                "name of the state": states.get(entity_id, {}).get("attributes", {}).get("friendly_name"),
                "name on the page": " ".join(part for part in name_parts if part),
                "area": row["area_id"] or device.get("area_id"),
                "aliases": full["aliases"],
                "exposed": full["options"].get("conversation"),
                **{key: row[key] for key in ("icon", "labels", "categories", "disabled_by", "hidden_by")},
            }
        return seen


async def speak(api: HomeAssistantApi, text: str) -> list[str]:
    """Return the entities that a sentence has reached."""
    response = (await api.post("/api/conversation/process", {"text": text, "language": "en"}))["response"]
    return [target["id"] for target in response["data"].get("success", []) if target["type"] == "entity"]


SENTENCES = ("unlock Haustür", "unlock Vordertür", "unlock the Garage Gate")


async def take_over(api: HomeAssistantApi) -> None:
    """Add the integration with the first choice: one click."""
    flow = await api.post(FLOWS, {"handler": "carson"})
    assert flow["menu_options"][0] == "takeover"
    done = await api.post(f"{FLOWS}/{flow['flow_id']}", {"next_step_id": "takeover"})
    assert done["type"] == "create_entry"


@pytest.mark.parametrize("fork", FORKS, ids=[fork.name for fork in FORKS])
async def test_everything_is_as_before(
    session: aiohttp.ClientSession, simulator: SimulatorProcess, tmp_path: Path, fork: Fork, python: Path | None
) -> None:
    """Names, areas, labels, aliases, exposure, automations and the dashboard: no difference."""
    folder = tmp_path / "home-assistant"
    await make_folder(folder, session, simulator, fork, python)
    yaml = YAML.replace("DOMAIN", fork.domain)
    home_assistant = HomeAssistant(folder, simulator.environment, 0, configuration=yaml, python=python)
    try:
        api = await home_assistant.start(session)
        before = await look(api)
        heard_before = {text: await speak(api, text) for text in SENTENCES}
    finally:
        await home_assistant.stop()
    assert before[LOCK]["name of the state"] == "Haustür"
    assert heard_before == {SENTENCES[0]: [LOCK], SENTENCES[1]: [LOCK], SENTENCES[2]: [GARAGE]}

    install(folder, "carson", REPOSITORY / "custom_components/carson")
    home_assistant = HomeAssistant(folder, simulator.environment, 0, configuration=yaml, python=python)
    try:
        api = await home_assistant.start(session)
        if fork.domain != "carson":
            await take_over(api)
        await wait_until_loaded(api)
        after = await look(api)
        for entity_id in before:
            if not fork.has_options and entity_id in {COURTYARD, "camera.gym"}:
                # Without the option, neither integration shows these cameras.
                continue
            assert {"id": entity_id, **after[entity_id]} == {"id": entity_id, **before[entity_id]}
        assert not [entity_id for entity_id in after if entity_id.endswith("_2")]
        assert after[HIDDEN_CAMERA]["hidden_by"] == "user"
        assert {text: await speak(api, text) for text in SENTENCES} == heard_before
        assert await simulator.openings(session) == {"7001": 1, "7002": 1}
        await api.post("/api/events/came_home")
        await api.post("/api/events/refresh")
        await api.perform_action("carson", "update")
        cards = (await api.call("lovelace/config"))["views"][0]["cards"]
        for entity_id in {LOCK, GARAGE, CAMERA} & set(json.dumps(cards).split('"')):
            assert (await api.state(entity_id))["state"] != "unavailable"
        issues = (await api.call("repairs/list_issues"))["issues"]
        found = {(issue["domain"], issue["translation_key"]) for issue in issues}
        expected = set() if fork.domain == "carson" else {("carson", "older_actions")}
        assert found - {("carson", "cameras_refused"), ("carson", "cameras_of_others")} == expected
    finally:
        await home_assistant.stop()
    stored = json.loads((folder / ".storage" / "core.config_entries").read_text())["data"]["entries"]
    [entry] = [entry for entry in stored if entry["domain"].startswith("carson")]
    assert (entry["domain"], entry["version"], entry["minor_version"]) == ("carson", 2, 2)
    assert (entry["unique_id"], entry["title"]) == ("1001", "Robin Sample")
    errors = [record for record in home_assistant.log_records() if record.is_error and "carson" in record.message]
    assert errors == []
    assert older.EMAIL not in home_assistant.log.read_text()
