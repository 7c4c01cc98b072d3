"""A simulated life: hours and days of polls with expiries, outages, restarts and building changes."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
import gc
from pathlib import Path
import random
import resource
import threading

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.camera import async_get_image
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.carson.const import CAMERA_INTERVAL
from simulator import Simulator
from simulator.state.model import Door

DOOR = "lock.harbor_house_front_door"
CAMERA = "camera.harbor_house_lobby"
_PACKAGE = "custom_components.carson"
_STEPS_PER_HOUR = round(timedelta(hours=1) / CAMERA_INTERVAL)
_RESTART_HOURS = 6


@dataclass(slots=True)
class Life:
    """What was lived through, and what it left in memory."""

    polls: int = 0
    restarts: int = 0
    outages: int = 0
    changes: int = 0
    expiries: int = 0
    openings: int = 0
    unclear: int = 0
    requests: int = 0
    most_per_minute: int = 0
    objects: list[int] = field(default_factory=list)
    """Objects of the integration's classes, at the end of every sixth hour."""
    mib: list[float] = field(default_factory=list)
    """Memory of the whole process, at the end of every sixth hour."""
    threads: list[int] = field(default_factory=list)
    by_class: Counter[str] = field(default_factory=Counter)


def count_objects() -> Counter[str]:
    """Count what there is of the integration's classes."""
    gc.collect()
    kinds = (type(one) for one in gc.get_objects())
    return Counter(kind.__qualname__ for kind in kinds if kind.__module__.startswith(_PACKAGE))


def resident_mib() -> float:
    """Tell how much memory the whole process takes: Home Assistant, simulator and test; 0 where that is not told."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * resource.getpagesize() / 2**20


class Day:
    """Lives through hours of Home Assistant.

    Args:
        hass: With the account loaded.
        freezer: Its clock, and the simulator's.
        sim: The clouds.
        entry: The account.
        seed: Of all that happens.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        sim: Simulator,
        entry: MockConfigEntry,
        seed: int,
    ) -> None:
        self.life = Life()
        self._hass, self._freezer, self._sim, self._entry = hass, freezer, sim, entry
        self._dice = random.Random(seed)
        self._extra = 0

    async def live(self, hours: int) -> Life:
        """Live on for some hours, and take measure now and then."""
        for hour in range(hours):
            trouble = self._begin_trouble()
            for minute in range(_STEPS_PER_HOUR):
                if minute == 20 and trouble:
                    self._sim.faults.clear()
                await self._step()
            await self._open_door()
            if hour % _RESTART_HOURS == _RESTART_HOURS - 1:
                await self._settle()
                self._measure()
                await self._hass.config_entries.async_reload(self._entry.entry_id)
                self.life.restarts += 1
        return self.life

    async def _settle(self) -> None:
        """Let the building be what it was, so that there is something to compare."""
        del self._sim.state.buildings["501"].doors[5:]
        for _ in range(10):
            await self._step()

    async def _step(self) -> None:
        self._sim.counters.reset()
        self._freezer.tick(CAMERA_INTERVAL)
        async_fire_time_changed(self._hass)
        await self._hass.async_block_till_done(wait_background_tasks=True)
        self.life.polls += 1
        asked = self._sim.counters.requests.total()
        self.life.requests += asked
        self.life.most_per_minute = max(self.life.most_per_minute, asked)

    def _begin_trouble(self) -> bool:
        """Let something happen for the first 20 minutes of an hour, or for good."""
        dice, sim = self._dice, self._sim
        doors = sim.state.buildings["501"].doors
        match dice.randrange(8):
            case 0:
                sim.faults.add("*", dice.choice(("reset", "status:503", "html", "ok_empty")))
            case 1:
                sim.faults.add("*", "rate_limit", cloud=dice.choice(("carson", "eagle_eye")))
            case 2:
                sim.faults.add("session", "status", status=503)
                sim.sessions.revoke()
            case 3:
                sim.sessions.revoke()
                self.life.expiries += 1
                return False
            case 4:
                sim.tokens.revoke()
                self.life.expiries += 1
                return False
            case 5:
                self._extra += 1
                doors.append(Door(id=f"9{self._extra}", name=f"Annex {self._extra % 3}"))
                self.life.changes += 1
                return False
            case 6:
                if len(doors) > 5:
                    doors.pop()
                    self.life.changes += 1
                return False
            case _:
                return False
        self.life.outages += 1
        return True

    async def _open_door(self) -> None:
        before = self._sim.openings.get("7001", 0)
        if spoiled := self._dice.random() < 0.3:
            self._sim.faults.add("open_door", "reset", when="after", times=1)
        try:
            await self._hass.services.async_call("lock", "open", {"entity_id": DOOR}, blocking=True)
        except HomeAssistantError:
            self.life.unclear += 1
            assert spoiled
        self._sim.faults.clear()
        opened = self._sim.openings.get("7001", 0) - before
        assert opened == 1
        self.life.openings += opened
        assert (await async_get_image(self._hass, CAMERA)).content
        await self._hass.async_block_till_done()

    def _measure(self) -> None:
        # The simulator's own memory of keys and tokens is not what is measured.
        sessions = self._sim.sessions
        sessions.issued = {key: one for key, one in sessions.issued.items() if sessions.is_valid(one)}
        self.life.by_class = count_objects()
        self.life.objects.append(self.life.by_class.total())
        self.life.mib.append(resident_mib())
        self.life.threads.append(threading.active_count())


def growth(values: list[float] | list[int]) -> float:
    """Compare the last measure with the second one, as a ratio: at the first all was still warming up."""
    return values[-1] / values[1] if values[1] else 1.0


def entities_of(hass: HomeAssistant, entry: MockConfigEntry) -> set[tuple[str, str]]:
    """Tell the account's entities by unique id and entity id."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {(one.unique_id, one.entity_id) for one in found}
