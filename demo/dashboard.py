"""The dashboard that builds itself, and the devices of the integration."""

from dataclasses import dataclass, field

from .api import Websocket

DOMAIN = "carson"
URL_PATH = "carson-demo"

CONFIG = {"strategy": {"type": "custom:carson", "view": "favorite_live"}}
"""What a user saves who adds the dashboard, with the camera of the favorite door live."""


@dataclass(kw_only=True)
class Device:
    """A device and its visible entities by domain."""

    device_id: str
    name: str
    parent_id: str | None
    entities: dict[str, list[str]] = field(default_factory=dict)

    def entity(self, domain: str) -> str | None:
        """Return the id of its first entity of a domain (`lock`, `camera` …)."""
        return next(iter(self.entities.get(domain, ())), None)


async def fetch_devices(websocket: Websocket) -> list[Device]:
    """Return the devices of the integration."""
    devices = {
        row["id"]: Device(device_id=row["id"], name=row["name_by_user"] or row["name"], parent_id=row["via_device_id"])
        for row in await websocket.call("config/device_registry/list")
        if any(domain == DOMAIN for domain, *_ in row["identifiers"])
    }
    for entity in await websocket.call("config/entity_registry/list"):
        device = devices.get(entity["device_id"])
        if device and entity["platform"] == DOMAIN and not entity["disabled_by"] and entity["hidden_by"] != "user":
            domain = entity["entity_id"].partition(".")[0]
            device.entities.setdefault(domain, []).append(entity["entity_id"])
    return list(devices.values())


async def save_dashboard(websocket: Websocket) -> None:
    """Create the dashboard and make it the default one, unless it exists."""
    if any(dashboard["url_path"] == URL_PATH for dashboard in await websocket.call("lovelace/dashboards/list")):
        return
    await websocket.call(
        "lovelace/dashboards/create",
        url_path=URL_PATH,
        title="Carson",
        icon="mdi:door",
        mode="storage",
        show_in_sidebar=True,
        require_admin=False,
    )
    await websocket.call("lovelace/config/save", url_path=URL_PATH, config=CONFIG)
    system = (await websocket.call("frontend/get_system_data", key="core"))["value"] or {}
    await websocket.call("frontend/set_system_data", key="core", value={**system, "default_panel": URL_PATH})
