"""Logbook messages about doors: who requested to open one, and with which outcome."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.logbook.const import (
    LOGBOOK_ENTRY_CONTEXT_ID,
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.components.logbook.models import LazyEventPartialState
from homeassistant.const import ATTR_ENTITY_ID, ATTR_NAME
from homeassistant.core import HomeAssistant, callback

from .const import ATTR_OUTCOME, DOMAIN, EVENT_DOOR, FAILED, OPENED

_MESSAGES = {OPENED: "was opened", FAILED: "was not opened, the request failed"}
_UNCLEAR_MESSAGE = "may or may not have been opened, the request was not confirmed"


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[LazyEventPartialState], dict[str, Any]]], None],
) -> None:
    """Describe the events of doors."""

    @callback
    def describe(event: LazyEventPartialState) -> dict[str, Any]:
        return {
            LOGBOOK_ENTRY_NAME: event.data.get(ATTR_NAME),
            LOGBOOK_ENTRY_MESSAGE: _MESSAGES.get(str(event.data.get(ATTR_OUTCOME)), _UNCLEAR_MESSAGE),
            LOGBOOK_ENTRY_ENTITY_ID: event.data.get(ATTR_ENTITY_ID),
            LOGBOOK_ENTRY_CONTEXT_ID: event.context_id,
        }

    async_describe_event(DOMAIN, EVENT_DOOR, describe)
