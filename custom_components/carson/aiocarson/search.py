"""Finding buildings, doors and cameras in what was read: by id, name, attribute, distance; nothing is sent.

Every finder takes an account, a building, or an iterable of buildings, and hands out what fits, in Carson's
order; with `near`, the nearest first.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
import math
from typing import Any, Protocol

from .carson.models import Account, Building, Camera, Door
from .eagle_eye.models import CameraState, Device
from .errors import InvalidInputError, NotFoundByNameError

EARTH_RADIUS = 6_371_000.0

type Source = Account | Building | Iterable[Building]
type Ids = str | Iterable[str] | None


class Named(Protocol):
    """Whatever has an id and a name."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def name(self) -> str:
        """What people call it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place on earth, in degrees north and east.

    Raises:
        InvalidInputError: There is no such place.
    """

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not (abs(self.latitude) <= 90 and abs(self.longitude) <= 180):
            raise InvalidInputError("There is no such place: latitude within 90 degrees, longitude within 180")

    def distance(self, other: Point) -> float:
        """Metres to another place, as the crow flies."""
        north, other_north = math.radians(self.latitude), math.radians(other.latitude)
        east = math.radians(other.longitude - self.longitude)
        half = math.sin((other_north - north) / 2) ** 2 + math.cos(north) * math.cos(other_north) * (
            math.sin(east / 2) ** 2
        )
        return 2 * EARTH_RADIUS * math.asin(math.sqrt(min(1.0, half)))


def place_of(building: Building) -> Point | None:
    """Tell where a building stands, if Carson says so."""
    if building.latitude is None or building.longitude is None:
        return None
    return Point(latitude=building.latitude, longitude=building.longitude)


def pick[T: Named](items: Iterable[T], name: str, *, what: str = "thing", label: Callable[[T], str] | None = None) -> T:
    """Choose one by its name: the exact one, else the only one whose name begins so; an id does as well.

    Case and surrounding blanks do not matter, but one that has exactly this name goes before others.

    Args:
        items: To choose among.
        name: Name, beginning of a name, or id.
        what: What they are, for the error.
        label: Tells candidates apart in the error; by default name and id.

    Raises:
        NotFoundByNameError: None or several have it; lists the candidates.
    """
    choice = tuple(items)
    wanted = name.strip()
    folded = wanted.casefold()
    tests: tuple[Callable[[T], bool], ...] = (
        lambda item: item.name == wanted,
        lambda item: item.id == wanted,
        lambda item: item.name.casefold() == folded,
        lambda item: bool(folded) and item.name.casefold().startswith(folded),
    )
    for fits in tests:
        found = [item for item in choice if fits(item)]
        if len(found) == 1:
            return found[0]
        if found:
            break
    else:
        found = []
    labels = tuple((label or _label)(item) for item in (found or choice))
    if found:
        text = f"More than one {what} matches {wanted!r}: {', '.join(labels)}"
    elif labels:
        text = f"No {what} matches {wanted!r}. Did you mean: {', '.join(labels)}?"
    else:
        text = f"No {what} matches {wanted!r}; there are none"
    raise NotFoundByNameError(text, name=wanted, candidates=labels, ambiguous=bool(found))


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
    """Find buildings.

    Args:
        source: Where to look.
        id: One id or several.
        name: Exact name, else unique beginning; see `pick`.
        has_eagle_eye: Whether it has cameras that Eagle Eye serves.
        near: Sort by distance from here; those whose place is not known are left out.
        within: The greatest distance, in metres.
        offset: How many to pass over.
        limit: The most to hand out.

    Raises:
        NotFoundByNameError: The name fits none or several.
        InvalidInputError: An argument is wrong.
    """
    found = _with_ids(_buildings(source), id)
    found = [one for one in found if _agrees(one.has_eagle_eye, has_eagle_eye)]
    found = _near(found, lambda one: one, near, within)
    return _cut(found, "building", name, offset=offset, limit=limit)


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
    """Find doors.

    Args:
        source: Where to look.
        id: One id or several.
        name: Exact name, else unique beginning; see `pick`.
        provider: Who makes the lock, as Carson calls it.
        staff_only: Whether it is for staff only.
        unit_door: Whether it is the door of a flat.
        usable: Whether Carson says that it can be opened at present.
        near: Sort by the distance of the building from here; those whose place is not known are left out.
        within: The greatest distance, in metres.
        offset: How many to pass over.
        limit: The most to hand out.

    Raises:
        NotFoundByNameError: The name fits none or several.
        InvalidInputError: An argument is wrong.
    """
    homes = {building.id: building for building in _buildings(source)}
    found = [
        door
        for door in _with_ids([door for building in homes.values() for door in building.doors], id)
        if (provider is None or door.provider == provider)
        and _agrees(door.staff_only, staff_only)
        and _agrees(door.is_unit_door, unit_door)
        and _agrees(door.usable, usable)
    ]
    found = _near(found, lambda one: homes[one.building_id], near, within)
    return _cut(found, "door", name, offset=offset, limit=limit, homes=homes)


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
    """Find cameras that Carson shows.

    Args:
        source: Where to look.
        devices: What `EagleEye.get_devices` says; tag, online and recording are found there.
        id: One id or several: Carson's, or those of Eagle Eye.
        name: Exact name, else unique beginning; see `pick`.
        provider: Who serves it; `eagle_eye` means also what follows it, like `eagle_eye_v2`.
        staff_only: Whether it is for staff only.
        tag: A tag that it has at Eagle Eye.
        online: Whether it is online; one that Eagle Eye does not list, or says nothing of, is not.
        recording: Whether it records at present, likewise.
        near: Sort by the distance of the building from here; those whose place is not known are left out.
        within: The greatest distance, in metres.
        offset: How many to pass over.
        limit: The most to hand out.

    Raises:
        NotFoundByNameError: The name fits none or several.
        InvalidInputError: An argument is wrong, or devices are missing.
    """
    if devices is None and (tag, online, recording) != (None, None, None):
        raise InvalidInputError("Tag, online and recording are known to Eagle Eye: pass its devices")
    known = {device.id: device for device in devices or ()}
    homes = {building.id: building for building in _buildings(source)}
    ids = None if id is None else {id} if isinstance(id, str) else set(id)

    def fits(camera: Camera) -> bool:
        device = known.get(camera.live_view_id or "")
        return (
            (ids is None or camera.id in ids or camera.live_view_id in ids)
            and (provider is None or (camera.provider or "").startswith(provider))
            and _agrees(camera.staff_only, staff_only)
            and (tag is None or (device is not None and tag in device.tags))
            and _agrees(device is not None and device.status.state is CameraState.ONLINE, online)
            and _agrees(device is not None and device.status.is_recording, recording)
        )

    found = [camera for building in homes.values() for camera in building.cameras if fits(camera)]
    found = _near(found, lambda one: homes[one.building_id], near, within)
    return _cut(found, "camera", name, offset=offset, limit=limit, homes=homes)


