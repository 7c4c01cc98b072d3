"""Recordings in the media browser: browsing and resolving."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
import logging
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.media_player import BrowseError, MediaClass
from homeassistant.components.media_source import (
    PlayMedia,
    Unresolvable,
    async_browse_media,
    async_resolve_media,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.carson.media.recordings.browse_path import BrowsePath, building_paths, camera_paths
from simulator import Simulator
from tests.support.not_none import not_none
from tests.support.recordings import BUILDING, LOBBY, frames, milliseconds, recently, record

from .common import NOON, ROOT, lobby, search, titles


def local_day(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo("America/New_York")).date().isoformat()


def segment_key(begin: datetime, seconds: float) -> str:
    return f"{milliseconds(begin)}-{milliseconds(begin + timedelta(seconds=seconds))}"


async def test_browse_from_account_to_recording(
    hass: HomeAssistant, frozen: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    record(
        sim,
        (NOON - timedelta(days=2), 30),
        (NOON - timedelta(hours=1), 60),
        (NOON, 45),
        (NOON + timedelta(minutes=10), 300),
    )
    sources = await async_browse_media(hass, None)
    assert "Carson Living" in titles(sources)
    root = await async_browse_media(hass, ROOT)
    # The only account and its only building are skipped.
    assert (root.title, titles(root)) == ("Carson Living", ["Lobby", "Garage"])
    assert titles(await async_browse_media(hass, f"{ROOT}/{loaded.entry_id}")) == titles(root)
    assert titles(await async_browse_media(hass, f"{ROOT}/{loaded.entry_id}/501")) == titles(root)
    camera = await async_browse_media(hass, not_none(root.children)[0].media_content_id)
    assert camera.title == "Lobby"
    assert titles(camera) == ["Today", "Yesterday", "2026-11-18, Wednesday"]
    day = await async_browse_media(hass, not_none(camera.children)[0].media_content_id)
    assert titles(day) == ["12:00", "11:00"]
    assert all(one.can_play and one.can_expand for one in not_none(day.children))
    hour = await async_browse_media(hass, not_none(day.children)[0].media_content_id)
    assert titles(hour) == ["12:10:00 (5:00)", "12:00:00 (0:45)"]
    assert all(
        one.can_play and not one.can_expand and one.media_class == MediaClass.VIDEO for one in not_none(hour.children)
    )
    assert titles(await async_browse_media(hass, not_none(camera.children)[1].media_content_id)) == []


async def test_buildings_without_cameras_are_omitted(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]
) -> None:
    """One of two buildings has no cameras any more."""
    entry = make_entry("two@example.com", password="two buildings")
    sim.state.buildings["502"].cameras = []
    assert await hass.config_entries.async_setup(entry.entry_id)
    account = await async_browse_media(hass, f"{ROOT}/{entry.entry_id}")
    assert titles(account) == ["Lobby", "Garage"]
    everywhere = await search(hass, "", f"{ROOT}/{entry.entry_id}")
    assert not any("Mill" in one.title for one in everywhere)


def test_root_path_has_no_buildings() -> None:
    root = BrowsePath()
    assert (root.identifier, root.title) == ("", "")
    assert [*building_paths(root), *camera_paths(root)] == []
    with pytest.raises(ValueError, match="No building"):
        _ = root.recordings


async def test_listing_a_day_takes_few_requests(
    hass: HomeAssistant, frozen: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    before = sim.counters.count("list_videos")
    assert len(not_none((await async_browse_media(hass, lobby(loaded, "2026-11-19"))).children)) > 10
    assert sim.counters.count("list_videos") <= before + 2


async def test_browsing_cameras_sends_no_request(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    before = sum(sim.counters.requests.values())
    for where in (ROOT, f"{ROOT}/{loaded.entry_id}", f"{ROOT}/{loaded.entry_id}/{BUILDING}"):
        await async_browse_media(hass, where)
    assert sum(sim.counters.requests.values()) == before


@pytest.mark.parametrize("time_zone", ["America/Los_Angeles", None, "Moon/Crater"])
async def test_days_and_hours_are_in_the_time_zone_of_the_building(
    hass: HomeAssistant,
    frozen: FrozenDateTimeFactory,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    time_zone: str | None,
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    sim.state.buildings["501"].time_zone = time_zone
    entry = make_entry()
    assert await hass.config_entries.async_setup(entry.entry_id)
    record(sim, (datetime(2026, 11, 20, 6, 30, tzinfo=UTC), 60))
    day, hour = ("2026-11-19", "22:00") if time_zone == "America/Los_Angeles" else ("2026-11-20", "07:00")
    found = await async_browse_media(hass, lobby(entry, day))
    assert titles(found) == [hour]
    assert titles(await async_browse_media(hass, not_none(found.children)[0].media_content_id)) == [
        f"{hour[:3]}30:00 (1:00)"
    ]


async def test_repeated_hour_when_clocks_are_set_back(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    freezer.move_to("2026-11-02 12:00:00+00:00")
    twice = [datetime(2026, 11, 1, hour, 20, tzinfo=UTC) for hour in (4, 5, 6, 7)]
    record(sim, *((begin, 20 + number) for number, begin in enumerate(twice)))
    day = await async_browse_media(hass, lobby(loaded, "2026-11-01"))
    assert titles(day) == ["02:00", "01:00 (2)", "01:00", "00:00"]
    inside = [titles(await async_browse_media(hass, hour.media_content_id)) for hour in not_none(day.children)]
    assert inside == [["02:20:00 (0:23)"], ["01:20:00 (0:22)"], ["01:20:00 (0:21)"], ["00:20:00 (0:20)"]]


async def test_long_recordings_are_split_into_segments(
    hass: HomeAssistant, frozen: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    record(sim, (NOON, 660))
    hour = await async_browse_media(hass, lobby(loaded, "2026-11-20", "12"))
    assert titles(hour) == ["12:10:00 (1:00)", "12:05:00 (5:00)", "12:00:00 (5:00)"]


async def test_recording_in_progress(
    hass: HomeAssistant, frozen: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    sim.settings.recordings.open_end = "null"
    record(sim, (NOON + timedelta(hours=2, minutes=59), 300))
    hour = await async_browse_media(hass, lobby(loaded, "2026-11-20", "14"))
    assert titles(hour) == ["14:59:00 (1:00)"]


async def test_days_reach_back_to_the_oldest_recording(
    hass: HomeAssistant, frozen: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    camera = await async_browse_media(hass, lobby(loaded))
    assert len(not_none(camera.children)) in {14, 15}
    record(sim)
    assert (await async_browse_media(hass, lobby(loaded))).children == []
    assert (await async_browse_media(hass, lobby(loaded, "2026-12-24"))).children == []


async def test_days_when_an_early_range_is_rejected(
    hass: HomeAssistant, frozen: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    sim.faults.add("list_videos", "status", status=400, times=1)
    assert len(not_none((await async_browse_media(hass, lobby(loaded))).children)) == 15


@pytest.mark.parametrize("platforms", [[Platform.CAMERA]], ids=["camera"])
async def test_thumbnails_require_a_sign_in(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    begin = recently(hours=2)
    record(sim, (begin, 30))
    building = await async_browse_media(hass, f"{ROOT}/{loaded.entry_id}/{BUILDING}")
    found = await search(hass, f"lobby {local_day(begin)}")
    camera = not_none(not_none(building.children)[0].thumbnail)
    recording = not_none(found[-1].thumbnail)
    assert camera.startswith("/api/camera_proxy/")
    assert recording.startswith("/api/carson/thumbnail/")
    client, stranger = await hass_client(), await hass_client_no_auth()
    for thumbnail in (camera, recording):
        response = await client.get(thumbnail)
        assert (response.status, response.content_type) == (HTTPStatus.OK, "image/jpeg")
        assert (await response.read()).startswith(b"\xff\xd8")
        assert (await stranger.get(thumbnail)).status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


async def test_camera_without_permission_for_recordings(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sim.state.cameras[LOBBY].denied.add("recorded")
    day = local_day(recently(days=1))
    for where in (lobby(loaded), lobby(loaded, day), lobby(loaded)):
        assert titles(await async_browse_media(hass, where)), "they may be played all the same"
    assert sim.counters.per_camera["list_videos", LOBBY] == 1
    with pytest.raises(Unresolvable, match="does not have access to the recordings of Lobby"):
        await play(hass, loaded, recently(hours=1), 6)
    messages = [one for one in caplog.records if "may not list the recordings" in one.message]
    assert [one.levelno for one in messages] == [logging.INFO]
    found = await search(hass, day)
    assert {one.title.split()[0] for one in found if one.can_play} == {"Garage"}


@pytest.mark.parametrize("status", [403, 404, 405, 501])
async def test_recordings_play_where_the_list_is_refused(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, status: int
) -> None:
    """The hours of each day are offered without a list."""
    sim.settings.recordings.start = "seek"
    begin = recently(hours=1)
    record(sim, (begin - timedelta(hours=2), 9000))
    sim.faults.add("list_videos", f"status:{status}")
    camera = await async_browse_media(hass, lobby(loaded))
    assert titles(camera)[:2] == ["Today", "Yesterday"]
    day = await async_browse_media(hass, not_none(camera.children)[1].media_content_id)
    assert len(titles(day)) >= 23
    hour = await async_browse_media(hass, not_none(day.children)[0].media_content_id)
    assert len(titles(hour)) == 12
    assert (await play(hass, loaded, begin, 6)).mime_type == "video/mp4"
    assert not any(one.can_play for one in await search(hass, "lobby yesterday"))


async def test_hour_plays_its_first_recording(
    hass: HomeAssistant, frozen: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    record(sim, (NOON + timedelta(minutes=1), 5), (NOON + timedelta(minutes=2), 5))
    resolved = await async_resolve_media(hass, lobby(loaded, "2026-11-20", "12"), None)
    assert segment_key(NOON + timedelta(minutes=1), 5) in resolved.url


async def test_list_of_a_day_serves_its_hours(
    hass: HomeAssistant, frozen: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    record(sim, (NOON, 45), (NOON - timedelta(hours=1), 60))
    day = await async_browse_media(hass, lobby(loaded, "2026-11-20"))
    before = sim.counters.count("list_videos")
    for hour in not_none(day.children):
        assert titles(await async_browse_media(hass, hour.media_content_id))
    assert sim.counters.count("list_videos") == before


@pytest.mark.parametrize("fault", ["reset", "status:503", "ok_html"])
async def test_failed_lists_are_errors(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, fault: str
) -> None:
    sim.faults.add("list_videos", fault)
    with pytest.raises(BrowseError, match="Lobby: failed to connect"):
        await async_browse_media(hass, lobby(loaded))


async def test_errors_are_in_the_language_of_home_assistant(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    hass.config.language = "fr"
    sim.faults.add("list_videos", "reset")
    with pytest.raises(BrowseError, match="Lobby : échec de la connexion"):
        await async_browse_media(hass, lobby(loaded))
    with pytest.raises(Unresolvable, match="L'enregistrement est introuvable"):
        await async_resolve_media(hass, ROOT, None)
    with pytest.raises(BrowseError, match="L'enregistrement est introuvable"):
        await search(hass, "lobby", f"{ROOT}/{loaded.entry_id}/999")


async def test_rejected_sign_in_is_told(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]
) -> None:
    entry = make_entry(password=None)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    sim.tokens.revoke()
    sim.sessions.revoke()
    with pytest.raises(BrowseError, match="Carson rejected the sign-in"):
        await async_browse_media(hass, lobby(entry))


async def test_refused_session_of_a_building_is_told(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]
) -> None:
    entry = make_entry(password=None)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    sim.sessions.revoke()
    sim.faults.add("session", "status", status=401)
    with pytest.raises(BrowseError, match="does not have access"):
        await async_browse_media(hass, lobby(entry))


INVALID = [
    "x",
    "{entry}/",
    "{entry}//",
    "{entry}/999",
    "{entry}/501/nobody",
    "{entry}/501/../501/1000a001",
    "{entry}/501/1000a001/",
    "{entry}/501/1000a001/yesterday",
    "{entry}/501/1000a001/2026-02-30",
    "{entry}/501/1000a001/20261120",
    "{entry}/501/1000a001/9999-12-31",
    "{entry}/501/1000a001/0001-01-01",
    "{entry}/501/1000a001/2026-11-20/24",
    "{entry}/501/1000a001/2026-11-20/\u0660\u0661",
    "{entry}/501/1000a001/2026-11-20/7",
    "{entry}/501/1000a001/2026-11-20/07/x",
    "{entry}/501/1000a001/2026-11-20/1795194000000-1795194000000",
    "{entry}/501/1000a001/2026-11-20/1795194000000-1795193999000",
    "{entry}/501/1000a001/2026-11-20/1795194000000-1795194300001",
    "{entry}/501/1000a001/2026-11-20/1795194000000-1795194030000&A=x",
    "{entry}/501/1000a002\r\nX: y/2026-11-20",
    "{entry}/502/1000a001/2026-11-20",
    "{entry}/501/" + "1" * 5000,
]


@pytest.mark.parametrize("identifier", INVALID)
async def test_invalid_identifiers_are_rejected_without_a_request(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, identifier: str
) -> None:
    before = sum(sim.counters.requests.values())
    uri = f"{ROOT}/{identifier.format(entry=loaded.entry_id)}"
    with pytest.raises(BrowseError):
        await async_browse_media(hass, uri)
    with pytest.raises(BrowseError):
        await search(hass, "lobby 2026-11-20", uri)
    with pytest.raises(Unresolvable):
        await async_resolve_media(hass, uri, None)
    assert sum(sim.counters.requests.values()) == before


async def test_only_recordings_play_and_only_folders_open(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    for parts in ((), ("2026-11-20",), ("2001-11-20", "12")):
        with pytest.raises(Unresolvable, match="The recording was not found"):
            await async_resolve_media(hass, lobby(loaded, *parts), None)
    with pytest.raises(Unresolvable):
        await async_resolve_media(hass, ROOT, None)
    with pytest.raises(BrowseError, match="The recording was not found"):
        await async_browse_media(hass, lobby(loaded, "2026-11-20", segment_key(NOON, 30)))


async def test_unloaded_account_is_not_listed(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert titles(await async_browse_media(hass, ROOT)) == []
    with pytest.raises(BrowseError):
        await async_browse_media(hass, f"{ROOT}/{loaded.entry_id}")


async def test_each_building_has_its_own_cameras(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, make_entry: Callable[..., MockConfigEntry]
) -> None:
    entry = make_entry("two@example.com", password="two buildings")
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert len(titles(await async_browse_media(hass, ROOT))) == 2
    account = await async_browse_media(hass, f"{ROOT}/{entry.entry_id}")
    assert titles(account) == ["Harbor House", "Mill Lofts"]
    first, second = [
        set(titles(await async_browse_media(hass, one.media_content_id))) for one in not_none(account.children)
    ]
    assert first == {"Lobby", "Garage"}
    assert second
    assert {one.title for one in await search(hass, "mill lofts")} == second
    assert len(await search(hass, "harbor")) == 4
    assert len(await search(hass, "harbor", f"{ROOT}/{entry.entry_id}")) == 2
    assert len(await search(hass, "harbor", not_none(account.children)[1].media_content_id)) == 0
    with pytest.raises(BrowseError):
        await async_browse_media(hass, f"{ROOT}/{entry.entry_id}/502/{LOBBY}")


async def play(hass: HomeAssistant, entry: MockConfigEntry, begin: datetime, seconds: float) -> PlayMedia:
    return await async_resolve_media(hass, lobby(entry, f"{begin:%Y-%m-%d}", segment_key(begin, seconds)), None)


async def test_resolving_waits_for_the_mp4(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    sim.settings.recordings.mp4_pending = 3
    begin = recently(hours=1)
    record(sim, (begin, 6))
    socket = await hass_ws_client()
    uri = lobby(loaded, f"{begin:%Y-%m-%d}", segment_key(begin, 6))
    await socket.send_json({"id": 1, "type": "media_source/resolve_media", "media_content_id": uri})
    result = (await socket.receive_json())["result"]
    assert result["mime_type"] == "video/mp4"
    assert result["url"].startswith("/api/carson/recording/")
    response = await (await hass_client_no_auth()).get(result["url"])
    assert response.status == HTTPStatus.OK
    numbers = frames(await response.read())
    assert numbers == list(range(numbers[0], numbers[0] + 72))
    assert abs(numbers[0] / 12 - begin.timestamp()) < 0.2


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("status:410", "the recording is not available"),
        ("status:429", "too many requests"),
    ],
)
async def test_unavailable_recording_is_an_error(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, fault: str, text: str
) -> None:
    begin = recently(hours=1)
    record(sim, (begin, 6))
    sim.faults.add("list_videos", fault)
    with pytest.raises(Unresolvable, match=text):
        await play(hass, loaded, begin, 6)
    assert sim.counters.count("video") == 0
