"""Fault injection: which requests go wrong, how, and how often."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from aiohttp import web

from simulator.faults import AlteringFault, Delay, Fault, ReplacingFault, StreamFault, create_fault
from simulator.media.stream_effects import StreamEffect

_TARGET = frozenset({"times", "skip", "cloud", "building", "camera", "door"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a request is about."""

    operation: str
    cloud: str
    building: str | None = None
    camera: str | None = None
    door: str | None = None


@dataclass(slots=True, kw_only=True)
class FaultRule:
    """A fault, and the requests that it applies to.

    The first `skip` matching requests are spared, then the fault applies to `times` requests
    (None: until it is removed).
    """

    fault: Fault
    operation: str
    """Name of the operation; `*` is any."""
    cloud: str | None = None
    building: str | None = None
    camera: str | None = None
    """ESN of the camera."""
    door: str | None = None
    times: int | None = None
    skip: int = 0
    hits: int = field(default=0, init=False)
    """Number of requests that the fault has been applied to."""

    def __post_init__(self) -> None:
        """Check the rule.

        Raises:
            ValueError: `times` is negative.
        """
        for name in ("building", "camera", "door"):
            value = getattr(self, name)
            setattr(self, name, None if value is None else str(value))
        if self.times is not None and self.times < 0:
            raise ValueError("times must not be negative")

    @property
    def is_used_up(self) -> bool:
        """Whether the fault has been applied as often as it should."""
        return self.times is not None and self.hits >= self.times

    def matches(self, target: Target) -> bool:
        """Whether the rule is meant for a request."""
        return self.operation in {"*", target.operation} and all(
            getattr(self, name) in {None, getattr(target, name)} for name in ("cloud", "building", "camera", "door")
        )

    def count(self) -> bool:
        """Count a matching request and return whether the fault applies to it."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.is_used_up:
            return False
        self.hits += 1
        return True

    def as_json(self) -> dict[str, Any]:
        """Return the rule with the parameters of its fault."""
        rule = {name: getattr(self, name) for name in ("operation", *sorted(_TARGET), "hits")}
        return rule | {"kind": self.fault.kind} | asdict(self.fault)


@dataclass(frozen=True, slots=True)
class Injection:
    """The faults that apply to one request."""

    faults: tuple[Fault, ...] = ()

    async def respond(
        self, request: web.Request, handle: Callable[[], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Respond to a request with the faults applied.

        Args:
            request: The request.
            handle: Carries out the request and returns the real response.
        """
        delays = [fault for fault in self.faults if isinstance(fault, Delay)]
        fault = next((fault for fault in self.faults if not isinstance(fault, Delay)), None)
        await _sleep(sum(delay.seconds for delay in delays if delay.when == "before"))
        response: web.StreamResponse | None = None
        if not isinstance(fault, ReplacingFault) or fault.when == "after":
            response = await handle()
        await _sleep(sum(delay.seconds for delay in delays if delay.when == "after"))
        if isinstance(fault, ReplacingFault):
            return await fault.respond(request)
        if isinstance(fault, AlteringFault):
            return await fault.alter(request, response) if isinstance(response, web.Response) else _failure()
        return response if response is not None else _failure()


class Faults:
    """The switchboard: all rules in the order in which they were added."""

    def __init__(self) -> None:
        """Initialize the switchboard without rules."""
        self._rules: list[FaultRule] = []

    def add(self, operation: str, kind: str, **details: Any) -> FaultRule:
        """Add a rule; details are fields of `FaultRule` and of the fault.

        Raises:
            ValueError: There is no such kind of fault, or a detail has an invalid value.
            TypeError: There is no such detail.
        """
        target = {name: value for name, value in details.items() if name in _TARGET}
        parameters = {name: value for name, value in details.items() if name not in _TARGET}
        rule = FaultRule(operation=operation, fault=create_fault(kind, **parameters), **target)
        self._rules.append(rule)
        return rule

    def remove(self, rule: FaultRule) -> None:
        """Remove a rule, if it is still there."""
        if rule in self._rules:
            self._rules.remove(rule)

    def clear(self, operation: str | None = None) -> None:
        """Remove all rules, or those of one operation."""
        self._rules = [rule for rule in self._rules if operation is not None and rule.operation != operation]

    @property
    def rules(self) -> tuple[FaultRule, ...]:
        """Rules that can still apply."""
        return tuple(self._rules)

    def injection(self, target: Target, *, streamed: bool) -> Injection:
        """Return what to inject into a request, and count it.

        Args:
            target: What the request is about.
            streamed: Whether the response is a video stream, which is altered by `stream_effects` only.
        """
        kinds = (ReplacingFault, Delay) if streamed else (ReplacingFault, AlteringFault, Delay)
        return Injection(tuple(self._select(target, kinds)))

    def stream_effects(self, target: Target) -> list[StreamEffect]:
        """Return the effects on a video stream, at most one of each kind, and count the request."""
        effects: Mapping[str, StreamEffect] = {
            fault.kind: fault.effect()
            for fault in self._select(target, (StreamFault,))
            if isinstance(fault, StreamFault)
        }
        return list(effects.values())

    def _select(self, target: Target, kinds: tuple[type[Fault], ...]) -> list[Fault]:
        selected: list[Fault] = []
        has_exclusive = False
        for rule in list(self._rules):
            fault = rule.fault
            if not isinstance(fault, kinds) or not rule.matches(target):
                continue
            if (has_exclusive and not fault.adds_up) or not rule.count():
                continue
            selected.append(fault)
            has_exclusive = has_exclusive or not fault.adds_up
            if rule.is_used_up:
                self._rules.remove(rule)
        return selected


async def _sleep(seconds: float) -> None:
    if seconds > 0:
        await asyncio.sleep(seconds)


def _failure() -> web.Response:
    return web.Response(status=500)
