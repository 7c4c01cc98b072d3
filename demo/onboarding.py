"""Create the first user of a new instance, or sign in to an existing one."""

from collections.abc import Mapping

import aiohttp

from .api import ApiError, HomeAssistantApi, Json

# Steps that Home Assistant stores as done.
STEPS = ("user", "core_config", "analytics", "integration")

NAME = "Demo"
USERNAME = "demo"
PASSWORD = "demo"  # noqa: S105  # the instance listens on this machine only


async def onboard(session: aiohttp.ClientSession, url: str) -> HomeAssistantApi:
    """Create the user and complete the onboarding."""
    client = f"{url}/"
    user = {"name": NAME, "username": USERNAME, "password": PASSWORD, "language": "en", "client_id": client}
    created = await _post(session, f"{url}/api/onboarding/users", user)
    api = await _api_for_code(session, url, created["auth_code"])
    await api.post("/api/onboarding/analytics")
    await api.post("/api/onboarding/integration", {"client_id": client, "redirect_uri": client})
    await api.call(
        "config/core/update", country="US", currency="USD", location_name="Home", time_zone="America/New_York"
    )
    return api


async def log_in(session: aiohttp.ClientSession, url: str) -> HomeAssistantApi:
    """Sign in with username and password, as the frontend does."""
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
        raise ApiError(f"Failed to sign in as {USERNAME}: {done.get('errors')}")
    return await _api_for_code(session, url, done["result"])


async def _api_for_code(session: aiohttp.ClientSession, url: str, code: str) -> HomeAssistantApi:
    form = {"client_id": f"{url}/", "grant_type": "authorization_code", "code": code}
    async with session.post(f"{url}/auth/token", data=form) as response:
        response.raise_for_status()
        return HomeAssistantApi(session, url, (await response.json())["access_token"])


async def _post(session: aiohttp.ClientSession, url: str, body: Mapping[str, Json]) -> Json:
    async with session.post(url, json=body) as response:
        if not response.ok:
            raise ApiError(f"{url}: {response.status} {await response.text()}")
        return await response.json()
