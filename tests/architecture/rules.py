"""The rules of the structure. Each returns the imports that break it."""

from collections.abc import Iterable
from itertools import groupby

from tests.support.import_graph import Import, ImportGraph, is_in

INTEGRATION = "custom_components.carson"
CLIENT = f"{INTEGRATION}.aiocarson"
MEDIA = f"{INTEGRATION}.media"
PLATFORMS = tuple(
    f"{INTEGRATION}.{name}"
    for name in ("binary_sensor", "button", "calendar", "camera", "event", "image", "lock", "sensor", "switch")
)
OUTSIDE_HOME_ASSISTANT = (CLIENT, "aiocarson", "simulator", "cli", "tests.aiocarson", "tests.simulator", "tests.cli")

LEVELS: tuple[tuple[str, ...], ...] = (
    ("defaults", "errors"),
    ("http", "files", "flv", "tasks"),
    ("live",),
    ("eagle_eye",),
    ("carson",),
    ("cameras", "changes", "search", "probe"),
    ("client",),
)
"""The rooms of aiocarson, from the ground up. A room imports only rooms of lower levels."""

SIMULATOR = "simulator"
SIMULATOR_LEVELS: tuple[tuple[str, ...], ...] = (
    ("clock", "connection", "counters", "responses", "settings"),
    ("media", "state"),
    ("faults",),
    ("fault_injection",),
    ("core",),
    ("routing",),
    ("carson", "control", "eagle_eye"),
    ("server",),
)
"""The rooms of the simulator, from the ground up."""

WITH_OLDER_ENTRIES = tuple(
    f"{INTEGRATION}.{name}"
    for name in ("config_flow", "migration.identity", "migration.takeover", "older_integrations")
)
"""The modules that also handle entries of the older integration."""

ONLY_FROM_EAGLE_EYE = f"{CLIENT}.eagle_eye.session_key"
"""All that `carson` may import of `eagle_eye`."""


def circles(graph: ImportGraph, package: str) -> list[Import]:
    """No module imports itself by way of others."""
    return graph.circle(package)


def upward_imports(graph: ImportGraph) -> list[Import]:
    """In aiocarson imports lead downwards, and `carson` takes nothing but the session key from `eagle_eye`."""
    imports = (one for one in graph.within(CLIENT) if one.importer != CLIENT)
    return [one for one in imports if not (_leads_down(one, CLIENT, LEVELS) and _is_allowed_for_carson(one))]


def _is_allowed_for_carson(one: Import) -> bool:
    """Whether an import of `carson` takes nothing of `eagle_eye` but the session key."""
    if not (is_in(one.importer, f"{CLIENT}.carson") and is_in(one.imported, f"{CLIENT}.eagle_eye")):
        return True
    return one.imported == ONLY_FROM_EAGLE_EYE


def upward_imports_of_the_simulator(graph: ImportGraph) -> list[Import]:
    """In the simulator imports lead downwards, and rooms of one level do not import each other."""
    imports = (one for one in graph.within(SIMULATOR) if one.importer not in {SIMULATOR, f"{SIMULATOR}.__main__"})
    return [one for one in imports if not _leads_down(one, SIMULATOR, SIMULATOR_LEVELS)]


def _leads_down(one: Import, package: str, levels: tuple[tuple[str, ...], ...]) -> bool:
    importer, imported = _room(one.importer, package), _room(one.imported, package)
    return importer == imported or _level(imported, levels) < _level(importer, levels)


def _room(module: str, package: str) -> str:
    return module.removeprefix(package).strip(".").partition(".")[0]


def _level(room: str, levels: tuple[tuple[str, ...], ...]) -> int:
    """Return the level of a room; one that is in no list, as the package itself, is above all others."""
    return next((level for level, rooms in enumerate(levels) if room in rooms), len(levels))


def imports_of_media(graph: ImportGraph) -> list[Import]:
    """Media uses aiocarson and nothing else of the integration."""
    return [one for one in graph.crossing([MEDIA], [INTEGRATION]) if not _is_in_any(one.imported, (MEDIA, CLIENT))]


def imports_of_platforms(graph: ImportGraph) -> list[Import]:
    """Nothing in the integration imports a platform; Home Assistant loads them."""
    return [one for one in graph.within(INTEGRATION) if one.imported in PLATFORMS]


def imports_between_strangers(graph: ImportGraph) -> list[Import]:
    """The simulator and the integration, the client in it included, meet at the wire only."""
    ours = (INTEGRATION, "aiocarson")
    return graph.crossing(["simulator"], ours) + graph.crossing(ours, ["simulator"])


def imports_of_home_assistant(graph: ImportGraph) -> list[Import]:
    """Neither the client and its tests nor simulator and command line use Home Assistant, even by way of others."""
    reached = set(_reached(graph, OUTSIDE_HOME_ASSISTANT))
    return [one for one in graph.imports if one.importer in reached and is_in(one.imported, "homeassistant")]


def _reached(graph: ImportGraph, packages: Iterable[str]) -> Iterable[str]:
    """Return the modules of some packages and all modules that they import, directly or not."""
    following = {
        module: [one.imported for one in imports]
        for module, imports in groupby(graph.imports, key=lambda one: one.importer)
    }
    waiting = [module for module in graph.modules if _is_in_any(module, packages)]
    seen: set[str] = set()
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            waiting += following.get(module, [])
    return seen


def private_imports(graph: ImportGraph) -> list[Import]:
    """The integration and the command line use only public names of aiocarson."""
    users = [
        one for one in graph.crossing([INTEGRATION, "cli"], [CLIENT, "aiocarson"]) if not is_in(one.importer, CLIENT)
    ]
    return [one for one in users if any(name.startswith("_") for name in (*one.names, *one.imported.split(".")))]


def untyped_entries(graph: ImportGraph) -> list[Import]:
    """Who may use the runtime data uses `CarsonConfigEntry`; only what the data is made of cannot know its type."""
    below = {*_reached(graph, [f"{INTEGRATION}.data"]), *WITH_OLDER_ENTRIES}
    return [
        one
        for one in graph.crossing([INTEGRATION], ["homeassistant.config_entries"])
        if "ConfigEntry" in one.names and one.importer not in below
    ]


def _is_in_any(module: str, packages: Iterable[str]) -> bool:
    return any(is_in(module, package) for package in packages)
