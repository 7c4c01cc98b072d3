"""Whether the clouds can be reached from here, for the page of system information."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback

from .aiocarson.carson.api import API_VERSION
from .const import DOMAIN
from .coordinator import CarsonConfigEntry
from .endpoints import endpoints_from_environment

# Any account's name there will do: what matters is whether somebody answers.
_SUBDOMAIN = "login"


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Offer the information."""
    register.async_register_info(system_health_info)


async def system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Tell what there is to know; no secret is sent to find it out."""
    endpoints = endpoints_from_environment()
    entries: list[CarsonConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return {
        "api_version": API_VERSION,
        "can_reach_carson": system_health.async_check_can_reach_url(hass, endpoints.api_url),
        "can_reach_eagle_eye": system_health.async_check_can_reach_url(
            hass, endpoints.eagle_eye_url.replace("{subdomain}", _SUBDOMAIN)
        ),
        "accounts": f"{len(entries)} of {len(hass.config_entries.async_entries(DOMAIN))}",
        "last_account_poll": _oldest(entry.runtime_data.account.fetched_at for entry in entries),
        "last_camera_poll": _oldest(
            entry.runtime_data.cameras.update_status(building.id).read_at
            for entry in entries
            for building in entry.runtime_data.account.data.buildings
            if building.has_eagle_eye
        ),
    }


def _oldest(times: Iterable[datetime | None]) -> datetime | str:
    """Tell the oldest of the last good polls: with several accounts or buildings, the one to look at."""
    return min((time for time in times if time is not None), default="never")
