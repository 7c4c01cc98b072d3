"""Presses of several sources under random faults, in batches of many doors, and the rules that hold for any of them."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
import random

from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from simulator.state.model import Door

BUILDING = "501"
DOORS = 100
LIMIT_SECONDS = 1.2
"""How long after a press a door may be opened here."""
JOIN_SECONDS = 0.05
"""How long a press after a success joins it here."""
SLOW_SECONDS = 1.6
"""How long slow responses and sign-ins take here, longer than a door may be opened."""
_LATE_SECONDS = 0.2
_PROBABILITY_OF_RELOAD = 0.1
_PROBABILITY_OF_CANCELLATION = 0.1

type CauseFault = Callable[[Simulator, str, random.Random], str]
"""Causes a fault for one door; returns its name."""


def _lost(sim: Simulator, door: str, rng: random.Random) -> str:
    kind = rng.choice(("reset", "cut", "truncate", "ok_html", "silence"))
    sim.faults.add("open_door", kind, door=door, when=rng.choice(("before", "after")), times=rng.choice((1, 2)))
    return f"{kind} response"


def _slow(sim: Simulator, door: str, rng: random.Random) -> str:
    seconds = rng.choice((_LATE_SECONDS, SLOW_SECONDS))
    sim.faults.add("open_door", "delay", door=door, when=rng.choice(("before", "after")), seconds=seconds, times=1)
    return "slow response"


def _refused(sim: Simulator, door: str, rng: random.Random) -> str:
    status = rng.choice((400, 401, 403, 404, 429, 500, 503))
    sim.faults.add("open_door", "status", door=door, when="before", status=status, times=rng.choice((1, 2)))
    return f"status {status}"


_COMMON_FAULTS = ("none", "revoked", "slow sign-in", "none", "failing sign-in")
_FAULTS: tuple[CauseFault, ...] = (_lost, _lost, _slow, _slow, _refused)


def _cause_common_fault(sim: Simulator, batch: int) -> str:
    """Cause a fault that concerns all doors, or none; each batch has the next one."""
    kind = _COMMON_FAULTS[batch % len(_COMMON_FAULTS)]
    if kind != "none":
        sim.tokens.revoke()
    if kind == "slow sign-in":
        sim.faults.add("login", "delay", seconds=SLOW_SECONDS, times=1)
    if kind == "failing sign-in":
        sim.faults.add("login", "status", status=503, times=1)
    return kind


@dataclass(slots=True)
class Press:
    """One press and how it ended.

    Attributes:
        door: The id of the door.
        action: Domain, action and entity.
        at: When it was made, in seconds of the loop's clock.
        result: `done`, the key of the error, or `cancelled`.
    """

    door: str
    action: tuple[str, str, str]
    context: Context = field(default_factory=Context)
    at: float = 0.0
    result: str = ""


@dataclass(slots=True)
class Results:
    """The results of many sequences."""

    outcomes: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    sequences: int = 0
    joined: int = 0
    violations: list[str] = field(default_factory=list)


class PressSequences:
    """Presses the doors of one loaded account, batch after batch."""

    def __init__(self, hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, seed: int) -> None:
        self._hass = hass
        self._sim = sim
        self._entry = entry
        self._rng = random.Random(seed)
        self._doors = [f"door-{number}" for number in range(DOORS)]
        self._actions: dict[str, list[tuple[str, str, str]]] = {}
        self._events: list[tuple[float, Event]] = []
        self.results = Results()
        hass.bus.async_listen("carson_door", self._record_event)

    async def prepare(self) -> None:
        """Add the doors."""
        self._sim.state.buildings[BUILDING].doors.extend(Door(id=door, name=door) for door in self._doors)
        await self._refresh()
        await self._hass.async_block_till_done()
        registry = er.async_get(self._hass)
        for door in self._doors:
            unique_id = f"{self._entry.unique_id}-{door}"
            lock = registry.async_get_entity_id("lock", "carson", unique_id)
            button = registry.async_get_entity_id("button", "carson", f"{unique_id}-open")
            assert lock is not None
            assert button is not None
            self._actions[door] = [("lock", "open", lock), ("lock", "unlock", lock), ("button", "press", button)]

    async def run_batch(self, number: int = DOORS) -> None:
        """Press each of some doors one to four times, under up to two faults of its own and one that concerns all."""
        doors = self._doors[:number]
        self._events.clear()
        self._sim.counters.reset()
        common = [_cause_common_fault(self._sim, self.results.sequences // DOORS)]
        faults = {
            door: [self._rng.choice(_FAULTS)(self._sim, door, self._rng) for _ in range(self._rng.randint(0, 2))]
            for door in doors
        }
        presses = [
            Press(door, self._rng.choice(self._actions[door])) for door in doors for _ in range(self._rng.randint(1, 4))
        ]
        tasks = [asyncio.create_task(self._press(press)) for press in presses]
        if self._rng.random() < _PROBABILITY_OF_RELOAD:
            await asyncio.sleep(self._rng.uniform(0, 0.1))
            assert await self._hass.config_entries.async_reload(self._entry.entry_id)
            common.append("reload")
        await asyncio.gather(*tasks)
        await self._hass.async_block_till_done()
        await self._let_sent_requests_arrive()
        told = self._requests()
        await self._let_everything_end()
        late = self._requests() - told
        for door in doors:
            self._check(door, [*faults[door], *common], [press for press in presses if press.door == door], late[door])

    async def _press(self, press: Press) -> None:
        await asyncio.sleep(self._rng.choice((0, 0, 0.01, 0.05, 0.15)))
        domain, action, entity_id = press.action
        press.at = self._hass.loop.time()
        call = asyncio.create_task(
            self._hass.services.async_call(
                domain, action, {"entity_id": entity_id}, blocking=True, context=press.context
            )
        )
        if self._rng.random() < _PROBABILITY_OF_CANCELLATION:
            await asyncio.sleep(self._rng.choice((0, 0.01, 0.1)))
            call.cancel()
        try:
            await call
            press.result = "done"
        except asyncio.CancelledError:
            press.result = "cancelled"
        except HomeAssistantError as err:
            press.result = str(err.translation_key)

    @staticmethod
    async def _let_sent_requests_arrive() -> None:
        """Let the loop pass on what was sent just before the time of a press was over."""
        for _ in range(20):
            await asyncio.sleep(0.01)

    async def _let_everything_end(self) -> None:
        """Wait until no request is under way, that of a renewal included, and no press can join another any more."""
        self._sim.faults.clear()
        async with asyncio.timeout(60):
            while self._sim.counters.in_flight["carson"]:  # noqa: ASYNC110 - the simulator has no event for it
                await asyncio.sleep(0.01)
        await asyncio.sleep(JOIN_SECONDS)
        # The next batch begins with a valid token.
        await self._refresh()

    async def _refresh(self) -> None:
        # The first poll may use a connection that was forgotten.
        for _ in range(3):
            await self._entry.runtime_data.account.async_refresh()
            if self._entry.runtime_data.account.status.error is None:
                break

    def _requests(self) -> Counter[str]:
        log = self._sim.counters.log
        return Counter(record.door for record in log if record.operation == "open_door" and record.door is not None)

    @callback
    def _record_event(self, event: Event) -> None:
        self._events.append((self._hass.loop.time(), event))

    def _check(self, door: str, faults: list[str], presses: list[Press], late: int) -> None:
        entity_ids = {entity_id for _, _, entity_id in self._actions[door]}
        events = [(at, event) for at, event in self._events if event.data["entity_id"] in entity_ids]
        outcomes = Counter(event.data["outcome"] for _, event in events)
        opened = self._sim.openings.get(door, 0)
        contexts = {press.context.id: press for press in presses}
        rules = {
            "opened more often than told": opened <= outcomes["opened"] + outcomes["unclear"],
            "told to be opened, but not opened": outcomes["opened"] <= opened,
            "not told": bool(events),
            "sent after the outcome was told": late == 0,
            "told for nobody": all(event.context.id in contexts for _, event in events),
            "a press that must join was carried out": all(
                contexts[event.context.id].at >= earlier + JOIN_SECONDS
                for earlier, before in events
                if before.data["outcome"] == "opened"
                for at, event in events
                # A press during a long reload is refused, whatever happened before.
                if at > earlier and event.data["outcome"] != "failed"
            ),
            "a press without an ending": all(press.result for press in presses),
            "an error that is not translated": all(press.result != "None" for press in presses),
        }
        results = self.results
        results.sequences += 1
        results.outcomes.update(outcomes)
        results.endings.update(press.result for press in presses)
        results.faults.update(faults)
        results.joined += len(presses) - len(events)
        if broken := [rule for rule, holds in rules.items() if not holds]:
            endings = [press.result for press in presses]
            results.violations.append(
                f"{'; '.join(broken)}: {' + '.join(faults)}; {endings}, {dict(outcomes)}, opened {opened} times"
            )
