"""Home Assistant and the simulator together, with the integration set up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from .api import ApiError, HomeAssistantApi, Json
from .dashboard import DOMAIN, save_dashboard
from .home_assistant import CONFIGURATION, PORT as HOME_ASSISTANT_PORT, HomeAssistant
from .simulator_process import EMAIL, PASSWORD, PORT as SIMULATOR_PORT, SimulatorProcess

FLOWS = "/api/config/config_entries/flow"
LOADING_TIMEOUT = 180.0


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A running Home Assistant and a running simulator."""

    home_assistant: HomeAssistant
    simulator: SimulatorProcess
    api: HomeAssistantApi
    session: aiohttp.ClientSession


@asynccontextmanager
async def run_environment(
    folder: Path, *, default_ports: bool = True, configuration: str = CONFIGURATION
) -> AsyncIterator[Environment]:
    """Run Home Assistant and the simulator for as long as the context lasts."""
    async with aiohttp.ClientSession() as session:
        simulator = await SimulatorProcess.start(SIMULATOR_PORT if default_ports else 0)
        try:
            port = HOME_ASSISTANT_PORT if default_ports else 0
            home_assistant = HomeAssistant(folder, simulator.environment, port, configuration=configuration)
            try:
                api = await home_assistant.start(session)
                yield Environment(home_assistant=home_assistant, simulator=simulator, api=api, session=session)
            finally:
                await home_assistant.stop()
        finally:
            await simulator.stop()


async def set_up(api: HomeAssistantApi) -> None:
    """Set up the integration and the dashboard, unless an earlier run did."""
    await add_integration(api)
    await wait_until_loaded(api)
    await add_dashboard(api)


async def add_integration(api: HomeAssistantApi) -> None:
    """Add the integration as a user would, unless it has been added before."""
    if await _entries(api):
        return
    flow = await api.post(FLOWS, {"handler": DOMAIN})
    path = f"{FLOWS}/{flow['flow_id']}"
    _check_step(flow, "menu")
    _check_step(await api.post(path, {"next_step_id": "password"}), "form")
    # The demo has a dashboard of its own.
    credentials = {"email": EMAIL, "password": PASSWORD, "keep_password": True, "dashboard": False}
    _check_step(await api.post(path, credentials), "create_entry")


async def wait_until_loaded(api: HomeAssistantApi) -> None:
    """Wait until the integration is loaded.

    Raises:
        ApiError: Its setup failed.
    """
    async with asyncio.timeout(LOADING_TIMEOUT):
        while True:
            entry = (await _entries(api))[0]
            if entry["state"] == "loaded":
                return
            if entry["state"] in {"setup_error", "migration_error", "failed_unload"}:
                raise ApiError(f"Setup of the integration failed: {entry['state']} {entry['reason'] or ''}")
            await asyncio.sleep(0.1)


async def add_dashboard(api: HomeAssistantApi) -> None:
    """Add the dashboard, unless it has been added before."""
    async with api.websocket() as websocket:
        await save_dashboard(websocket)


async def _entries(api: HomeAssistantApi) -> list[Json]:
    entries: list[Json] = await api.call("config_entries/get", domain=DOMAIN)
    return entries


def _check_step(step: Json, expected: str) -> None:
    if step["type"] != expected:
        reason = step.get("errors") or step.get("reason")
        raise ApiError(f"The config flow returned {step['type']} instead of {expected}: {reason}")
