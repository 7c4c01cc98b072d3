"""The action that updates accounts at once."""

import asyncio
import logging
from typing import Final

from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv, service
import probatio

from ..aiocarson import CarsonError
from ..const import DOMAIN
from ..data import CarsonConfigEntry
from ..errors import translated_error

_LOGGER = logging.getLogger(__name__)

_MAX_NAMES: Final = 200

SERVICE_UPDATE: Final = "update"

ATTR_CONFIG_ENTRY_ID: Final = "config_entry_id"

# The older integrations accepted any data, and automations may still hold some.
_SCHEMA = probatio.Schema({probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string}, extra=probatio.ALLOW_EXTRA)


@callback
def async_setup_update_service(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(DOMAIN, SERVICE_UPDATE, _async_update, _SCHEMA)


async def _async_update(call: ServiceCall) -> None:
    """Update one account or all accounts; the error names the accounts that failed for the same reason."""
    entry_id: str | None = call.data.get(ATTR_CONFIG_ENTRY_ID)
    if unknown := [key for key in call.data if key != ATTR_CONFIG_ENTRY_ID]:
        names = ", ".join(sorted(unknown))[:_MAX_NAMES]
        _LOGGER.warning("The action %s.%s has ignored unknown data: %s", DOMAIN, SERVICE_UPDATE, names)
    entries: list[CarsonConfigEntry] = call.hass.config_entries.async_loaded_entries(DOMAIN)
    if entry_id is not None or not entries:
        entries = [service.async_get_config_entry(call.hass, DOMAIN, entry_id)]
    results = await asyncio.gather(*(_async_refresh(entry) for entry in entries))
    failed = [(entry, error) for entry, error in zip(entries, results, strict=True) if error is not None]
    if failed:
        first_error = failed[0][1]
        titles = [entry.title for entry, error in failed if type(error) is type(first_error)]
        raise translated_error(first_error, ", ".join(titles), HomeAssistantError) from first_error


async def _async_refresh(entry: CarsonConfigEntry) -> CarsonError | None:
    """Update an account, at most once in ten seconds; return the error if that failed and is not tolerated."""
    data = entry.runtime_data
    return await data.requested_update.async_run(data.account.hass, lambda: _async_update_all(entry), "carson update")


async def _async_update_all(entry: CarsonConfigEntry) -> CarsonError | None:
    data = entry.runtime_data
    # First the account: it says for which buildings the others fetch data.
    await data.account.async_refresh()
    await asyncio.gather(*(coordinator.async_refresh() for coordinator in data.dependent_coordinators))
    for coordinator in (data.account, *data.dependent_coordinators):
        if not coordinator.last_update_success:
            cause = coordinator.last_exception.__cause__ if coordinator.last_exception is not None else None
            return cause if isinstance(cause, CarsonError) else CarsonError("Unexpected error")
    return None
