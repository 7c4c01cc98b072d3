"""Parsers of the client, which must survive any response. They need no Home Assistant."""

from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from aiocarson import (
    AuthenticationError,
    CameraEvent,
    CarsonError,
    Device,
    EventKind,
    InvalidInputError,
    InvalidResponseError,
    Recording,
)
from aiocarson.carson.amenities.models import Hours
from aiocarson.carson.amenities.parsing import (
    parse_amenity,
    parse_free_hours,
    parse_reservation,
    parse_reserved_dates,
)
from aiocarson.carson.eagle_eye_session import _parse_session as read_session
from aiocarson.carson.envelope import unwrap
from aiocarson.carson.parsing import parse_account
from aiocarson.carson.token import Token, clean_token, decode_expiry
from aiocarson.defaults import DEFAULT_EAGLE_EYE_URL
from aiocarson.eagle_eye.clip_job import parse_job as read_job
from aiocarson.eagle_eye.events import MAX_EVENTS, EventCode, parse_events
from aiocarson.eagle_eye.models import CameraState, DeviceStatus, parse_devices
from aiocarson.eagle_eye.recording_list import (
    RecordingFilter,
    parse_recordings as read_videos,
    parse_times as read_images,
)
from aiocarson.eagle_eye.subscription import parse_token as read_token
from aiocarson.eagle_eye.timestamps import format_timestamp, parse_timestamp
from aiocarson.http.backoff import parse_retry_after
from aiocarson.http.coerce import as_id
from aiocarson.http.redirects import RedirectNotAllowedError, redirect_target
from aiocarson.http.request import Response
from aiocarson.http.urls import EagleEyeAddress, path_segment
from multidict import CIMultiDict
from yarl import URL

from tests.fuzz import seeds
from tests.fuzz.mutation import HOSTILE, mutate_bytes, mutate_json, to_bytes
from tests.fuzz.target import Target

ADDRESS = EagleEyeAddress(DEFAULT_EAGLE_EYE_URL)
DOMAIN = ".eagleeyenetworks.com"
_DOOR = {"id": "keep-door", "name": "Good Door", "isActive": True}
_CAMERA = {"id": "keep-camera", "name": "Good Camera", "provider": "eagle_eye", "liveViewId": "keep-esn"}
_ROW = ["00005001", "keepe5a1", "Good Camera", "camera", [["1000b001", "ATTD"]], "ATTD", "R", [], "g", None, 0x1E003F]
_VIDEO = {"s": "20261120103000.000", "e": "20261120103100.000", "id": 5}
_MOTION = {"timestamp": "20261120110001.500", "cameraid": "keepe5a1", "eventid": 7}
_EVENTS = {
    "status": 0x1E003F,
    "pre": "20261120110000.500",
    "video": ["20261120110000.000", "20261120110002.000"],
    "event": {"EMES": _MOTION},
}
_LATIN = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_.~/\\#?%&=+:;@ \t\n\0\u202e\u00e9\uff0e\U0001f6aa"


def _read(dice: Random, data: Any, *, code: int = 0) -> Any:
    """Return the data of a mutated response from Carson."""
    wrapped = {"code": code, "status": "OK", "data": data, "msg": None}
    if dice.random() < 0.1:
        wrapped = mutate_json(dice, wrapped)
    status = dice.choice((200, 200, 200, 201, 204, 400, 401, 403, 404, 410, 429, 301))
    return unwrap(Response("a response", status, CIMultiDict(), to_bytes(dice, wrapped)), "something")


def _insert_valid_row(dice: Random, rows: Any, valid_row: Any) -> list[Any]:
    """Insert a valid row at a random position."""
    result: list[Any] = rows if isinstance(rows, list) else []
    result.insert(dice.randrange(len(result) + 1), valid_row)
    return result


