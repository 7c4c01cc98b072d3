"""Tests of recordings (Protocol C rows 36, 41 to 43, 50)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
import io
from itertools import pairwise
import time
from typing import Any

import av
from PIL import Image
import pytest

from simulator import Clock, Simulator, Status
from simulator.eagle_eye.timestamps import from_text, to_text
from simulator.media.timeline import frame_at
from tests.support.flv_reader import frame_numbers, metadata, read_tags
from tests.support.http_client import LOBBY, TIMEOUT, HttpClient, HttpResponse

START = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
NOW = int(START.timestamp() * 1000)
HOUR = 3_600_000
DAY = 24 * HOUR


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(clock=Clock.manual(START)) as simulator:
        simulator.settings.recordings.mp4_pending = 0
        yield simulator


async def videos(client: HttpClient, camera: str = LOBBY, **query: str) -> list[dict[str, Any]]:
    response = await client.eagle_eye("asset/list/video", id=camera, **query)
    assert response.status == 200, response.body
    found = response.json()
    assert isinstance(found, list)
    return found


def set_recordings(client: HttpClient, *periods: tuple[float, float]) -> None:
    """Set the recordings of the lobby camera, in seconds before now."""
    now = NOW / 1000
    client.sim.state.cameras[LOBBY].recordings = [(now - begin, now - end) for begin, end in periods]


# Row 36
async def test_recordings_of_two_weeks(client: HttpClient) -> None:
    everything = await videos(client, start_timestamp=to_text(NOW - 20 * DAY), end_timestamp="now")
    assert everything == await videos(client, start_timestamp=to_text(NOW - 20 * DAY), end_timestamp="now")
    starts = [entry["s"] for entry in everything]
    assert starts == sorted(starts)
    assert to_text(NOW - 14 * DAY) <= starts[0] < to_text(NOW - 13 * DAY)
    assert starts[-1] > to_text(NOW - HOUR)
    assert 500 < len(starts) < 2500
    assert all(0 < entry["id"] < 1 << 32 for entry in everything)
    lengths = [from_text(entry["e"]) - from_text(entry["s"]) for entry in everything]
    assert min(lengths) > 0
    assert max(lengths) <= 300_000
    other = await videos(client, "1000a002", start_timestamp=to_text(NOW - DAY), end_timestamp="now")
    assert {entry["s"] for entry in other}.isdisjoint(starts)


async def test_count_limits_and_sets_the_direction(client: HttpClient) -> None:
    begin, end = to_text(NOW - DAY), to_text(NOW - HOUR)
    day = await videos(client, start_timestamp=begin, end_timestamp=end)
    assert await videos(client, start_timestamp=begin, end_timestamp=end, count="5") == day[:5]
    assert await videos(client, start_timestamp=begin, count="5") == day[:5]
    back = await videos(client, start_timestamp=end, count="-5")
    assert back == day[::-1][:5]
    assert await videos(client, start_timestamp=end, end_timestamp=begin, count="-500") == day[::-1]
    client.sim.settings.recordings.max_entries = 3
    assert await videos(client, start_timestamp=begin, end_timestamp=end) == day[:3]


async def test_coalesce_joins_recordings_that_touch(client: HttpClient) -> None:
    set_recordings(client, (900, 600), (600, 500), (400, 300), (350, 250))
    query = {"start_timestamp": to_text(NOW - HOUR), "end_timestamp": "now"}
    apart = await videos(client, **query)
    joined = await videos(client, options="coalesce", **query)
    assert len(apart) == 4
    assert [(entry["s"], entry["e"]) for entry in joined] == [
        (to_text(NOW - 900_000), to_text(NOW - 500_000)),
        (to_text(NOW - 400_000), to_text(NOW - 250_000)),
    ]
    assert await videos(client, options="coalesce", start_timestamp="now", count="-2") == joined[::-1]


async def test_ranges_without_recordings_are_empty(client: HttpClient) -> None:
    set_recordings(client, (900, 600))
    assert await videos(client, start_timestamp="-100000", end_timestamp="now") == []
    assert await videos(client, start_timestamp="now", end_timestamp="-100000") == []
    assert await videos(client, "1000a003", start_timestamp="-86400000", end_timestamp="now") == []
    assert await videos(client, "1000a003", start_timestamp="now", count="-1") == []


async def test_list_from_before_the_camera_existed(client: HttpClient) -> None:
    early = to_text(NOW - 100 * DAY)
    for path, more in (("asset/list/video", {}), ("asset/list/image.jpeg", {"asset_class": "pre"})):
        query = {"id": LOBBY, "start_timestamp": early} | more
        assert (await client.eagle_eye(path, end_timestamp=to_text(NOW - 99 * DAY), **query)).status == 400
        assert (await client.eagle_eye(path, count="-3", **query)).status == 400
        assert (await client.eagle_eye(path, count="3", **query)).status == 200


async def test_lists_with_invalid_arguments(client: HttpClient) -> None:
    for query in (
        {},
        {"start_timestamp": "now"},
        {"start_timestamp": "x", "count": "1"},
        {"start_timestamp": "now", "count": "x"},
    ):
        assert (await client.eagle_eye("asset/list/video", id=LOBBY, **query)).status == 400
        assert (await client.eagle_eye("asset/list/image", id=LOBBY, asset_class="pre", **query)).status == 400
    assert (await client.eagle_eye("asset/list/image", id=LOBBY, start_timestamp="now", count="-1")).status == 400
    client.sim.state.cameras[LOBBY].denied.update({"recorded", "preview"})
    assert (await client.eagle_eye("asset/list/video.flv", id=LOBBY, start_timestamp="now", count="-1")).status == 403
    images = await client.eagle_eye("asset/list/image", id=LOBBY, start_timestamp="now", count="-1", asset_class="pre")
    assert images.status == 403


@pytest.mark.parametrize(
    ("setting", "shape"), [("newest", {"s", "e", "id"}), ("null", {"s", "e", "id"}), ("missing", {"s", "id"})]
)
async def test_recording_in_progress(client: HttpClient, setting: str, shape: set[str]) -> None:
    client.sim.settings.recordings.open_end = setting  # type: ignore[assignment]
    set_recordings(client, (60, -240))
    (entry,) = await videos(client, start_timestamp="-120000", end_timestamp="now")
    assert set(entry) == shape
    if "e" in shape:
        assert entry["e"] == (to_text(NOW) if setting == "newest" else None)
    client.sim.clock.advance(300)
    (entry,) = await videos(client, start_timestamp="-600000", end_timestamp="now")
    assert entry["e"] == to_text(NOW + 240_000)


async def test_previews_are_listed_forward_and_backward(client: HttpClient) -> None:
    async def images(asset_class: str = "pre", **query: str) -> list[dict[str, str]]:
        response = await client.eagle_eye("asset/list/image", id=LOBBY, asset_class=asset_class, **query)
        assert response.status == 200
        found = response.json()
        assert isinstance(found, list)
        return found

    begin = to_text(NOW - 3 * DAY)
    minute = await images(start_timestamp=begin, end_timestamp=to_text(NOW - 3 * DAY + 60_000))
    assert 59 <= len(minute) <= 61
    assert {entry["t"] for entry in minute} == {"PRFR"}
    assert await images(start_timestamp=begin, count="10") == minute[:10]
    back = await images(start_timestamp="now", count="-3")
    assert [entry["s"] for entry in back] == sorted((entry["s"] for entry in back), reverse=True)
    assert (
        await images(start_timestamp="now", end_timestamp="-2500", count="-9")
        == back[: len(back) - (back[-1]["s"] < to_text(NOW - 2500))]
    )
    still = await client.still("asset", timestamp=minute[5]["s"])
    assert still.status == 200

    set_recordings(client, (900, 600), (500, 400))
    assert await images("thumb", start_timestamp="-3600000", end_timestamp="now") == [
        {"t": "PRTH", "s": to_text(NOW - 900_000)},
        {"t": "PRTH", "s": to_text(NOW - 500_000)},
    ]


# Row 41
async def play(client: HttpClient, start: int, end: str, form: str = "flv", **query: str) -> HttpResponse:
    return await client.eagle_eye(
        f"asset/play/video.{form}", id=LOBBY, start_timestamp=to_text(start), end_timestamp=end, **query
    )


async def test_recorded_flv_has_the_frames_of_its_time(client: HttpClient) -> None:
    set_recordings(client, (900, 600))
    response = await play(client, NOW - 900_000, "+5000")
    assert response.status == 200
    assert response.content_type == "video/x-flv"
    first = frame_at(NOW - 900_000)
    assert frame_numbers(response.body) == list(range(first, first + 60))
    tags, rest = read_tags(response.body)
    assert rest == b""
    assert abs(metadata(tags[0])["starttime"] - (NOW - 900_000) / 1000) < 0.1
    assert client.sim.counters.live_streams_started == 0

    until = await play(client, NOW - 900_000, to_text(NOW - 895_000))
    assert until.body == response.body
    later = await play(client, NOW - 900_000, "+5000", time_offset="3000")
    assert frame_numbers(later.body) == list(range(first + 36, first + 60))


async def test_start_must_be_that_of_a_recording(client: HttpClient) -> None:
    set_recordings(client, (900, 600))
    assert (await play(client, NOW - 899_000, "+1000")).status == 404
    client.sim.settings.recordings.start = "seek"
    assert (await play(client, NOW - 899_000, "+1000")).status == 200
    assert (await play(client, NOW - 500_000, "+1000")).status == 404
    assert (await play(client, NOW - 900_000, "+1000", time_offset="5000")).status == 404


async def test_recorded_flv_joins_recordings(client: HttpClient) -> None:
    set_recordings(client, (100, 98), (90, 88))
    body = (await play(client, NOW - 100_000, "+60000")).body
    one, two = frame_at(NOW - 100_000), frame_at(NOW - 90_000)
    assert frame_numbers(body) == [*range(one, one + 24), *range(two, two + 24)]
    stamps = [tag.timestamp for tag in read_tags(body)[0] if tag.is_frame]
    assert max(later - earlier for earlier, later in pairwise(stamps)) < 120


async def test_recorded_flv_of_a_recording_in_progress(client: HttpClient) -> None:
    set_recordings(client, (2, -240))
    waiting = asyncio.create_task(play(client, NOW - 2_000, "+4000"))
    done, _ = await asyncio.wait({waiting}, timeout=0.1)
    assert not done
    client.sim.clock.advance(5)
    async with asyncio.timeout(TIMEOUT):
        assert len(frame_numbers((await waiting).body)) == 48


async def test_recorded_flv_can_be_unavailable(client: HttpClient) -> None:
    set_recordings(client, (900, 600))
    client.sim.state.cameras[LOBBY].recorded_flv = False
    response = await play(client, NOW - 900_000, "+5000")
    assert (response.status, response.body) == (422, b"Error generating keyframes.")


async def test_stream_faults_apply_to_recorded_flv(client: HttpClient) -> None:
    set_recordings(client, (900, 600))
    client.sim.faults.add("video", "early_eof", at=1)
    tags, rest = read_tags((await play(client, NOW - 900_000, "+5000")).body)
    assert rest
    assert tags[-1].timestamp < 1100


# Row 42
async def test_mp4_is_pending_first(client: HttpClient) -> None:
    set_recordings(client, (900, 600))
    settings = client.sim.settings.recordings
    settings.mp4_pending = 2
    first = await play(client, NOW - 900_000, "+5000", "mp4")
    second = await play(client, NOW - 900_000, "+5000", "mp4")
    third = await play(client, NOW - 900_000, "+5000", "mp4")

    assert [response.status for response in (first, second, third)] == [201, 202, 200]
    job = first.json()
    assert (job["status_code"], job["message"], job["reason"]) == (202, "AcceptedWorker", "AcceptedWorker")
    assert set(job["data"]) == {"uuid", "name", "urn", "status", "error", "meta"}
    assert (job["data"]["status"], job["data"]["error"]) == ("Initializing", None)
    assert job["data"]["meta"]["x-een-svc-renderer-transcode-complete-ratio"] == "0.00"
    assert second.json()["data"]["uuid"] == job["data"]["uuid"]
    assert third.content_type == "video/mp4"
    assert (await play(client, NOW - 900_000, "+6000", "mp4")).status == 201


async def test_mp4_is_valid_with_the_index_at_the_front(client: HttpClient) -> None:
    set_recordings(client, (900, 600), (600, 598))
    body = (await play(client, NOW - 602_000, "+4000", "mp4")).body
    assert body == b"no matching asset"
    body = (await play(client, NOW - 900_000, "+302000", "mp4", time_offset="298000")).body
    first = frame_at(NOW - 602_000)
    assert frame_numbers(body) == list(range(first, first + 48))
    assert body[4:8] == b"ftyp"
    assert body.index(b"moov") < body.index(b"mdat")
    with av.open(io.BytesIO(body), "r") as container:
        video = container.streams.video[0]
        assert (video.codec_context.name, video.codec_context.profile) == ("h264", "Main")
        assert abs(float(container.duration or 0) / 1e6 - 4) < 0.3


async def test_dropped_video_is_transcoded_again(client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.eagle_eye.mp4._KEPT_VIDEOS", 1)
    set_recordings(client, (900, 600))
    first = await play(client, NOW - 900_000, "+500", "mp4")
    await play(client, NOW - 900_000, "+700", "mp4")
    assert frame_numbers((await play(client, NOW - 900_000, "+500", "mp4")).body) == frame_numbers(first.body)
    assert sum(job.content is not None for job in client.sim.transcode_jobs.values()) == 1


async def test_mp4_of_a_recording_in_progress_ends_now(client: HttpClient) -> None:
    set_recordings(client, (4, -240))
    body = (await play(client, NOW - 4_000, "+60000", "mp4")).body
    assert 47 <= len(frame_numbers(body)) <= 49


@pytest.mark.parametrize(
    ("requested", "status", "expected"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=-50", 206, slice(-50, None)),
        ("bytes=99999999-", 416, slice(0, 0)),
        ("bytes=-", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
    ],
)
async def test_mp4_supports_ranges(client: HttpClient, requested: str, status: int, expected: slice) -> None:
    set_recordings(client, (900, 600))
    whole = await play(client, NOW - 900_000, "+2000", "mp4")
    url = client.eagle_eye_url("asset/play/video.mp4")
    query = {"id": LOBBY, "start_timestamp": to_text(NOW - 900_000), "end_timestamp": "+2000"}
    async with client.session.get(url, params=query, headers=client.cookie() | {"Range": requested}) as response:
        assert response.status == status
        assert await response.read() == whole.body[expected]
        if status == 206:
            begin, end, _ = expected.indices(len(whole.body))
            assert response.headers["Content-Range"] == f"bytes {begin}-{end - 1}/{len(whole.body)}"
        else:
            assert response.headers.get("Content-Range", "") == (f"bytes */{len(whole.body)}" if status == 416 else "")


async def test_forms_of_the_pending_response(client: HttpClient) -> None:
    set_recordings(client, (900, 600))
    settings = client.sim.settings.recordings
    settings.mp4_pending = 9
    settings.mp4_first_status = 202
    settings.mp4_form = "id"
    response = await play(client, NOW - 900_000, "+5000", "mp4")
    assert response.status == 202
    assert set(response.json()) == {"id"}
    settings.mp4_form = "legacy_502"
    response = await play(client, NOW - 900_000, "+5000", "mp4")
    assert (response.status, response.body) == (502, b"")
    client.sim.faults.add("mp4", "job_failed", times=1)
    response = await play(client, NOW - 900_000, "+5000", "mp4")
    assert (response.status, response.json()["data"]["error"]) == (202, "Transcoding failed.")


async def test_mp4_takes_a_minimum_time(client: HttpClient) -> None:
    set_recordings(client, (900, 600))
    settings = client.sim.settings.recordings
    settings.mp4_pending, settings.mp4_seconds, settings.mp4_hold = 1, 60, 0.05
    begin = time.monotonic()
    assert (await play(client, NOW - 900_000, "+2000", "mp4")).status == 201
    assert time.monotonic() - begin >= 0.05
    assert (await play(client, NOW - 900_000, "+2000", "mp4")).status == 202
    client.sim.clock.advance(60)
    assert (await play(client, NOW - 900_000, "+2000", "mp4")).status == 200


# Rows 43 and 50
@pytest.mark.parametrize("form", ["flv", "mp4"])
async def test_error_responses_of_recorded_video(client: HttpClient, form: str) -> None:
    set_recordings(client, (900, 600))
    camera = client.sim.state.cameras[LOBBY]
    start = NOW - 900_000
    assert (await play(client, start, "", form)).status == 400
    assert (await play(client, start, "+1000", form, time_offset="x")).status == 400
    assert (await client.eagle_eye(f"asset/play/video.{form}", id=LOBBY)).status in {400, 404}
    assert (await play(client, NOW - 15 * DAY, "+1000", form)).status == 410
    camera.provisioned = False
    assert (await play(client, start, "+1000", form)).status == 404
    camera.provisioned = True
    camera.denied = {"export"}
    assert (await play(client, start, "+1000", form)).status == (403 if form == "mp4" else 200)
    camera.denied = {"recorded"}
    assert (await play(client, start, "+1000", form)).status == 403
    client.key = "bad"
    assert (await play(client, start, "+1000", form)).status == 401


async def test_full_size_still_of_a_recording(client: HttpClient) -> None:
    set_recordings(client, (900, 600), (300, 200))

    async def snapshot(camera: str = LOBBY, **query: str) -> HttpResponse:
        return await client.eagle_eye(f"api/v2/media/{camera}/Snapshot", **query)

    inside = await snapshot(timestamp=to_text(NOW - 897_500))
    assert inside.status == 200
    assert Image.open(io.BytesIO(inside.body)).size == (1280, 720)
    assert inside.headers["x-ee-timestamp"] == f"video-{to_text(NOW - 898_000)}"
    gap = await snapshot(timestamp=to_text(NOW - 400_000))
    assert gap.headers["x-ee-timestamp"] == f"video-{to_text(NOW - 600_000)}"

    refusals = [
        (await snapshot(), 400),
        (await snapshot(timestamp="now"), 400),
        (await snapshot(timestamp=to_text(NOW - 901_000)), 404),
        (await snapshot(timestamp=to_text(NOW - 15 * DAY)), 410),
        (await snapshot("2000a001", timestamp=to_text(NOW)), 403),
    ]
    client.sim.state.cameras[LOBBY].provisioned = False
    refusals.append((await snapshot(timestamp=to_text(NOW - 897_500)), 405))
    for response, status in refusals:
        assert response.status == status
        assert response.json()["status_code"] == status


async def test_camera_that_is_off_has_no_later_recordings(client: HttpClient) -> None:
    set_recordings(client, (60, -240))
    client.sim.set_status(LOBBY, Status.OFF)
    client.sim.clock.advance(1000)
    (entry,) = await videos(client, start_timestamp=to_text(NOW - HOUR), end_timestamp="now")
    assert entry["e"] == to_text(NOW)
