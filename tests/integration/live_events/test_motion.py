"""Motion in front of a camera: a binary sensor and an event."""

from datetime import UTC, datetime, timedelta

from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.carson.aiocarson import CameraEvent
from custom_components.carson.aiocarson.eagle_eye.events import EventKind
from custom_components.carson.live_events.motion import CameraMotion, MotionChange
from simulator import Simulator, Status
from tests.support.states import get_state
from tests.support.waiting import until

from .conftest import EVENT, LOBBY, MOTION, move, state_is, states_of

pytestmark = pytest.mark.live_events

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def test_motion_is_shown_while_it_lasts(hass: HomeAssistant, sim: Simulator, live: MockConfigEntry) -> None:
    before = hass.states.get(MOTION)
    assert before is not None
    assert (before.state, before.attributes["device_class"]) == (STATE_OFF, BinarySensorDeviceClass.MOTION)
    assert get_state(hass, EVENT).state == STATE_UNKNOWN
    seen, events = states_of(hass, MOTION), states_of(hass, EVENT)
    move(sim, seconds=0.5)
    await until(lambda: len(events) == 2)
    assert [state.state for state in seen] == [STATE_ON, STATE_OFF]
    begun, ended = (state.attributes for state in events)
    assert begun["event_type"] == "started"
    assert abs(datetime.fromisoformat(begun["begin"]) - dt_util.utcnow()) < timedelta(minutes=1)
    assert "duration" not in begun
    assert (ended["event_type"], ended["begin"], ended["duration"]) == ("ended", begun["begin"], 0.5)


async def test_event_is_no_motion_sensor_for_homekit(hass: HomeAssistant, live: MockConfigEntry) -> None:
    """HomeKit would prefer it to the binary sensor, and show its end as another motion."""
    assert "device_class" not in get_state(hass, EVENT).attributes


async def test_motion_whose_end_was_lost_ends(hass: HomeAssistant, sim: Simulator, live: MockConfigEntry) -> None:
    move(sim, seconds=3600)
    await state_is(hass, MOTION, STATE_ON)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=29))
    assert get_state(hass, MOTION).state == STATE_ON
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
    assert get_state(hass, MOTION).state == STATE_OFF
    assert get_state(hass, EVENT).attributes["event_type"] == "ended"


async def test_offline_camera_sees_no_motion(hass: HomeAssistant, sim: Simulator, live: MockConfigEntry) -> None:
    sim.set_status(LOBBY, Status.INTERNET_OFFLINE)
    await state_is(hass, MOTION, STATE_UNAVAILABLE)
    assert get_state(hass, EVENT).state == STATE_UNAVAILABLE
    sim.set_status(LOBBY, Status.ONLINE)
    await state_is(hass, MOTION, STATE_OFF)


class TestOrder:
    """What one camera reports, in any order."""

    @pytest.fixture
    def motion(self, hass: HomeAssistant) -> CameraMotion:
        motion = CameraMotion(hass)
        motion.async_set_known(is_known=True)
        return motion

    @pytest.fixture
    def changes(self, motion: CameraMotion) -> list[MotionChange | None]:
        changes: list[MotionChange | None] = []
        motion.async_add_listener(changes.append)
        return changes

    @staticmethod
    def report(motion: CameraMotion, code: str, second: float | None = 0) -> None:
        at = None if second is None else NOON + timedelta(seconds=second)
        motion.async_handle(CameraEvent(camera_id=LOBBY, kind=EventKind.EVENT, code=code, at=at))

    async def test_heartbeats_keep_it_on(self, hass: HomeAssistant, motion: CameraMotion) -> None:
        self.report(motion, "EMES")
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=28))
        self.report(motion, "EMEU", 20)
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=28))
        assert motion.is_on is True
        self.report(motion, "EMEE", 35)
        assert motion.is_on is False

    async def test_heartbeat_begins_what_began_unseen(
        self, motion: CameraMotion, changes: list[MotionChange | None]
    ) -> None:
        self.report(motion, "EMEU", 10)
        self.report(motion, "EMEU", 20)
        self.report(motion, "EMEE", 25)
        begin, end = NOON + timedelta(seconds=10), NOON + timedelta(seconds=25)
        assert changes == [MotionChange(begin=begin), MotionChange(begin=begin, end=end)]

    async def test_end_of_what_began_unseen_is_no_event(
        self, motion: CameraMotion, changes: list[MotionChange | None]
    ) -> None:
        self.report(motion, "EMEE")
        assert (motion.is_on, changes) == (False, [])

    async def test_late_messages_change_nothing(self, motion: CameraMotion, changes: list[MotionChange | None]) -> None:
        self.report(motion, "EMES", 1)
        self.report(motion, "EMEE", 5)
        self.report(motion, "EMEU", 4)
        was_on = motion.is_on
        self.report(motion, "EMES", 10)
        self.report(motion, "EMEE", 5)
        assert (was_on, motion.is_on) == (False, True)
        assert len(changes) == 3
        motion.async_set_known(is_known=False)

    async def test_second_beginning_is_another_motion(
        self, motion: CameraMotion, changes: list[MotionChange | None]
    ) -> None:
        self.report(motion, "EMES", 1)
        self.report(motion, "EMES", 9)
        self.report(motion, "EMEE", 12)
        assert [change and change.begin.second for change in changes] == [1, 9, 9]

    async def test_events_without_a_time_count_from_now(
        self, motion: CameraMotion, changes: list[MotionChange | None]
    ) -> None:
        self.report(motion, "EMES", None)
        self.report(motion, "EMEE", None)
        begun, ended = changes
        assert begun is not None
        assert ended is not None
        assert ended.end is not None
        assert begun.begin <= ended.end <= dt_util.utcnow()

    async def test_nothing_is_known_without_events(
        self, motion: CameraMotion, changes: list[MotionChange | None]
    ) -> None:
        self.report(motion, "EMES")
        motion.async_set_known(is_known=False)
        motion.async_set_known(is_known=False)
        was_on = motion.is_on
        motion.async_set_known(is_known=True)
        assert (was_on, motion.is_on) == (None, False)
        assert changes[1:] == [None, None]
