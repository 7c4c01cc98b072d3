"""Playing recordings without MP4: their FLV through Home Assistant's HLS."""

import asyncio
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import pairwise
import logging
from pathlib import Path
import re
import tempfile

from aiohttp import web
from aiohttp.test_utils import TestClient
from homeassistant.components.media_source import PlayMedia, Unresolvable, async_resolve_media
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.carson.aiocarson.flv.reader import FlvReader
from custom_components.carson.const import DOMAIN
from custom_components.carson.media.recordings import hls
from custom_components.carson.media.recordings.hls import DATA_REPLAYS
from custom_components.carson.media.recordings.urls import REPLAY_PATH
from custom_components.carson.media.timeouts import RecordingTimeouts
from simulator import Simulator
from tests.support.fake_camera import decode
from tests.support.flv_oddities import FIRST, oddities
from tests.support.recordings import BUILDING, LOBBY, frames, milliseconds

from .conftest import SECONDS, set_timeouts


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


async def watch(client: TestClient[web.Request, web.Application], playlist: str) -> bytes:
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


@pytest.mark.parametrize(
    "name",
    ["starts at an hour", "wrap at 2^24", "AAC an hour ahead", "unknown type first", "changed size", "jump back"],
)
async def test_odd_recording_is_replayed(
    hass: HomeAssistant,
    sim: Simulator,
    served: MockConfigEntry,
    begin: datetime,
    folders: Path,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """The pictures are those of the file, from the time 0 on; a still picture follows."""
    oddity = oddities()[name]
    monkeypatch.setattr(hls, "SPEED", 1000)
    sim.faults.add("mp4", "status:403")
    await play(hass, served, begin)
    (inside(folders)[0] / "recording.flv").write_bytes(oddity.data)
    client = await hass_client_no_auth()
    body = await (await client.get(replays(hass)[0])).read()
    video = await hass.async_add_executor_job(decode, body)
    assert tuple(number - FIRST for number in video.numbers)[: len(oddity.pictures)] == oddity.pictures
    assert video.times[0] < 1000
    assert all(before < after for before, after in pairwise(video.times))


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
    async with asyncio.timeout(30):
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
    sim.faults.add("video", "delay", seconds=3, times=hls.MAX_DOWNLOADS)
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
    assert await (await client.get(path)).read() == b""
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