def check_tidy(value: object) -> None:
    """Check that no text in a model could harm a log, a page or a registry."""
    if isinstance(value, str):
        assert len(value) <= 4096
        assert not any(ord(character) < 32 or ord(character) == 127 for character in value)
        value.encode()
    elif isinstance(value, tuple | list):
        for item in value:
            check_tidy(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            if field.name not in _FOREIGN:
                check_tidy(getattr(value, field.name))


# Kept as received, and never shown.
_FOREIGN = frozenset(
    {"raw", "visitors", "roles", "access_control", "payment_system", "manager_role", "schedule", "unit"}
)


def _account(dice: Random) -> None:
    data = mutate_json(dice, seeds.account())
    if not isinstance(data, dict):
        data = {}
    building = mutate_json(dice, seeds.account()["properties"][0])
    building = building if isinstance(building, dict) else {}
    building |= {"id": "keep-building", "propertyLevel": "building"}
    building["doors"] = _insert_valid_row(dice, building.get("doors"), _DOOR)
    building["cameras"] = _insert_valid_row(dice, building.get("cameras"), _CAMERA)
    data |= {"id": 1001, "properties": _insert_valid_row(dice, data.get("properties"), building)}
    try:
        data = _read(dice, data)
    except CarsonError:
        return
    account = parse_account(data) if isinstance(data, dict) else None
    if account is None:
        return
    check_tidy(account)
    hash(account)
    assert len(repr(account)) < 200_000
    assert len({one.id for one in account.buildings}) == len(account.buildings)
    for one in account.buildings:
        assert one.name
        assert all(door.name and 0 < len(door.id) <= 64 for door in one.doors)
        assert len({door.id for door in one.doors}) == len(one.doors)
        assert {type(door.usable) for door in one.doors} <= {bool}
        assert all(door.building_id == one.id for door in one.doors)
    rows = data.get("properties")
    if not isinstance(rows, list) or building not in rows:
        return  # the envelope or its bytes were damaged besides
    if sum(isinstance(row, dict) and row.get("id") == "keep-building" for row in rows) > 1:
        return  # and doubled: the first one counts
    kept = next(one for one in account.buildings if one.id == "keep-building")
    assert next(door for door in kept.doors if door.id == "keep-door").usable
    assert next(camera for camera in kept.cameras if camera.id == "keep-camera").live_view_id == "keep-esn"


def _session(dice: Random) -> None:
    data = {"sessionId": "c000~0123456789abcdef", "activeBrandSubdomain": "c000"}
    data[dice.choice(tuple(data))] = dice.choice((*HOSTILE, _word(dice), _word(dice)))
    try:
        key = read_session(_read(dice, mutate_json(dice, data)), ADDRESS)
    except CarsonError:
        return
    host = key.base.host or ""
    assert host.endswith(DOMAIN)
    assert host.count(".") == DOMAIN.count(".")
    assert key.base.scheme == "https"
    assert key.base.user is None
    assert key.cookie.isprintable()
    assert ";" not in key.cookie
    assert "auth_key" not in repr(key)


def _token(dice: Random) -> None:
    text = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE5OTk5OTk5OTl9.c2lnbmF0dXJl"
    try:
        data = _read(dice, mutate_json(dice, {"token": dice.choice((text, *HOSTILE))}))
    except CarsonError:
        data = None
    data = data.get("token") if isinstance(data, dict) else None
    for one in (data, mutate_bytes(dice, text.encode()).decode("latin-1"), _word(dice)):
        if not isinstance(one, str):
            continue
        with suppress(AuthenticationError):
            expiry = decode_expiry(one)
            assert expiry is None or expiry.tzinfo is UTC
        with suppress(AuthenticationError):
            assert Token(clean_token(one)).header.isprintable()


def _devices(dice: Random) -> None:
    rows = mutate_json(dice, seeds.device_rows())
    try:
        data = Response("a list", 200, CIMultiDict(), to_bytes(dice, _insert_valid_row(dice, rows, list(_ROW)))).json()
    except InvalidResponseError:
        return
    if not isinstance(data, list):
        return
    found = parse_devices(data).items
    check_tidy(found)
    assert len({one.id for one in found}) == len(found)
    for one in found:
        assert one.name
        assert one.status.state in {None, *CameraState}
        hash(one)
    # The first one counts of those with the same id.
    if list(_ROW) in data and sum(isinstance(row, list) and row[1:2] == _ROW[1:2] for row in data) == 1:
        kept = next(one for one in found if one.id == "keepe5a1")
        assert kept.status.state is CameraState.ONLINE
        assert _is_good(kept)


def _is_good(device: Device) -> bool:
    return device.is_camera and device.name == "Good Camera"


def _timestamps(dice: Random) -> None:
    text = dice.choice(("20261120103000.123", "preview-20261120103000.123", "unknown", *map(str, HOSTILE)))
    text = mutate_bytes(dice, text.encode("utf-8", "replace")).decode("latin-1")
    when = parse_timestamp(text)
    if when is not None:
        assert parse_timestamp(format_timestamp(when)) == when.replace(microsecond=when.microsecond // 1000 * 1000)
        when.astimezone(UTC) - timedelta(days=366)
    seconds = parse_retry_after(text if dice.random() < 0.7 else f"Fri, 20 Nov 2026 10:30:00 {text[:5]}")
    assert seconds is None or 0 <= seconds <= 3600


def _recordings(dice: Random) -> None:
    rows = _insert_valid_row(dice, mutate_json(dice, seeds.videos()), dict(_VIDEO))
    try:
        data = Response("a list", 200, CIMultiDict(), to_bytes(dice, rows)).json()
    except InvalidResponseError:
        return
    if not isinstance(data, list):
        return
    begin, end = seeds.NOW - timedelta(hours=12), seeds.NOW
    found = read_videos("1000a001", data)
    for coalesce in (True, False):
        listed = RecordingFilter(begin=begin, end=end, coalesce=coalesce).apply(found)
        assert all(one.begin < end and (one.end is None or one.end > begin) for one in listed)
        if _VIDEO in data:
            moment = datetime(2026, 11, 20, 10, 30, 30, tzinfo=UTC)
            assert any(_covers(one, moment) for one in listed)
    for when in read_images(data):
        format_timestamp(when)


def _covers(one: Recording, moment: datetime) -> bool:
    return one.begin <= moment and (one.end is None or moment < one.end)


def _previews(dice: Random) -> None:
    good = {"t": "PRFR", "s": "20261120110000.500"}
    try:
        data = Response(
            "a list",
            200,
            CIMultiDict(),
            to_bytes(dice, _insert_valid_row(dice, mutate_json(dice, seeds.images()), good)),
        ).json()
    except InvalidResponseError:
        return
    if isinstance(data, list):
        times = read_images(data)
        assert good not in data or datetime(2026, 11, 20, 11, 0, 0, 500_000, tzinfo=UTC) in times


def _events(dice: Random) -> None:
    body = mutate_json(dice, seeds.poll())
    if dice.random() < 0.003:
        body = {"cameras": {f"{number:08x}": {"status": number} for number in range(MAX_EVENTS + 5)}}
    if isinstance(body, dict) and isinstance(body.get("cameras"), dict):
        # A whole camera result the others, and a whole event result those of another.
        other = dice.choice([*body["cameras"].values()] or [None])
        if isinstance(other, dict) and isinstance(other.get("event"), dict):
            other["event"]["KEEP"] = dict(_MOTION)
        body["cameras"] = _shuffled(dice, {**body["cameras"], "keepe5a1": _EVENTS})
    try:
        data = Response("a poll", 200, CIMultiDict(), to_bytes(dice, body)).json()
    except InvalidResponseError:
        return
    with suppress(InvalidResponseError):
        token = read_token(data)
        assert token.isascii()
        assert token.isprintable()
        assert not set(token) & set(' ",;\\')
    try:
        found = parse_events(data)
    except InvalidResponseError:
        assert not isinstance(data, dict)
        return
    assert isinstance(data, dict)
    assert len(found) <= MAX_EVENTS
    check_tidy(found)
    assert "timestamp" not in repr(found), "what came raw is not shown"
    for one in found:
        _check_event(one)
    cameras = data.get("cameras")
    if len(found) == MAX_EVENTS or not isinstance(cameras, dict):
        return
    if cameras.get("keepe5a1") == _EVENTS:
        kept = [(one.kind.value, one.code) for one in found if one.camera_id == "keepe5a1"]
        assert kept == [("status", None), ("preview", None), ("video", None), ("event", "EMES")]
    expected = [key for key, data in cameras.items() if _has_valid_event(data) and as_id(key) is not None]
    assert len([one for one in found if one.code == "KEEP" and one.raw == _MOTION]) >= len(expected)


def _check_event(one: CameraEvent) -> None:
    """Check the types and values of an event."""
    hash(one)
    assert isinstance(one.kind, EventKind)
    assert 0 < len(one.camera_id) <= 64
    assert (one.code is not None) is (one.kind is EventKind.EVENT)
    assert one.code is None or (len(one.code) == 4 and one.code.isascii() and one.code.isalnum())
    assert one.event is None or (one.event in EventCode and one.event == one.code)
    assert (one.status is not None) is (one.kind is EventKind.STATUS)
    assert one.at is None or one.at.tzinfo is UTC
    if one.status is not None:
        assert type(one.status) is DeviceStatus
        assert 0 <= one.status.value < 2**32
        assert one.status.state in {None, *CameraState}
    elif one.kind is not EventKind.EVENT:
        assert one.at is not None


def _has_valid_event(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("event"), dict) and data["event"].get("KEEP") == _MOTION


def _shuffled(dice: Random, members: dict[str, Any]) -> dict[str, Any]:
    items = [*members.items()]
    dice.shuffle(items)
    return dict(items)


def _clip_job(dice: Random) -> None:
    job = read_job(to_bytes(dice, mutate_json(dice, seeds.job())))
    if job is not None:
        assert job.ratio is None or 0 <= job.ratio <= 1
        check_tidy(job.error)


def _redirect(dice: Random) -> None:
    base = URL("https://c000.eagleeyenetworks.com/asset/prev/image.jpeg?id=1&A=secret")
    location = dice.choice(
        (
            "https://c099.eagleeyenetworks.com/asset/asset/image.jpeg?A=stale&id=1",
            "/asset/asset/image.jpeg?id=1",
            "//evil.example.com/",
            "http://c000.eagleeyenetworks.com/",
            "https://c000.eagleeyenetworks.com:444/",
            "https://user:pw@c000.eagleeyenetworks.com/",
            "https://eagleeyenetworks.com.evil.example.com/",
            "https://[::1]/",
            "https://c000.eagleeyenetworks.com\\@evil.example.com/",
            *map(str, HOSTILE),
        )
    )
    location = mutate_bytes(dice, location.encode("utf-8", "replace")).decode("latin-1")
    try:
        target = redirect_target(base, location, lambda url: ADDRESS.may_receive_key(url, base))
    except RedirectNotAllowedError:
        return
    assert target.scheme == "https"
    assert target.port == 443
    assert target.user is None
    assert (target.raw_host or "").lower().endswith(DOMAIN)
    assert "A" not in target.query


def _identifiers(dice: Random) -> None:
    text = mutate_bytes(dice, dice.choice((*map(str, HOSTILE), _word(dice))).encode("utf-8", "replace"))
    with suppress(InvalidInputError):
        segment = path_segment(text.decode("latin-1"), "door")
        url = URL("https://api.example.com/api").joinpath(f"doors/{segment}/open/", encoded=True)
        assert url.raw_path.startswith("/api/doors/")
        assert url.raw_path.count("/") == 5
        assert not url.raw_query_string
        assert not url.raw_fragment


def _amenities(dice: Random) -> None:
    amenity = parse_amenity(_parsed(dice, mutate_json(dice, seeds.amenity())))
    if amenity is not None:
        assert amenity.name
        amenity.dates_from(seeds.NOW.date())
    raw = mutate_json(dice, seeds.reservation())
    data = _parsed(dice, raw)
    reservation = parse_reservation(data, "501", lambda _: UTC)
    if reservation is not None:
        assert reservation.begin <= reservation.end
        hash(reservation.state)
    parse_reserved_dates(_parsed(dice, mutate_json(dice, {"reservedDates": ["2026-11-25"], "hasAvailableDates": True})))
    hours = [{"startTime": "08:00:00", "endTime": "09:00:00"}] * 3
    free = parse_free_hours(_parsed(dice, mutate_json(dice, hours)), "9001", date(2026, 11, 25))
    for one in free.hours:
        assert isinstance(one, Hours)
        free.contains(one)


def _parsed(dice: Random, value: Any) -> Any:
    with suppress(InvalidResponseError):
        return Response("a response", 200, CIMultiDict(), to_bytes(dice, value)).json()
    return None


def _word(dice: Random) -> str:
    return "".join(dice.choices(_LATIN, k=dice.choice((0, 1, 3, 8, 30, 64, 65, 300))))


CLIENT_TARGETS = tuple(
    Target(name, run)
    for name, run in {
        "account": _account,
        "session": _session,
        "token": _token,
        "devices": _devices,
        "timestamps": _timestamps,
        "recordings": _recordings,
        "previews": _previews,
        "events": _events,
        "clip job": _clip_job,
        "redirect": _redirect,
        "identifiers": _identifiers,
        "amenities": _amenities,
    }.items()
)
