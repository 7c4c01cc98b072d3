"""Buildings, doors and cameras, listed for a table or found by name."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import aiocarson
from aiocarson.cameras import BuildingCamera, join_cameras
from aiocarson.eagle_eye.models import Device
from aiocarson.errors import NotFoundByNameError
from aiocarson.search import find_buildings, pick

from .context import Context
from .exit_codes import ExitCode


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRow:
    """A door and its building."""

    door: aiocarson.Door
    building: aiocarson.Building

    @property
    def id(self) -> str:
        """Id of the door."""
        return self.door.id

    @property
    def name(self) -> str:
        """Name of the door."""
        return self.door.name


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRow:
    """A camera and its building."""

    camera: BuildingCamera
    building: aiocarson.Building

    @property
    def id(self) -> str:
        """Eagle Eye's id (ESN), empty if Carson lists the camera without one."""
        return self.camera.id

    @property
    def name(self) -> str:
        """Name of the camera."""
        return self.camera.name

    def as_json(self) -> dict[str, Any]:
        """Return the row as it is printed in JSON."""
        camera = self.camera
        return {
            "id": camera.id,
            "name": camera.name,
            "building_id": self.building.id,
            "building": self.building.name,
            "state": camera.state,
            "recording": camera.is_recording,
            "tags": camera.tags,
            "staff_only": camera.staff_only,
            "shown": camera.is_listed,
        }


async def get_buildings(context: Context, name: str | None = None) -> tuple[aiocarson.Building, ...]:
    """Return the buildings of the account, or the one with this name.

    Raises:
        CarsonError: The account could not be fetched, or no building has this name.
    """
    return find_buildings(await context.get_account(), name=name)


def door_rows(buildings: Iterable[aiocarson.Building]) -> list[DoorRow]:
    """Return the doors of the buildings."""
    return [DoorRow(door=door, building=building) for building in buildings for door in building.doors]


async def get_devices(context: Context, building: aiocarson.Building) -> tuple[Device, ...]:
    """Return Eagle Eye's devices of a building; after an error, print a message and return none."""
    try:
        return await (await context.client()).eagle_eye(building.id).get_devices()
    except (aiocarson.CannotConnectError, aiocarson.RateLimitError, aiocarson.ApiError) as err:
        context.output.status(f"{building.name}: the state of the cameras is unknown. {err}.")
        context.exit_code = ExitCode.NO_CONNECTION
        return ()


async def camera_rows(
    context: Context, buildings: Iterable[aiocarson.Building], *, include_hidden: bool = False
) -> list[CameraRow]:
    """Return the cameras served by Eagle Eye.

    The cameras of a building whose devices cannot be fetched have no state.

    Args:
        context: The context of the command.
        buildings: The buildings whose cameras are listed.
        include_hidden: Whether to include cameras that Carson does not show to the resident.
    """
    return [
        CameraRow(camera=camera, building=building)
        for building in buildings
        if building.has_eagle_eye
        for camera in join_cameras(building, await get_devices(context, building))
        if include_hidden or camera.is_listed
    ]


async def find_camera(context: Context, name: str, building: str | None) -> CameraRow:
    """Return the camera with this name; one that Carson does not show only if no other has the name.

    Raises:
        CarsonError: No camera or several cameras have the name.
    """
    (camera,) = await find_cameras(context, [name], building)
    return camera


async def find_cameras(context: Context, names: Iterable[str], building: str | None) -> list[CameraRow]:
    """Return the cameras with these names, as `find_camera` does.

    Raises:
        CarsonError: No camera or several cameras have one of the names.
    """
    buildings = await get_buildings(context, building)
    listed = [
        CameraRow(camera=camera, building=home)
        for home in buildings
        for camera in join_cameras(home, ())
        if camera.id and camera.is_listed
    ]
    every: list[CameraRow] | None = None
    found: list[CameraRow] = []
    for name in names:
        try:
            # No list of Eagle Eye is needed for a camera that Carson names.
            found.append(choose(listed, name, "camera"))
        except NotFoundByNameError as err:
            if err.ambiguous:
                raise
            if every is None:
                rows = await camera_rows(context, buildings, include_hidden=True)
                every = [row for row in rows if row.id]
            found.append(_choose_hidden(every, name))
    return found


def _choose_hidden(usable: list[CameraRow], name: str) -> CameraRow:
    """Return the camera with this name, of all that Eagle Eye has."""
    shown = [row for row in usable if row.camera.is_listed]
    for candidates in (shown, usable):
        try:
            return choose(candidates, name, "camera")
        except NotFoundByNameError as err:
            if err.ambiguous:
                raise
    # Raises an error that lists only the cameras that Carson shows.
    return choose(shown, name, "camera")


def choose[T: CameraRow | DoorRow](rows: list[T], name: str, kind: str) -> T:
    """Return the row with this name, which may start with the name of the building: `harbor/front`.

    Raises:
        NotFoundByNameError: No row or several rows have the name; lists the candidates with their buildings.
    """

    def label(row: T) -> str:
        return f"{row.building.name} / {row.name} ({row.id})"

    building_name, slash, rest = name.partition("/")
    if slash and not any(row.name == name for row in rows):
        buildings = {row.building.id: row.building for row in rows}
        building = pick(buildings.values(), building_name, kind="building")
        return pick([row for row in rows if row.building.id == building.id], rest, kind=kind, label=label)
    return pick(rows, name, kind=kind, label=label)
