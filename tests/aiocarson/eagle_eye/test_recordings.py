"""Lists of recordings, and stills of recorded times (Protocol B.6, B.7)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
import json
from typing import Any

from aiocarson import (
    ApiError,
    CannotConnectError,
    Carson,
    CarsonError,
    InvalidInputError,
    InvalidResponseError,
    NotFoundError,
    Recording,
)
from aiocarson.eagle_eye import recording_list
from aiocarson.eagle_eye.recordings import Recordings
from aiocarson.errors import OutsideRetentionError, PermissionDeniedError
import pytest

from simulator import Clock, Simulator

from ..conftest import LOBBY

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """The time is noon."""
    async with Simulator(clock=Clock.manual(NOW)) as simulator:
        yield simulator


@pytest.fixture
def recordings(carson: Carson) -> Recordings:
    return carson.eagle_eye("501").recordings


def recorded(sim: Simulator, *spans: tuple[float, float]) -> None:
    """Set the recordings of the lobby, in minutes before now."""
    now = NOW.timestamp()
    sim.state.cameras[LOBBY].recordings = [(now - begin * 60, now - end * 60) for begin, end in spans]


def minutes(found: tuple[Recording, ...]) -> list[tuple[float, float | None]]:
    """Return the time this many minutes ago."""
    return [((NOW - one.begin) / MINUTE, None if one.end is None else (NOW - one.end) / MINUTE) for one in found]


async def test_list_of_recordings(sim: Simulator, recordings: Recordings) -> None:
    recorded(sim, (60, 58), (50, 45), (30, 29.5))
    found = await recordings.list_recordings(LOBBY, begin=NOW - HOUR, end=NOW)
    assert minutes(found) == [(60, 58), (50, 45), (30, 29.5)]
    assert [one.duration for one in found] == [2 * MINUTE, 5 * MINUTE, MINUTE / 2]
    assert all(one.id and one.camera_id == LOBBY for one in found)
    record = sim.counters.log[-1]
    assert record.query["count"] == "500"
    assert sim.counters.count("list_videos") == 1


async def test_adjacent_recordings_are_joined(sim: Simulator, recordings: Recordings) -> None:
    recorded(sim, (60, 55), (55, 50), (50, 48), (40, 39))
    assert minutes(await recordings.list_recordings(LOBBY, begin=NOW - HOUR, end=NOW)) == [(60, 48), (40, 39)]
    found = await recordings.list_recordings(LOBBY, begin=NOW - HOUR, end=NOW, coalesce=False)
    assert minutes(found) == [(60, 55), (55, 50), (50, 48), (40, 39)]


async def test_recordings_that_overlap_the_range_are_included(sim: Simulator, recordings: Recordings) -> None:
    recorded(sim, (70, 66), (62, 58), (31, 29), (20, 19))
    found = await recordings.list_recordings(LOBBY, begin=NOW - HOUR, end=NOW - HOUR / 2)
    assert minutes(found) == [(62, 58), (31, 29)]


async def test_range_ends_now_by_default(sim: Simulator, recordings: Recordings) -> None:
    recorded(sim, (60, 58), (1, 0.5))
    assert minutes(await recordings.list_recordings(LOBBY, begin=NOW - HOUR)) == [(60, 58), (1, 0.5)]
    assert "end_timestamp" not in sim.counters.log[-1].query


@pytest.mark.parametrize("open_end", ["null", "missing"])
async def test_recording_in_progress(sim: Simulator, recordings: Recordings, open_end: Any) -> None:
    sim.settings.recordings.open_end = open_end
    recorded(sim, (60, 58), (2, -3))
    found = await recordings.list_recordings(LOBBY, begin=NOW - HOUR)
    assert minutes(found) == [(60, 58), (2, None)]
    assert found[-1].duration >= timedelta(0)


async def test_duration_limits(sim: Simulator, recordings: Recordings) -> None:
    recorded(sim, (60, 58), (50, 45), (30, 29.5))
    long = await recordings.list_recordings(LOBBY, begin=NOW - HOUR, min_duration=MINUTE)
    assert minutes(long) == [(60, 58), (50, 45)]
    short = await recordings.list_recordings(LOBBY, begin=NOW - HOUR, max_duration=2 * MINUTE)
    assert minutes(short) == [(60, 58), (30, 29.5)]


async def test_limit(sim: Simulator, recordings: Recordings) -> None:
    recorded(sim, (60, 58), (58, 55), (50, 45), (30, 29.5))
    assert minutes(await recordings.list_recordings(LOBBY, begin=NOW - HOUR, limit=1)) == [(60, 55)]
    assert minutes(await recordings.list_recordings(LOBBY, begin=NOW - HOUR, limit=1, coalesce=False)) == [(60, 58)]


@pytest.mark.parametrize("coalesce", [True, False])
async def test_list_is_read_page_by_page(sim: Simulator, recordings: Recordings, coalesce: bool) -> None:
    """A page has sixty entries, and may end between entries that are joined."""
    sim.settings.recordings.max_entries = 60
    recorded(sim, *((400 - 2 * n, 400 - 2 * n - (2 if n % 3 else 1)) for n in range(190)))
    found = await recordings.list_recordings(LOBBY, begin=NOW - 10 * HOUR, end=NOW, coalesce=coalesce)
    assert sim.counters.count("list_videos") == 4
    assert len({one.begin for one in found}) == len(found) == (64 if coalesce else 190)
    if coalesce:
        assert all((second.begin - first.end) == MINUTE for first, second in pairwise(found) if first.end)


async def test_no_more_pages_than_needed_are_requested(sim: Simulator, recordings: Recordings) -> None:
    sim.settings.recordings.max_entries = 60
    recorded(sim, *((400 - 2 * n, 399 - 2 * n) for n in range(190)))
    assert len(await recordings.list_recordings(LOBBY, begin=NOW - 10 * HOUR, limit=20)) == 20
    assert sim.counters.count("list_videos") == 1


async def test_repeated_page_ends_the_list(sim: Simulator, recordings: Recordings) -> None:
    rows = json.dumps([{"s": f"2026112111{n:02}00.000", "e": f"2026112111{n:02}30.000"} for n in range(60)])
    sim.faults.add("list_videos", "status", status=200, body=rows)
    assert len(await recordings.list_recordings(LOBBY, begin=NOW - HOUR)) == 60
    assert sim.counters.count("list_videos") == 2


async def test_number_of_entries_is_limited(
    sim: Simulator, recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_list, "MAX_ENTRIES", 100)
    sim.settings.recordings.max_entries = 60
    recorded(sim, *((400 - 2 * n, 399 - 2 * n) for n in range(190)))
    assert len(await recordings.list_recordings(LOBBY, begin=NOW - 10 * HOUR)) == 120


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [
            None,
            3,
            "x",
            {},
            {"s": None},
            {"s": "unknown"},
            {"s": 5},
            {"s": "20261121110000.000", "e": "20261121100000.000"},
        ],
    ],
)
async def test_invalid_rows_are_ignored(sim: Simulator, recordings: Recordings, rows: list[Any]) -> None:
    good = {"s": "20261121113000.000", "e": "20261121113100.000"}
    sim.faults.add("list_videos", "status", status=200, body=json.dumps([*rows, good]))
    found = await recordings.list_recordings(LOBBY, begin=NOW - HOUR)
    assert minutes(found) == [(30, 29)]
    assert found[0].id is None


async def test_range_before_the_camera_existed(recordings: Recordings) -> None:
    begin = NOW - timedelta(days=400)
    assert await recordings.list_recordings(LOBBY, begin=begin, end=begin + HOUR) == ()
    assert await recordings.list_previews(LOBBY, begin=begin, end=begin + HOUR) == ()


@pytest.mark.parametrize(
    ("kind", "details", "error"),
    [
        ("status", {"status": 403}, PermissionDeniedError),
        ("status", {"status": 404}, NotFoundError),
        ("status", {"status": 405}, ApiError),
        ("status", {"status": 410}, OutsideRetentionError),
        ("status", {"status": 503}, CannotConnectError),
        ("status", {"status": 200, "body": "{}"}, InvalidResponseError),
        ("ok_html", {}, InvalidResponseError),
    ],
)
async def test_invalid_list_is_an_error(
    sim: Simulator, recordings: Recordings, kind: str, details: dict[str, Any], error: type[CarsonError]
) -> None:
    sim.faults.add("list_videos", kind, **details)
    with pytest.raises(error) as caught:
        await recordings.list_recordings(LOBBY, begin=NOW - HOUR)
    assert type(caught.value) is error


async def test_list_without_permission(sim: Simulator, recordings: Recordings) -> None:
    sim.state.cameras[LOBBY].denied = {"recorded"}
    with pytest.raises(PermissionDeniedError):
        await recordings.list_recordings(LOBBY, begin=NOW - HOUR)


async def test_last_recording(sim: Simulator, recordings: Recordings) -> None:
    recorded(sim, (60, 58), (50, 45), (45, 44))
    newest = await recordings.last_activity(LOBBY)
    assert newest is not None
    assert minutes((newest,)) == [(50, 44)]
    assert sim.counters.log[-1].query["count"] == "-1"
    recorded(sim)
    assert await recordings.last_activity(LOBBY) is None


async def test_list_of_previews(sim: Simulator, recordings: Recordings) -> None:
    found = await recordings.list_previews(LOBBY, begin=NOW - MINUTE, end=NOW)
    assert 55 <= len(found) <= 65
    assert list(found) == sorted(set(found))
    assert NOW - MINUTE <= found[0] < found[-1] <= NOW
    assert await recordings.list_previews(LOBBY, begin=NOW - MINUTE, limit=10) == found[:10]
    assert await recordings.list_previews(LOBBY, begin=NOW - MINUTE, limit=1) == found[:1]
    still = await recordings._http.get(
        "asset/asset/image.jpeg", {"id": LOBBY, "timestamp": "now", "asset_class": "pre"}
    )
    assert still.status in {200, 404}


async def test_list_of_previews_is_read_page_by_page(sim: Simulator, recordings: Recordings) -> None:
    sim.settings.recordings.max_entries = 100
    found = await recordings.list_previews(LOBBY, begin=NOW - 5 * MINUTE, end=NOW)
    assert 290 <= len(found) <= 310
    assert list(found) == sorted(set(found))
    assert sim.counters.count("list_images") > 2


async def test_repeated_page_ends_the_list_of_previews(sim: Simulator, recordings: Recordings) -> None:
    rows = json.dumps([{"t": "PRFR", "s": "20261121113000.000"}] * 60)
    sim.faults.add("list_images", "status", status=200, body=rows)
    assert len(await recordings.list_previews(LOBBY, begin=NOW - HOUR, end=NOW)) == 1


async def test_still_at_a_listed_time(carson: Carson, recordings: Recordings) -> None:
    (when,) = await recordings.list_previews(LOBBY, begin=NOW - HOUR, limit=1)
    still = await carson.eagle_eye("501").get_still(LOBBY, reference="asset", timestamp=when)
    assert still.taken_at == when


async def test_still_beyond_retention(sim: Simulator, carson: Carson) -> None:
    harbor = carson.eagle_eye("501")
    sim.faults.add("image", "status:410")
    with pytest.raises(OutsideRetentionError):
        await harbor.get_still(LOBBY, timestamp=NOW - HOUR)
    with pytest.raises(ApiError) as caught:
        await harbor.get_still(LOBBY)
    assert type(caught.value) is ApiError, "of now it means something else"


async def test_full_size_still(sim: Simulator, recordings: Recordings) -> None:
    recorded(sim, (60, 58))
    still = await recordings.get_snapshot(LOBBY, NOW - 59 * MINUTE)
    assert still.content.startswith(b"\xff\xd8\xff")
    assert still.taken_at is not None
    assert timedelta(0) <= NOW - 59 * MINUTE - still.taken_at <= timedelta(seconds=2)
    with pytest.raises(NotFoundError):
        await recordings.get_snapshot(LOBBY, NOW - 61 * MINUTE)
    with pytest.raises(OutsideRetentionError):
        await recordings.get_snapshot(LOBBY, NOW - timedelta(days=30))


@pytest.mark.parametrize(
    "arguments",
    [
        {"begin": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"begin": NOW, "end": datetime(2026, 12, 1)},  # noqa: DTZ001
        {"begin": NOW, "end": NOW},
        {"begin": NOW, "end": NOW - HOUR},
        {"begin": NOW, "limit": 0},
    ],
)
async def test_invalid_times_send_no_request(sim: Simulator, recordings: Recordings, arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        await recordings.list_recordings(LOBBY, **arguments)
    with pytest.raises(InvalidInputError):
        await recordings.list_previews(LOBBY, **arguments)
    assert not sim.counters.requests


async def test_other_invalid_arguments_send_no_request(sim: Simulator, recordings: Recordings) -> None:
    with pytest.raises(InvalidInputError, match="end or a limit"):
        await recordings.list_previews(LOBBY, begin=NOW)
    with pytest.raises(InvalidInputError, match="class"):
        await recordings.list_previews(LOBBY, begin=NOW, limit=1, asset_class="video")  # type: ignore[arg-type]
    for asking in (
        recordings.list_recordings("../x", begin=NOW),
        recordings.list_previews("", begin=NOW, limit=1),
        recordings.last_activity("a/b"),
        recordings.get_snapshot("..", NOW),
        recordings.get_snapshot(LOBBY, datetime(2026, 1, 1)),  # noqa: DTZ001
    ):
        with pytest.raises(InvalidInputError):
            await asking
    assert not sim.counters.requests
