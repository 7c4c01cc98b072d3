"""Simulated hours and days: polls with expired keys, outages, restarts and changes of the building."""

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
class Report:
    """What happened, and how much memory was used."""

    polls: int = 0
    restarts: int = 0
    outages: int = 0
    changes: int = 0
    revocations: int = 0
    false_responses: int = 0
    openings: int = 0
    unclear: int = 0
    requests: int = 0
    most_per_minute: int = 0
    objects: list[int] = field(default_factory=list)
    """Objects of the integration's classes after every sixth hour."""
    mib: list[float] = field(default_factory=list)
    """Memory of the whole process after every sixth hour."""
    threads: list[int] = field(default_factory=list)
    by_class: Counter[str] = field(default_factory=Counter)


def count_objects() -> Counter[str]:
    """Return the number of objects of each class of the integration."""
    gc.collect()
    kinds = (type(one) for one in gc.get_objects())
    return Counter(kind.__qualname__ for kind in kinds if kind.__module__.startswith(_PACKAGE))


def resident_mib() -> float:
    """Return the memory of the whole process, simulator and test included; 0 where it cannot be read."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * resource.getpagesize() / 2**20


class SimulatedWeek:
    """Hours of Home Assistant, in which one fault or change happens each hour.

    Args:
        hass: Home Assistant with the account loaded.
        freezer: The clock of Home Assistant and of the simulator.
        sim: The clouds.
        entry: The account.
        seed: Seed of everything that happens.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        sim: Simulator,
        entry: MockConfigEntry,
        seed: int,
    ) -> None:
        self.report = Report()
        self._hass, self._freezer, self._sim, self._entry = hass, freezer, sim, entry
        self._rng = random.Random(seed)
        self._added_doors = 0

    async def run(self, hours: int) -> Report:
        """Simulate some hours, and measure memory after every sixth one."""
        for hour in range(hours):
            is_outage = self._start_event()
            for minute in range(_STEPS_PER_HOUR):
                if minute == 20 and is_outage:
                    self._sim.faults.clear()
                await self._step()
            await self._open_door()
            if hour % _RESTART_HOURS == _RESTART_HOURS - 1:
                await self._restore()
                self._measure()
                await self._hass.config_entries.async_reload(self._entry.entry_id)
                self.report.restarts += 1
        return self.report

    async def _restore(self) -> None:
        """Restore the building, so that measurements can be compared."""
        del self._sim.state.buildings["501"].doors[5:]
        for _ in range(10):
            await self._step()

    async def _step(self) -> None:
        self._sim.counters.reset()
        self._freezer.tick(CAMERA_INTERVAL)
        async_fire_time_changed(self._hass)
        await self._hass.async_block_till_done(wait_background_tasks=True)
        self.report.polls += 1
        requests = self._sim.counters.requests.total()
        self.report.requests += requests
        self.report.most_per_minute = max(self.report.most_per_minute, requests)

    def _start_event(self) -> bool:
        """Start an outage of 20 minutes, or make a lasting change; return whether it is an outage."""
        rng, sim = self._rng, self._sim
        doors = sim.state.buildings["501"].doors
        match rng.randrange(12):
            case 0:
                sim.faults.add("*", rng.choice(("reset", "status:503", "html", "ok_empty")))
            case 1:
                sim.faults.add("*", "rate_limit", cloud=rng.choice(("carson", "eagle_eye")))
            case 2:
                sim.faults.add("session", "status", status=503)
                sim.sessions.revoke()
            case 3:
                sim.sessions.revoke()
                self.report.revocations += 1
                return False
            case 4:
                sim.tokens.revoke()
                self.report.revocations += 1
                return False
            case 5:
                self._added_doors += 1
                doors.append(Door(id=f"9{self._added_doors}", name=f"Annex {self._added_doors % 3}"))
                self.report.changes += 1
                return False
            case 6:
                if len(doors) > 5:
                    doors.pop()
                    self.report.changes += 1
                return False
            case 7:
                sim.faults.add("me", rng.choice(("other_account", "bare401", "empty_lists", "junk_rows")), times=1)
                self.report.false_responses += 1
                return False
            case 8:
                sim.faults.add("device_list", rng.choice(("empty_lists", "junk_rows", "status:403")), times=1)
                self.report.false_responses += 1
                return False
            case 9:
                sim.sessions.revoke()
                sim.faults.add("session", rng.choice(("bare401", "status:404", "ok_empty")), times=1)
                self.report.false_responses += 1
                return False
            case 10:
                sim.faults.add("*", "bare401", cloud="carson")
            case _:
                return False
        self.report.outages += 1
        return True

    async def _open_door(self) -> None:
        before = self._sim.openings.get("7001", 0)
        if response_lost := self._rng.random() < 0.3:
            self._sim.faults.add("open_door", "reset", when="after", times=1)
        try:
            await self._hass.services.async_call("lock", "open", {"entity_id": DOOR}, blocking=True)
        except HomeAssistantError:
            self.report.unclear += 1
            assert response_lost
        self._sim.faults.clear()
        opened = self._sim.openings.get("7001", 0) - before
        assert opened == 1
        self.report.openings += opened
        assert (await async_get_image(self._hass, CAMERA)).content
        await self._hass.async_block_till_done()

    def _measure(self) -> None:
        # The simulator's memory of old keys does not count.
        sessions = self._sim.sessions
        sessions.issued = {key: one for key, one in sessions.issued.items() if sessions.is_valid(one)}
        self.report.by_class = count_objects()
        self.report.objects.append(self.report.by_class.total())
        self.report.mib.append(resident_mib())
        self.report.threads.append(threading.active_count())


def growth(values: list[float] | list[int]) -> float:
    """Return the ratio of the last measurement to the second one; caches still fill up before the first."""
    return values[-1] / values[1] if values[1] else 1.0


def entities_of(hass: HomeAssistant, entry: MockConfigEntry) -> set[tuple[str, str]]:
    """Return the entities of an account by unique id and entity id."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {(one.unique_id, one.entity_id) for one in found}
