"""A building with more doors and cameras than anybody wants on one page."""

from simulator.state.model import CarsonCamera, Device, Door, State
from simulator.state.seed import HARBOR_ACCOUNT

_AGE = 90 * 86400.0


def add_tower(state: State, doors: int, cameras: int, now: float) -> None:
    """Add doors and cameras to Harbor House until it has at least as many as given; each camera shows a door.

    Args:
        state: The state to change.
        doors: The number of doors that a resident sees.
        cameras: The number of cameras that Carson lists.
        now: Seconds since the epoch. The cameras are 90 days old.
    """
    building = state.buildings["501"]
    residents_doors = [door for door in building.doors if not door.staff_only]
    added_doors = range(1, doors - len(residents_doors) + 1)
    building.doors.extend(
        Door(id=17000 + number, name=f"Floor {number}", external_id=f"{14000 + number}", order=100 + number)
        for number in added_doors
    )
    listed = list(building.cameras or [])
    for number in range(1, cameras - len(listed) + 1):
        esn = f"1000d{number:03x}"
        state.devices.append(
            Device(
                esn=esn,
                name=f"Floor {number}",
                account=HARBOR_ACCOUNT,
                bridges=["1000b001"],
                exists_since=now - _AGE,
            )
        )
        listed.append(
            CarsonCamera(
                id=18000 + number,
                name=f"Floor {number}",
                provider="eagle_eye_v2",
                live_view_id=esn,
                doors=[17000 + number] if number in added_doors else [],
                order=100 + number,
            )
        )
    building.cameras = listed
