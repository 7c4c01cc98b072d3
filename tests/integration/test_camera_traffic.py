"""Who causes traffic of a camera, and what ends it: switching off, unloading, Home Assistant's own player."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import av
from homeassistant.components.camera import async_get_image, async_get_stream_source, async_request_stream
from homeassistant.components.camera.const import DATA_CAMERA_PREFS, DATA_COMPONENT
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    mock_restore_cache_with_extra_data,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from simulator import Simulator

CAMERA = "camera.harbor_house_lobby"
ESN = "1000a001"


@pytest.fixture
async def served(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> MockConfigEntry:
    """Load the entry in a Home Assistant whose address its own player can reach."""
    assert await async_setup_component(hass, "stream", {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    client = await hass_client()
    monkeypatch.setattr(hass.http, "server_host", ["127.0.0.1"])
    monkeypatch.setattr(hass.http, "server_port", client.port)
    return entry


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that another thread or task brings about."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the other side is a thread
            await asyncio.sleep(0.02)


async def switch(hass: HomeAssistant, action: str) -> None:
    await hass.services.async_call("camera", action, {ATTR_ENTITY_ID: CAMERA}, blocking=True)


async def stop_stream(hass: HomeAssistant) -> None:
    """Leave nothing of Home Assistant's player behind."""
    camera = hass.data[DATA_COMPONENT].get_entity(CAMERA)
    if camera is not None and camera.stream is not None:
        for provider in list(camera.stream.outputs().values()):
            await camera.stream.remove_provider(provider)


