"""The first user of a new instance, and the way back in to one that is already there."""

from collections.abc import Mapping

import aiohttp

from .api import HomeAssistantApi, Json, RefusedError

# What Home Assistant writes down as done.
STEPS = ("user", "core_config", "analytics", "integration")

NAME = "Demo"
USERNAME = "demo"
PASSWORD = "demo"  # noqa: S105  # of an instance that only this machine can reach


async def onboard(session: aiohttp.ClientSession, url: str) -> HomeAssistantApi:
    """Create the user, and answer what a new instance asks for."""
    client = f"{url}/"
    user = {"name": NAME, "username": USERNAME, "password": PASSWORD, "language": "en", "client_id": client}
    created = await _post(session, f"{url}/api/onboarding/users", user)
    api = await _with_code(session, url, created["auth_code"])
    await api.post("/api/onboarding/analytics")
    await api.post("/api/onboarding/integration", {"client_id": client, "redirect_uri": client})
    await api.call(
        "config/core/update", country="US", currency="USD", location_name="Home", time_zone="America/New_York"
    )
    return api


async def log_in(session: aiohttp.ClientSession, url: str) -> HomeAssistantApi:
    """Sign in as the page does, with name and password."""
    client = f"{url}/"
    flow = await _post(
        session,
        f"{url}/auth/login_flow",
        {"client_id": client, "handler": ["homeassistant", None], "redirect_uri": client},
    )
    done = await _post(
        session,
        f"{url}/auth/login_flow/{flow['flow_id']}",
        {"client_id": client, "username": USERNAME, "password": PASSWORD},
    )
    if done["type"] != "create_entry":
        raise RefusedError(f"Home Assistant does not let the user {USERNAME} in: {done.get('errors')}")
    return await _with_code(session, url, done["result"])


async def _with_code(session: aiohttp.ClientSession, url: str, code: str) -> HomeAssistantApi:
    form = {"client_id": f"{url}/", "grant_type": "authorization_code", "code": code}
    async with session.post(f"{url}/auth/token", data=form) as answer:
        answer.raise_for_status()
        return HomeAssistantApi(session, url, (await answer.json())["access_token"])


async def _post(session: aiohttp.ClientSession, url: str, body: Mapping[str, Json]) -> Json:
    async with session.post(url, json=body) as answer:
        if not answer.ok:
            raise RefusedError(f"{url}: {answer.status} {await answer.text()}")
        return await answer.json()
