"""Playing recordings: MP4 through our own view, FLV through Home Assistant's HLS."""

import asyncio
from datetime import datetime, timedelta
from http import HTTPStatus
import logging
from pathlib import Path
import re
import tempfile

from aiohttp import ClientPayloadError, ClientTimeout
from aiohttp.test_utils import TestClient
from homeassistant.components.media_player.browse_media import async_process_play_media_url
from homeassistant.components.media_source import PlayMedia, Unresolvable, async_resolve_media
from homeassistant.const import EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.carson.const import DOMAIN
from custom_components.carson.media.flv.tags import FlvReader
from custom_components.carson.media.recordings import hls, thumbnail_view
from custom_components.carson.media.recordings.hls import DATA_REPLAYS
from custom_components.carson.media.recordings.mp4_view import MAX_VIDEOS, MAX_WAITING
from custom_components.carson.media.recordings.segments import RecordingSegment
from custom_components.carson.media.recordings.urls import REPLAY_PATH, recording_path, thumbnail_path
from custom_components.carson.media.timeouts import MediaTimeouts, RecordingTimeouts
from simulator import Simulator
from tests.support.recordings import BUILDING, GARAGE, LOBBY, frames, milliseconds, recently, record

SECONDS = 6


@pytest.fixture
def platforms() -> list[Platform]:
    return []


@pytest.fixture(autouse=True)
async def media_source(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "media_source", {})


@pytest.fixture
def begin(sim: Simulator) -> datetime:
    """Return the begin of the lobby's only recording, an hour ago."""
    begin = recently(hours=1)
    record(sim, (begin, SECONDS))
    return begin


@pytest.fixture
def path(loaded: MockConfigEntry, begin: datetime) -> str:
    return recording_path(loaded.entry_id, LOBBY, RecordingSegment(begin=begin, end=begin + timedelta(seconds=SECONDS)))


def set_timeouts(entry: MockConfigEntry, **seconds: float) -> None:
    """Set time limits of a loaded account's recordings."""
    entry.runtime_data.media.account.timeouts = MediaTimeouts(recordings=RecordingTimeouts(**seconds))


async def test_whole_video(sim: Simulator, path: str, hass_client: ClientSessionGenerator) -> None:
    response = await (await hass_client()).get(path)
    assert (response.status, response.content_type) == (HTTPStatus.OK, "video/mp4")
    assert response.headers["Accept-Ranges"] == "bytes"
    video = await response.read()
    assert len(video) == int(response.headers["Content-Length"])
    numbers = frames(video)
    assert numbers == list(range(numbers[0], numbers[0] + SECONDS * 12))


@pytest.mark.parametrize("supported", [True, False], ids=["supported", "ignored"])
@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=100-", slice(100, None)),
        ("bytes=100-199", slice(100, 200)),
        ("bytes=-50", slice(-50, None)),
    ],
)
async def test_range_of_a_video(
    sim: Simulator,
    path: str,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
    header: str,
    part: slice,
    supported: bool,
) -> None:
    client = await hass_client()
    whole = await (await client.get(path)).read()
    if not supported:
        monkeypatch.setattr("simulator.eagle_eye.mp4._RANGE", no_range_pattern())
    response = await client.get(path, headers={"Range": header})
    assert response.status == HTTPStatus.PARTIAL_CONTENT
    assert await response.read() == whole[part]
    first, last, _ = part.indices(len(whole))
    assert response.headers["Content-Range"] == f"bytes {first}-{last - 1}/{len(whole)}"


def no_range_pattern() -> object:
    """Return a pattern that matches no `Range`, as if the server ignored it."""
    return re.compile("(?!)")


@pytest.mark.parametrize("supported", [True, False], ids=["supported", "ignored"])
async def test_range_behind_the_end(
    sim: Simulator, path: str, hass_client: ClientSessionGenerator, monkeypatch: pytest.MonkeyPatch, supported: bool
) -> None:
    if not supported:
        monkeypatch.setattr("simulator.eagle_eye.mp4._RANGE", no_range_pattern())
    response = await (await hass_client()).get(path, headers={"Range": "bytes=99999999-"})
    assert (response.status, await response.read()) == (HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"")


