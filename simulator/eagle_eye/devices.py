"""The rows of the Eagle Eye device list, and the single device (Protocol B.2, B.4)."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from simulator.eagle_eye.timestamps import to_text
from simulator.state.model import Device


def utc_offset(device: Device, now: datetime) -> int:
    """Return the current offset of a device from UTC in seconds."""
    delta = now.astimezone(ZoneInfo(device.time_zone)).utcoffset()
    return 0 if delta is None else int(delta.total_seconds())


def render_row(device: Device, siblings: list[Device], now: datetime) -> list[Any]:
    """Return the row of a device, an array of length `row_length`."""
    if device.blanked:
        return _blanked(device)
    if device.type == "bridge":
        links = [[d.esn, d.service_status] for d in siblings if d.esn and device.esn in d.bridges]
    else:
        links = [[esn, "ATTD"] for esn in device.bridges]
    row: list[Any] = [
        device.account,
        device.esn,
        device.name,
        device.type,
        links,
        device.service_status,
        device.permissions,
        device.tags,
        f"{device.esn or '0'}-0000-4000-8000-000000000000",
        device.serial_number,
        device.status,
        device.time_zone,
        utc_offset(device, now),
        0,
        "*192.0.2.10,198.51.100.10",
        0,
        device.account_name,
        True,
        None,
        None,
        [40.7, -74.01, None, None, "", "", ""],
        None,
        None,
        0,
        [],
        0,
        {},
        device.discovered_state,
        {"beta": True},
    ]
    return row[: device.row_length]


def _blanked(device: Device) -> list[Any]:
    """Return the row of a bridge as a restricted session sees it (Protocol B.2, last paragraph)."""
    row: list[Any] = ["", device.esn, "", device.type, [], "", "", [], "", "", 0, "", 0, 0, "", 0, "", False]
    row += ["", "", [None, None, None, None, "", "", ""], "", "", 0, [], 0, {}, "", {}]
    return row[: device.row_length]


def render_device(device: Device, now: datetime) -> dict[str, Any]:
    """Return the single device, with a status code for each nested part (Protocol B.4)."""
    is_reachable = device.is_streaming
    return {
        "id": device.esn,
        "name": device.name,
        "account_id": device.account,
        "utcOffset": utc_offset(device, now),
        "timezone": device.time_zone,
        "guid": f"{device.esn}-0000-4000-8000-000000000000",
        "permissions": device.permissions,
        "tags": device.tags,
        "bridges": dict.fromkeys(device.bridges, "ATTD"),
        "settings": {"username": "camera-user", "password": "camera-password", "retention_days": 14},
        "camera_info": _camera_info(device, now) if is_reachable else {},
        "camera_info_status_code": 200 if is_reachable else 404,
        "camera_parameters": _camera_parameters(device) if is_reachable else {},
        "camera_parameters_status_code": 200 if is_reachable else 404,
        "is_sureview_enabled": False,
        "sureview_email": None,
    }


def _camera_info(device: Device, now: datetime) -> dict[str, Any]:
    now_ms = int(now.timestamp() * 1000)
    return {
        "class": "camera",
        "camtype": "ONVIF",
        "make": "Sample",
        "model": "S-100",
        "version": "1.2.3",
        "bridgeid": device.bridges[0] if device.bridges else "",
        "service": device.service_status,
        "connect": "STRM",
        "status": str(device.status),
        "status_hex": f"{device.status:08x}",
        "status_hex64": f"{0x17 << 32 | device.status:016x}",
        "mac": "02:00:00:00:00:01",
        "ipaddr": "192.0.2.10",
        "intf": "camera",
        "camera_oldest": to_text(now_ms - 14 * 86400_000),
        "camera_newest": to_text(now_ms),
        "camera_retention": 14 * 86400_000,
        "now": to_text(now_ms),
        "ts": to_text(now_ms),
    }


def _camera_parameters(device: Device) -> dict[str, Any]:
    values: dict[str, Any] = {
        "camera_on": 1,
        "audio_enable": False,
        "preview_interval_ms": device.preview_interval_ms,
        "preview_resolution": "cif",
        "video_capture_mode": "event",
        "video_resolution": "std",
        "retention_days": 14,
    }
    return {
        "active_settings": {name: {"v": value, "d": value, "min": None, "max": None} for name, value in values.items()},
        "active_filters": ["schedule_default"],
        "user_settings": {"versions": {}, "settings": {}},
    }
