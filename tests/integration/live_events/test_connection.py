"""The connection for live events: when it is there, what is known without it, and what a refusal means."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.camera.const import CameraState
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.carson.aiocarson.eagle_eye.event_ways import EventWay
from custom_components.carson.live_events.building import BuildingEvents, EventsState
from custom_components.carson.live_events.turns import Turns
from custom_components.carson.update_status import UpdateStatus
from simulator import Simulator, Status
from tests.support.not_none import not_none
from tests.support.passing_time import pass_time
from tests.support.states import get_state
from tests.support.waiting import until

from ..conftest import settle
from .conftest import CAMERA, EVENT, GARAGE, LOBBY, MOTION, motion_entities, move, state_is, states_of

pytestmark = pytest.mark.live_events

CONNECTIVITY = "binary_sensor.harbor_house_lobby_connectivity"


def events_of(entry: MockConfigEntry, building_id: str = "501") -> BuildingEvents:
    building = entry.runtime_data.live_events.buildings[building_id]
    assert isinstance(building, BuildingEvents)
    return building


def refuse(sim: Simulator, *routes: str, status: int = 403) -> None:
    for route in routes:
        sim.faults.add(route, "status", status=status)


async def switch(hass: HomeAssistant, service: str) -> None:
    target = {"entity_id": "switch.harbor_house_lobby_pictures_and_video"}
    await hass.services.async_call("switch", service, target, blocking=True)


class TestStatus:
    """The status of cameras as it changes."""

    async def test_status_is_shown_without_any_request(
        self, hass: HomeAssistant, sim: Simulator, live: MockConfigEntry
    ) -> None:
        lists = sim.counters.count("device_list")
        for word, state in ((Status.INTERNET_OFFLINE, STATE_UNAVAILABLE), (Status.ONLINE, CameraState.RECORDING)):
            sim.set_status(LOBBY, word)
            await state_is(hass, CAMERA, state)
            await state_is(hass, CONNECTIVITY, STATE_ON if word == Status.ONLINE else STATE_OFF)
        assert sim.counters.count("device_list") == lists

    async def test_status_is_newer_than_a_list_that_was_requested_before(
        self, hass: HomeAssistant, sim: Simulator, live: MockConfigEntry
    ) -> None:
        held = asyncio.Event()
        listed = live.runtime_data.client.eagle_eye("501").list_devices

        async def hold() -> Any:
            devices = await listed()
            await held.wait()
            return devices

        live.runtime_data.client.eagle_eye("501").list_devices = hold
        refreshing = hass.async_create_task(live.runtime_data.cameras.async_refresh())
        await asyncio.sleep(0)
        sim.set_status(LOBBY, Status.INTERNET_OFFLINE)
        await state_is(hass, CAMERA, STATE_UNAVAILABLE)
        held.set()
        await refreshing
        assert get_state(hass, CAMERA).state == STATE_UNAVAILABLE

    async def test_list_is_fetched_every_five_minutes_while_events_arrive(
        self, hass: HomeAssistant, sim: Simulator, live: MockConfigEntry, freezer: FrozenDateTimeFactory
    ) -> None:
        # The interval is a longer one from the first update on.
        await pass_time(hass, freezer, minutes=1, seconds=2)
        lists = sim.counters.count("device_list")
        for _ in range(10):
            await pass_time(hass, freezer, minutes=1, seconds=2)
        # A jump of the clock may end the connection; then the list is fetched as well.
        assert 1 <= sim.counters.count("device_list") - lists <= 1 + events_of(live).connections

    def test_clock_that_is_set_back_postpones_no_list(self, freezer: FrozenDateTimeFactory) -> None:
        status = UpdateStatus()
        assert status.is_older_than(timedelta(minutes=5))
        status.record_success()
        assert not status.is_older_than(timedelta(minutes=5))
        freezer.tick(-3600)
        assert status.is_older_than(timedelta(minutes=5))

    async def test_user_asks_for_an_update(self, hass: HomeAssistant, sim: Simulator, live: MockConfigEntry) -> None:
        lists = sim.counters.count("device_list")
        await hass.services.async_call("carson", "update", {}, blocking=True)
        assert sim.counters.count("device_list") == lists + 1


class TestInterruption:
    """The connection is lost."""

    async def test_short_one_is_not_seen_and_the_list_is_fetched_after_it(
        self, hass: HomeAssistant, sim: Simulator, live: MockConfigEntry
    ) -> None:
        move(sim, seconds=3600)
        await state_is(hass, MOTION, STATE_ON)
        lists = sim.counters.count("device_list")
        sim.drop_websockets()
        await until(lambda: sim.counters.count("device_list") > lists)
        assert events_of(live).connections == 2
        assert get_state(hass, MOTION).state == STATE_ON

    async def test_long_one_makes_motion_unknown_and_lists_frequent(
        self, hass: HomeAssistant, sim: Simulator, live: MockConfigEntry, freezer: FrozenDateTimeFactory
    ) -> None:
        await pass_time(hass, freezer, minutes=1, seconds=2)
        sim.faults.add("listen", "status", status=503, times=1)
        sim.faults.add("listen", "silence")
        sim.drop_websockets()
        await until(lambda: events_of(live).error)
        lists = sim.counters.count("device_list")
        await pass_time(hass, freezer, minutes=1, seconds=2)
        assert events_of(live).state is EventsState.INTERRUPTED
        assert get_state(hass, MOTION).state == STATE_UNKNOWN
        assert sim.counters.count("device_list") > lists
        lists = sim.counters.count("device_list")
        for _ in range(3):
            await pass_time(hass, freezer, minutes=1, seconds=2)
        assert sim.counters.count("device_list") == lists + 3

    async def test_day_with_500_of_them_loses_no_state(
        self, hass: HomeAssistant, sim: Simulator, live: MockConfigEntry
    ) -> None:
        words = (Status.INTERNET_OFFLINE, Status.ONLINE, Status.OFF)
        shown = {Status.INTERNET_OFFLINE: False, Status.ONLINE: True, Status.OFF: False}
        for number in range(500):
            word = words[number % len(words)]
            if number % 2:
                sim.set_status(LOBBY, word)
                sim.drop_websockets()
            else:
                sim.drop_websockets()
                sim.set_status(LOBBY, word)
            connections = number + 2
            await until(lambda: events_of(live).connections >= connections and sim.counters.websockets == 1)  # noqa: B023 - awaited at once
            await state_is(hass, CONNECTIVITY, STATE_ON if shown[word] else STATE_OFF)
        assert sim.counters.max_websockets <= 2
        assert len([task for task in asyncio.all_tasks() if "EventSocket" in repr(task.get_coro())]) == 1
        assert await hass.config_entries.async_unload(live.entry_id)
        await until(lambda: not sim.counters.websockets)
        assert not [task for task in asyncio.all_tasks() if "EventSocket" in repr(task.get_coro())]


class TestRefusal:
    """Eagle Eye does not let the resident have live events."""

    async def test_entities_are_absent_and_nothing_is_asked_again(
        self, hass: HomeAssistant, sim: Simulator, quiet: None, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
    ) -> None:
        refuse(sim, "listen", "subscribe")
        assert await hass.config_entries.async_setup(entry.entry_id)
        await settle(hass, entry)
        lists = sim.counters.count("device_list")
        for _ in range(6):
            await pass_time(hass, freezer, minutes=1, seconds=2)
        assert sim.counters.count("device_list") == lists + 6
        assert motion_entities(hass) == set()
        assert (sim.counters.count("listen"), sim.counters.count("subscribe")) == (1, 1)
        assert events_of(entry).state is EventsState.REFUSED
        assert events_of(entry).refusals == {"websocket": "403", "poll": "403"}

    async def test_it_is_tried_again_with_the_next_session(
        self, hass: HomeAssistant, sim: Simulator, quiet: None, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
    ) -> None:
        refuse(sim, "listen", "subscribe")
        assert await hass.config_entries.async_setup(entry.entry_id)
        await settle(hass, entry)
        sim.faults.clear()
        sim.sessions.revoke()
        await pass_time(hass, freezer, minutes=1, seconds=2)
        await until(lambda: events_of(entry).state is EventsState.FLOWING)
        await hass.async_block_till_done()
        assert get_state(hass, MOTION).state == STATE_OFF

    async def test_later_refusal_makes_the_entities_unavailable(
        self, hass: HomeAssistant, sim: Simulator, live: MockConfigEntry
    ) -> None:
        refuse(sim, "listen", "subscribe")
        sim.drop_websockets()
        await state_is(hass, MOTION, STATE_UNAVAILABLE)
        assert get_state(hass, EVENT).state == STATE_UNAVAILABLE
        assert get_state(hass, CAMERA).state == CameraState.RECORDING

    async def test_denied_camera_has_no_motion_entities(
        self, hass: HomeAssistant, sim: Simulator, quiet: None, entry: MockConfigEntry
    ) -> None:
        sim.state.cameras[GARAGE].denied.add("preview")
        assert await hass.config_entries.async_setup(entry.entry_id)
        await settle(hass, entry)
        assert motion_entities(hass) == {MOTION, EVENT}
        assert events_of(entry).denied == {GARAGE}

    async def test_poll_where_the_websocket_is_refused(
        self, hass: HomeAssistant, sim: Simulator, quiet: None, entry: MockConfigEntry
    ) -> None:
        refuse(sim, "listen", status=404)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await settle(hass, entry)
        assert events_of(entry).way is EventWay.POLL
        seen = states_of(hass, MOTION)
        move(sim, seconds=1)
        await until(lambda: [state.state for state in seen] == [STATE_ON, STATE_OFF])
        # The poll only says that something has changed: the list says what.
        sim.set_status(LOBBY, Status.INTERNET_OFFLINE)
        await state_is(hass, CAMERA, STATE_UNAVAILABLE)

    async def test_cloud_that_is_down_is_no_refusal(
        self, hass: HomeAssistant, sim: Simulator, quiet: None, entry: MockConfigEntry
    ) -> None:
        sim.faults.add("device_list", "status", status=503)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        assert entry.runtime_data.live_events.buildings == {}
        sim.faults.clear()
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=2))
        await until(lambda: "501" in entry.runtime_data.live_events.buildings)
        await settle(hass, entry)
        assert get_state(hass, MOTION).state == STATE_OFF


class TestTraffic:
    """There is a connection only while somebody wants it."""

    async def test_none_without_the_option(
        self, hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]
    ) -> None:
        entry = make_entry(options={"live_events": False})
        assert await hass.config_entries.async_setup(entry.entry_id)
        await settle(hass, entry)
        assert (sim.counters.count("listen"), sim.counters.count("subscribe")) == (0, 0)
        assert motion_entities(hass) == set()

    async def test_none_when_all_entities_are_disabled(
        self, hass: HomeAssistant, sim: Simulator, live: MockConfigEntry, entity_registry: er.EntityRegistry
    ) -> None:
        of_garage = {entity_id.replace("lobby", "garage") for entity_id in (MOTION, EVENT)}
        assert motion_entities(hass) == {MOTION, EVENT} | of_garage
        assert events_of(live).cameras == {LOBBY, GARAGE}
        for entity_id in (MOTION, EVENT):
            entity_registry.async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
        await until(lambda: events_of(live).cameras == {GARAGE})
        for entity_id in of_garage:
            entity_registry.async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
        await until(lambda: events_of(live).state is EventsState.UNUSED)
        await until(lambda: not sim.counters.websockets)
        assert await hass.config_entries.async_reload(live.entry_id)
        await settle(hass, live)
        assert sim.counters.websockets == 0
        assert live.runtime_data.live_events.buildings == {}

    async def test_none_of_a_camera_that_is_switched_off(
        self, hass: HomeAssistant, sim: Simulator, live: MockConfigEntry
    ) -> None:
        await switch(hass, "turn_off")
        await state_is(hass, MOTION, STATE_UNAVAILABLE)
        assert events_of(live).cameras == {GARAGE}
        await switch(hass, "turn_on")
        await state_is(hass, MOTION, STATE_OFF)

    async def test_new_camera_is_heard_as_well(
        self, hass: HomeAssistant, sim: Simulator, quiet: None, entry: MockConfigEntry
    ) -> None:
        garage = next(
            camera for camera in not_none(sim.state.buildings["501"].cameras) if camera.live_view_id == GARAGE
        )
        not_none(sim.state.buildings["501"].cameras).remove(garage)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await settle(hass, entry)
        assert events_of(entry).cameras == {LOBBY}
        not_none(sim.state.buildings["501"].cameras).append(garage)
        await hass.services.async_call("carson", "update", {}, blocking=True)
        await until(lambda: events_of(entry).cameras == {LOBBY, GARAGE})
        await state_is(hass, MOTION.replace("lobby", "garage"), STATE_OFF)

    async def test_websocket_ends_with_the_account(
        self, hass: HomeAssistant, sim: Simulator, live: MockConfigEntry
    ) -> None:
        assert sim.counters.websockets == 1
        assert await hass.config_entries.async_unload(live.entry_id)
        await until(lambda: not sim.counters.websockets)


class TestTurns:
    """More buildings than connections."""

    async def test_everybody_gets_a_turn(self) -> None:
        turns, running, most, served = Turns(2, 0.01), set[int](), 0, set[int]()

        async def work(number: int) -> None:
            nonlocal most
            running.add(number)
            served.add(number)
            most = max(most, len(running))
            try:
                await asyncio.Event().wait()
            finally:
                running.discard(number)

        async def want(number: int) -> None:
            while True:
                await turns.run(lambda: work(number))

        wanting = [asyncio.create_task(want(number)) for number in range(5)]
        await until(lambda: served == set(range(5)))
        for task in wanting:
            task.cancel()
        await asyncio.gather(*wanting, return_exceptions=True)
        assert (most, running) == (2, set())

    async def test_nobody_is_interrupted_for_nothing(self) -> None:
        turns, begun = Turns(1, 0.01), 0

        async def work() -> None:
            nonlocal begun
            begun += 1
            await asyncio.sleep(0.05)

        await turns.run(work)
        assert begun == 1

    async def test_error_is_raised(self) -> None:
        async def fail() -> None:
            raise ValueError("broken")

        turns = Turns(1, 1)
        for _ in range(2):
            with pytest.raises(ValueError, match="broken"):
                await turns.run(fail)

    async def test_buildings_share_the_connections(
        self,
        hass: HomeAssistant,
        sim: Simulator,
        make_entry: Callable[..., MockConfigEntry],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("custom_components.carson.live_events.manager.MAX_CONNECTIONS", 1)
        monkeypatch.setattr("custom_components.carson.live_events.manager.TURN_SECONDS", 0.05)
        entry = make_entry("two@example.com", password="two buildings")
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        buildings = entry.runtime_data.live_events.buildings
        assert len(buildings) > 1
        await until(lambda: all(building.connections for building in buildings.values()))
        assert sim.counters.max_websockets == 1
