"""Search for buildings, doors and cameras by id, name, attribute and distance; nothing is sent.

Every function searches an account, a building, or an iterable of buildings, and returns what matches in Carson's
order; with `near`, the nearest first.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
import math
from typing import Any, Protocol, Self

from .carson.models import Account, Building, Camera, Door
from .eagle_eye.models import CameraState, Device
from .errors import InvalidInputError, NotFoundByNameError

MAX_SUGGESTIONS = 5
"""The most candidates that the text of an error names."""
EARTH_RADIUS = 6_371_000.0

type Source = Account | Building | Iterable[Building]
type Ids = str | Iterable[str] | None


class Named(Protocol):
    """Something with an id and a name."""

    @property
    def id(self) -> str:
        """The id."""

    @property
    def name(self) -> str:
        """The name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A location, in degrees north and east.

    Raises:
        InvalidInputError: The latitude or longitude is out of range.
    """

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not (abs(self.latitude) <= 90 and abs(self.longitude) <= 180):
            raise InvalidInputError("The latitude must be within 90 degrees, the longitude within 180")

    def distance(self, other: Self) -> float:
        """Return the distance to another location in meters."""
        north, other_north = math.radians(self.latitude), math.radians(other.latitude)
        east = math.radians(other.longitude - self.longitude)
        half = math.sin((other_north - north) / 2) ** 2 + math.cos(north) * math.cos(other_north) * (
            math.sin(east / 2) ** 2
        )
        return 2 * EARTH_RADIUS * math.asin(math.sqrt(min(1.0, half)))


def location_of(building: Building) -> Point | None:
    """Return the location of a building, if Carson gives it."""
    if building.latitude is None or building.longitude is None:
        return None
    return Point(latitude=building.latitude, longitude=building.longitude)


def pick[T: Named](items: Iterable[T], name: str, *, kind: str = "item", label: Callable[[T], str] | None = None) -> T:
    """Return the item with a name or id, or else the only one whose name starts with the text.

    An exact match takes precedence over one that differs in case. Surrounding spaces are ignored. `id:7001` is an
    id in any case; a text that is the name of one item and the id of another fits both.

    Args:
        items: The items.
        name: A name, the start of a name, or an id.
        kind: What the items are, for the error.
        label: Returns the label of a candidate for the error; by default name and id.

    Raises:
        NotFoundByNameError: No item or more than one matches; lists the candidates.
    """
    choices = tuple(items)
    wanted = name.strip()
    only_id = wanted[3:] if wanted.lower().startswith("id:") else None
    folded = wanted.casefold()
    criteria: tuple[Callable[[T], bool], ...] = (
        lambda item: item.id == only_id,
        lambda item: wanted in {item.name, item.id},
        lambda item: item.name.casefold() == folded,
        lambda item: bool(folded) and item.name.casefold().startswith(folded),
    )
    for matches in criteria:
        found = [item for item in choices if matches(item)]
        if len(found) == 1:
            return found[0]
        if found:
            break
    else:
        found = []
    labels = tuple((label or _label)(item) for item in (found or choices))
    if found:
        text = f"More than one {kind} matches {wanted!r}: {_listed(labels)}"
    elif labels:
        similar = [(label or _label)(item) for item in _similar(choices, folded)]
        text = f"No {kind} matches {wanted!r}. Did you mean: {_listed(similar or labels)}?"
    else:
        text = f"No {kind} matches {wanted!r}; there are none"
    raise NotFoundByNameError(text, name=wanted, candidates=labels, ambiguous=bool(found))


def _similar[T: Named](items: tuple[T, ...], folded: str) -> list[T]:
    """Return the items whose names look most like a text."""
    if len(items) <= MAX_SUGGESTIONS:
        return list(items)
    by_name = {item.name.casefold(): item for item in items}
    within = [item for name, item in by_name.items() if folded and folded in name]
    close = [by_name[name] for name in get_close_matches(folded, by_name, n=MAX_SUGGESTIONS)]
    return [*within, *(item for item in close if item not in within)][:MAX_SUGGESTIONS]


def _listed(labels: Sequence[str]) -> str:
    """Return labels in one line, only so many of them."""
    more = len(labels) - MAX_SUGGESTIONS
    return ", ".join(labels[:MAX_SUGGESTIONS]) + (f" and {more} more" if more > 0 else "")


def find_buildings(
    source: Source,
    *,
    id: Ids = None,  # noqa: A002  # the name that callers expect
    name: str | None = None,
    has_eagle_eye: bool | None = None,
    near: Point | None = None,
    within: float | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> tuple[Building, ...]:
    """Return the buildings that match all criteria.

    Args:
        source: The account or buildings to search.
        id: One or more ids.
        name: A name, the start of a name, or an id; see `pick`.
        has_eagle_eye: Whether Eagle Eye serves any of its cameras.
        near: Sort by distance from here, and leave out buildings without location.
        within: Maximum distance in meters.
        offset: Number of matches to skip.
        limit: Maximum number of matches to return.

    Raises:
        NotFoundByNameError: The name matches nothing or more than one.
        InvalidInputError: An argument is invalid.
    """
    found = _with_ids(_buildings(source), id)
    found = [building for building in found if _equals(building.has_eagle_eye, has_eagle_eye)]
    found = _near(found, lambda building: building, near, within)
    return _select(found, "building", name, offset=offset, limit=limit)


def find_doors(
    source: Source,
    *,
    id: Ids = None,  # noqa: A002
    name: str | None = None,
    provider: str | None = None,
    staff_only: bool | None = None,
    unit_door: bool | None = None,
    usable: bool | None = None,
    near: Point | None = None,
    within: float | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> tuple[Door, ...]:
    """Return the doors that match all criteria.

    Args:
        source: The account or buildings to search.
        id: One or more ids.
        name: A name, the start of a name, or an id; see `pick`.
        provider: The provider of the lock.
        staff_only: Whether the door is for staff only.
        unit_door: Whether the door belongs to a unit.
        usable: Whether the door can be opened at present.
        near: Sort by the distance of the building from here, and leave out buildings without location.
        within: Maximum distance in meters.
        offset: Number of matches to skip.
        limit: Maximum number of matches to return.

    Raises:
        NotFoundByNameError: The name matches nothing or more than one.
        InvalidInputError: An argument is invalid.
    """
    buildings = {building.id: building for building in _buildings(source)}
    found = [
        door
        for door in _with_ids([door for building in buildings.values() for door in building.doors], id)
        if (provider is None or door.provider == provider)
        and _equals(door.staff_only, staff_only)
        and _equals(door.is_unit_door, unit_door)
        and _equals(door.usable, usable)
    ]
    found = _near(found, lambda door: buildings[door.building_id], near, within)
    return _select(found, "door", name, offset=offset, limit=limit, buildings=buildings)


def find_cameras(
    source: Source,
    *,
    devices: Iterable[Device] | None = None,
    id: Ids = None,  # noqa: A002
    name: str | None = None,
    provider: str | None = None,
    staff_only: bool | None = None,
    tag: str | None = None,
    online: bool | None = None,
    recording: bool | None = None,
    near: Point | None = None,
    within: float | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> tuple[Camera, ...]:
    """Return the cameras listed by Carson that match all criteria.

    Args:
        source: The account or buildings to search.
        devices: The result of `EagleEye.get_devices`, required for tag, online and recording.
        id: One or more ids of Carson or Eagle Eye.
        name: A name, the start of a name, or an id; see `pick`.
        provider: The start of the provider: `eagle_eye` includes `eagle_eye_v2`.
        staff_only: Whether the camera is for staff only.
        tag: One of Eagle Eye's tags.
        online: Whether the camera is online; it is not if its status is unknown.
        recording: Whether the camera is recording; it is not if its status is unknown.
        near: Sort by the distance of the building from here, and leave out buildings without location.
        within: Maximum distance in meters.
        offset: Number of matches to skip.
        limit: Maximum number of matches to return.

    Raises:
        NotFoundByNameError: The name matches nothing or more than one.
        InvalidInputError: An argument is invalid, or devices are missing.
    """
    if devices is None and (tag, online, recording) != (None, None, None):
        raise InvalidInputError("Searching by tag, online or recording requires Eagle Eye's devices")
    devices_by_id = {device.id: device for device in devices or ()}
    buildings = {building.id: building for building in _buildings(source)}
    ids = None if id is None else {id} if isinstance(id, str) else set(id)

    def matches(camera: Camera) -> bool:
        device = devices_by_id.get(camera.live_view_id or "")
        return (
            (ids is None or camera.id in ids or camera.live_view_id in ids)
            and (provider is None or (camera.provider or "").casefold().startswith(provider.casefold()))
            and _equals(camera.staff_only, staff_only)
            and (tag is None or (device is not None and tag in device.tags))
            and _equals(device is not None and device.status.state is CameraState.ONLINE, online)
            and _equals(device is not None and device.status.is_recording, recording)
        )

    found = [camera for building in buildings.values() for camera in building.cameras if matches(camera)]
    found = _near(found, lambda camera: buildings[camera.building_id], near, within)
    return _select(found, "camera", name, offset=offset, limit=limit, buildings=buildings)


def _buildings(source: Source) -> tuple[Building, ...]:
    if isinstance(source, Account):
        return source.buildings
    return (source,) if isinstance(source, Building) else tuple(source)


def _with_ids[T: Named](items: Iterable[T], ids: Ids) -> list[T]:
    if ids is None:
        return list(items)
    wanted = {ids} if isinstance(ids, str) else set(ids)
    return [item for item in items if item.id in wanted]


def _equals(value: bool, wanted: bool | None) -> bool:
    return wanted is None or value is wanted


def _near[T](
    items: Sequence[T], building_of: Callable[[T], Building], near: Point | None, within: float | None
) -> list[T]:
    if near is None:
        if within is not None:
            raise InvalidInputError("A maximum distance requires a location to measure from")
        return list(items)
    if within is not None and not within >= 0:
        raise InvalidInputError("The maximum distance must not be negative")
    distances = [
        (near.distance(location), position)
        for position, item in enumerate(items)
        if (location := location_of(building_of(item))) is not None
    ]
    return [items[position] for distance, position in sorted(distances) if within is None or distance <= within]


def _select[T: Named](
    found: list[T],
    kind: str,
    name: str | None,
    *,
    offset: int,
    limit: int | None,
    buildings: dict[str, Building] | None = None,
) -> tuple[T, ...]:
    if offset < 0 or (limit is not None and limit < 0):
        raise InvalidInputError("Offset and limit must not be negative")
    if name is not None:
        found = [pick(found, name, kind=kind, label=_label_with_building(buildings or {}))]
    return tuple(found[offset : None if limit is None else offset + limit])


def _label(item: Named) -> str:
    return f"{item.name} ({item.id})"


def _label_with_building(buildings: dict[str, Building]) -> Callable[[Any], str]:
    """Return a function for labels that include the building, if there is more than one."""

    def label(item: Any) -> str:
        building = buildings.get(getattr(item, "building_id", "")) if len(buildings) > 1 else None
        return _label(item) if building is None else f"{building.name} / {_label(item)}"

    return label
