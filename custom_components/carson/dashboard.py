"""The dashboard that builds itself: its script, and the websocket command with what it shows."""

import hashlib
from pathlib import Path
from typing import Any

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL, add_extra_js_url
from homeassistant.components.http.server import StaticPathConfig
from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import async_response, websocket_command
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util.hass_dict import HassKey
import probatio

from .aiocarson import Building, BuildingCamera
from .const import DOMAIN
from .data import CarsonConfigEntry
from .identifiers import building_unique_id, calendar_unique_id, camera_unique_id, door_unique_id

_SCRIPT = Path(__file__).parent / "frontend" / "dashboard.js"
_PATH = f"/{DOMAIN}/dashboard.js"

SCRIPT_URL: HassKey[str] = HassKey(f"{DOMAIN}_script_url")
"""The address of the script, which changes with its content: browsers keep what they have loaded."""


async def async_setup_dashboard(hass: HomeAssistant) -> None:
    """Serve the script, announce it to the frontend, and register the command."""
    async_register_command(hass, _async_handle_dashboard)
    await hass.http.async_register_static_paths([StaticPathConfig(_PATH, str(_SCRIPT), cache_headers=True)])
    version = await hass.async_add_executor_job(lambda: hashlib.sha256(_SCRIPT.read_bytes()).hexdigest()[:12])
    hass.data[SCRIPT_URL] = f"{_PATH}?v={version}"
    if DATA_EXTRA_MODULE_URL in hass.data:
        add_extra_js_url(hass, hass.data[SCRIPT_URL])


@websocket_command({probatio.Required("type"): f"{DOMAIN}/dashboard", probatio.Optional("language", default="en"): str})
@async_response
async def _async_handle_dashboard(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Return what the user may see on the dashboard, in the order in which it is shown, and the texts."""
    texts = await async_get_translations(hass, msg["language"], "selector", [DOMAIN])
    prefix = f"component.{DOMAIN}.selector.dashboard.options."
    entries: list[CarsonConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    buildings = [_Arrangement(hass, connection.user, entry) for entry in entries]
    result = [building for arrangement in buildings for building in arrangement.buildings()]
    names = [building["name"] for building in result]
    for building in result:
        # Two accounts may have the same building.
        if names.count(building["name"]) > 1:
            building["name"] = f"{building['name']} ({building['account']})"
    connection.send_result(
        msg["id"],
        {
            "texts": {key.removeprefix(prefix): text for key, text in texts.items() if key.startswith(prefix)},
            "buildings": result,
        },
    )


class _Arrangement:
    """What one account contributes."""

    def __init__(self, hass: HomeAssistant, user: User, entry: CarsonConfigEntry) -> None:
        self._registry = er.async_get(hass)
        self._user = user
        self._entry = entry
        self._data = entry.runtime_data
        self._account_id = self._data.account.data.id
        self._cameras_of: dict[str, list[BuildingCamera]] = {}
        for camera in self._data.cameras.data.by_id.values():
            self._cameras_of.setdefault(camera.building_id, []).append(camera)

    @callback
    def buildings(self) -> list[dict[str, Any]]:
        """Return the buildings with the entity ids of what is visible in them."""
        return [self._building(building) for building in self._data.account.data.buildings]

    def _building(self, building: Building) -> dict[str, Any]:
        cameras = self._cameras(building)
        doors = []
        for door in sorted(building.doors, key=lambda door: door.rank):
            if (entity_id := self._visible("lock", door_unique_id(self._account_id, door.id))) is not None:
                shown_by = self._data.account.index.door_cameras.get(door.id, ())
                visible = (cameras.get(camera.live_view_id or "") for camera in shown_by)
                doors.append({"entity_id": entity_id, "camera": next((one for one in visible if one), None)})
        upcoming = building_unique_id(self._account_id, building.id, "upcoming_reservations")
        return {
            "id": building.id,
            "name": building.name,
            "account": self._entry.title,
            "doors": doors,
            "cameras": list(cameras.values()),
            "calendar": self._visible("calendar", calendar_unique_id(self._account_id, building.id)),
            "upcoming": self._visible("sensor", upcoming),
        }

    def _cameras(self, building: Building) -> dict[str, str]:
        """Return the entity ids of the cameras by their ids: those that Carson lists first, in its order."""
        order = {
            camera.live_view_id: (not camera.default_in_building, camera.order is None, camera.order or 0, camera.name)
            for camera in building.cameras
        }
        cameras = sorted(
            self._cameras_of.get(building.id, ()),
            key=lambda camera: order.get(camera.id, (True, True, 0, camera.name)),
        )
        visible = ((one.id, self._visible("camera", camera_unique_id(self._account_id, one.id))) for one in cameras)
        return {camera_id: entity_id for camera_id, entity_id in visible if entity_id is not None}

    def _visible(self, domain: str, unique_id: str) -> str | None:
        """Return the id of an entity that is enabled, not hidden, and that the user may see."""
        entity_id = self._registry.async_get_entity_id(domain, DOMAIN, unique_id)
        row = None if entity_id is None else self._registry.async_get(entity_id)
        if row is None or row.disabled or row.hidden:
            return None
        return row.entity_id if self._user.permissions.check_entity(row.entity_id, POLICY_READ) else None
