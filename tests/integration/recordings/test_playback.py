"""Playing recordings as MP4, through our own view, and their thumbnails."""

import asyncio
from datetime import datetime, timedelta
from http import HTTPStatus
import re
import zlib

from aiohttp import ClientPayloadError, ClientTimeout, web
from homeassistant.components.media_player.browse_media import async_process_play_media_url
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.carson.media.recordings import thumbnail_view
from custom_components.carson.media.recordings.mp4_view import MAX_VIDEOS, MAX_WAITING
from custom_components.carson.media.recordings.segments import RecordingSegment
from custom_components.carson.media.recordings.urls import recording_path, thumbnail_path
from simulator import Simulator
from tests.support.recordings import GARAGE, LOBBY, frames, recently

from .conftest import SECONDS, set_timeouts


@pytest.fixture
def path(loaded: MockConfigEntry, begin: datetime) -> str:
    return recording_path(loaded.entry_id, LOBBY, RecordingSegment(begin=begin, end=begin + timedelta(seconds=SECONDS)))


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


async def test_head_of_a_video(sim: Simulator, path: str, hass_client: ClientSessionGenerator) -> None:
    """Televisions ask what there is before they play it."""
    client = await hass_client()
    whole = await (await client.get(path)).read()
    response = await client.head(path)
    assert (response.status, response.content_type) == (HTTPStatus.OK, "video/mp4")
    assert response.headers["Accept-Ranges"] == "bytes"
    assert int(response.headers["Content-Length"]) == len(whole)
    assert await response.read() == b""


@pytest.mark.parametrize(
    ("header", "part"),
    [("bytes=0-", slice(0, None)), ("bytes=100-199", slice(100, 200)), ("bytes=-50", slice(-50, None))],
)
async def test_range_of_a_video_of_unknown_length(
    sim: Simulator,
    path: str,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
    header: str,
    part: slice,
) -> None:
    """A player that asks for a range is not sent the whole video, even if Eagle Eye does not say how long it is."""

    def chunked(_: web.Request, content: bytes) -> web.Response:
        response = web.Response(body=content, content_type="video/mp4")
        response.enable_chunked_encoding()
        return response

    client = await hass_client()
    monkeypatch.setattr("simulator.eagle_eye.mp4._range_response", chunked)
    response = await client.get(path)
    assert response.status == HTTPStatus.OK
    whole = await response.read()
    response = await client.get(path, headers={"Range": header})
    assert response.status == HTTPStatus.PARTIAL_CONTENT
    assert response.headers["Content-Range"].endswith(f"/{len(whole)}")
    assert await response.read() == whole[part]
    assert (await client.get(path, headers={"Range": "bytes=99999999-"})).status == 416
    assert (await client.head(path)).status == HTTPStatus.OK


async def test_compressed_video_arrives_whole(
    sim: Simulator, path: str, hass_client: ClientSessionGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cloud may compress although that is not wanted: the length is then that of something else."""

    def compressed(_: web.Request, content: bytes) -> web.Response:
        return web.Response(
            body=zlib.compress(content), content_type="video/mp4", headers={"Content-Encoding": "deflate"}
        )

    client = await hass_client()
    whole = await (await client.get(path)).read()
    monkeypatch.setattr("simulator.eagle_eye.mp4._range_response", compressed)
    assert len(frames(await (await client.get(path)).read())) == len(frames(whole))
    part = await client.get(path, headers={"Range": "bytes=0-99"})
    assert (part.status, len(await part.read())) == (HTTPStatus.PARTIAL_CONTENT, 100)


async def test_media_are_requested_without_compression(
    sim: Simulator, path: str, hass_client: ClientSessionGenerator
) -> None:
    await (await hass_client()).get(path)
    [asked, *_] = [record for record in sim.counters.log if record.operation == "mp4"]
    assert asked.headers["accept-encoding"] == "identity"


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
    sim.settings.recordings.mp4_hold = 3
    client = await hass_client()
    requests = [asyncio.create_task(client.get(path)) for _ in range(MAX_VIDEOS + MAX_WAITING + 1)]
    await asyncio.wait(requests, return_when=asyncio.FIRST_COMPLETED)
    # Those that wait need no longer be held.
    sim.settings.recordings.mp4_hold = 0
    responses = await asyncio.gather(*requests)
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
    async with asyncio.timeout(30):
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
    head = await client.head(url)
    assert (head.status, int(head.headers["Content-Length"])) == (HTTPStatus.OK, len(content))
    partial = await client.get(url, headers={"Range": "bytes=10-19"})
    assert (partial.status, await partial.read()) == (HTTPStatus.PARTIAL_CONTENT, content[10:20])


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
