"""How entities appear to users: on the page, to voice assistants, and in the registries."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er


def appearance(hass: HomeAssistant, *domains: str) -> dict[str, dict[str, Any]]:
    """Return how the registered entities of some domains appear, by entity id."""
    rows = er.async_get(hass).entities.values()
    return {row.entity_id: _appearance(hass, row) for row in rows if row.domain in domains}


def _appearance(hass: HomeAssistant, row: er.RegistryEntry) -> dict[str, Any]:
    device = None if row.device_id is None else dr.async_get(hass).async_get(row.device_id)
    state = hass.states.get(row.entity_id)
    return {
        "registry id": row.id,
        "name of the state": None if state is None else state.name,
        "name on the page": er.async_get_full_entity_name(hass, row),
        "names for voice": sorted(er.async_get_entity_aliases(hass, row)),
        "area": row.area_id or (None if device is None else device.area_id),
        "labels": sorted(row.labels),
        "icon": row.icon,
        "aliases": [str(alias) for alias in row.aliases],
        "categories": dict(row.categories),
        "disabled": row.disabled_by,
        "hidden": row.hidden_by,
        "options": {domain: dict(options) for domain, options in row.options.items()},
        "created": row.created_at,
    }
