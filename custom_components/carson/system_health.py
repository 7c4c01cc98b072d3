"""System health: whether the clouds can be reached."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback

from .aiocarson.defaults import API_VERSION
from .const import DOMAIN
from .data import CarsonConfigEntry
from .endpoints import endpoints_from_environment

# Any account's sub-domain will do: the question is only whether there is a response.
_SUBDOMAIN = "login"


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register the system health information."""
    register.async_register_info(system_health_info)


async def system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return the system health information; no secret is sent to get it."""
    endpoints = endpoints_from_environment()
    entries: list[CarsonConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return {
        "api_version": API_VERSION,
        "can_reach_carson": system_health.async_check_can_reach_url(hass, endpoints.api_url),
        "can_reach_eagle_eye": system_health.async_check_can_reach_url(
            hass, endpoints.eagle_eye_url.replace("{subdomain}", _SUBDOMAIN)
        ),
        "accounts": f"{len(entries)} of {len(hass.config_entries.async_entries(DOMAIN))}",
        "last_account_poll": _oldest(entry.runtime_data.account.status.updated_at for entry in entries),
        "last_camera_poll": _oldest(
            entry.runtime_data.cameras.update_status(building.id).updated_at
            for entry in entries
            for building in entry.runtime_data.account.data.buildings
            if building.has_eagle_eye
        ),
    }


def _oldest(times: Iterable[datetime | None]) -> datetime | str:
    """Return the oldest time: of several accounts or buildings, that of the one with problems."""
    return min((time for time in times if time is not None), default="never")
