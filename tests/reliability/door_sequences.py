"""Requests to open a door under random faults, and the rules that hold for any of them."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
import random

import aiohttp

from custom_components.carson.aiocarson import (
    AuthenticationError,
    CannotConnectError,
    Carson,
    CarsonError,
    OutcomeUnclearError,
)
from simulator import Simulator
from simulator.state.model import Door

EMAIL = "resident@example.com"
PASSWORD = "correct horse"
BUILDING = "501"
_DOORS_KEPT = 60
ALL_REJECTED = "401 for every token"

type CauseFault = Callable[[Simulator, random.Random], str]
"""Causes a fault in the simulator; returns its description."""

_STATUS = (400, 403, 404, 409, 410, 418, 500, 502, 503, 504)
_REPLACING = ("reset", "html", "ok_html", "ok_empty", "code", "rate_limit", "bare401", "unauthorized", "redirect")
_ALTERING = ("missing_key", "truncate", "cut", "empty_values", "zero_length")
_OF_RENEWAL = ("reset", "html", "ok_html", "ok_empty", "code", "rate_limit", "missing_key", "truncate", "cut")


def _replaced(sim: Simulator, rng: random.Random) -> str:
    kind, when = rng.choice(_REPLACING), rng.choice(("before", "after"))
    sim.faults.add("open_door", kind, when=when, times=rng.choice((1, 1, 2, 3)), skip=rng.choice((0, 0, 0, 1)))
    return f"{kind} {when}"


def _status(sim: Simulator, rng: random.Random) -> str:
    status, when = rng.choice(_STATUS), rng.choice(("before", "after"))
    sim.faults.add("open_door", "status", status=status, when=when, times=rng.choice((1, 2)))
    return f"{status} {when}"


def _altered(sim: Simulator, rng: random.Random) -> str:
    kind = rng.choice(_ALTERING)
    sim.faults.add("open_door", kind, times=1, skip=rng.choice((0, 0, 1)))
    return kind


def _renewal_fails(sim: Simulator, rng: random.Random) -> str:
    """Cause errors of the requests that a renewal needs; true 401s are caused by `_revoked`."""
    operation = rng.choice(("login", "me", "session"))
    kind = rng.choice(_OF_RENEWAL)
    sim.faults.add(operation, kind, times=rng.choice((1, 2, 4)))
    return f"{kind} of {operation}"


def _revoked(sim: Simulator, _: random.Random) -> str:
    sim.tokens.revoke()
    return "token revoked"


def _all_rejected(sim: Simulator, rng: random.Random) -> str:
    """Reject every token for a while; the door may open nevertheless."""
    when = rng.choice(("before", "after"))
    sim.faults.add("open_door", "bare401", when=when, times=rng.choice((1, 1, 2)))
    sim.faults.add("me", "bare401", times=rng.choice((1, 2, 3, 5)))
    return f"{ALL_REJECTED}, {when}"


def _login_rejected(sim: Simulator, _: random.Random) -> str:
    sim.faults.add("login", "unauthorized", times=1)
    return "login rejected"


def _delayed(sim: Simulator, rng: random.Random) -> str:
    when = rng.choice(("before", "after"))
    sim.faults.add("open_door", "delay", when=when, seconds=0.002, times=1)
    return f"delay {when}"


FAULTS: tuple[CauseFault, ...] = (
    _replaced,
    _replaced,
    _status,
    _altered,
    _renewal_fails,
    _revoked,
    _revoked,
    _login_rejected,
    _delayed,
    _all_rejected,
)


@dataclass(slots=True)
class Results:
    """The results of many sequences."""

    outcomes: Counter[str] = field(default_factory=Counter)
    opened: int = 0
    unclear_and_opened: int = 0
    renewals: int = 0
    violations: list[str] = field(default_factory=list)
    """Sequences that broke a rule."""

    @property
    def sequences(self) -> int:
        return self.outcomes.total()


async def _open(carson: Carson, door: str, timeout: float | None) -> str:  # noqa: ASYNC109 - the caller gives up
    try:
        async with asyncio.timeout(timeout):
            await carson.open_door(door)
    except TimeoutError:
        return "cancelled"
    except CarsonError as err:
        return type(err).__name__
    return "opened"


def _make_client(sim: Simulator, session: aiohttp.ClientSession, rng: random.Random) -> Carson:
    async def no_pause(_: float) -> None:
        await asyncio.sleep(0)

    return Carson(
        session,
        email=EMAIL,
        password=PASSWORD,
        token=sim.mint_token(EMAIL),
        api_url=sim.api_url,
        eagle_eye_url=sim.eagle_eye_url,
        sleep=no_pause,
        jitter=rng.random,
    )


async def run_sequence(sim: Simulator, session: aiohttp.ClientSession, rng: random.Random, results: Results) -> None:
    """Open a door once under up to four faults, and check the rules.

    Each sequence has a door of its own, so that what a cancelled request does later does not count for the next one.
    """
    doors = sim.state.buildings[BUILDING].doors
    door = f"door-{results.sequences}"
    doors.append(Door(id=door, name=door))
    del doors[:-_DOORS_KEPT]
    carson = _make_client(sim, session, rng)
    faults = [rng.choice(FAULTS)(sim, rng) for _ in range(rng.randint(0, 4))]
    reads = rng.random() < 0.2
    timeout = rng.choice((*(None,) * 9, 0.003))
    logins = sim.counters.logins
    if reads:
        outcome, *_ = await asyncio.gather(_open(carson, door, timeout), carson.get_account(), return_exceptions=True)
    else:
        outcome = await _open(carson, door, timeout)
    sim.faults.clear()
    await carson.close()
    _record(results, sim, door, faults, outcome, sim.counters.logins - logins)


def _record(results: Results, sim: Simulator, door: str, faults: list[str], outcome: object, logins: int) -> None:
    openings = sim.openings.get(door, 0)
    requests = sum(record.door == door for record in sim.counters.log)
    name = str(outcome)
    results.outcomes[name] += 1
    results.opened += openings
    results.unclear_and_opened += openings if name == OutcomeUnclearError.__name__ else 0
    results.renewals += logins > 0
    rules = {
        "opened more than once": openings <= 1,
        "reported as opened, but not opened": name != "opened" or openings == 1,
        "reported as not sent, but opened": name != CannotConnectError.__name__ or openings == 0,
        # While every token is rejected, a rejected sign-in is all that can be reported.
        "sign-in rejected, but opened": name != AuthenticationError.__name__
        or openings == 0
        or any(fault.startswith(ALL_REJECTED) for fault in faults),
        "sent more than twice": requests <= 2,
        "sent again without a new token": requests <= 1 or logins >= 1,
        "an undocumented error": isinstance(outcome, str),
    }
    broken = [rule for rule, holds in rules.items() if not holds]
    if broken:
        results.violations.append(
            f"{'; '.join(broken)}: {' + '.join(faults) or 'no fault'} led to {name}, opened {openings} times"
        )


async def run_sequences(seed: int, number: int) -> Results:
    """Open doors again and again, each time under other faults.

    Args:
        seed: The same seed gives the same faults.
        number: How many sequences.
    """
    rng = random.Random(seed)
    results = Results()
    async with (
        Simulator() as sim,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        for index in range(number):
            await run_sequence(sim, session, rng, results)
            if index % 100 == 0:
                sim.tokens.revoke()
                sim.counters.log.clear()
        results.violations += [f"{door} was opened {n} times" for door, n in sim.openings.items() if n > 1]
    return results