def _buildings(source: Source) -> tuple[Building, ...]:
    if isinstance(source, Account):
        return source.buildings
    return (source,) if isinstance(source, Building) else tuple(source)


def _with_ids[T: Named](items: Iterable[T], ids: Ids) -> list[T]:
    if ids is None:
        return list(items)
    wanted = {ids} if isinstance(ids, str) else set(ids)
    return [item for item in items if item.id in wanted]


def _agrees(value: bool, wanted: bool | None) -> bool:
    return wanted is None or value is wanted


def _near[T](items: Sequence[T], home: Callable[[T], Building], near: Point | None, within: float | None) -> list[T]:
    if near is None:
        if within is not None:
            raise InvalidInputError("A distance needs a place to be measured from")
        return list(items)
    if within is not None and not within >= 0:
        raise InvalidInputError("A distance cannot be negative")
    far = [
        (near.distance(place), position)
        for position, item in enumerate(items)
        if (place := place_of(home(item))) is not None
    ]
    return [items[position] for distance, position in sorted(far) if within is None or distance <= within]


def _cut[T: Named](
    found: list[T],
    what: str,
    name: str | None,
    *,
    offset: int,
    limit: int | None,
    homes: dict[str, Building] | None = None,
) -> tuple[T, ...]:
    if offset < 0 or (limit is not None and limit < 0):
        raise InvalidInputError("Offset and limit cannot be negative")
    if name is not None:
        found = [pick(found, name, what=what, label=_label_in(homes or {}))]
    return tuple(found[offset : None if limit is None else offset + limit])


def _label(item: Named) -> str:
    return f"{item.name} ({item.id})"


def _label_in(homes: dict[str, Building]) -> Callable[[Any], str]:
    """Tell things of the same name apart by their buildings, where there are several."""

    def label(item: Any) -> str:
        home = homes.get(getattr(item, "building_id", "")) if len(homes) > 1 else None
        return _label(item) if home is None else f"{home.name} / {_label(item)}"

    return label
