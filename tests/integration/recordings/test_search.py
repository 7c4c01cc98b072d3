"""Searching recordings in the media browser."""

from collections.abc import Callable
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.media_player import MediaClass
from homeassistant.components.media_source import (
    async_browse_media,
)
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.support.recordings import GARAGE, record

from .common import NOON, ROOT, lobby, search, titles


async def test_search_by_camera(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    assert (await async_browse_media(hass, ROOT)).can_search
    before = sum(sim.counters.requests.values())
    assert [one.title for one in await search(hass, "LOB")] == ["Lobby"]
    assert [one.title for one in await search(hass, "harbor")] == ["Lobby", "Garage"]
    assert [one.title for one in await search(hass, "harbor gar")] == ["Garage"]
    assert [one.title for one in await search(hass, "garage", lobby(loaded))] == []
    assert await search(hass, "  ") == []
    assert await search(hass, "lobby 31.12.9999") == []
    assert await search(hass, "lobby 0001-01-01") == []
    assert await search(hass, "lobby 2026-11-19 2026-11-20") == []
    assert await search(hass, "lobby", media_filter_classes=[MediaClass.VIDEO]) == []
    assert sum(sim.counters.requests.values()) == before


async def test_search_in_two_accounts_of_one_building(
    hass: HomeAssistant, loaded: MockConfigEntry, make_entry: Callable[..., MockConfigEntry]
) -> None:
    """The name of the account tells their cameras apart."""
    other = make_entry("federated@example.com", password=None)
    hass.config_entries.async_update_entry(other, title="Flo")
    assert await hass.config_entries.async_setup(other.entry_id)
    await hass.async_block_till_done()
    assert [one.title for one in await search(hass, "lobby")] == ["Lobby (Robin Sample)", "Lobby (Flo)"]


@pytest.mark.parametrize("day", ["2026-11-20", "20.11.2026", "today"])
async def test_search_by_camera_and_date(
    hass: HomeAssistant, frozen: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry, day: str
) -> None:
    record(sim, (NOON - timedelta(days=1), 30), (NOON, 30), (NOON + timedelta(hours=1), 40))
    record(sim, (NOON + timedelta(minutes=30), 50), camera=GARAGE)
    found = await search(hass, f"lobby {day}")
    videos = ["Lobby 2026-11-20 13:00:00 (0:40)", "Lobby 2026-11-20 12:00:00 (0:30)"]
    assert [one.title for one in found] == ["Lobby 2026-11-20", *videos]
    assert titles(await async_browse_media(hass, found[0].media_content_id)) == ["13:00", "12:00"]
    assert [one.title for one in await search(hass, f"{day} lobby", media_filter_classes=[MediaClass.VIDEO])] == videos
    assert await search(hass, f"{day} lobby", media_filter_classes=[MediaClass.MUSIC]) == []
    everywhere = await search(hass, day)
    assert [one.title for one in everywhere] == [
        "Lobby 2026-11-20",
        "Garage 2026-11-20",
        videos[0],
        "Garage 2026-11-20 12:30:00 (0:50)",
        videos[1],
    ]
    assert [one.title for one in await search(hass, "lobby", lobby(loaded, "2026-11-19"))] == [
        "Lobby 2026-11-19",
        "Lobby 2026-11-19 12:00:00 (0:30)",
    ]
    assert [one.title for one in await search(hass, "yesterday", media_filter_classes=[MediaClass.VIDEO])] == [
        "Lobby 2026-11-19 12:00:00 (0:30)"
    ]


async def test_search_that_partly_fails(
    hass: HomeAssistant, frozen: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    record(sim, (NOON, 30))
    sim.faults.add("list_videos", "status", status=503, camera=GARAGE)
    assert [one.title for one in await search(hass, "today", media_filter_classes=[MediaClass.VIDEO])] == [
        "Lobby 2026-11-20 12:00:00 (0:30)"
    ]
