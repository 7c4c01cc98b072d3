"""An account with many buildings, for the simulator."""

from simulator.state.model import Account, Building, CarsonCamera, Device, Door, State, Unit

EMAIL = "town@example.com"
PASSWORD = "many buildings"  # noqa: S105 - opens only simulated doors
PER_BUILDING = 10
"""Doors of a building, and cameras."""

_AGE = 90 * 86400.0
_FIRST_ID = 100_000


def add_town(state: State, buildings: int, now: float) -> None:
    """Add an account with so many buildings, each with ten doors and ten cameras, and with an Eagle Eye account.

    Args:
        state: The state to change.
        buildings: The number of buildings.
        now: Seconds since the epoch. The cameras are 90 days old.
    """
    added = [_building(number) for number in range(1, buildings + 1)]
    state.buildings.update({building.key: building for building in added})
    for building in added:
        for camera in building.cameras or ():
            device = Device(
                esn=camera.live_view_id,
                name=camera.name,
                account=building.eagle_eye_account,
                account_name=building.name,
                exists_since=now - _AGE,
            )
            state.devices.append(device)
    state.accounts[EMAIL] = Account(
        id=1900,
        email=EMAIL,
        password=PASSWORD,
        username="TN19",
        first_name="Tracy",
        last_name="Town",
        buildings=[building.key for building in added],
    )


def change_doors(state: State, share: float, provider: str) -> int:
    """Give a share of the town's doors another provider; return how many there are."""
    doors = [door for key in state.accounts[EMAIL].buildings for door in state.buildings[key].doors]
    changed = doors[:: round(1 / share)]
    for door in changed:
        door.provider = provider
    return len(changed)


def door_id(building: int, door: int) -> str:
    """Return the id of a door of a building; both are counted from 1."""
    return str(_FIRST_ID + 100 * building + door)


def camera_id(building: int, camera: int) -> str:
    """Return Eagle Eye's id of a camera of a building; both are counted from 1."""
    return f"3{building:04x}{camera:03x}"


def building_id(building: int) -> str:
    """Return the id of a building, counted from 1."""
    return str(10_000 + building)


def _building(number: int) -> Building:
    first = _FIRST_ID + 100 * number
    doors = [
        Door(id=first + door, name=f"Door {number}-{door}", external_id=f"{first + door}", order=door)
        for door in range(1, PER_BUILDING + 1)
    ]
    cameras = [
        CarsonCamera(
            id=_FIRST_ID * 10 + 100 * number + camera,
            name=f"Camera {number}-{camera}",
            provider="eagle_eye_v2",
            live_view_id=camera_id(number, camera),
            external_id=f"e-{first + camera}",
            doors=[first + camera],
            order=camera,
        )
        for camera in range(1, PER_BUILDING + 1)
    ]
    return Building(
        id=int(building_id(number)),
        name=f"Building {number}",
        eagle_eye_account=f"{0x7000 + number:08x}",
        units=[Unit(id=90_000 + number, name=f"{number}A")],
        doors=doors,
        cameras=cameras,
    )
