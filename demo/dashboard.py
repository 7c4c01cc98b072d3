"""A dashboard made from what Home Assistant knows: per building its doors, its cameras, and whatever else there is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .api import Json, Websocket

DOMAIN = "carson"
URL_PATH = "carson-demo"

# What has a place of its own on the dashboard; everything else goes into a list.
_PLACED = frozenset({"button", "camera", "lock"})


@dataclass(kw_only=True)
class Thing:
    """One device and those of its entities that can be shown, by their kind."""

    device_id: str
    name: str
    parent_id: str | None
    entities: dict[str, list[str]] = field(default_factory=dict)

    def one(self, kind: str) -> str | None:
        """Name its first entity of a kind (`lock`, `camera` …)."""
        return next(iter(self.entities.get(kind, ())), None)


async def read_things(websocket: Websocket) -> list[Thing]:
    """Ask the registries for the integration's devices."""
    things = {
        device["id"]: Thing(
            device_id=device["id"], name=device["name_by_user"] or device["name"], parent_id=device["via_device_id"]
        )
        for device in await websocket.call("config/device_registry/list")
        if any(domain == DOMAIN for domain, *_ in device["identifiers"])
    }
    for entity in await websocket.call("config/entity_registry/list"):
        thing = things.get(entity["device_id"])
        if thing and entity["platform"] == DOMAIN and not entity["disabled_by"] and not entity["hidden_by"]:
            kind = entity["entity_id"].partition(".")[0]
            thing.entities.setdefault(kind, []).append(entity["entity_id"])
    return list(things.values())


async def save_dashboard(websocket: Websocket) -> None:
    """Make the dashboard, unless there is one already, and let Home Assistant open with it."""
    if any(board["url_path"] == URL_PATH for board in await websocket.call("lovelace/dashboards/list")):
        return
    config = build(await read_things(websocket))
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


def build(things: Sequence[Thing]) -> dict[str, Json]:
    """Lay out one view for each building."""
    holders = {thing.parent_id for thing in things if thing.one("lock") or thing.one("button") or thing.one("camera")}
    buildings = [thing for thing in things if thing.device_id in holders]
    return {"title": "Carson", "views": [_view(building, things) for building in buildings]}


def _view(building: Thing, things: Sequence[Thing]) -> dict[str, Json]:
    parts = [thing for thing in things if thing.parent_id == building.device_id]
    doors = [thing for thing in parts if thing.one("lock") or thing.one("button")]
    cameras = [camera for thing in parts for camera in thing.entities.get("camera", ())]
    sections = [_doors(doors), _cameras(cameras), _rest([building, *parts])]
    return {
        "title": building.name,
        "path": building.device_id,
        "type": "sections",
        "max_columns": 4,
        "sections": [{"type": "grid", "cards": cards} for cards in sections if len(cards) > 1],
    }


def _heading(text: str, icon: str) -> dict[str, Json]:
    return {"type": "heading", "heading": text, "icon": icon}


def _doors(doors: Iterable[Thing]) -> list[Mapping[str, Json]]:
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


def _cameras(cameras: Sequence[str]) -> list[Mapping[str, Json]]:
    """One camera live, the others as pictures that follow by themselves; each opens its live view when tapped."""
    cards: list[Mapping[str, Json]] = []
    if cameras:
        cards += [_heading("Live", "mdi:video"), _camera(cameras[0], "live")]
    if cameras[1:]:
        cards += [_heading("Cameras", "mdi:cctv"), *(_camera(camera, "auto") for camera in cameras[1:])]
    return cards


def _camera(camera: str, view: str) -> dict[str, Json]:
    return {
        "type": "picture-entity",
        "entity": camera,
        "camera_image": camera,
        "camera_view": view,
        "show_state": False,
        "show_name": False,
        "grid_options": {"columns": 12, "rows": "auto"},
    }


def _rest(things: Iterable[Thing]) -> list[Mapping[str, Json]]:
    entities = [
        entity
        for thing in things
        for kind, entities in sorted(thing.entities.items())
        if kind not in _PLACED
        for entity in entities
    ]
    cards: list[Mapping[str, Json]] = [_heading("More", "mdi:dots-horizontal")]
    if entities:
        cards.append({"type": "entities", "entities": [{"entity": entity} for entity in entities]})
    return cards
