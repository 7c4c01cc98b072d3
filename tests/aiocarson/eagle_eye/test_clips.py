"""Clips of recorded video (Protocol B.8)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
import io
from pathlib import Path
from typing import Any

from aiocarson import (
    ApiError,
    CannotConnectError,
    Carson,
    CarsonError,
    ClipRequest,
    InvalidInputError,
    InvalidResponseError,
    NotFoundError,
    Timeouts,
    files,
)
from aiocarson.eagle_eye import clip_downloads, clips
from aiocarson.eagle_eye.recordings import Recordings
from aiocarson.errors import FormatUnavailableError, OutsideRetentionError, PermissionDeniedError
from aiohttp import web
import av
import pytest

from simulator import Clock, Simulator

from ..conftest import EMAIL, LOBBY, PASSWORD, MakeCarson, Pauses, ScriptedServer, until

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
BEGIN = NOW - HOUR
END = BEGIN + 4 * SECOND


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """The time is noon, and the lobby was recorded for a minute one hour ago."""
    async with Simulator(clock=Clock.manual(NOW)) as simulator:
        start = BEGIN.timestamp()
        simulator.state.cameras[LOBBY].recordings = [(start, start + 60)]
        simulator.settings.recordings.mp4_pending = 0
        yield simulator


@pytest.fixture
def recordings(carson: Carson) -> Recordings:
    return carson.eagle_eye("501").recordings


@pytest.fixture
def scripted_recordings(sim: Simulator, scripted: ScriptedServer, make_carson: MakeCarson) -> Recordings:
    """Return recordings: Carson is simulated, Eagle Eye is the scripted server."""
    carson = make_carson(email=EMAIL, password=PASSWORD, eagle_eye_url=scripted.url + "/{subdomain}")
    return carson.eagle_eye("501").recordings


async def read(recordings: Recordings, begin: datetime = BEGIN, end: datetime = END, **how: Any) -> bytes:
    async with recordings.clip(LOBBY, begin, end, **how) as stream:
        return b"".join([chunk async for chunk in stream.chunks()])


def seconds(video: bytes) -> float:
    with av.open(io.BytesIO(video), "r") as container:
        return len(list(container.decode(video=0))) / 12


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_mp4(sim: Simulator, recordings: Recordings) -> None:
    async with recordings.clip(LOBBY, BEGIN, END) as stream:
        assert (stream.status, stream.content_type, stream.content_range) == (200, "video/mp4", None)
        body = b"".join([chunk async for chunk in stream.chunks()])
    assert stream.content_length == len(body)
    assert seconds(body) == pytest.approx(4, abs=0.2)
    record = sim.counters.log[-1]
    assert record.query == {
        "id": LOBBY,
        "start_timestamp": "20261121110000.000",
        "end_timestamp": "20261121110004.000",
    }
    assert sim.counters.count("list_videos") == 1


async def test_clip_from_the_middle_of_a_recording(sim: Simulator, recordings: Recordings) -> None:
    body = await read(recordings, BEGIN + 10 * SECOND, BEGIN + 14 * SECOND)
    assert seconds(body) == pytest.approx(4, abs=0.2)
    query = sim.counters.log[-1].query
    assert (query["start_timestamp"], query["time_offset"]) == ("20261121110000.000", "10000")


async def test_clip_from_before_a_recording(sim: Simulator, recordings: Recordings) -> None:
    await read(recordings, BEGIN - 10 * SECOND, END)
    query = sim.counters.log[-1].query
    assert query["start_timestamp"] == "20261121110000.000"
    assert "time_offset" not in query


async def test_clip_of_a_time_without_recording(sim: Simulator, recordings: Recordings) -> None:
    with pytest.raises(NotFoundError, match="There is no recording"):
        await read(recordings, NOW - SECOND, NOW)
    assert sim.counters.count("mp4") == 0


async def test_clip_from_the_start_needs_no_list(sim: Simulator, recordings: Recordings) -> None:
    assert await read(recordings, locate=False)
    assert sim.counters.count("list_videos") == 0


@pytest.mark.parametrize("form", ["job", "id", "legacy_502"])
@pytest.mark.parametrize("first", [201, 202])
async def test_pending_job_is_polled(
    sim: Simulator, recordings: Recordings, pauses: Pauses, form: Any, first: Any
) -> None:
    sim.settings.recordings.mp4_pending = 3
    sim.settings.recordings.mp4_form = form
    sim.settings.recordings.mp4_first_status = first
    progress: list[float] = []
    assert await read(recordings, on_progress=progress.append)
    assert sim.counters.count("mp4") == 4
    assert pauses.taken == [3, 3, 3]
    paths = {(record.path, str(record.query)) for record in sim.counters.log if record.operation == "mp4"}
    assert len(paths) == 1, "always the same url"
    assert progress[-1] == 1
    assert progress == sorted(progress)
    assert len(progress) == (4 if form == "job" else 1)


async def test_without_progress_callback(sim: Simulator, recordings: Recordings) -> None:
    sim.settings.recordings.mp4_pending = 1
    assert await read(recordings)


async def test_pending_job_times_out(sim: Simulator, recordings: Recordings, pauses: Pauses) -> None:
    sim.settings.recordings.mp4_pending = 10_000
    with pytest.raises(CannotConnectError, match="did not prepare the clip within 2 s"):
        await read(recordings, limit=2 * SECOND)
    assert sim.counters.count("mp4") == 1
    assert pauses.taken == []


def test_held_request_does_not_time_out() -> None:
    assert Timeouts().clip_open > 30


@pytest.mark.timeouts(clip_open=0.2)
async def test_request_held_too_long_times_out(sim: Simulator, recordings: Recordings) -> None:
    sim.faults.add("mp4", "silence")
    with pytest.raises(CannotConnectError, match="in time"):
        await read(recordings)


def worker(http: int = 202, **data: Any) -> web.Response:
    return web.json_response({"status_code": 202, "data": {"uuid": "u", "error": None, **data}}, status=http)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"error": "Transcoding\nfailed."}, "Transcoding failed."),
        ({"error": {"code": 5}}, "no reason given"),
        ({"status": "Failed"}, "no reason given"),
    ],
)
@pytest.mark.parametrize("status", [200, 201, 202])
async def test_failed_job_is_an_error(
    scripted: ScriptedServer, scripted_recordings: Recordings, data: dict[str, Any], reason: str, status: int
) -> None:
    scripted.then(worker(status, **data))
    with pytest.raises(ApiError, match="failed to prepare the clip") as caught:
        await read(scripted_recordings, locate=False)
    assert caught.value.reason == reason
    assert len(scripted.requests) == 1


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [("0.50", [0.5, 1]), (0.25, [0.25, 1]), ("7", [1, 1]), ("-1", [0, 1]), ("x", [1]), (None, [1])],
)
async def test_progress_of_any_type(
    scripted: ScriptedServer, scripted_recordings: Recordings, ratio: object, expected: list[float]
) -> None:
    scripted.then(worker(meta={"x-een-svc-renderer-transcode-complete-ratio": ratio}))
    scripted.then(web.Response(body=b"video", content_type="video/mp4"))
    progress: list[float] = []
    assert await read(scripted_recordings, locate=False, on_progress=progress.append) == b"video"
    assert progress == expected


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b"x" * 100_000, b'{"data": 3}'])
async def test_unreadable_job_status_is_tolerated(
    scripted: ScriptedServer, scripted_recordings: Recordings, body: bytes
) -> None:
    scripted.then(web.Response(status=202, body=body)).then(web.Response(body=b"video", content_type="video/mp4"))
    assert await read(scripted_recordings, locate=False) == b"video"


async def test_truncated_job_status_is_tolerated(sim: Simulator, recordings: Recordings) -> None:
    sim.settings.recordings.mp4_pending = 2
    sim.faults.add("mp4", "cut", times=1)
    assert await read(recordings)


@pytest.mark.parametrize("kind", ["application/json", "text/html", "text/plain", "image/jpeg"])
async def test_response_that_is_not_a_video_is_an_error(
    scripted: ScriptedServer, scripted_recordings: Recordings, kind: str
) -> None:
    scripted.then(web.Response(body=b"{}", content_type=kind))
    with pytest.raises(InvalidResponseError, match="not a video"):
        await read(scripted_recordings, locate=False)


async def test_pending_job_with_status_200(scripted: ScriptedServer, scripted_recordings: Recordings) -> None:
    scripted.then(worker(200)).then(web.Response(body=b"video", content_type="video/mp4"))
    assert await read(scripted_recordings, locate=False) == b"video"


async def test_busy_server_is_tolerated_for_some_responses(
    sim: Simulator, recordings: Recordings, pauses: Pauses
) -> None:
    sim.faults.add("mp4", "status:503", times=2)
    sim.faults.add("mp4", "rate_limit", times=1)
    assert await read(recordings)
    sim.faults.add("mp4", "status:504")
    with pytest.raises(CannotConnectError, match="status 504"):
        await read(recordings)
    assert len(pauses.taken) == 6


async def test_retry_after_is_respected(
    scripted: ScriptedServer, scripted_recordings: Recordings, pauses: Pauses
) -> None:
    scripted.then(web.Response(status=202, headers={"Retry-After": "7"}))
    scripted.then(web.Response(status=429, headers={"Retry-After": "100"}))
    scripted.then(web.Response(body=b"video", content_type="video/mp4"))
    await read(scripted_recordings, locate=False)
    assert pauses.taken == [7, 10]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, ApiError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (410, OutsideRetentionError),
        (416, ApiError),
        (422, FormatUnavailableError),
    ],
)
async def test_error_statuses(sim: Simulator, recordings: Recordings, status: int, error: type[CarsonError]) -> None:
    sim.faults.add("mp4", "status", status=status)
    with pytest.raises(error) as caught:
        await read(recordings)
    assert type(caught.value) is error
    assert sim.counters.count("mp4") == 1


async def test_time_beyond_retention(recordings: Recordings) -> None:
    long_ago = NOW - timedelta(days=30)
    with pytest.raises(OutsideRetentionError):
        await read(recordings, long_ago, long_ago + SECOND, locate=False)


async def test_flv(recordings: Recordings) -> None:
    async with recordings.clip(LOBBY, BEGIN, BEGIN + SECOND, video_format="flv") as stream:
        assert stream.content_length is None
        body = b"".join([chunk async for chunk in stream.chunks()])
    assert body.startswith(b"FLV\x01")


async def test_unavailable_flv(sim: Simulator, recordings: Recordings) -> None:
    sim.state.cameras[LOBBY].recorded_flv = False
    with pytest.raises(FormatUnavailableError):
        await read(recordings, video_format="flv")
    assert await read(recordings), "but MP4 is"


async def test_session_key_expires_while_a_job_is_pending(sim: Simulator, recordings: Recordings) -> None:
    sim.settings.recordings.mp4_pending = 2

    def expire(ratio: float) -> None:
        if ratio < 1:
            sim.sessions.revoke()

    assert await read(recordings, on_progress=expire)
    assert sim.counters.session_calls == 3


@pytest.mark.parametrize(
    ("asked", "first", "last"), [("bytes=0-99", 0, 99), ("bytes=100-", 100, None), ("bytes=-50", -50, None)]
)
async def test_byte_range(recordings: Recordings, asked: str, first: int, last: int | None) -> None:
    whole = await read(recordings)
    async with recordings.clip(LOBBY, BEGIN, END, byte_range=asked) as stream:
        assert stream.status == 206
        assert stream.content_range is not None
        assert stream.content_range.endswith(f"/{len(whole)}")
        part = b"".join([chunk async for chunk in stream.chunks()])
    assert part == whole[first : None if last is None else last + 1]


async def test_interrupted_clip_is_an_error(sim: Simulator, recordings: Recordings) -> None:
    sim.faults.add("mp4", "cut")
    with pytest.raises(CannotConnectError, match="was lost"):
        await read(recordings)


@pytest.mark.timeouts(clip_stall=0.1)
async def test_stalled_clip_is_an_error(sim: Simulator, recordings: Recordings) -> None:
    sim.faults.add("mp4", "drip", seconds=60)
    with pytest.raises(CannotConnectError, match="sent no data"):
        await read(recordings)


@pytest.mark.parametrize(
    "arguments",
    [
        {"begin": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"end": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"end": BEGIN},
        {"end": BEGIN - SECOND},
        {"end": BEGIN + 2 * HOUR},
        {"video_format": "webm"},
        {"byte_range": "bytes=0-1,3-4"},
        {"byte_range": "bytes=-"},
        {"byte_range": "0-1\r\nX: y"},
        {"camera": "../x"},
    ],
)
async def test_invalid_arguments_send_no_request(
    sim: Simulator, recordings: Recordings, arguments: dict[str, Any]
) -> None:
    given: dict[str, Any] = {"camera": LOBBY, "begin": BEGIN, "end": END} | arguments
    with pytest.raises(InvalidInputError):
        recordings.clip(**given)
    assert not sim.counters.requests


class TestDownload:
    """Downloads to files and to memory."""

    async def test_clip_in_memory(self, recordings: Recordings) -> None:
        body = await recordings.download_clip(LOBBY, BEGIN, END)
        assert body == await read(recordings)

    async def test_clip_too_large_for_memory(self, recordings: Recordings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clip_downloads, "MAX_IN_MEMORY", 1000)
        with pytest.raises(InvalidInputError, match="too large"):
            await recordings.download_clip(LOBBY, BEGIN, END)

    async def test_clip_in_a_file(self, recordings: Recordings, tmp_path: Path) -> None:
        target = tmp_path / "clip.mp4"
        target.write_bytes(b"earlier")
        progress: list[float] = []
        assert await recordings.download_clip(LOBBY, BEGIN, END, target, on_progress=progress.append) == target
        assert target.read_bytes() == await read(recordings)
        assert names(tmp_path) == [target.name]
        assert progress == [1]

    @pytest.mark.parametrize("kind", ["cut", "status:404", "ok_html"])
    async def test_failure_leaves_no_file(
        self, sim: Simulator, recordings: Recordings, tmp_path: Path, kind: str
    ) -> None:
        target = tmp_path / "clip.mp4"
        target.write_bytes(b"earlier")
        sim.faults.add("mp4", kind)
        with pytest.raises(CarsonError):
            await recordings.download_clip(LOBBY, BEGIN, END, target)
        assert names(tmp_path) == [target.name]
        assert target.read_bytes() == b"earlier"

    async def test_cancellation_leaves_no_file(
        self, sim: Simulator, recordings: Recordings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "_BUFFER", 1)
        sim.faults.add("mp4", "drip", seconds=60)
        task = asyncio.create_task(recordings.download_clip(LOBBY, BEGIN, END, tmp_path / "clip.mp4"))
        await until(lambda: names(tmp_path))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        assert names(tmp_path) == []

    async def test_cancellation_during_a_write(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A thread cannot be cancelled: the file is closed and removed only after its write."""
        monkeypatch.setattr(files, "_BUFFER", 1)
        file = files.AtomicFile(tmp_path / "clip.mp4")
        writing, go_on = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        flush = file._flush

        def slow() -> None:
            loop.call_soon_threadsafe(writing.set)
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(10)
            flush()

        monkeypatch.setattr(file, "_flush", slow)

        async def write() -> None:
            async with file:
                await file.write(b"x")

        task = asyncio.create_task(write())
        await writing.wait()
        task.cancel()
        await asyncio.sleep(0)
        assert names(tmp_path), "still being written"
        go_on.set()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        assert names(tmp_path) == []

    async def test_invalid_target_is_an_error(self, recordings: Recordings, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            await recordings.download_clip(LOBBY, BEGIN, END, tmp_path / "missing" / "clip.mp4")
        (tmp_path / "folder").mkdir()
        with pytest.raises(OSError, match="irectory"):
            await recordings.download_clip(LOBBY, BEGIN, END, tmp_path / "folder")
        assert names(tmp_path) == ["folder"]

    async def test_large_clips_are_written_in_chunks(
        self, recordings: Recordings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "_BUFFER", 1000)
        target = await recordings.download_clip(LOBBY, BEGIN, END, tmp_path / "clip.mp4")
        assert target.read_bytes() == await read(recordings)

    async def test_parallel_downloads_are_limited(self, sim: Simulator, recordings: Recordings, tmp_path: Path) -> None:
        sim.faults.add("mp4", "delay", seconds=0.05)
        orders = [
            ClipRequest(
                camera_id=LOBBY,
                begin=BEGIN + n * SECOND,
                end=BEGIN + (n + 2) * SECOND,
                target=tmp_path / f"{n}.mp4",
            )
            for n in range(6)
        ]
        orders[2] = ClipRequest(camera_id="../x", begin=BEGIN, end=END, target=tmp_path / "2.mp4")
        orders[4] = ClipRequest(camera_id=LOBBY, begin=BEGIN, end=END, target=tmp_path / "missing" / "4.mp4")
        done: list[ClipRequest] = []
        results = await recordings.download_clips(orders, parallel=2, on_done=lambda order, _: done.append(order))
        assert [type(result) for result in results] == [
            type(tmp_path), type(tmp_path), InvalidInputError, type(tmp_path), FileNotFoundError, type(tmp_path),
        ]  # fmt: skip
        assert names(tmp_path) == ["0.mp4", "1.mp4", "3.mp4", "5.mp4"]
        assert sim.counters.max_in_flight["eagle_eye"] == 2
        assert set(done) == set(orders)

    async def test_without_progress_callback(self, recordings: Recordings, tmp_path: Path) -> None:
        order = ClipRequest(camera_id=LOBBY, begin=BEGIN, end=END, target=tmp_path / "0.mp4")
        assert await recordings.download_clips([order]) == (tmp_path / "0.mp4",)

    async def test_invalid_requests_send_no_request(
        self, sim: Simulator, recordings: Recordings, tmp_path: Path
    ) -> None:
        good = ClipRequest(camera_id=LOBBY, begin=BEGIN, end=END, target=tmp_path / "0.mp4")
        with pytest.raises(InvalidInputError, match="target"):
            await recordings.download_clips([good, ClipRequest(camera_id=LOBBY, begin=BEGIN, end=END)])
        with pytest.raises(InvalidInputError, match="at least one"):
            await recordings.download_clips([good], parallel=0)
        assert not sim.counters.requests
        assert names(tmp_path) == []


def test_bound_of_a_clip_depends_on_its_length() -> None:
    def bound(length: timedelta) -> int:
        return clips._max_bytes(ClipRequest(camera_id=LOBBY, begin=BEGIN, end=BEGIN + length))

    # The stream may begin with the recording, up to five minutes before the clip.
    assert bound(timedelta(minutes=1)) > 6 * 60 * 1024 * 1024
    assert bound(timedelta(minutes=1)) < bound(timedelta(minutes=3)) <= clips.MAX_BYTES
    assert bound(HOUR) == clips.MAX_BYTES


@pytest.mark.parametrize("video_format", ["mp4", "flv"])
async def test_clip_without_end_is_given_up(
    sim: Simulator, recordings: Recordings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, video_format: Any
) -> None:
    """It fills neither the memory nor the disk."""
    monkeypatch.setattr(clips, "MAX_BYTES", 4 * 1024 * 1024)
    sim.faults.add("*", "endless", cloud="eagle_eye", skip=1)
    with pytest.raises(InvalidResponseError, match="too large for its length"):
        await recordings.download_clip(LOBBY, BEGIN, END, tmp_path / "clip", video_format=video_format)
    assert names(tmp_path) == []
    await until(lambda: not sim.counters.in_flight.total())
