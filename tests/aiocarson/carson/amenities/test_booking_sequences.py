"""Random sequences of bookings and cancellations whose responses get lost: nothing is ever booked twice.

Most sequences use the rules of the simulator without sockets, for speed; a few hundred use real sockets.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
import json
from random import Random
from typing import Any

from aiocarson import Amenities, ApiError, CannotConnectError, Carson, NotFoundError, OutcomeUnclearError, Reservation
from aiocarson.carson.api import AppIdentity, CarsonApi
from aiocarson.carson.time_zones import TimeZones
from aiocarson.errors import AlreadyBookedError, NotAppliedError
from aiocarson.http.request import Request, Response
from aiocarson.http.stats import RequestStats
from aiocarson.http.timeouts import Timeouts
from multidict import CIMultiDict
import pytest

from simulator import Clock, Simulator
from simulator.carson.amenities import find_operation
from simulator.carson.amenity_responses import AmenityRequest, AmenityResponse
from simulator.core import Core
from simulator.state.reservations import Reservations

from ...conftest import MakeCarson

SEQUENCES = 10_000
FIRST_SEED = 20_260_910
START = datetime(2026, 11, 20, 15, tzinfo=UTC)
DAYS = [date(2026, 11, 22), date(2026, 11, 23)]
SLOTS = [(time(8), time(9)), (time(9), time(10)), (time(20), time(22)), (time(23), time(0))]
AMENITIES = ["301", "302"]
KINDS = ["unsent", "before", "after", "late", "401", "401 after", "500", "500 after", "garbled"]
LATEST = 30.0
"""Seconds after which a lost command can no longer arrive."""


@dataclass
class LossyTransport:
    """A transport that uses the rules of the simulator directly, and loses some requests and responses."""

    core: Core
    rng: Random
    stats: RequestStats = field(default_factory=RequestStats)
    timeouts: Timeouts = field(default_factory=Timeouts)
    late: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    hidden: list[tuple[float, str, list[Any]]] = field(default_factory=list)
    losing: float = 0.4

    def _pass(self, seconds: float) -> None:
        self.core.clock.advance(seconds)
        now = self.core.clock.time()
        for due, act in [one for one in self.late if one[0] <= now]:
            self.late.remove((due, act))
            act()

    async def sleep(self, seconds: float) -> None:
        self._pass(seconds)

    async def read(self, request: Request) -> Response:
        self._pass(0.1)
        if self.rng.random() < self.losing / 3:
            raise CannotConnectError("lost")
        return self._respond(request)

    async def send_once(self, request: Request) -> Response:
        self._pass(0.1)
        if self.rng.random() >= self.losing:
            return self._respond(request)
        kind = self.rng.choice(["unsent", "before", "after", "late", "401", "401 after", "500", "500 after", "garbled"])
        response: Response | None = None
        if kind in {"after", "401 after", "500 after", "garbled"}:
            response = self._respond(request)
        if kind == "late":
            due = self.core.clock.time() + self.rng.uniform(0.1, LATEST)
            self.late.append((due, lambda: self._respond(request)))
        match kind:
            case "unsent":
                raise CannotConnectError("never sent")
            case "401" | "401 after":
                return Response("", 401, CIMultiDict(), b"")
            case "500" | "500 after":
                raise OutcomeUnclearError("500", has_response=True)
            case "garbled" if response is not None and response.status < 400:
                return Response("", 200, CIMultiDict(), b"<html>")
            case _:
                raise OutcomeUnclearError("no response")

    def _respond(self, request: Request) -> Response:
        path = request.url.path.removeprefix("/api/v2.0.0/")
        found = find_operation(request.method, path)
        assert found is not None
        _, operation, args = found
        reply: AmenityResponse = operation(
            self.core.reservations,
            self.core.settings.amenities,
            AmenityRequest(
                account=self.core.state.accounts["resident@example.com"],
                args=args,
                query=request.params,
                body=json.dumps(request.body).encode(),
            ),
        )
        envelope = {"code": reply.code, "status": "OK", "data": reply.data, "msg": reply.msg}
        return Response("", reply.status, CIMultiDict(), json.dumps(envelope).encode())


@dataclass
class Resident:
    """Wants things, believes what the client says, and tries again when outcomes that it is not done."""

    amenities: Amenities
    rules: Reservations
    rng: Random
    wait: Callable[[float], Awaitable[None]]
    outcomes: dict[str, int] = field(default_factory=dict)

    async def act(self) -> None:
        for _ in range(self.rng.randint(1, 3)):
            amenity, day = self.rng.choice(AMENITIES), self.rng.choice(DAYS)
            begin, end = self.rng.choice(SLOTS)
            made = await self._book(amenity, day, begin, end)
            if made is not None and self.rng.random() < 0.4:
                await self._cancel(made)

    async def _book(self, amenity: str, day: date, begin: time, end: time) -> Reservation | None:
        for _ in range(4):
            try:
                made = await self.amenities.book(amenity, day, begin, end)
            except AlreadyBookedError:
                self._count_outcome("already")
                assert self._count(amenity, day, begin) == 1
                return None
            except NotAppliedError:
                self._count_outcome("not applied")
                assert self._count(amenity, day, begin) == 0
            except OutcomeUnclearError:
                self._count_outcome("unclear")
                await self.wait(2 * LATEST)  # as outcomes: look before you try again
            except ApiError:
                self._count_outcome("rejected")
                return None
            except CannotConnectError:
                self._count_outcome("not sent")
            else:
                self._count_outcome("booked")
                assert self._count(amenity, day, begin) == 1
                return made
        return None

    async def _cancel(self, made: Reservation) -> None:
        for _ in range(4):
            try:
                await self.amenities.cancel(made.id)
            except NotAppliedError:
                self._count_outcome("not cancelled")
                assert self._is_active(made)
            except OutcomeUnclearError:
                self._count_outcome("cancellation unclear")
                await self.wait(2 * LATEST)
            except NotFoundError, ApiError:
                self._count_outcome("nothing to cancel")
                assert not self._is_active(made)
                return
            except CannotConnectError:
                self._count_outcome("not sent")
            else:
                self._count_outcome("cancelled")
                assert not self._is_active(made)
                return

    def _count_outcome(self, what: str) -> None:
        self.outcomes[what] = self.outcomes.get(what, 0) + 1

    def _is_active(self, made: Reservation) -> bool:
        row = self.rules.reservation(made.id)
        return row is not None and row.is_live

    def _count(self, amenity: str, day: date, begin: time) -> int:
        rows = self.rules.reservations_of(ACCOUNT, "501")
        return sum(one.is_live and (one.amenity, one.day, one.begin) == (amenity, day, begin) for one in rows)


ACCOUNT = Core().state.accounts["resident@example.com"]


@pytest.mark.timeout(600)
async def test_ten_thousand_sequences_never_book_twice(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.get_running_loop().set_debug(False)  # it would take most of the time
    core = Core(Clock.manual(START))
    zones = TimeZones()
    outcomes: dict[str, int] = {}
    for seed in range(FIRST_SEED, FIRST_SEED + SEQUENCES):
        rng = Random(seed)
        core.state.reservations.clear()
        core.reservations.reset()
        core.settings.amenities.cancelled = rng.choice(["listed", "gone"])
        core.clock.advance(START.timestamp() - core.clock.time())
        transport = LossyTransport(core, rng)
        api = CarsonApi(
            transport,  # type: ignore[arg-type]
            api_url="http://localhost/api",
            version="v1.4.4",
            app=AppIdentity(),
            credentials=None,
            token="any",
            on_token=None,
        )
        amenities = Amenities(api, "501", time_zone=lambda: "America/New_York", zones=zones)
        resident = Resident(amenities, core.reservations, rng, transport.sleep, outcomes)
        try:
            await resident.act()
            await transport.sleep(2 * LATEST)
            assert core.reservations.double_bookings() == []
        except AssertionError as err:
            raise AssertionError(f"seed {seed}: {err}") from err
    with capsys.disabled():
        print(f"\nseeds {FIRST_SEED} to {FIRST_SEED + SEQUENCES - 1}: {outcomes}")  # noqa: T201  # to be run again
    # Every outcome must occur often.
    assert min(outcomes[what] for what in ("booked", "not applied", "unclear", "already", "cancelled")) > 200


@pytest.mark.timeouts(command=5)
async def test_sequences_over_real_sockets_never_book_twice(
    sim: Simulator, make_carson: MakeCarson, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kinds = ["reset", "cut", "truncate", "unauthorized", "bare401", "status:500", "html", "ok_empty", "missing_key"]
    carson: Carson = make_carson(token=sim.mint_token("resident@example.com"))
    await carson.get_account()
    today = sim.clock.now().date()
    outcomes: dict[str, int] = {}
    seeds = range(FIRST_SEED, FIRST_SEED + 200)
    for seed in seeds:
        rng = Random(seed)
        sim.state.reservations.clear()
        sim.reservations.reset()
        for operation in ("book", "cancel"):
            for _ in range(rng.randint(0, 2)):
                when = rng.choice(["before", "after"])
                sim.faults.add(operation, rng.choice(kinds), when=when, times=1, skip=rng.randint(0, 1))
        resident = Resident(carson.amenities("501"), sim.reservations, rng, asyncio.sleep, outcomes)
        resident.wait = lambda _: asyncio.sleep(0)
        monkeypatch.setattr(f"{__name__}.DAYS", [today + timedelta(days=n) for n in (2, 3)])
        await resident.act()
        sim.faults.clear()
        assert sim.reservations.double_bookings() == [], f"seed {seed}"
        assert max(sim.reservations.cancellations.values(), default=0) <= 1, f"seed {seed}"
    with capsys.disabled():
        print(f"\nseeds {seeds[0]} to {seeds[-1]}: {outcomes}")  # noqa: T201  # to be run again
