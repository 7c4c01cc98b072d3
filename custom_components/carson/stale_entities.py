"""Entities of an older integration that belong to nothing any more: one repair lists and removes them.

Such an entity never gets a device, with which it would be removed.
"""

from datetime import datetime

from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir

from .const import DOMAIN
from .data import CarsonConfigEntry, CarsonData
from .identifiers import camera_unique_id, door_unique_id, issue_id_of
from .issues import async_find_users, async_link
from .text import escape_markdown

STALE_ENTITIES = "stale_entities"
STALE_ENTITIES_USED = "stale_entities_used"

_MAX_LINES = 20


@callback
def async_check_stale_entities(hass: HomeAssistant, entry: CarsonConfigEntry, data: CarsonData) -> None:
    """Create, update or delete the issue of an account."""
    if not data.account.is_fetched or hass.state is not CoreState.running:
        return
    issue_id = issue_id_of(entry.entry_id, STALE_ENTITIES)
    stale = _stale_entities(hass, entry, data)
    if not stale:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    users = sorted({user for row in stale for user in async_find_users(hass, [row.entity_id, row.id])})
    placeholders = {"entities": _lines([_describe(row) for row in stale])}
    if users:
        placeholders["users"] = _lines([async_link(hass, user) for user in users])
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        data={"entry_id": entry.entry_id, "stale_ids": " ".join(row.id for row in stale)},
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=STALE_ENTITIES_USED if users else STALE_ENTITIES,
        translation_placeholders=placeholders,
    )


@callback
def async_remove_stale_entities(hass: HomeAssistant, entry_id: str, registry_ids: list[str]) -> None:
    """Remove entities, except those that have got a device meanwhile."""
    registry = er.async_get(hass)
    for row in er.async_entries_for_config_entry(registry, entry_id):
        if row.id in registry_ids and row.device_id is None:
            registry.async_remove(row.entity_id)


def _stale_entities(hass: HomeAssistant, entry: CarsonConfigEntry, data: CarsonData) -> list[er.RegistryEntry]:
    """Return the entities that two complete responses lack."""
    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    # The usual account has none.
    if not (rows := [row for row in rows if row.device_id is None]):
        return []
    current = _current_unique_ids(data)
    found = []
    for row in rows:
        if row.unique_id in current:
            continue
        at = _doors_complete_at(data) if row.domain == "lock" else _cameras_complete_at(data)
        if at is not None and data.account.absences.is_confirmed((STALE_ENTITIES, row.id), at):
            found.append(row)
    return sorted(found, key=lambda row: row.entity_id)


def _current_unique_ids(data: CarsonData) -> set[str]:
    account = data.account.data
    listed = (camera.live_view_id for building in account.buildings for camera in building.cameras)
    return {
        *(door_unique_id(account.id, door.id) for building in account.buildings for door in building.doors),
        *(camera_unique_id(account.id, camera_id) for camera_id in (*listed, *data.cameras.data.by_id) if camera_id),
    }


def _doors_complete_at(data: CarsonData) -> datetime | None:
    """Return when a response arrived that lists all doors; None if the last one may lack some."""
    account = data.account.data
    is_complete = account.buildings_complete and all(building.doors_complete for building in account.buildings)
    return data.account.status.updated_at if is_complete else None


def _cameras_complete_at(data: CarsonData) -> datetime | None:
    """Return when the last list of all cameras was complete; None if it may lack some."""
    account, cameras = data.account.data, data.cameras
    if not account.buildings_complete or not all(building.cameras_complete for building in account.buildings):
        return None
    times = [data.account.status.updated_at]
    for building in account.buildings:
        if building.has_eagle_eye:
            if building.id not in cameras.data.complete_building_ids:
                return None
            times.append(cameras.update_status(building.id).updated_at)
    return min((time for time in times if time is not None), default=None)


def _describe(row: er.RegistryEntry) -> str:
    name = row.name or row.original_name
    text = escape_markdown(row.entity_id)
    return f"- {text}" if not name else f"- {escape_markdown(name)} ({text})"


def _lines(lines: list[str]) -> str:
    more = [] if len(lines) <= _MAX_LINES else ["- …"]
    return "\n".join([*lines[:_MAX_LINES], *more])
