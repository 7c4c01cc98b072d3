"""What is fuzzed: for each reader of foreign bytes, how a case is made and what must hold whatever it holds.

Only documented errors may come out of a reader, and what is good beside something broken must come through.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
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
from aiocarson.eagle_eye.client import DEFAULT_EAGLE_EYE_URL
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
from yarl import URL

from custom_components.carson.media.flv.amf import read_metadata, write_metadata
from custom_components.carson.media.flv.avc import AvcConfig, AvcRepairer, with_parameter_sets
from custom_components.carson.media.flv.tags import FlvError, FlvReader, Kind, Tag, TagType
from custom_components.carson.media.live.joiner import Joiner
from custom_components.carson.media.recordings.segments import (
    Hour,
    RecordingSegment,
    day_span,
    list_segments,
    parse_day,
)
from tests.fuzz import seeds
from tests.fuzz.mutation import HOSTILE, mutate_bytes, mutate_json, pieces, to_bytes

ADDRESS = EagleEyeAddress(DEFAULT_EAGLE_EYE_URL)
DOMAIN = ".eagleeyenetworks.com"
_DOOR = {"id": "keep-door", "name": "Good Door", "isActive": True}
_CAMERA = {"id": "keep-camera", "name": "Good Camera", "provider": "eagle_eye", "liveViewId": "keep-esn"}
_ROW = ["00005001", "keepe5a1", "Good Camera", "camera", [["1000b001", "ATTD"]], "ATTD", "R", [], "g", None, 0x1E003F]
_VIDEO = {"s": "20261120103000.000", "e": "20261120103100.000", "id": 5}
_MOTION = {"timestamp": "20261120110001.500", "cameraid": "keepe5a1", "eventid": 7}
_NEWS = {
    "status": 0x1E003F,
    "pre": "20261120110000.500",
    "video": ["20261120110000.000", "20261120110002.000"],
    "event": {"EMES": _MOTION},
}
_LATIN = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_.~/\\#?%&=+:;@ \t\n\0\u202e\u00e9\uff0e\U0001f6aa"


@dataclass(frozen=True, slots=True)
class Target:
    """One reader: `run` makes a case of the dice, feeds it, and raises AssertionError or whatever else went wrong."""

    name: str
    run: Callable[[Random], None]


def _read(dice: Random, data: Any, *, code: int = 0) -> Any:
    """Take damaged data through the envelope, as an answer of Carson."""
    wrapped = {"code": code, "status": "OK", "data": data, "msg": None}
    if dice.random() < 0.1:
        wrapped = mutate_json(dice, wrapped)
    status = dice.choice((200, 200, 200, 201, 204, 400, 401, 403, 404, 410, 429, 301))
    return unwrap(Response("an answer", status, {}, to_bytes(dice, wrapped)), "something")


def _graft(dice: Random, rows: Any, keepsake: Any) -> list[Any]:
    """Put something good among the damaged."""
    among: list[Any] = rows if isinstance(rows, list) else []
    among.insert(dice.randrange(len(among) + 1), keepsake)
    return among


def check_tidy(value: object) -> None:
    """Make sure that nothing in a model could harm a log, a page or a registry."""
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


# Kept as they came, and never shown.
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
    building["doors"] = _graft(dice, building.get("doors"), _DOOR)
    building["cameras"] = _graft(dice, building.get("cameras"), _CAMERA)
    data |= {"id": 1001, "properties": _graft(dice, data.get("properties"), building)}
    try:
        told = _read(dice, data)
    except CarsonError:
        return
    account = parse_account(told) if isinstance(told, dict) else None
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
        assert all(isinstance(door.usable, bool) and door.building_id == one.id for door in one.doors)
    rows = told.get("properties")
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
    told = data.get("token") if isinstance(data, dict) else None
    for one in (told, mutate_bytes(dice, text.encode()).decode("latin-1"), _word(dice)):
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
        told = Response("a list", 200, {}, to_bytes(dice, _graft(dice, rows, list(_ROW)))).json()
    except InvalidResponseError:
        return
    if not isinstance(told, list):
        return
    found = parse_devices(told)
    check_tidy(found)
    assert len({one.id for one in found}) == len(found)
    for one in found:
        assert one.name
        assert one.status.state in {None, *CameraState}
        hash(one)
    # The first one counts of those with the same id.
    if list(_ROW) in told and sum(isinstance(row, list) and row[1:2] == _ROW[1:2] for row in told) == 1:
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
    rows = _graft(dice, mutate_json(dice, seeds.videos()), dict(_VIDEO))
    try:
        told = Response("a list", 200, {}, to_bytes(dice, rows)).json()
    except InvalidResponseError:
        return
    if not isinstance(told, list):
        return
    begin, end = seeds.NOW - timedelta(hours=12), seeds.NOW
    found = read_videos("1000a001", told)
    for coalesce in (True, False):
        listed = RecordingFilter(begin=begin, end=end, coalesce=coalesce).apply(found)
        assert all(one.begin < end and (one.end is None or one.end > begin) for one in listed)
        shown = list_segments(listed, begin, end, seeds.NOW)
        assert len(shown) <= 1000
        assert all(RecordingSegment.parse(one.key).begin <= one.begin for one in shown)
        if _VIDEO in told:
            moment = datetime(2026, 11, 20, 10, 30, 30, tzinfo=UTC)
            assert any(_covers(one, moment) for one in listed)
            assert any(one.begin <= moment < one.end for one in shown)
    for when in read_images(told):
        format_timestamp(when)


def _covers(one: Recording, moment: datetime) -> bool:
    return one.begin <= moment and (one.end is None or moment < one.end)


def _previews(dice: Random) -> None:
    good = {"t": "PRFR", "s": "20261120110000.500"}
    try:
        told = Response("a list", 200, {}, to_bytes(dice, _graft(dice, mutate_json(dice, seeds.images()), good))).json()
    except InvalidResponseError:
        return
    if isinstance(told, list):
        times = read_images(told)
        assert good not in told or datetime(2026, 11, 20, 11, 0, 0, 500_000, tzinfo=UTC) in times


def _poll(dice: Random) -> None:
    body = mutate_json(dice, seeds.poll())
    if dice.random() < 0.003:
        body = {"cameras": {f"{number:08x}": {"status": number} for number in range(MAX_EVENTS + 5)}}
    if isinstance(body, dict) and isinstance(body.get("cameras"), dict):
        # A whole camera among the others, and a whole event among those of another.
        other = dice.choice([*body["cameras"].values()] or [None])
        if isinstance(other, dict) and isinstance(other.get("event"), dict):
            other["event"]["KEEP"] = dict(_MOTION)
        body["cameras"] = _shuffled(dice, {**body["cameras"], "keepe5a1": _NEWS})
    try:
        told = Response("a poll", 200, {}, to_bytes(dice, body)).json()
    except InvalidResponseError:
        return
    with suppress(InvalidResponseError):
        token = read_token(told)
        assert token.isascii()
        assert token.isprintable()
        assert not set(token) & set(' ",;\\')
    try:
        found = parse_events(told)
    except InvalidResponseError:
        assert not isinstance(told, dict)
        return
    assert isinstance(told, dict)
    assert len(found) <= MAX_EVENTS
    check_tidy(found)
    assert "timestamp" not in repr(found), "what came raw is not shown"
    for one in found:
        _check_news(one)
    cameras = told.get("cameras")
    if len(found) == MAX_EVENTS or not isinstance(cameras, dict):
        return
    if cameras.get("keepe5a1") == _NEWS:
        kept = [(one.kind.value, one.code) for one in found if one.camera_id == "keepe5a1"]
        assert kept == [("status", None), ("preview", None), ("video", None), ("event", "EMES")]
    expected = [key for key, told in cameras.items() if _holds_keepsake(told) and as_id(key) is not None]
    assert len([one for one in found if one.code == "KEEP" and one.raw == _MOTION]) >= len(expected)


def _check_news(one: CameraEvent) -> None:
    """Make sure that everything in a piece of news is what it is said to be, and nothing else."""
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


def _holds_keepsake(told: Any) -> bool:
    return isinstance(told, dict) and isinstance(told.get("event"), dict) and told["event"].get("KEEP") == _MOTION


def _shuffled(dice: Random, members: dict[str, Any]) -> dict[str, Any]:
    items = [*members.items()]
    dice.shuffle(items)
    return dict(items)


def _worker(dice: Random) -> None:
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
    key = dice.choice(("1795168800000-1795168860000", "2026-11-20", "01b", "23", *map(str, HOSTILE), _word(dice)))
    key = mutate_bytes(dice, key.encode("utf-8", "replace")).decode("latin-1")
    for read in (RecordingSegment.parse, Hour.parse, parse_day):
        try:
            found: object = read(key)
        except ValueError:
            continue
        if isinstance(found, date):
            begin, end = day_span(found, UTC)
            assert begin < end
    with suppress(InvalidInputError):
        segment = path_segment(key, "door")
        url = URL("https://api.example.com/api").joinpath(f"doors/{segment}/open/", encoded=True)
        assert url.raw_path.startswith("/api/doors/")
        assert url.raw_path.count("/") == 5
        assert not url.raw_query_string
        assert not url.raw_fragment


def _amenities(dice: Random) -> None:
    amenity = parse_amenity(_loaded(dice, mutate_json(dice, seeds.amenity())))
    if amenity is not None:
        assert amenity.name
        amenity.dates_from(seeds.NOW.date())
    raw = mutate_json(dice, seeds.reservation())
    told = _loaded(dice, raw)
    reservation = parse_reservation(told, "501", lambda _: UTC)
    if reservation is not None:
        assert reservation.begin <= reservation.end
        hash(reservation.state)
    parse_reserved_dates(_loaded(dice, mutate_json(dice, {"reservedDates": ["2026-11-25"], "hasAvailableDates": True})))
    hours = [{"startTime": "08:00:00", "endTime": "09:00:00"}] * 3
    free = parse_free_hours(_loaded(dice, mutate_json(dice, hours)), "9001", date(2026, 11, 25))
    for one in free.hours:
        assert isinstance(one, Hours)
        free.contains(one)


def _loaded(dice: Random, value: Any) -> Any:
    with suppress(InvalidResponseError):
        return Response("an answer", 200, {}, to_bytes(dice, value)).json()
    return None


_ENOUGH_FRAMES = 12
_FRAMES_LATER = 240


def _flv(dice: Random) -> None:
    reader, joiner = FlvReader(), Joiner()
    stretch = joiner.begin()
    times: list[int] = []
    with suppress(FlvError):
        for piece in pieces(dice, _damaged_flv(dice)):
            tags = reader.feed(piece)
            times += _times(joiner.feed(stretch, tags))
            assert reader.pending <= 8 * 1024 * 1024 + 100_000
    follower = joiner.begin()
    if dice.random() < 0.5:
        times += _times(joiner.end(stretch))
        stretch = follower
    shown = _times(joiner.feed(follower, FlvReader().feed(seeds.healthy_flv())))
    times += shown + _times(joiner.end(stretch))
    times += _times(joiner.end(follower))
    if len(times) < _ENOUGH_FRAMES:
        # A damaged time stamp may have run ahead: that is believed for 15 seconds, and no longer.
        last = joiner.begin()
        times += _times(joiner.feed(last, FlvReader().feed(seeds.healthy_flv(_FRAMES_LATER))))
        times += _times(joiner.end(last))
    assert all(before < after for before, after in pairwise(times))
    assert len(times) >= _ENOUGH_FRAMES


def _damaged_flv(dice: Random) -> bytes:
    whole = seeds.flv(dice.randrange(4))
    start = 0 if dice.random() < 0.1 else 13
    return mutate_bytes(dice, whole[: dice.choice((2000, 20_000, len(whole)))], keep=start)


def _times(frames: Iterable[Any]) -> list[int]:
    return [frame.time for frame in frames if frame.kind is not Kind.AUDIO]


def _amf(dice: Random) -> None:
    values = {"duration": 2.0, "starttime": 1.79e9, "framerate": 12.0, "canSeekToEnd": False}
    body = write_metadata(values)
    if dice.random() < 0.5:
        body = mutate_bytes(dice, body)
    else:
        marks = (
            b"\x03",
            b"\x08\0\0\0\x01",
            b"\x0a\xff\xff\xff\xff",
            b"\x0b",
            b"\x02\0\1a",
            b"\0\1b",
            b"\0\0\x09",
            b"\x05",
        )
        body = b"\x02\0\x0aonMetaData" + b"".join(dice.choices(marks, k=dice.randrange(60)))
    members = read_metadata(body)
    assert members is None or len(members) <= len(body)
    read_metadata(mutate_bytes(dice, body))


def _avc(dice: Random) -> None:
    repairer = AvcRepairer()
    for _ in range(dice.randint(1, 4)):
        config, frame = _config(dice), _frame(dice)
        repairer.set_config(b"\x17\0\0\0\0" + config)
        body = repairer.repair(b"\x17\x01\0\0\0" + frame, key=dice.random() < 0.7)
        if body is not None and repairer.config is not None:
            with_parameter_sets(body, repairer.config)
        parsed = AvcConfig.parse(config) or AvcConfig.from_units([unit for unit in frame.split(b"\0\0\1") if unit])
        if parsed is not None and len(parsed.sps) < 32 and all(len(unit) < 65536 for unit in parsed.sps + parsed.pps):
            assert AvcConfig.parse(parsed.record()) is not None
        if repairer.config is not None:
            assert AvcConfig.parse(repairer.config[5:]) is not None
    tag = Tag(TagType.VIDEO, 0, mutate_bytes(dice, b"\x17\x01\0\0\0" + _frame(dice)))
    assert tag.kind in Kind


def _config(dice: Random) -> bytes:
    record = b"\x01\x4d\x40\x1f\xff\xe1\0\x09\x67\x4d\x40\x1f\x95\xa0\x14\x01\x6e\x01\0\x04\x68\xee\x3c\x80"
    return mutate_bytes(dice, record)


def _frame(dice: Random) -> bytes:
    """Return a key frame with all too many, or all too long, parameter sets."""
    units: list[bytes] = []
    for _ in range(dice.choice((1, 2, 5, 5, 40, 300))):
        unit = dice.choice((b"\x67\x4d\x40\x1f", b"\x68\xee\x3c", b"\x65\x88\x84")) + dice.randbytes(
            dice.choice((1, 3, 9))
        )
        units.append(unit * dice.choice((1, 1, 1, 1, 1, 1, 1, 20_000)) if len(units) < 3 else unit)
    body = b"".join((b"\0\0\0\1" if dice.random() < 0.1 else len(unit).to_bytes(4)) + unit for unit in units)
    return mutate_bytes(dice, body) if dice.random() < 0.5 else body


def _word(dice: Random) -> str:
    return "".join(dice.choices(_LATIN, k=dice.choice((0, 1, 3, 8, 30, 64, 65, 300))))


TARGETS = tuple(
    Target(name, run)
    for name, run in {
        "account": _account,
        "session": _session,
        "token": _token,
        "devices": _devices,
        "timestamps": _timestamps,
        "recordings": _recordings,
        "previews": _previews,
        "poll": _poll,
        "worker": _worker,
        "redirect": _redirect,
        "identifiers": _identifiers,
        "amenities": _amenities,
        "flv": _flv,
        "amf": _amf,
        "avc": _avc,
    }.items()
)