async def test_home_assistant_plays_it(
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
    """`camera.record` saves what the live view shows."""
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    target = tmp_path / "lobby.mp4"
    await hass.services.async_call(
        "camera",
        "record",
        {ATTR_ENTITY_ID: CAMERA, "filename": str(target), "duration": 3, "lookback": 0},
        blocking=True,
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await hass.async_add_executor_job(count_frames, target) > 12
    await stop_stream(hass)


def count_frames(target: Path) -> int:
    with av.open(str(target)) as video:
        return sum(1 for _ in video.decode(video=0))


async def test_switched_off_there_is_no_traffic(
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
    assert hass.states.get(CAMERA).attributes["switched_on"] is False
    sim.counters.reset()
    with pytest.raises(HomeAssistantError):
        await async_get_image(hass, CAMERA)
    with pytest.raises(HomeAssistantError):
        await async_get_stream_source(hass, CAMERA)
    with pytest.raises(HomeAssistantError):
        await async_request_stream(hass, CAMERA, "hls")
    camera = hass.data[DATA_COMPONENT].get_entity(CAMERA)
    with pytest.raises(HomeAssistantError) as error:
        await camera.async_camera_image()
    assert error.value.translation_key == "camera_is_off"
    assert await camera.stream_source() is None
    assert sim.counters.requests.total() == 0
    assert "Error from stream worker" not in caplog.text
    await switch(hass, "turn_on")
    assert hass.states.get(CAMERA).attributes["switched_on"] is True
    assert (await async_get_image(hass, CAMERA)).content
    await async_request_stream(hass, CAMERA, "hls")
    await until(lambda: sim.counters.live_streams_open == 1)
    await stop_stream(hass)


@pytest.mark.parametrize("switched_on", [True, False])
async def test_being_off_survives_a_restart(hass: HomeAssistant, entry: MockConfigEntry, switched_on: bool) -> None:
    mock_restore_cache_with_extra_data(hass, [(State(CAMERA, "idle"), {"switched_on": switched_on})])
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get(CAMERA).attributes["switched_on"] is switched_on


async def test_being_off_survives_a_reload(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    await switch(hass, "turn_off")
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get(CAMERA).attributes["switched_on"] is False


async def test_preload_is_kept_ready(hass: HomeAssistant, sim: Simulator, served: MockConfigEntry) -> None:
    """A stream that the user wants to be kept ready comes back after a reload, and after off and on; unload ends it."""
    await hass.data[DATA_CAMERA_PREFS].async_update(CAMERA, preload_stream=True)
    assert await hass.config_entries.async_reload(served.entry_id)
    await until(lambda: sim.counters.live_streams_open == 1)
    await switch(hass, "turn_off")
    await until(lambda: sim.counters.live_streams_open == 0)
    await switch(hass, "turn_on")
    await until(lambda: sim.counters.live_streams_open == 1)
    assert await hass.config_entries.async_unload(served.entry_id)
    await until(lambda: sim.counters.live_streams_open == 0)


async def test_last_leaver_closes_the_upstream(hass: HomeAssistant, sim: Simulator, served: MockConfigEntry) -> None:
    await async_request_stream(hass, CAMERA, "hls")
    await until(lambda: sim.counters.live_streams_open == 1)
    await stop_stream(hass)
    async with asyncio.timeout(1.5):
        await until(lambda: sim.counters.live_streams_open == 0)


async def test_live_view_changes_to_the_new_session(
    hass: HomeAssistant,
    sim: Simulator,
    served: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """Once another request has met the old key's end, the live view does not wait to be cut off."""
    client = await hass_client_no_auth()
    source = await async_get_stream_source(hass, CAMERA)
    async with client.get(URL(source).path) as response:
        assert await response.content.readany()
        assert sim.counters.live_streams_started == 1
        sim.sessions.revoke()
        await served.runtime_data.cameras.async_refresh()
        async with asyncio.timeout(20):
            while sim.counters.live_streams_started < 2 or sim.counters.live_streams_open != 1:
                assert await response.content.readany()


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_last_picture_and_connectivity(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    sensor = "sensor.harbor_house_lobby_last_picture"
    assert hass.states.get(sensor).state == "unknown"
    await async_get_image(hass, CAMERA)
    await hass.async_block_till_done()
    record = next(record for record in sim.counters.log if record.operation == "image")
    taken = hass.states.get(sensor).state
    assert abs((record.at - State(sensor, taken).last_changed).total_seconds()) < 60
    assert taken.endswith("+00:00")
    assert hass.states.get("binary_sensor.harbor_house_lobby_connectivity").state == "on"
    assert hass.states.get("binary_sensor.harbor_house_lobby_recording").state == "on"
    sim.state.cameras[ESN].status = 0x16_0027
    await loaded.runtime_data.cameras.async_refresh()
    assert hass.states.get("binary_sensor.harbor_house_lobby_recording").state == "off"
    sim.state.cameras[ESN].status = 0x8023
    await loaded.runtime_data.cameras.async_refresh()
    assert hass.states.get("binary_sensor.harbor_house_lobby_connectivity").state == "off"


async def test_shutdown_ends_live_view_quietly(
    hass: HomeAssistant, sim: Simulator, served: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    await async_request_stream(hass, CAMERA, "hls")
    await until(lambda: sim.counters.live_streams_open == 1)
    await hass.async_stop(force=True)
    await until(lambda: sim.counters.live_streams_open == 0)
    assert "Error from stream worker" not in caplog.text


async def test_player_that_hangs_up_ends_the_upstream(
    hass: HomeAssistant, sim: Simulator, served: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client = await hass_client_no_auth()
    source = await async_get_stream_source(hass, CAMERA)
    response = await client.get(URL(source).path)
    assert await response.content.readany()
    assert sim.counters.live_streams_open == 1
    response.close()
    await until(lambda: sim.counters.live_streams_open == 0)


async def test_renewed_session_opens_no_video_that_nobody_watches(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    await async_get_image(hass, CAMERA)
    sim.sessions.revoke()
    await loaded.runtime_data.cameras.async_refresh()
    await hass.async_block_till_done()
    assert sim.counters.session_calls == 2
    assert sim.counters.live_streams_started == 0


async def test_unload_ends_sources_that_no_entity_holds(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    media = loaded.runtime_data.media.get_or_create("501", "1000a003")
    await media.snapshots.get()
    player = media.relay.attach()
    await player.start()
    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert media.relay.players == 0
    assert [chunk async for chunk in player]
    await until(lambda: sim.counters.live_streams_open == 0)


async def test_token_refused_while_a_session_is_renewed_starts_reauth(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]
) -> None:
    entry = make_entry(password=None)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    sim.tokens.revoke()
    sim.sessions.revoke()
    await entry.runtime_data.cameras.async_refresh()
    await hass.async_block_till_done()
    flows = hass.config_entries.flow.async_progress_by_handler("carson")
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]
