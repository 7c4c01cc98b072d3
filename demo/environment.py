"""Home Assistant and the simulator together, with the integration signed in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from .api import HomeAssistantApi, Json, RefusedError
from .dashboard import DOMAIN, save_dashboard
from .home_assistant import PORT as HOME_ASSISTANT_PORT, HomeAssistant
from .simulator_process import EMAIL, PASSWORD, PORT as SIMULATOR_PORT, StandIn

FLOWS = "/api/config/config_entries/flow"
LOADING_PATIENCE = 60.0


@dataclass(frozen=True, kw_only=True)
class House:
    """Everything that runs."""

    home_assistant: HomeAssistant
    stand_in: StandIn
    api: HomeAssistantApi
    session: aiohttp.ClientSession


@asynccontextmanager
async def open_house(folder: Path, *, usual_ports: bool = True) -> AsyncIterator[House]:
    """Start the simulator and a Home Assistant that knows of it; end both at the end, whatever happened."""
    async with aiohttp.ClientSession() as session:
        stand_in = await StandIn.start(SIMULATOR_PORT if usual_ports else 0)
        try:
            port = HOME_ASSISTANT_PORT if usual_ports else 0
            home_assistant = HomeAssistant(folder, stand_in.environment, port)
            try:
                api = await home_assistant.start(session)
                yield House(home_assistant=home_assistant, stand_in=stand_in, api=api, session=session)
            finally:
                await home_assistant.stop()
        finally:
            await stand_in.stop()


async def sign_in(api: HomeAssistantApi) -> bool:
    """Add the integration as a user does on the page; nothing to do (False) if an earlier run did it."""
    if await _entries(api):
        return False
    flow = await api.post(FLOWS, {"handler": DOMAIN})
    step = f"{FLOWS}/{flow['flow_id']}"
    await _expect(flow, "menu")
    await _expect(await api.post(step, {"next_step_id": "password"}), "form")
    account = {"email": EMAIL, "password": PASSWORD, "keep_password": True}
    await _expect(await api.post(step, account), "create_entry")
    return True


async def wait_until_loaded(api: HomeAssistantApi) -> None:
    """Wait until the integration has set everything up; raises RefusedError if it gives up."""
    async with asyncio.timeout(LOADING_PATIENCE):
        while True:
            entry = (await _entries(api))[0]
            if entry["state"] == "loaded":
                return
            if entry["state"] in {"setup_error", "migration_error", "failed_unload"}:
                raise RefusedError(f"the integration gave up: {entry['state']} {entry['reason'] or ''}")
            await asyncio.sleep(0.1)


async def furnish(api: HomeAssistantApi) -> None:
    """Make the dashboard."""
    async with api.websocket() as websocket:
        await save_dashboard(websocket)


async def _entries(api: HomeAssistantApi) -> list[Json]:
    entries: list[Json] = await api.call("config_entries/get", domain=DOMAIN)
    return entries


async def _expect(step: Json, kind: str) -> None:
    if step["type"] != kind:
        raise RefusedError(
            f"the set-up answered {step['type']} instead of {kind}: {step.get('errors') or step.get('reason')}"
        )
