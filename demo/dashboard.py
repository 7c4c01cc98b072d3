"""A dashboard with a view for each building: its doors, its cameras and its other entities."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .api import Json, Websocket

DOMAIN = "carson"
URL_PATH = "carson-demo"

# Domains that have their own section; all other entities are listed at the end.
_OWN_SECTION = frozenset({"button", "camera", "lock"})


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
    config = build(await fetch_devices(websocket))
    await websocket.call(
        "lovelace/dashboards/create",
        url_path=URL_PATH,
        title="Carson",
        icon="mdi:door",
        mode="storage",
        show_in_sidebar=True,
        require_admin=False,
    )
    await websocket.call("lovelace/config/save", url_path=URL_PATH, config=config)
    system = (await websocket.call("frontend/get_system_data", key="core"))["value"] or {}
    await websocket.call("frontend/set_system_data", key="core", value={**system, "default_panel": URL_PATH})


def build(devices: Sequence[Device]) -> dict[str, Json]:
    """Return the configuration of the dashboard, with one view for each building."""
    parents = {
        device.parent_id
        for device in devices
        if device.entity("lock") or device.entity("button") or device.entity("camera")
    }
    buildings = [device for device in devices if device.device_id in parents]
    return {"title": "Carson", "views": [_view(building, devices) for building in buildings]}


def _view(building: Device, devices: Sequence[Device]) -> dict[str, Json]:
    children = [device for device in devices if device.parent_id == building.device_id]
    doors = [device for device in children if device.entity("lock") or device.entity("button")]
    cameras = [camera for device in children for camera in device.entities.get("camera", ())]
    sections = [_door_cards(doors), _camera_cards(cameras), _other_cards([building, *children])]
    return {
        "title": building.name,
        "path": building.device_id,
        "type": "sections",
        "max_columns": 4,
        "sections": [{"type": "grid", "cards": cards} for cards in sections if len(cards) > 1],
    }


def _heading(text: str, icon: str) -> dict[str, Json]:
    return {"type": "heading", "heading": text, "icon": icon}


def _door_cards(doors: Iterable[Device]) -> list[Mapping[str, Json]]:
    locks = [lock for door in doors for lock in door.entities.get("lock", ())]
    cards: list[Mapping[str, Json]] = [_heading("Doors", "mdi:door")]
    if locks:
        cards.append({"type": "entities", "state_color": True, "entities": [{"entity": lock} for lock in locks]})
    cards += [
        {
            "type": "tile",
            "entity": button,
            "name": door.name,
            "vertical": True,
            "hide_state": True,
            "icon": "mdi:door-open",
            "tap_action": {"action": "toggle"},
        }
        for door in doors
        for button in door.entities.get("button", ())
    ]
    return cards


def _camera_cards(cameras: Sequence[str]) -> list[Mapping[str, Json]]:
    """Return one camera live and the others as stills; each opens its live view when tapped."""
    cards: list[Mapping[str, Json]] = []
    if cameras:
        cards += [_heading("Live", "mdi:video"), _camera_card(cameras[0], "live")]
    if cameras[1:]:
        cards += [_heading("Cameras", "mdi:cctv"), *(_camera_card(camera, "auto") for camera in cameras[1:])]
    return cards


def _camera_card(camera: str, view: str) -> dict[str, Json]:
    return {
        "type": "picture-entity",
        "entity": camera,
        "camera_image": camera,
        "camera_view": view,
        "show_state": False,
        "show_name": False,
        "grid_options": {"columns": 12, "rows": "auto"},
    }


def _other_cards(devices: Iterable[Device]) -> list[Mapping[str, Json]]:
    entities = [
        entity
        for device in devices
        for domain, entities in sorted(device.entities.items())
        if domain not in _OWN_SECTION
        for entity in entities
    ]
    cards: list[Mapping[str, Json]] = [_heading("More", "mdi:dots-horizontal")]
    if entities:
        cards.append({"type": "entities", "entities": [{"entity": entity} for entity in entities]})
    return cards