@pytest.mark.parametrize("header", ["bytes=0-1,5-6", "seconds=1-2", "bytes=-", "x\u00e9"])
async def test_unsupported_ranges_are_ignored(
    sim: Simulator, path: str, hass_client: ClientSessionGenerator, header: str
) -> None:
    response = await (await hass_client()).get(path, headers={"Range": header})
    assert response.status == HTTPStatus.OK
    assert len(frames(await response.read())) == SECONDS * 12


async def test_video_requires_a_signed_url(
    hass: HomeAssistant, sim: Simulator, path: str, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client = await hass_client_no_auth()
    before = sum(sim.counters.requests.values())
    assert (await client.get(path)).status == HTTPStatus.UNAUTHORIZED
    signed = async_process_play_media_url(hass, path, allow_relative_url=True)
    assert (await client.get(signed.replace(LOBBY, GARAGE))).status == HTTPStatus.UNAUTHORIZED
    assert sum(sim.counters.requests.values()) == before
    assert (await client.get(signed)).status == HTTPStatus.OK


@pytest.mark.parametrize(
    "url",
    [
        "/api/carson/recording/{entry}/1000a001/x.mp4",
        "/api/carson/recording/{entry}/1000a001/1795194000000-1795194300001.mp4",
        "/api/carson/recording/{entry}/1000a009/1795194000000-1795194030000.mp4",
        "/api/carson/recording/unknown/1000a001/1795194000000-1795194030000.mp4",
        "/api/carson/thumbnail/{entry}/1000a001/x.jpg",
        "/api/carson/thumbnail/{entry}/1000a001/-1.jpg",
        "/api/carson/thumbnail/{entry}/1000a009/now.jpg",
        "/api/carson/thumbnail/unknown/1000a001/now.jpg",
        "/api/carson/replay.flv",
        "/api/carson/replay.flv?auth=x",
    ],
)
async def test_unknown_urls_are_not_found(
    sim: Simulator, loaded: MockConfigEntry, hass_client: ClientSessionGenerator, url: str
) -> None:
    client = await hass_client()
    before = sum(sim.counters.requests.values())
    assert (await client.get(url.format(entry=loaded.entry_id))).status == HTTPStatus.NOT_FOUND
    assert sum(sim.counters.requests.values()) == before


@pytest.mark.parametrize(
    ("operation", "fault", "status"),
    [
        ("mp4", "status:404", HTTPStatus.NOT_FOUND),
        ("mp4", "status:410", HTTPStatus.NOT_FOUND),
        ("mp4", "status:403", HTTPStatus.FORBIDDEN),
        ("mp4", "status:503", HTTPStatus.SERVICE_UNAVAILABLE),
        ("mp4", "ok_html", HTTPStatus.SERVICE_UNAVAILABLE),
        ("mp4", "job_failed", HTTPStatus.SERVICE_UNAVAILABLE),
        ("list_videos", "reset", HTTPStatus.SERVICE_UNAVAILABLE),
    ],
)
async def test_errors_are_a_status_without_a_body(
    sim: Simulator, path: str, hass_client: ClientSessionGenerator, operation: str, fault: str, status: HTTPStatus
) -> None:
    sim.faults.add(operation, fault)
    response = await (await hass_client()).get(path)
    assert (response.status, await response.read()) == (status, b"")


async def test_interrupted_video_is_an_error_for_the_player(
    sim: Simulator, path: str, hass_client: ClientSessionGenerator
) -> None:
    sim.faults.add("mp4", "cut", skip=2)
    response = await (await hass_client()).get(path)
    with pytest.raises(ClientPayloadError):
        await response.read()


@pytest.mark.timeouts(clip_pending_pause=0.05)
async def test_mp4_that_is_never_ready(
    sim: Simulator, loaded: MockConfigEntry, path: str, hass_client: ClientSessionGenerator
) -> None:
    set_timeouts(loaded, mp4=0.2)
    sim.settings.recordings.mp4_pending = 10_000
    assert (await (await hass_client()).get(path)).status == HTTPStatus.SERVICE_UNAVAILABLE


async def test_number_of_videos_is_limited(sim: Simulator, path: str, hass_client: ClientSessionGenerator) -> None:
    """Some videos are sent, some wait, and one more request gets a clear text."""
    sim.settings.recordings.mp4_hold = 0.5
    client = await hass_client()
    responses = await asyncio.gather(*(client.get(path) for _ in range(MAX_VIDEOS + MAX_WAITING + 1)))
    refused = [one for one in responses if one.status != HTTPStatus.OK]
    assert [one.status for one in refused] == [HTTPStatus.TOO_MANY_REQUESTS]
    assert "Try again" in await refused[0].text()
    assert (await client.get(path)).status == HTTPStatus.OK


@pytest.mark.timeouts(clip_pending_pause=60)
async def test_disconnected_viewers_end_their_requests(
    sim: Simulator, path: str, hass_client: ClientSessionGenerator
) -> None:
    """Viewers who disconnect while waiting for an MP4 no longer count."""
    sim.settings.recordings.mp4_pending = 1000
    client = await hass_client()
    views = (client.get(path, timeout=ClientTimeout(total=0.5)) for _ in range(MAX_VIDEOS + MAX_WAITING))
    assert {type(one) for one in await asyncio.gather(*views, return_exceptions=True)} == {TimeoutError}
    sim.settings.recordings.mp4_pending = 0
    async with asyncio.timeout(5):
        while (response := await client.get(path)).status == HTTPStatus.TOO_MANY_REQUESTS:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert response.status == HTTPStatus.OK


async def test_thumbnail_shows_its_moment_and_is_cached(
    sim: Simulator, loaded: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    moment = recently(days=2)
    client = await hass_client()
    url = thumbnail_path(loaded.entry_id, LOBBY, moment)
    first = await client.get(url)
    assert (first.status, first.content_type) == (HTTPStatus.OK, "image/jpeg")
    assert "max-age" in first.headers["Cache-Control"]
    content = await first.read()
    assert content == await (await client.get(url)).read()
    assert (
        content != await (await client.get(thumbnail_path(loaded.entry_id, LOBBY, moment + timedelta(hours=1)))).read()
    )
    assert sim.counters.per_camera["image", LOBBY] == 2


async def test_thumbnails_of_a_page_are_fetched_a_few_at_a_time(
    sim: Simulator, loaded: MockConfigEntry, hass_client: ClientSessionGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnail_view, "_CACHE_SIZE", 3)
    sim.settings.delay = 0.05
    client = await hass_client()
    moments = [recently(hours=2) + timedelta(seconds=10 * number) for number in range(12)]
    responses = await asyncio.gather(*(client.get(thumbnail_path(loaded.entry_id, LOBBY, one)) for one in moments))
    assert {one.status for one in responses} == {HTTPStatus.OK}
    assert sim.counters.max_in_flight["eagle_eye"] <= thumbnail_view.MAX_REQUESTS
    await client.get(thumbnail_path(loaded.entry_id, LOBBY, moments[0]))
    assert sim.counters.per_camera["image", LOBBY] == len(moments) + 1


async def test_thumbnail_is_the_last_one_before_when_none_follows(
    sim: Simulator, loaded: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    sim.faults.add("image", "status", status=404, times=1)
    client = await hass_client()
    assert (await client.get(thumbnail_path(loaded.entry_id, LOBBY, recently(hours=1)))).status == HTTPStatus.OK


async def test_failed_thumbnails(sim: Simulator, loaded: MockConfigEntry, hass_client: ClientSessionGenerator) -> None:
    client = await hass_client()
    url = thumbnail_path(loaded.entry_id, LOBBY, recently(hours=1))
    sim.faults.add("image", "status:404")
    assert (await client.get(url)).status == HTTPStatus.NOT_FOUND
    sim.faults.clear()
    set_timeouts(loaded, thumbnail=0.1)
    sim.settings.delay = 0.5
    assert (await client.get(url)).status == HTTPStatus.SERVICE_UNAVAILABLE


@pytest.mark.parametrize(
    ("rejects", "status"),
    [(("session",), HTTPStatus.FORBIDDEN), (("session", "login", "me"), HTTPStatus.SERVICE_UNAVAILABLE)],
)
async def test_rejected_sign_in(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    path: str,
    hass_client: ClientSessionGenerator,
    rejects: tuple[str, ...],
    status: HTTPStatus,
) -> None:
    for operation in (*rejects, "list_videos"):
        sim.faults.add(operation, "status:401")
    assert (await (await hass_client()).get(path)).status == status


@pytest.fixture
async def served(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    begin: datetime,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> MockConfigEntry:
    """Load the entry in a Home Assistant that its own player can reach."""
    assert await async_setup_component(hass, "stream", {})
    client = await hass_client()
    monkeypatch.setattr(hass.http, "server_host", ["127.0.0.1"])
    monkeypatch.setattr(hass.http, "server_port", client.port)
    return loaded


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a temporary folder for the files of replays."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def inside(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def play(hass: HomeAssistant, entry: MockConfigEntry, begin: datetime, seconds: float = SECONDS) -> PlayMedia:
    ends = f"{milliseconds(begin)}-{milliseconds(begin + timedelta(seconds=seconds))}"
    day = f"{begin:%Y-%m-%d}"
    return await async_resolve_media(
        hass, f"media-source://{DOMAIN}/{entry.entry_id}/{BUILDING}/{LOBBY}/{day}/{ends}", None
    )


async def watch(client: TestClient, playlist: str) -> bytes:
    """Play HLS to its end as a browser does, and return the video."""
    base = playlist.rsplit("/", 1)[0]
    video, seen = b"", set()
    async with asyncio.timeout(30):
        while (response := await client.get(playlist)).status == HTTPStatus.OK:
            text = await response.text()
            header = re.findall(r'EXT-X-MAP:URI="([^"]+)"', text)
            parts = re.findall(r'EXT-X-PART:.*URI="([^"]+)"', text)
            for name in [*header, *parts]:
                if name not in seen:
                    seen.add(name)
                    part = await client.get(f"{base}/{name.removeprefix('./')}")
                    video += await part.read() if part.status == HTTPStatus.OK else b""
            await asyncio.sleep(0.02)
    return video


async def test_recording_without_mp4_is_played_as_hls(
    hass: HomeAssistant,
    sim: Simulator,
    served: MockConfigEntry,
    begin: datetime,
    folders: Path,
    hass_client_no_auth: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hls, "SPEED", 4.0)
    sim.state.cameras[LOBBY].denied.add("export")
    media = await play(hass, served, begin)
    assert media.mime_type == "application/vnd.apple.mpegurl"
    assert media.url.startswith("/api/hls/")
    numbers = frames(await watch(await hass_client_no_auth(), media.url))
    whole = SECONDS * 12
    assert numbers[:whole] == list(range(numbers[0], numbers[0] + whole))
    assert abs(numbers[0] / 12 - begin.timestamp()) < 0.2
    assert set(numbers[whole:]) <= set(numbers[whole - 26 : whole + 1])
    await hass.async_block_till_done(wait_background_tasks=True)
    assert inside(folders) == []
    assert "Error from stream worker" not in caplog.text
    assert not [one for one in caplog.records if "/api/carson/replay/" in one.message and one.levelno > logging.INFO]


@pytest.mark.parametrize("fault", ["status:403", "status:422", "job_failed", "ok_html", "status:503"])
async def test_flv_is_played_when_the_mp4_fails(
    hass: HomeAssistant, sim: Simulator, served: MockConfigEntry, begin: datetime, folders: Path, fault: str
) -> None:
    sim.faults.add("mp4", fault)
    assert (await play(hass, served, begin)).url.startswith("/api/hls/")


@pytest.mark.timeouts(clip_pending_pause=0.05)
async def test_flv_is_played_when_the_mp4_takes_too_long(
    hass: HomeAssistant,
    sim: Simulator,
    served: MockConfigEntry,
    begin: datetime,
    folders: Path,
) -> None:
    set_timeouts(served, resolve=0.2)
    sim.settings.recordings.mp4_pending = 10_000
    assert (await play(hass, served, begin)).url.startswith("/api/hls/")


def replays(hass: HomeAssistant) -> list[str]:
    """Return the paths of the replays."""
    return [f"{REPLAY_PATH}?auth={secret}" for secret in hass.data[DATA_REPLAYS]._replays]


async def test_replay_has_the_speed_of_the_recording(
    hass: HomeAssistant,
    sim: Simulator,
    served: MockConfigEntry,
    begin: datetime,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """HLS drops what arrives faster than it is watched."""
    sim.faults.add("mp4", "status:403")
    await play(hass, served, begin)
    client = await hass_client_no_auth()
    reader = FlvReader()
    newest, started = 0, hass.loop.time()
    async with client.get(replays(hass)[0]) as response:
        while newest < 3500:
            tags = reader.feed(await response.content.readany())
            newest = max([newest, *(tag.timestamp for tag in tags)])
            assert newest / 1000 <= hass.loop.time() - started + 2.0


async def test_disconnected_player_ends_the_replay(
    hass: HomeAssistant,
    sim: Simulator,
    served: MockConfigEntry,
    begin: datetime,
    folders: Path,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    sim.faults.add("mp4", "status:403")
    await play(hass, served, begin)
    client = await hass_client_no_auth()
    path = replays(hass)[0]
    async with client.get(path) as response:
        assert (await response.content.readany())[:3] == b"FLV"
    async with asyncio.timeout(10):
        while (await client.get(path)).status != HTTPStatus.NOT_FOUND or inside(folders):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("ending", ["unload", "stop", "time"])
async def test_replay_is_removed(
    hass: HomeAssistant,
    sim: Simulator,
    served: MockConfigEntry,
    begin: datetime,
    folders: Path,
    ending: str,
) -> None:
    sim.faults.add("mp4", "status:403")
    await play(hass, served, begin)
    assert len(inside(folders)) == 1
    match ending:
        case "unload":
            assert await hass.config_entries.async_unload(served.entry_id)
        case "stop":
            hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        case "time":
            async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=RecordingTimeouts().replay + 1))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert inside(folders) == []
    assert replays(hass) == []


async def test_number_of_replays_is_limited(
    hass: HomeAssistant, sim: Simulator, served: MockConfigEntry, begin: datetime, folders: Path
) -> None:
    sim.faults.add("mp4", "status:403")
    for _ in range(hls.MAX_REPLAYS + 2):
        await play(hass, served, begin)
    assert len(inside(folders)) == hls.MAX_REPLAYS


async def test_many_clicks_download_a_few_at_a_time(
    hass: HomeAssistant, sim: Simulator, served: MockConfigEntry, begin: datetime, folders: Path
) -> None:
    """Two downloads run, some wait, and the user is told about the others."""
    sim.faults.add("mp4", "status:403")
    sim.faults.add("video", "delay", seconds=0.5)
    clicks = (play(hass, served, begin) for _ in range(hls.MAX_DOWNLOADS + hls.MAX_WAITING + 4))
    results = await asyncio.gather(*clicks, return_exceptions=True)
    refused = [result for result in results if isinstance(result, BaseException)]
    assert [str(error.translation_key) for error in refused if isinstance(error, Unresolvable)] == ["too_busy"] * 4
    assert len(inside(folders)) == hls.MAX_REPLAYS


async def test_invalid_file_ends_the_replay(
    hass: HomeAssistant,
    sim: Simulator,
    served: MockConfigEntry,
    begin: datetime,
    folders: Path,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    sim.faults.add("mp4", "status:403")
    await play(hass, served, begin)
    (inside(folders)[0] / "recording.flv").write_bytes(b"not a video")
    client = await hass_client_no_auth()
    path = replays(hass)[0]
    assert (await (await client.get(path)).read())[:3] == b"FLV"
    assert (await client.get(path)).status == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("status:422", "the request was rejected"),
        ("status:403", "does not have access to the recordings of Lobby"),
        ("status:503", "failed to connect"),
    ],
)
async def test_recording_in_neither_format(
    hass: HomeAssistant,
    sim: Simulator,
    served: MockConfigEntry,
    begin: datetime,
    folders: Path,
    fault: str,
    text: str,
) -> None:
    sim.faults.add("mp4", "status:403")
    sim.faults.add("video", fault)
    with pytest.raises(Unresolvable, match=text):
        await play(hass, served, begin)
    assert inside(folders) == []


async def test_no_space_for_a_replay(
    hass: HomeAssistant, sim: Simulator, served: MockConfigEntry, begin: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    sim.faults.add("mp4", "status:403")
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
    with pytest.raises(Unresolvable, match="Failed to store the recording"):
        await play(hass, served, begin)


async def test_no_replay_without_the_stream_integration(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, begin: datetime
) -> None:
    sim.faults.add("mp4", "status:403")
    with pytest.raises(Unresolvable, match="does not have access to the recordings of Lobby"):
        await play(hass, loaded, begin)
    assert sim.counters.count("video") == 0
