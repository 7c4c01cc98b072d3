"""Traffic of a camera: what starts it, and what ends it."""

import asyncio
from collections.abc import Callable
import io
from pathlib import Path
from typing import Any

import av
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.camera import async_get_image, async_get_stream_source, async_request_stream
from homeassistant.components.camera.const import DATA_CAMERA_PREFS, DATA_COMPONENT
from homeassistant.components.stream.const import ATTR_SETTINGS
from homeassistant.components.stream.core import Segment
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from custom_components.carson.aiocarson.flv.reader import FlvReader
from custom_components.carson.aiocarson.flv.tags import Kind
from simulator import Simulator
from simulator.media.frame_number import read_frame_number
from tests.support.not_none import not_none
from tests.support.passing_time import pass_time
from tests.support.restored_states import restore_states
from tests.support.states import get_state
from tests.support.waiting import until

CAMERA = "camera.harbor_house_lobby"
ESN = "1000a001"


@pytest.fixture
async def served(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> MockConfigEntry:
    """Load the entry in a Home Assistant that its own player can reach."""
    assert await async_setup_component(hass, "stream", {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    client = await hass_client()
    monkeypatch.setattr(hass.http, "server_host", ["127.0.0.1"])
    monkeypatch.setattr(hass.http, "server_port", client.port)
    return entry


async def switch(hass: HomeAssistant, action: str) -> None:
    await hass.services.async_call("camera", action, {ATTR_ENTITY_ID: CAMERA}, blocking=True)


async def stop_stream(hass: HomeAssistant) -> None:
    """Stop Home Assistant's player."""
    camera = hass.data[DATA_COMPONENT].get_entity(CAMERA)
    if camera is not None and camera.stream is not None:
        for provider in list(camera.stream.outputs().values()):
            await camera.stream.remove_provider(provider)


async def test_home_assistant_plays_the_live_view(
    hass: HomeAssistant, sim: Simulator, served: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    client = await hass_client()
    playlist = await async_request_stream(hass, CAMERA, "hls")
    async with asyncio.timeout(30):
        master = await (await client.get(playlist)).text()
        media = playlist.rsplit("/", 1)[0] + "/" + master.strip().splitlines()[-1]
        response = await client.get(media)
        while response.status != 200:
            await asyncio.sleep(0.1)
            response = await client.get(media)
        assert "#EXTM3U" in await response.text()
    assert sim.counters.live_streams_open == 1
    await stop_stream(hass)
    await until(lambda: sim.counters.live_streams_open == 0)


async def test_record(hass: HomeAssistant, sim: Simulator, served: MockConfigEntry, tmp_path: Path) -> None:
    """The action `camera.record` saves the live view."""
    numbers = await record(hass, tmp_path / "lobby.mp4", duration=3, lookback=0)
    assert len(numbers) > 12
    assert len(set(numbers)) == len(numbers), "no picture is a still one"
    await stop_stream(hass)


def frame_numbers(target: Path) -> list[int]:
    with av.open(str(target)) as video:
        return [read_frame_number(frame.to_ndarray(format="gray")) for frame in video.decode(video=0)]


async def record(hass: HomeAssistant, target: Path, *, duration: int, lookback: int) -> list[int]:
    """Record the live view and return the numbers of the pictures."""
    hass.config.allowlist_external_dirs = {str(target.parent)}
    await hass.services.async_call(
        "camera",
        "record",
        {ATTR_ENTITY_ID: CAMERA, "filename": str(target), "duration": duration, "lookback": lookback},
        blocking=True,
    )
    await until(target.exists)
    return await hass.async_add_executor_job(frame_numbers, target)


@pytest.mark.parametrize(("segment_duration", "ll_hls"), [(2, True), (6, True), (2, False)])
async def test_recording_of_a_watched_camera_has_real_pictures_only(
    hass: HomeAssistant,
    sim: Simulator,
    served: MockConfigEntry,
    tmp_path: Path,
    segment_duration: int,
    ll_hls: bool,
) -> None:
    """Also when it looks back to the still picture with which the stream began."""
    settings = hass.data["stream"][ATTR_SETTINGS]
    settings.min_segment_duration = segment_duration - 0.1
    settings.ll_hls = ll_hls
    await async_request_stream(hass, CAMERA, "hls")
    stream = not_none(not_none(hass.data[DATA_COMPONENT].get_entity(CAMERA)).stream)
    hls = stream.outputs()["hls"]
    first = await first_segment(hls)
    images = await hass.async_add_executor_job(segment_numbers, first)
    assert len(set(images)) == 1, "the first segment is the still picture"
    # Home Assistant's recorder may wait without end if its time is up at the moment in which a segment begins.
    duration = segment_duration + segment_duration // 2
    numbers = await record(hass, tmp_path / "lobby.mp4", duration=duration, lookback=10)
    assert numbers
    assert len(set(numbers)) == len(numbers)
    assert sim.counters.live_streams_open == 1
    await stop_stream(hass)


async def test_only_a_stream_without_pictures_gets_the_still_one(
    hass: HomeAssistant, sim: Simulator, served: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    """Neither other players, nor a player that returns to a stream that is being shown."""
    await async_request_stream(hass, CAMERA, "hls")
    stream = not_none(not_none(hass.data[DATA_COMPONENT].get_entity(CAMERA)).stream)
    await first_segment(stream.outputs()["hls"])
    client = await hass_client_no_auth()
    plain = URL(not_none(await async_get_stream_source(hass, CAMERA)))
    assert "lead" not in plain.query, "what go2rtc gets"
    asked = URL(stream.source)
    assert asked.query["lead"] == "1"
    for url in (plain, asked):
        reader = FlvReader()
        pictures: list[bytes] = []
        async with client.get(url.path_qs) as response:
            while len(pictures) < 30:
                tags = reader.feed(await response.content.readany())
                pictures += [tag.data for tag in tags if tag.kind in {Kind.KEY, Kind.INTER}]
        assert len(set(pictures)) == len(pictures)
    await stop_stream(hass)


async def first_segment(hls: Any) -> Segment:
    """Return the first segment of a stream once it is complete."""
    await until(lambda: bool(hls.get_segments()) and hls.get_segments()[0].complete)
    segment: Segment = hls.get_segments()[0]
    return segment


def segment_numbers(segment: Segment) -> list[int]:
    """Return the numbers of the pictures in a segment."""
    body = segment.init + b"".join(part.data for part in segment.parts)
    with av.open(io.BytesIO(body), "r") as video:
        return [read_frame_number(frame.to_ndarray(format="gray")) for frame in video.decode(video=0)]


async def test_no_traffic_while_turned_off(
    hass: HomeAssistant,
    sim: Simulator,
    served: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await async_request_stream(hass, CAMERA, "hls")
    await async_get_image(hass, CAMERA)
    await until(lambda: sim.counters.live_streams_open == 1)
    await switch(hass, "turn_off")
    await until(lambda: sim.counters.live_streams_open == 0)
    assert get_state(hass, CAMERA).attributes["switched_on"] is False
    sim.counters.reset()
    with pytest.raises(HomeAssistantError):
        await async_get_image(hass, CAMERA)
    assert await async_get_stream_source(hass, CAMERA) is None
    with pytest.raises(HomeAssistantError):
        await async_request_stream(hass, CAMERA, "hls")
    camera = not_none(hass.data[DATA_COMPONENT].get_entity(CAMERA))
    with pytest.raises(HomeAssistantError) as error:
        await camera.async_camera_image()
    assert error.value.translation_key == "camera_is_off"
    assert await camera.stream_source() is None
    assert sim.counters.requests.total() == 0
    assert "Error from stream worker" not in caplog.text
    await switch(hass, "turn_on")
    assert get_state(hass, CAMERA).attributes["switched_on"] is True
    assert (await async_get_image(hass, CAMERA)).content
    await async_request_stream(hass, CAMERA, "hls")
    await until(lambda: sim.counters.live_streams_open == 1)
    await stop_stream(hass)


@pytest.mark.parametrize("switched_on", [True, False])
async def test_off_state_is_restored_after_restart(
    hass: HomeAssistant, entry: MockConfigEntry, hass_storage: dict[str, Any], switched_on: bool
) -> None:
    await restore_states(hass, hass_storage, (State(CAMERA, "idle"), {"switched_on": switched_on}))
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert get_state(hass, CAMERA).attributes["switched_on"] is switched_on


async def test_off_state_is_restored_after_reload(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    await switch(hass, "turn_off")
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert get_state(hass, CAMERA).attributes["switched_on"] is False


async def test_preloaded_stream_is_resumed(hass: HomeAssistant, sim: Simulator, served: MockConfigEntry) -> None:
    """A preloaded stream starts again after a reload and after turning the camera off and on; unloading ends it."""
    await hass.data[DATA_CAMERA_PREFS].async_update(CAMERA, preload_stream=True)
    assert await hass.config_entries.async_reload(served.entry_id)
    await until(lambda: sim.counters.live_streams_open == 1)
    await switch(hass, "turn_off")
    await until(lambda: sim.counters.live_streams_open == 0)
    await switch(hass, "turn_on")
    await until(lambda: sim.counters.live_streams_open == 1)
    assert await hass.config_entries.async_unload(served.entry_id)
    await until(lambda: sim.counters.live_streams_open == 0)


async def test_last_player_closes_the_upstream(hass: HomeAssistant, sim: Simulator, served: MockConfigEntry) -> None:
    await async_request_stream(hass, CAMERA, "hls")
    await until(lambda: sim.counters.live_streams_open == 1)
    await stop_stream(hass)
    await until(lambda: sim.counters.live_streams_open == 0)


async def test_live_view_changes_to_the_new_session_key(
    hass: HomeAssistant,
    sim: Simulator,
    served: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """After another request has renewed the key, the live view changes before the old one is cut off."""
    client = await hass_client_no_auth()
    source = not_none(await async_get_stream_source(hass, CAMERA))
    async with client.get(URL(source).path_qs) as response:
        assert await response.content.readany()
        assert sim.counters.live_streams_started == 1
        sim.sessions.revoke()
        await served.runtime_data.cameras.async_refresh()
        async with asyncio.timeout(60):
            while sim.counters.live_streams_started < 2 or sim.counters.live_streams_open != 1:
                assert await response.content.readany()


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_last_picture_and_connectivity(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    sensor = "sensor.harbor_house_lobby_last_picture"
    assert get_state(hass, sensor).state == "unknown"
    await async_get_image(hass, CAMERA)
    await hass.async_block_till_done()
    record = next(record for record in sim.counters.log if record.operation == "image")
    taken = get_state(hass, sensor).state
    assert abs((record.at - State(sensor, taken).last_changed).total_seconds()) < 60
    assert taken.endswith("+00:00")
    assert get_state(hass, "binary_sensor.harbor_house_lobby_connectivity").state == "on"
    assert get_state(hass, "binary_sensor.harbor_house_lobby_recording").state == "on"
    sim.state.cameras[ESN].status = 0x16_0027
    await loaded.runtime_data.cameras.async_refresh()
    assert get_state(hass, "binary_sensor.harbor_house_lobby_recording").state == "off"
    sim.state.cameras[ESN].status = 0x8023
    await loaded.runtime_data.cameras.async_refresh()
    assert get_state(hass, "binary_sensor.harbor_house_lobby_connectivity").state == "off"


async def test_shutdown_ends_live_view_without_errors(
    hass: HomeAssistant, sim: Simulator, served: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    await async_request_stream(hass, CAMERA, "hls")
    await until(lambda: sim.counters.live_streams_open == 1)
    await hass.async_stop(force=True)
    await until(lambda: sim.counters.live_streams_open == 0)
    assert "Error from stream worker" not in caplog.text


async def test_disconnected_player_ends_the_upstream(
    hass: HomeAssistant, sim: Simulator, served: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client = await hass_client_no_auth()
    source = not_none(await async_get_stream_source(hass, CAMERA))
    response = await client.get(URL(source).path_qs)
    assert await response.content.readany()
    assert sim.counters.live_streams_open == 1
    response.close()
    await until(lambda: sim.counters.live_streams_open == 0)


async def test_renewed_session_key_opens_no_video_without_players(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    await async_get_image(hass, CAMERA)
    sim.sessions.revoke()
    await loaded.runtime_data.cameras.async_refresh()
    await hass.async_block_till_done()
    assert sim.counters.session_calls == 2
    assert sim.counters.live_streams_started == 0


async def test_unload_closes_streams_without_an_entity(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    streams = loaded.runtime_data.media.get_or_create("501", "1000a003")
    await streams.snapshots.get()
    player = streams.relay.attach()
    await player.start()
    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert streams.relay.players == 0
    assert [chunk async for chunk in player]
    await until(lambda: sim.counters.live_streams_open == 0)


async def test_token_rejected_while_a_session_key_is_renewed_starts_reauth(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry], freezer: FrozenDateTimeFactory
) -> None:
    entry = make_entry(password=None)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    sim.tokens.revoke()
    sim.sessions.revoke()
    await entry.runtime_data.cameras.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=True)
    await pass_time(hass, freezer, seconds=32)
    flows = hass.config_entries.flow.async_progress_by_handler("carson")
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]
