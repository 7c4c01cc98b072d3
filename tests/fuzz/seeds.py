"""Valid responses of the clouds, which the fuzzer mutates."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from simulator.carson.account import render_me
from simulator.eagle_eye.devices import render_row
from simulator.state.model import State
from simulator.state.seed import build_state

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@cache
def world() -> State:
    """Return the simulator's world."""
    return build_state(NOW.timestamp())


@cache
def account() -> dict[str, Any]:
    """Return the account with two buildings. It is cached, so do not change it."""
    return render_me(world().accounts["two@example.com"], world())


@cache
def device_rows() -> list[Any]:
    """Return a device list with rows of every length."""
    devices = world().devices[:13:2]
    return [render_row(device, devices, NOW) for device in devices]


def videos() -> list[Any]:
    """Return a list of recordings."""
    return [
        {"s": "20261120100000.000", "e": "20261120100130.500", "id": 1234567890},
        {"s": "20261120101000.000", "e": "20261120101500.000", "id": 7},
        {"s": "20261120101500.000", "e": "20261120101630.250", "id": 4294967295},
        {"s": "20261120115900.000", "e": None, "id": None},
    ]


def images() -> list[Any]:
    """Return a list of previews."""
    return [{"t": "PRFR", "s": f"2026112010{minute:02}00.123"} for minute in range(20)]


def job() -> dict[str, Any]:
    """Return the responses of an MP4 job."""
    return {
        "status_code": 202,
        "message": "AcceptedWorker",
        "data": {
            "uuid": "0f0f",
            "status": "Initializing",
            "error": None,
            "meta": {"x-een-svc-renderer-transcode-complete-ratio": "0.25"},
        },
    }


def poll() -> dict[str, Any]:
    """Return the response to an event poll, with more events than one response usually has."""
    event = {"timestamp": "20261120100001.500", "cameraid": "1000a001"}
    region = {**event, "roiid": 7, "videoid": 4294967295, "eventid": 4294967295}
    return {
        "cameras": {
            "1000a001": {
                "status": 0x1E003F,
                "pre": "20261120100002.250",
                "thumb": "20261120100001.000",
                "video": ["20261120100001.000", "20261120100002.250"],
                "event": {"EMEE": {**event, "timestamp": "20261120100009.000"}, "EMES": event, "ROMS": region},
            },
            "1000a002": {"status": "1441831", "event": {"RCOF": event, "MRBX": {**event, "boxes": [{"x": 1}]}}},
            "1000b001": {"status64": 0x17_001E_003F, "status_hex": "001e003f"},
        },
        "token": "0123456789abcdef0123456789abcdef",
    }


def amenity() -> dict[str, Any]:
    """Return an amenity."""
    return {
        "id": 9001,
        "name": "Roof Grill",
        "active": True,
        "timezone": "America/New_York",
        "notes": "Bring coal.",
        "minimumDaysBeforeReservation": 1,
        "maximumDaysBeforeReservation": "30",
        "minimumReservationTime": "01:00:00",
        "maximumReservationTime": 120,
        "simultaneousNumberOfReservations": None,
        "requiresApproval": True,
        "schedule": {"mon": ["08:00:00", "22:00:00"]},
        "reservationsLeft": 3,
    }


def reservation() -> dict[str, Any]:
    """Return a reservation."""
    return {
        "id": "r-1",
        "amenity": amenity(),
        "date": "2026-11-25",
        "startTime": "18:00:00",
        "endTime": "20:00:00",
        "status": {"status": "approved", "autoApprovedRequest": True},
        "hasNew": True,
    }
