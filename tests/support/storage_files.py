"""Home Assistant's start with files of an older integration."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    category_registry as cr,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    issue_registry as ir,
    label_registry as lr,
)

type Files = dict[str, dict[str, Any]]


async def read_files(hass: HomeAssistant, hass_storage: dict[str, Any], files: Files) -> None:
    """Load files of `.storage` as Home Assistant does at startup."""
    hass_storage.update(files)
    dr.async_setup(hass)
    for registry in (ar, cr, fr, lr, dr, er, ir):
        await registry.async_load(hass)
    await hass.config_entries.async_initialize()


def entry_row(files: Files) -> dict[str, Any]:
    """Return the first config entry of the files."""
    row: dict[str, Any] = files["core.config_entries"]["data"]["entries"][0]
    return row


def entity_rows(files: Files) -> list[dict[str, Any]]:
    """Return the registered entities of the files."""
    rows: list[dict[str, Any]] = files["core.entity_registry"]["data"]["entities"]
    return rows
