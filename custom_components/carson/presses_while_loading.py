"""Requests to open a door while its account is being loaded or reloaded.

Meanwhile its entities do not exist, so Home Assistant skips the actions on them without an error. Such requests
wait until the entities are back and are carried out then, unless that takes too long.
"""

import asyncio
from collections.abc import Iterator, Mapping
import logging
import time
from typing import Any

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.components.button.const import DOMAIN as BUTTON_DOMAIN, SERVICE_PRESS
from homeassistant.components.lock.const import DOMAIN as LOCK_DOMAIN
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import (
    ATTR_DOMAIN,
    ATTR_SERVICE,
    ATTR_SERVICE_DATA,
    EVENT_CALL_SERVICE,
    SERVICE_OPEN,
    SERVICE_UNLOCK,
)
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity_component import DATA_INSTANCES
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

from . import client
from .const import DOMAIN, FAILED
from .data import CarsonConfigEntry
from .door_state import DoorOutcome, DoorRequest
from .entity import DoorEntity

_LOGGER = logging.getLogger(__name__)

_ACTIONS = {(LOCK_DOMAIN, SERVICE_OPEN), (LOCK_DOMAIN, SERVICE_UNLOCK), (BUTTON_DOMAIN, SERVICE_PRESS)}
_LOADING_STATES = {
    ConfigEntryState.NOT_LOADED,
    ConfigEntryState.SETUP_IN_PROGRESS,
    ConfigEntryState.UNLOAD_IN_PROGRESS,
}


@callback
def async_handle_presses_while_loading(hass: HomeAssistant) -> None:
    """Carry out the requests that come while an account is being loaded, once that is done."""

    @callback
    def is_opening(data: Mapping[str, Any]) -> bool:
        return (data[ATTR_DOMAIN], data[ATTR_SERVICE]) in _ACTIONS

    @callback
    def handle_call(event: Event) -> None:
        for entity_id, entry in _missing_entities(hass, event):
            hass.async_create_task(
                _async_open_once_loaded(hass, entry, entity_id, event.context), f"open {entity_id} once it is loaded"
            )

    hass.bus.async_listen(EVENT_CALL_SERVICE, handle_call, event_filter=is_opening)


def _missing_entities(hass: HomeAssistant, event: Event) -> Iterator[tuple[str, CarsonConfigEntry]]:
    """Return the entities of doors that an action concerns, but that do not exist at present."""
    data: Mapping[str, Any] = event.data[ATTR_SERVICE_DATA]
    targets = async_extract_referenced_entity_ids(hass, TargetSelection(dict(data)))
    registry = er.async_get(hass)
    for entity_id in targets.referenced | targets.indirectly_referenced:
        registered = registry.async_get(entity_id)
        if (
            registered is None
            or registered.platform != DOMAIN
            or registered.domain != event.data[ATTR_DOMAIN]
            or registered.disabled
            or registered.config_entry_id is None
            or _find_entity(hass, entity_id) is not None
        ):
            continue
        entry: CarsonConfigEntry | None = hass.config_entries.async_get_entry(registered.config_entry_id)
        if entry is not None and entry.disabled_by is None:
            yield entity_id, entry


def _find_entity(hass: HomeAssistant, entity_id: str) -> DoorEntity | None:
    """Return the entity with which Home Assistant would carry out an action."""
    component = hass.data.get(DATA_INSTANCES, {}).get(entity_id.partition(".")[0])
    entity = None if component is None else component.get_entity(entity_id)
    return entity if isinstance(entity, DoorEntity) else None


async def _async_open_once_loaded(
    hass: HomeAssistant, entry: CarsonConfigEntry, entity_id: str, context: Context
) -> None:
    if not await _async_may_control(hass, entity_id, context):
        return
    pressed_at = time.monotonic()
    await _async_wait_until_loaded(entry)
    entity = _find_entity(hass, entity_id)
    if entity is None or not entity.available:
        _LOGGER.warning("A door was not opened: the request came while its account was not loaded")
        request = DoorRequest(
            entity_id=entity_id, door_name=_door_name(hass, entity_id), context=context, at=pressed_at
        )
        DoorOutcome(request=request, result=FAILED).async_fire(hass)
        return
    try:
        await entity.async_open_door(context, pressed_at)
    except HomeAssistantError as err:
        _LOGGER.warning("A request to open a door that came while its account was being loaded has failed: %s", err)


async def _async_may_control(hass: HomeAssistant, entity_id: str, context: Context) -> bool:
    if context.user_id is None:
        return True
    user = await hass.auth.async_get_user(context.user_id)
    return user is not None and user.permissions.check_entity(entity_id, POLICY_CONTROL)


async def _async_wait_until_loaded(entry: CarsonConfigEntry) -> None:
    """Wait until an entry that is being loaded is loaded, at most as long as a door may be opened after a press."""
    changed = asyncio.Event()
    unsubscribe = entry.async_on_state_change(changed.set)
    try:
        async with asyncio.timeout(client.TIMEOUTS.open_door):
            while entry.state in _LOADING_STATES:
                changed.clear()
                await changed.wait()
    except TimeoutError:
        pass
    finally:
        unsubscribe()


def _door_name(hass: HomeAssistant, entity_id: str) -> str:
    """Return the name of the door of an entity: that of the device."""
    registered = er.async_get(hass).async_get(entity_id)
    if registered is None or registered.device_id is None:
        return entity_id
    device = dr.async_get(hass).async_get(registered.device_id)
    return (device.name if device is not None else None) or entity_id
