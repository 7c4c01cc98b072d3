"""The action that checks what the clouds of an account answer."""

from typing import Final

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service
import probatio

from ..const import DOMAIN
from ..data import CarsonConfigEntry
from ..errors import invalid_input
from ..self_check import async_self_check
from .update import ATTR_CONFIG_ENTRY_ID

SERVICE_SELF_CHECK: Final = "self_check"

ATTR_LIVE: Final = "live"

_SCHEMA = probatio.Schema(
    {
        probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        probatio.Optional(ATTR_LIVE, default=False): cv.boolean,
    }
)


@callback
def async_setup_self_check_service(hass: HomeAssistant) -> None:
    """Register the action."""
    async_register_admin_service(
        hass,
        DOMAIN,
        SERVICE_SELF_CHECK,
        _async_self_check,
        _SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_self_check(call: ServiceCall) -> ServiceResponse:
    """Return the report of an account, which need not be set up: that may be what the check is for."""
    entry = _entry(call.hass, call.data.get(ATTR_CONFIG_ENTRY_ID))
    return await async_self_check(call.hass, entry, live=call.data[ATTR_LIVE])


def _entry(hass: HomeAssistant, entry_id: str | None) -> CarsonConfigEntry:
    """Return the account with an id, or the only one."""
    entries: list[CarsonConfigEntry] = hass.config_entries.async_entries(
        DOMAIN, include_ignore=False, include_disabled=False
    )
    chosen = [entry for entry in entries if entry_id in {None, entry.entry_id}]
    if len(chosen) != 1:
        raise invalid_input("which_account", accounts=", ".join(entry.title for entry in entries) or "-")
    return chosen[0]
