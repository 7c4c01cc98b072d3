"""States from before a restart, as Home Assistant has saved them: the library's mock knows one version of it only."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import restore_state
from homeassistant.util import dt as dt_util


async def restore_states(
    hass: HomeAssistant, storage: dict[str, Any], *states: tuple[State, Mapping[str, Any]]
) -> None:
    """Make Home Assistant read saved states, each with the extra data that its entity has saved.

    Args:
        hass: Home Assistant.
        storage: The fixture `hass_storage`.
        states: The states and the extra data.
    """
    now = dt_util.utcnow().isoformat()
    storage[restore_state.STORAGE_KEY] = {
        "version": restore_state.STORAGE_VERSION,
        "key": restore_state.STORAGE_KEY,
        "data": [{"state": state.as_dict(), "extra_data": dict(extra), "last_seen": now} for state, extra in states],
    }
    await restore_state.async_load(hass)
