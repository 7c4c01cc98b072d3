"""Joining Carson's cameras with Eagle Eye's devices."""

from aiocarson.cameras import join_cameras
from aiocarson.carson.models import Building, Camera
from aiocarson.eagle_eye.models import CameraState, Device, DeviceStatus

ONLINE = DeviceStatus(value=0x1E0000)
OFF = DeviceStatus(value=0x1C0000)
INVALID = DeviceStatus(value=0x010000)


def building(*cameras: Camera) -> Building:
    return Building(id="501", name="Harbor House", cameras=cameras)


def camera(carson_id: str, esn: str | None, *, staff_only: bool = False) -> Camera:
    return Camera(
        id=carson_id,
        name=f"Camera {carson_id}",
        building_id="501",
        provider="eagle_eye_v2",
        live_view_id=esn,
        staff_only=staff_only,
    )


def device(esn: str, *, status: DeviceStatus = ONLINE, kind: str = "camera") -> Device:
    return Device(id=esn, name=f"Device {esn}", type=kind, status=status, tags=("lobby",), serial_number="S1")


def test_listed_cameras_come_first_and_keep_the_name_that_carson_gives() -> None:
    first, second = join_cameras(building(camera("1", "b", staff_only=True)), [device("a"), device("b")])
    assert (first.id, first.name, first.carson_id, first.is_listed) == ("b", "Camera 1", "1", True)
    assert (first.staff_only, first.tags, first.serial_number) == (True, ("lobby",), "S1")
    assert (second.id, second.name, second.carson_id, second.is_listed) == ("a", "Device a", None, False)
    assert first.in_eagle_eye
    assert second.in_eagle_eye
    assert first.building_id == second.building_id == "501"


def test_camera_that_eagle_eye_does_not_list_has_no_state() -> None:
    missing, without_id = join_cameras(building(camera("1", "a"), camera("2", None)), [])
    assert (missing.id, missing.in_eagle_eye, missing.state, missing.is_recording) == ("a", False, None, None)
    assert (without_id.id, without_id.in_eagle_eye) == ("", False)


def test_devices_that_are_not_cameras_are_left_out() -> None:
    [found] = join_cameras(building(camera("1", "a")), [device("a", kind="bridge"), device("b", kind="bridge")])
    assert (found.id, found.in_eagle_eye) == ("a", False)


def test_cameras_of_other_providers_are_left_out() -> None:
    other = Camera(id="1", name="Door bell", building_id="501", provider="other", live_view_id="a")
    assert join_cameras(building(other), []) == ()


def test_invalid_status_keeps_the_last_valid_one() -> None:
    known: dict[str, DeviceStatus] = {}
    here = building(camera("1", "a"))
    [before] = join_cameras(here, [device("a", status=INVALID)], known)
    assert (before.state, before.is_recording) == (None, None)
    [online] = join_cameras(here, [device("a")], known)
    assert (online.state, online.is_recording) == (CameraState.ONLINE, True)
    [after] = join_cameras(here, [device("a", status=INVALID)], known)
    assert after.status == ONLINE
    [off] = join_cameras(here, [device("a", status=OFF)], known)
    assert (off.state, off.is_recording) == (CameraState.OFF, True)


def test_invalid_status_is_unknown_without_earlier_ones() -> None:
    join_cameras(building(), [device("a")])
    [found] = join_cameras(building(), [device("a", status=INVALID)])
    assert found.state is None
