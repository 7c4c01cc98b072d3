"""An account by ids, so that each of its entities finds what it shows without a search."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from .aiocarson import Account, Building, Camera, Door


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountIndex:
    """The buildings and doors of one account by id.

    Attributes:
        account: The account that the index was made from.
        buildings: The buildings.
        doors: The doors of all buildings; of doors with one id, the first.
        door_cameras: The cameras at Eagle Eye that, according to Carson, show a door.
    """

    account: Account
    buildings: Mapping[str, Building] = field(default_factory=dict)
    doors: Mapping[str, Door] = field(default_factory=dict)
    door_cameras: Mapping[str, tuple[Camera, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, account: Account) -> Self:
        """Return the index of an account."""
        doors: dict[str, Door] = {}
        cameras: dict[str, tuple[Camera, ...]] = {}
        for building in account.buildings:
            for door in building.doors:
                doors.setdefault(door.id, door)
            for camera in building.eagle_eye_cameras:
                if camera.live_view_id is not None:
                    for door_id in camera.door_ids:
                        cameras[door_id] = (*cameras.get(door_id, ()), camera)
        # A camera of another building does not show the door.
        shown_by = {
            door.id: tuple(camera for camera in cameras.get(door.id, ()) if camera.building_id == door.building_id)
            for door in doors.values()
        }
        buildings = {building.id: building for building in reversed(account.buildings)}
        return cls(account=account, buildings=buildings, doors=doors, door_cameras=shown_by)
