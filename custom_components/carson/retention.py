"""What is kept although the last response lacks it: until a second complete response agrees that it is gone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from .absences import Absences
from .aiocarson import Account, Building, Camera, Device, Door, Reservation, ReservationState
from .aiocarson.carson.amenities.models import Reservations
from .aiocarson.eagle_eye.models import DeviceList
from .identifiers import building_identifier, door_identifier


def retain_missing(account: Account, earlier: Account | None, absences: Absences, at: datetime) -> Account:
    """Return an account with the buildings, doors and cameras that it had before and that may still exist."""
    if earlier is None or earlier.id != account.id or earlier is account:
        return account

    def key(building: Building) -> str:
        return building_identifier(account.id, building.id)

    kept = absences.keep(
        earlier.buildings,
        {key(building) for building in account.buildings},
        key,
        at=at,
        complete=account.buildings_complete,
        has_device=True,
    )
    known: Mapping[str, Building] = {building.id: building for building in earlier.buildings}
    listed = [
        building
        # If it is the same object, nothing was missing before and nothing is missing now.
        if (before := known.get(building.id)) is None or before is building
        else _retain_in_building(account.id, building, before, absences, at)
        for building in account.buildings
    ]
    return replace(account, buildings=(*listed, *kept))


def _retain_in_building(
    account_id: str, building: Building, earlier: Building, absences: Absences, at: datetime
) -> Building:
    def door_key(door: Door) -> str:
        return door_identifier(account_id, door.id)

    def camera_key(camera: Camera) -> tuple[str, str]:
        return building.id, camera.id

    doors = absences.keep(
        earlier.doors,
        {door_key(door) for door in building.doors},
        door_key,
        at=at,
        complete=building.doors_complete,
        has_device=True,
    )
    cameras = absences.keep(
        earlier.cameras,
        {camera_key(camera) for camera in building.cameras},
        camera_key,
        at=at,
        # Null is how Carson says that there are none. Their devices stay, but the entities become unavailable.
        complete=building.cameras_complete or building.raw.get("cameras") is None,
    )
    if not doors and not cameras:
        return building
    return replace(
        building,
        doors=tuple(sorted((*building.doors, *doors), key=lambda door: door.rank)),
        cameras=(*building.cameras, *cameras),
    )


def retain_missing_devices(
    building_id: str, devices: DeviceList, earlier: DeviceList | None, absences: Absences, at: datetime
) -> DeviceList:
    """Return the devices of a building with those that were listed before and that may still exist."""

    def key(device: Device) -> tuple[str, str]:
        return building_id, device.id

    kept = absences.keep(
        () if earlier is None else earlier.items,
        {key(device) for device in devices.items},
        key,
        at=at,
        complete=devices.complete,
    )
    return replace(devices, items=(*devices.items, *kept)) if kept else devices


def merge_reservations(
    building_id: str, listed: Reservations, earlier: tuple[Reservation, ...], absences: Absences, now: datetime
) -> tuple[Reservation, ...]:
    """Return the listed reservations and the earlier ones that are not over, by begin.

    A list of upcoming reservations leaves out those that were cancelled, and perhaps those that have begun.
    """

    def key(reservation: Reservation) -> tuple[str, str]:
        return building_id, reservation.id

    listed_keys = {key(reservation) for reservation in listed.items}
    absences.clear(listed_keys)
    kept: list[Reservation] = []
    for reservation in earlier:
        if key(reservation) in listed_keys:
            continue
        if reservation.end <= now:
            absences.clear([key(reservation)])
            continue
        may_be_cancelled = listed.complete and reservation.begin > now and reservation.state.is_active
        if may_be_cancelled and absences.is_confirmed(key(reservation), now):
            kept.append(replace(reservation, state=ReservationState.CANCELLED))
        else:
            kept.append(reservation)
    return tuple(sorted((*listed.items, *kept), key=lambda reservation: (reservation.begin, reservation.id)))
