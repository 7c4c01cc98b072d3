"""The unique ids of the older integrations, and what replaces them."""

from dataclasses import dataclass

from ..aiocarson import Account
from ..identifiers import camera_identifier, camera_unique_id, door_identifier, door_unique_id

OLDER_DOOR = "carson_door_"
_OLDER_CAMERA = "eagleeye_camera_"
# What a camera without an id was called.
_NO_ID = "None"


@dataclass(frozen=True, slots=True, kw_only=True)
class MigratedIds:
    """The ids that replace the unique id of a door or camera.

    Attributes:
        unique_id: The unique id of the entity.
        device_identifier: The identifier of the device.
        is_known: Whether Carson lists the door or camera.
    """

    unique_id: str
    device_identifier: str
    is_known: bool


def migrated_ids(older_id: str, account: Account) -> MigratedIds | None:
    """Return the ids that replace a unique id of the older integrations; None for all other ids."""
    if door_id := _without_prefix(older_id, OLDER_DOOR):
        return MigratedIds(
            unique_id=door_unique_id(account.id, door_id),
            device_identifier=door_identifier(account.id, door_id),
            is_known=any(door.id == door_id for building in account.buildings for door in building.doors),
        )
    if camera_id := _without_prefix(older_id, _OLDER_CAMERA):
        esn, is_known = _esn(camera_id, account)
        return MigratedIds(
            unique_id=camera_unique_id(account.id, esn),
            device_identifier=camera_identifier(account.id, esn),
            is_known=is_known,
        )
    return None


def _without_prefix(older_id: str, prefix: str) -> str | None:
    item_id = older_id.removeprefix(prefix)
    return None if item_id in {older_id, _NO_ID, ""} else item_id


def _esn(camera_id: str, account: Account) -> tuple[str, bool]:
    """Return the id at Eagle Eye and whether Carson lists the camera.

    The earliest versions used Carson's `externalId` instead (Protocol A.4).
    """
    cameras = [camera for building in account.buildings for camera in building.cameras]
    esn = camera_id.lower()
    if any(camera.live_view_id == esn for camera in cameras):
        return esn, True
    by_external_id = (camera.live_view_id for camera in cameras if camera.external_id == camera_id)
    esn_of_external_id = next((live_view_id for live_view_id in by_external_id if live_view_id), None)
    return (esn, False) if esn_of_external_id is None else (esn_of_external_id, True)
