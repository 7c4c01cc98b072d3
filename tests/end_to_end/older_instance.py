"""Used instances of Home Assistant with an older integration, and how they appear to users."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from pathlib import Path
import shutil
from typing import Any

import aiohttp

from demo.api import HomeAssistantApi
from demo.environment import FLOWS
from demo.home_assistant import CONFIGURATION, REPOSITORY, HomeAssistant
from demo.simulator_process import EMAIL, PASSWORD, SimulatorProcess
from tests.support import older_integrations as older
from tests.support.older_integrations import CAMERA, COURTYARD, GARAGE, LOCK, Fork

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


@asynccontextmanager
async def running(
    folder: Path,
    session: aiohttp.ClientSession,
    simulator: SimulatorProcess,
    fork: Fork,
    python: Path | None = None,
) -> AsyncIterator[tuple[HomeAssistantApi, HomeAssistant]]:
    """Run an instance with automations of the fork's users."""
    yaml = YAML.replace("DOMAIN", fork.domain)
    home_assistant = HomeAssistant(folder, simulator.environment, 0, configuration=yaml, python=python)
    try:
        yield await home_assistant.start(session), home_assistant
    finally:
        await home_assistant.stop()


async def make_folder(
    folder: Path,
    session: aiohttp.ClientSession,
    simulator: SimulatorProcess,
    fork: Fork,
    python: Path | None = None,
) -> None:
    """Write the configuration of a used instance, as an older integration leaves it."""
    # Only the first test of a version has to create the first user.
    used = folder.parent.parent / f"used-{'this' if python is None else 'next'}-version"
    if not used.exists():
        home_assistant = HomeAssistant(folder, simulator.environment, 0, python=python)
        try:
            await home_assistant.start(session)
        finally:
            await home_assistant.stop()
        shutil.move(folder, used)
    shutil.copytree(used, folder, symlinks=True)
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


def install_carson(folder: Path) -> None:
    """Install this integration; one of the same domain is replaced."""
    install(folder, "carson", REPOSITORY / "custom_components/carson")


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


def errors_about_carson(home_assistant: HomeAssistant) -> list[str]:
    """Return the errors in the log that name the integration; paths of the checkout may hold its name as well."""
    errors = [record for record in home_assistant.log_records() if record.is_error]
    texts = [f"{record.logger} {record.message}".replace(str(REPOSITORY), "") for record in errors]
    return [text for text in texts if "carson" in text]
