"""New previews: a still is fetched only when there is a newer one, while somebody looks."""

import asyncio
from datetime import UTC, datetime, timedelta

from homeassistant.components.camera import async_get_image
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.carson.aiocarson import Still
from custom_components.carson.live_events.manager import LiveEvents
from simulator import Simulator
from tests.support.waiting import until

from ..conftest import settle
from .conftest import CAMERA, GARAGE, LOBBY

pytestmark = pytest.mark.live_events


def still(taken_at: datetime | None, camera_id: str = LOBBY) -> Still:
    return Still(camera_id=camera_id, content=b"", taken_at=taken_at)


OLD = still(datetime(2026, 1, 1, tzinfo=UTC))
FUTURE = still(datetime(2126, 1, 1, tzinfo=UTC))


def events_of(entry: MockConfigEntry) -> LiveEvents:
    found = entry.runtime_data.live_events
    assert isinstance(found, LiveEvents)
    return found


async def test_it_is_known_whether_there_is_a_newer_picture(
    hass: HomeAssistant, sim: Simulator, live: MockConfigEntry
) -> None:
    events = events_of(live)
    assert events.async_has_newer_still(LOBBY, OLD) is None
    await until(lambda: events.async_has_newer_still(LOBBY, OLD))
    assert events.async_has_newer_still(LOBBY, FUTURE) is False
    assert events.async_has_newer_still(LOBBY, still(None)) is None
    assert sim.counters.websockets == 2
    # Another camera that is watched takes another subscription, not another connection.
    await until(lambda: events.async_has_newer_still(GARAGE, OLD) and events.async_has_newer_still(LOBBY, OLD))
    await until(lambda: sim.counters.websockets == 2)
    assert events.async_has_newer_still("unknown", OLD) is None


async def test_connection_ends_when_nobody_looks(hass: HomeAssistant, sim: Simulator, live: MockConfigEntry) -> None:
    await until(lambda: events_of(live).async_has_newer_still(LOBBY, OLD))
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=20))
    assert sim.counters.websockets == 2
    # The task checks by the loop's clock, which does not jump.
    events_of(live)._previews["501"]._asked_at.clear()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=40))
    await until(lambda: sim.counters.websockets == 1)


async def test_connection_ends_with_the_account(hass: HomeAssistant, sim: Simulator, live: MockConfigEntry) -> None:
    await until(lambda: events_of(live).async_has_newer_still(LOBBY, OLD))
    assert await hass.config_entries.async_unload(live.entry_id)
    await until(lambda: not sim.counters.websockets)
    assert not [task for task in asyncio.all_tasks() if "carson previews" in task.get_name()]


async def test_stills_ask_for_it(hass: HomeAssistant, sim: Simulator, live: MockConfigEntry) -> None:
    await async_get_image(hass, CAMERA)
    media = live.runtime_data.media
    assert media.account.has_newer_still(LOBBY, OLD) is None
    await until(lambda: media.account.has_newer_still(LOBBY, OLD))


async def test_lost_connection_makes_it_unknown(hass: HomeAssistant, sim: Simulator, live: MockConfigEntry) -> None:
    await until(lambda: events_of(live).async_has_newer_still(LOBBY, OLD))
    sim.drop_websockets()
    await until(lambda: events_of(live).async_has_newer_still(LOBBY, OLD) is None)


async def test_refused_previews_leave_motion_alone(hass: HomeAssistant, sim: Simulator, live: MockConfigEntry) -> None:
    sim.faults.add("listen", "status", status=403)
    assert events_of(live).async_has_newer_still(LOBBY, OLD) is None
    await until(lambda: sim.counters.count("listen") == 2)
    assert events_of(live).async_has_newer_still(LOBBY, OLD) is None
    assert events_of(live).buildings["501"].refusals == {}
    assert sim.counters.websockets == 1


async def test_polled_events_say_nothing_about_previews(
    hass: HomeAssistant, sim: Simulator, quiet: None, entry: MockConfigEntry
) -> None:
    """Each preview would take a request."""
    sim.faults.add("listen", "status", status=404)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass, entry)
    assert events_of(entry).async_has_newer_still(LOBBY, OLD) is None
    assert sim.counters.count("listen") == 1


async def test_few_buildings_have_such_a_connection(
    hass: HomeAssistant, sim: Simulator, live: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.carson.live_events.manager.MAX_PREVIEW_CONNECTIONS", 0)
    assert events_of(live).async_has_newer_still(LOBBY, OLD) is None
    assert events_of(live)._previews == {}
