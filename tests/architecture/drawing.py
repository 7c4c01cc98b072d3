"""Draws the rooms and the imports between them: `scripts/draw-architecture` writes docs/images/architecture.svg."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from tests.support.import_graph import ImportGraph, is_in

ROOT = Path(__file__).parents[2]
DRAWING = ROOT / "docs" / "images" / "architecture.svg"

_INTEGRATION = "custom_components.carson"
_CLIENT = f"{_INTEGRATION}.aiocarson"
_FOLDERS = ("custom_components/carson", "simulator", "cli", "demo")

_LINE, _WIRE = "#5b6b7b", "#b0413e"
_COLUMN, _ROW, _WIDTH, _HEIGHT, _MARGIN = 168, 78, 146, 44, 28


@dataclass(frozen=True, slots=True)
class Room:
    """A box of the drawing.

    Attributes:
        title: Its name.
        text: What it is for.
        column: Its place from the left, in columns.
        row: Its place from the top, in rows. Imports lead downwards.
        modules: The modules and packages in it.
    """

    title: str
    text: str
    column: float
    row: float
    modules: tuple[str, ...]

    @property
    def x(self) -> float:
        return _MARGIN + (self.column + 0.15) * _COLUMN

    @property
    def y(self) -> float:
        return _MARGIN + 22 + self.row * _ROW


def _integration(*names: str) -> tuple[str, ...]:
    return tuple(f"{_INTEGRATION}.{name}" for name in names)


def _client(*names: str) -> tuple[str, ...]:
    """Return the names of modules of the client, inside the integration and by itself."""
    return tuple(f"{package}.{name}" for package in (_CLIENT, "aiocarson") for name in names)


_PLATFORMS = ("binary_sensor", "button", "calendar", "camera", "event", "image", "lock", "sensor", "switch")
_RUNTIME = (
    "coordinator",
    "base_coordinator",
    "coordinator_data",
    "absences",
    "account_index",
    "booking",
    "camera_traffic",
    "joined_update",
    "listeners",
    "live_events",
    "log_names",
    "pushed_status",
    "retention",
    "shown_cameras",
    "still_checks",
    "update_status",
    "data",
    "device_settings",
    "issues",
    "replaced_entities",
    "media_accounts",
    "door_state",
    "door_refusals",
    "client",
    "endpoints",
)
_MEDIA_BASICS = (
    "media.account",
    "media.clock",
    "media.fair_slots",
    "media.local_url",
    "media.placeholder",
    "media.player_secret",
    "media.request_pattern",
    "media.sending",
    "media.slots",
    "media.temporary_folders",
    "media.timeouts",
)

ROOMS = (
    Room("platforms", "lock, camera, sensor …", 1.2, 0, _integration(*_PLATFORMS)),
    Room("services", "actions", 2.2, 0, _integration("services")),
    Room("media_source", "media browser", 4.2, 0, _integration("media_source")),
    Room("set up", "config flow, migration", 3.2, 0, _integration("__init__", "config_flow", "migration", "sign_in")),
    Room(
        "diagnostics",
        "health, repairs",
        5.2,
        0,
        _integration("diagnostics", "system_health", "repairs", "older_integrations", "stale_entities"),
    ),
    Room("entities, devices", "what users see", 2.7, 1, (_INTEGRATION,)),
    Room("coordinators, data", "polling, issues", 3.4, 2, _integration(*_RUNTIME)),
    Room("media", "stills, views", 2.7, 3, _integration("media")),
    Room("media.recordings", "browsing, HLS", 3.2, 4, _integration("media.recordings")),
    Room("media basics", "account, timeouts, tasks", 3.2, 5, _integration(*_MEDIA_BASICS)),
    Room(
        "ground floor",
        "const, identifiers, errors",
        4.7,
        5,
        _integration("const", "identifiers", "errors", "text", "leftovers"),
    ),
    Room("aiocarson", "public names", 1, 6.6, (_CLIENT, "aiocarson")),
    Room("client", "class Carson", 2, 6.6, _client("client")),
    Room("both clouds", "cameras, changes, search", 3, 6.6, _client("cameras", "changes", "search", "probe")),
    Room("carson", "Carson's API", 4, 6.6, _client("carson")),
    Room("eagle_eye", "Eagle Eye's API v2", 5, 6.6, _client("eagle_eye")),
    Room("http, flv, live", "transport, video", 6, 6.6, _client("http", "files", "flv", "live", "tasks")),
    Room("errors, defaults", "one error tree", 7, 6.6, _client("defaults", "errors")),
    Room("cli", "command line", -0.15, 6.6, ("cli",)),
    Room("demo", "Home Assistant to try", 7.15, 8, ("demo",)),
    Room("simulator", "both clouds", 6, 8, ("simulator",)),
)
"""All rooms. Modules of the integration that are in no other room are among the entities and devices."""


def room_of(module: str) -> Room | None:
    """Return the room of a module; None for modules of others."""
    if module == _INTEGRATION:
        module = f"{_INTEGRATION}.__init__"
    places = [(len(package), room) for room in ROOMS for package in room.modules if is_in(module, package)]
    return max(places, key=lambda place: place[0])[1] if places else None


def arrows(graph: ImportGraph) -> list[tuple[Room, Room]]:
    """Return the imports between rooms, without those that others imply."""
    following: dict[Room, set[Room]] = {room: set() for room in ROOMS}
    for one in graph.imports:
        importer, imported = room_of(one.importer), room_of(one.imported)
        if importer is not None and imported is not None and importer != imported:
            following[importer].add(imported)
    return [
        (room, other)
        for room in ROOMS
        for other in ROOMS
        if other in following[room] and not _is_implied(room, other, following)
    ]


def _is_implied(room: Room, other: Room, following: dict[Room, set[Room]]) -> bool:
    """Return whether a room is reached from another one by way of a third."""
    waiting, seen = list(following[room] - {other}), {room}
    while waiting:
        one = waiting.pop()
        if one == other:
            return True
        if one not in seen:
            seen.add(one)
            waiting += (next_ for next_ in following[one] if next_.row >= one.row)
    return False


def draw(graph: ImportGraph) -> str:
    """Return the drawing as SVG."""
    width = round(max(room.x for room in ROOMS) + _WIDTH + _MARGIN)
    height = round(max(room.y for room in ROOMS) + _HEIGHT + _MARGIN)
    client = [room for room in ROOMS if is_in(room.modules[0], _CLIENT)]
    integration = [room for room in ROOMS if is_in(room.modules[0], _INTEGRATION) and room not in client]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        "<title>Rooms and the imports between them</title>",
        '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">',
        f'<path d="M0 0L8 4L0 8z" fill="{_LINE}"/></marker>',
        _rect(0, 0, width, height, fill="#fff"),
        *_frame("integration", "#f3f7fb", integration),
        *_frame("client", "#f4faf4", client),
        *_arrows(arrows(graph)),
        *_wire(),
        *(line for room in ROOMS for line in _box(room)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _rect(x: float, y: float, width: float, height: float, **attributes: object) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"{_written(attributes)}/>'


def _text(x: float, y: float, text: str, **attributes: object) -> str:
    return f'<text x="{x:g}" y="{y:g}"{_written(attributes)}>{escape(text)}</text>'


def _path(data: str, **attributes: object) -> str:
    return f'<path d="{data}" fill="none"{_written(attributes)}/>'


def _written(attributes: dict[str, object]) -> str:
    return "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())


def _frame(title: str, color: str, rooms: list[Room]) -> Iterator[str]:
    left, top = min(room.x for room in rooms) - 14, min(room.y for room in rooms) - 30
    right, bottom = max(room.x for room in rooms) + _WIDTH + 14, max(room.y for room in rooms) + _HEIGHT + 14
    yield _rect(left, top, right - left, bottom - top, rx=10, fill=color)
    yield _text(left + 10, top + 17, title, font_size=12, fill=_LINE)


def _box(room: Room) -> Iterator[str]:
    center = room.x + _WIDTH / 2
    yield _rect(room.x, room.y, _WIDTH, _HEIGHT, rx=6, fill="#fff", stroke="#33475b")
    yield _text(center, room.y + 19, room.title, font_size=11, font_weight="bold", text_anchor="middle")
    yield _text(center, room.y + 34, room.text, font_size=10, fill="#444", text_anchor="middle")


def _arrows(pairs: list[tuple[Room, Room]]) -> Iterator[str]:
    starts, ends = _places(pairs, 0), _places(pairs, 1)
    for pair in pairs:
        room, other = pair
        if room.row < other.row:
            x1, y1, x2, y2 = room.x + starts[pair], room.y + _HEIGHT, other.x + ends[pair], other.y
            bend = max(18, (y2 - y1) / 2)
            data = f"M{x1:g} {y1:g}C{x1:g} {y1 + bend:g} {x2:g} {y2 - bend:g} {x2:g} {y2 - 1:g}"
        else:  # from side to side
            side = _WIDTH if room.x < other.x else 0
            x1, y1, x2, y2 = room.x + side, room.y + _HEIGHT / 2, other.x + _WIDTH - side, other.y + _HEIGHT / 2
            data = f"M{x1:g} {y1:g}L{x2:g} {y2:g}"
        yield _path(data, stroke=_LINE, marker_end="url(#head)")


def _places(pairs: list[tuple[Room, Room]], end: int) -> dict[tuple[Room, Room], float]:
    """Return where each arrow meets the edge of its box, in the order of the boxes at the other ends."""
    places: dict[tuple[Room, Room], float] = {}
    for room in ROOMS:
        meeting = sorted((pair for pair in pairs if pair[end] == room), key=lambda pair: pair[1 - end].x)
        places |= {pair: _WIDTH * (index + 1) / (len(meeting) + 1) for index, pair in enumerate(meeting)}
    return places


def _wire() -> Iterator[str]:
    """Draw the connection over the network between client and simulator."""
    http, simulator = (
        next(room for room in ROOMS if room.title == title) for title in ("http, flv, live", "simulator")
    )
    x = http.x + _WIDTH * 0.75
    yield _path(f"M{x:g} {http.y + _HEIGHT:g}V{simulator.y:g}", stroke=_WIRE, stroke_dasharray="4 4")
    yield _text(x + 6, simulator.y - 14, "HTTP", font_size=10, fill=_WIRE)


if __name__ == "__main__":
    DRAWING.write_text(draw(ImportGraph(ROOT, *_FOLDERS)), encoding="utf-8")
