"""States of entities and of entries."""

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, State


def get_state(hass: HomeAssistant, entity_id: str) -> State:
    """Return the state of an entity.

    Raises:
        AssertionError: Home Assistant has none.
    """
    state = hass.states.get(entity_id)
    assert state is not None, f"There is no state of {entity_id}"
    return state


def entry_state(entry: ConfigEntry) -> ConfigEntryState:
    """Return the state of an entry: for mypy, an attribute is after an await what it was before."""
    return entry.state
