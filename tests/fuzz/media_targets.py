"""Readers of the integration's media code, which must survive any video and any identifier."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from custom_components.carson.aiocarson.eagle_eye.recording_list import RecordingFilter, parse_recordings
from custom_components.carson.aiocarson.flv.amf import read_metadata, write_metadata
from custom_components.carson.aiocarson.flv.avc import AvcConfig, AvcRepairer, with_parameter_sets
from custom_components.carson.aiocarson.flv.reader import FlvError, FlvReader
from custom_components.carson.aiocarson.flv.tags import Kind, Tag, TagType
from custom_components.carson.aiocarson.live.joiner import Joiner
from custom_components.carson.media.recordings.segments import (
    Hour,
    RecordingSegment,
    day_span,
    list_segments,
    parse_day,
)
from tests.fuzz import media_seeds, seeds
from tests.fuzz.mutation import HOSTILE, chunks, mutate_bytes, mutate_json
from tests.fuzz.target import Target

_VIDEO = {"s": "20261120103000.000", "e": "20261120103100.000", "id": 5}


def _segments(dice: Random) -> None:
    rows = mutate_json(dice, seeds.videos())
    rows = rows if isinstance(rows, list) else []
    rows.insert(dice.randrange(len(rows) + 1), dict(_VIDEO))
    begin, end = seeds.NOW - timedelta(hours=12), seeds.NOW
    found = parse_recordings("1000a001", rows)
    for coalesce in (True, False):
        recordings = RecordingFilter(begin=begin, end=end, coalesce=coalesce).apply(found)
        segments = list_segments(recordings, begin, end, seeds.NOW)
        assert len(segments) <= 1000
        assert all(RecordingSegment.parse(segment.key).begin <= segment.begin for segment in segments)
        moment = datetime(2026, 11, 20, 10, 30, 30, tzinfo=UTC)
        assert any(segment.begin <= moment < segment.end for segment in segments)


def _media_identifiers(dice: Random) -> None:
    key = dice.choice(("1795168800000-1795168860000", "2026-11-20", "01b", "23", *map(str, HOSTILE)))
    key = mutate_bytes(dice, key.encode("utf-8", "replace")).decode("latin-1")
    for parse in (RecordingSegment.parse, Hour.parse, parse_day):
        try:
            found: object = parse(key)
        except ValueError:
            continue
        if isinstance(found, date):
            begin, end = day_span(found, UTC)
            assert begin < end


_ENOUGH_FRAMES = 12
_FRAMES_LATER = 240


def _flv(dice: Random) -> None:
    reader, joiner = FlvReader(), Joiner()
    segment = joiner.begin()
    times: list[int] = []
    with suppress(FlvError):
        for chunk in chunks(dice, _damaged_flv(dice)):
            tags = reader.feed(chunk)
            times += _times(joiner.feed(segment, tags))
            assert reader.pending <= 8 * 1024 * 1024 + 100_000
    follower = joiner.begin()
    if dice.random() < 0.5:
        times += _times(joiner.end(segment))
        segment = follower
    played = _times(joiner.feed(follower, FlvReader().feed(media_seeds.healthy_flv())))
    times += played + _times(joiner.end(segment))
    times += _times(joiner.end(follower))
    if len(times) < _ENOUGH_FRAMES:
        # A damaged time stamp may have run ahead: that is believed for 15 seconds, and no longer.
        last = joiner.begin()
        times += _times(joiner.feed(last, FlvReader().feed(media_seeds.healthy_flv(_FRAMES_LATER))))
        times += _times(joiner.end(last))
    assert all(before < after for before, after in pairwise(times))
    assert len(times) >= _ENOUGH_FRAMES


def _damaged_flv(dice: Random) -> bytes:
    whole = media_seeds.flv(dice.randrange(4))
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
    """Return a key frame with too many or too long parameter sets."""
    units: list[bytes] = []
    for _ in range(dice.choice((1, 2, 5, 5, 40, 300))):
        unit = dice.choice((b"\x67\x4d\x40\x1f", b"\x68\xee\x3c", b"\x65\x88\x84")) + dice.randbytes(
            dice.choice((1, 3, 9))
        )
        units.append(unit * dice.choice((1, 1, 1, 1, 1, 1, 1, 20_000)) if len(units) < 3 else unit)
    body = b"".join((b"\0\0\0\1" if dice.random() < 0.1 else len(unit).to_bytes(4)) + unit for unit in units)
    return mutate_bytes(dice, body) if dice.random() < 0.5 else body


MEDIA_TARGETS = tuple(
    Target(name, run)
    for name, run in {
        "segments": _segments,
        "media ids": _media_identifiers,
        "flv": _flv,
        "amf": _amf,
        "avc": _avc,
    }.items()
)
