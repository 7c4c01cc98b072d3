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
    ("errors",),
    ("http", "files"),
    ("eagle_eye",),
    ("carson",),
    ("cameras", "changes", "search", "probe"),
    ("client",),
)
"""The rooms of aiocarson, from the ground up. A room imports only rooms of lower levels."""

ONLY_FROM_EAGLE_EYE = f"{CLIENT}.eagle_eye.session_key"
"""All that `carson` may import of `eagle_eye`."""


def circles(graph: ImportGraph, package: str) -> list[Import]:
    """No module imports itself by way of others."""
    return graph.circle(package)


def upward_imports(graph: ImportGraph) -> list[Import]:
    """In aiocarson imports lead downwards, and `carson` takes nothing but the session key from `eagle_eye`."""
    return [one for one in graph.within(CLIENT) if one.importer != CLIENT and not _leads_down(one)]


def _leads_down(one: Import) -> bool:
    importer, imported = (
        module.removeprefix(CLIENT).strip(".").partition(".")[0] for module in (one.importer, one.imported)
    )
    if importer == imported:
        return True
    if importer == "carson" and imported == "eagle_eye":
        return one.imported == ONLY_FROM_EAGLE_EYE
    return _level(imported) < _level(importer)


def _level(room: str) -> int:
    """Return the level of a room; one that is in no list, as the package itself, is above all others."""
    return next((level for level, rooms in enumerate(LEVELS) if room in rooms), len(LEVELS))


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


def _is_in_any(module: str, packages: Iterable[str]) -> bool:
    return any(is_in(module, package) for package in packages)
