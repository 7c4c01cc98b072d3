"""Rows of the device list and their status word (Protocol B.2, B.3)."""

import logging
from typing import Any

from aiocarson import CameraState
from aiocarson.eagle_eye.models import DeviceStatus, parse_devices
from hypothesis import given, strategies as st
import pytest

ROW: list[Any] = [
    "00005001", "1000a001", "Lobby", "camera", [["1000b001", "ATTD"], [], "junk", [None]], "ATTD", "AczGgfhMLNpSYsZ",
    ["lobby", 3], "guid", None, 1966143, "America/New_York", -14400, 0, "*192.0.2.10", 0, "Harbor House", True,
]  # fmt: skip


def test_complete_row() -> None:
    (device,) = parse_devices([ROW]).items
    assert (device.id, device.account_id, device.name, device.type) == ("1000a001", "00005001", "Lobby", "camera")
    assert device.bridge_ids == ("1000b001",)
    assert (device.service_status, device.permissions, device.tags) == ("ATTD", "AczGgfhMLNpSYsZ", ("lobby",))
    assert (device.guid, device.serial_number) == ("guid", None)
    assert device.status == DeviceStatus(value=1966143)
    assert (device.time_zone, device.utc_offset) == ("America/New_York", -14400)
    assert device.is_camera
    assert device.raw["columns"] == tuple(ROW)
    assert "192.0.2.10" not in repr(device)


@pytest.mark.parametrize("length", [2, 5, 13, 26, 27, 28, 29, 40])
def test_rows_of_any_length(length: int) -> None:
    row = (ROW + ["x"] * 40)[:length]
    assert parse_devices([row]).items[0].id == "1000a001"


@pytest.mark.parametrize("row", [None, {}, "row", [], ["a"], ["a", None], ["a", ""], ["a", []], ["a", True]])
def test_rows_without_id_are_ignored(row: object, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert [device.id for device in parse_devices([row, ROW]).items] == ["1000a001"]
    assert caplog.text.count("Ignoring device number 0") == 1


def test_bridge_with_empty_values_is_kept() -> None:
    blanked = ["", "1000b001", "", "bridge", [], "", "", [], "", "", 0, "", 0]
    (device,) = parse_devices([blanked]).items
    assert device.name == "Device 1000b001"
    assert not device.is_camera
    assert device.status.is_empty
    assert device.status.state is None


@pytest.mark.parametrize("kind", ["bridge", "multiview_camera", "mobile_camera", "", None, 3])
def test_only_the_type_camera_is_a_camera(kind: object) -> None:
    row = [*ROW]
    row[3] = kind
    assert not parse_devices([row]).items[0].is_camera


@pytest.mark.parametrize(("value", "expected"), [("1441831", 1441831), (None, 0), ("x", 0), (-5, 0), (True, 0)])
def test_status_of_any_type(value: object, expected: int) -> None:
    row = [*ROW]
    row[10] = value
    assert parse_devices([row]).items[0].status.value == expected


def test_first_row_with_an_id_is_used() -> None:
    other = [*ROW]
    other[2] = "Other"
    assert [device.name for device in parse_devices([ROW, other]).items] == ["Lobby"]


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (1966143, CameraState.ONLINE),
        (1441847, CameraState.ONLINE),
        (1441831, CameraState.ONLINE),
        (32803, CameraState.OFF),
        (0x020000, CameraState.INTERNET_OFFLINE),
        (0x120001, CameraState.OFFLINE),
        (0x120100, CameraState.PASSWORD_NEEDED),
        (0x160100, CameraState.ONLINE),
        (0, None),
        (0x1F003F, None),
        (0x010000, None),
    ],
)
def test_camera_state(value: int, state: CameraState | None) -> None:
    assert DeviceStatus(value=value).state is state


def test_status_bits() -> None:
    status = DeviceStatus(value=1966143)
    assert status.is_on
    assert status.is_registered
    assert status.is_streaming
    assert status.is_recording
    assert status.is_sending_previews
    assert not status.needs_password
    assert not status.is_invalid
    assert not status.is_empty
    assert not DeviceStatus(value=1441847).is_recording
    assert not DeviceStatus(value=1441831).is_sending_previews
    assert DeviceStatus(value=0x100).needs_password


def test_invalid_status_is_not_recording() -> None:
    assert DeviceStatus(value=0x090000).is_invalid
    assert not DeviceStatus(value=0x090000).is_recording


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=20,
)


@given(st.lists(JSON, max_size=15))
def test_no_row_raises_an_error(row: list[Any]) -> None:
    assert parse_devices([row, *row, ROW]).items[-1].id == "1000a001"
