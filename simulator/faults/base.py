"""Base classes of faults, and their registry by name."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, get_args

from aiohttp import web

from simulator.media.stream_effects import FrameChange, FrameDraft, StreamEffect

type When = Literal["before", "after"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that goes wrong with a request; the fields are its parameters."""

    kind: ClassVar[str]
    adds_up: ClassVar[bool] = False
    """Whether it applies together with other faults; of all other kinds only the first applies."""


KINDS: dict[str, type[Fault]] = {}
"""Classes of faults by the name of their kind."""


def register[F: Fault](kind: str) -> Callable[[type[F]], type[F]]:
    """Return a decorator that registers a class of faults by name."""

    def add(fault: type[F]) -> type[F]:
        fault.kind = kind
        KINDS[kind] = fault
        return fault

    return add


def create_fault(kind: str, **parameters: Any) -> Fault:
    """Return a fault by the name of its kind; parameters of other kinds are ignored.

    Args:
        kind: A name of `KINDS`; `status:503` is short for the kind `status` with the parameter `status=503`.
        parameters: Fields of the fault.

    Raises:
        ValueError: There is no such kind, or a parameter has an invalid value.
        TypeError: No kind has such a parameter.
    """
    kind, _, status = kind.partition(":")
    if status:
        parameters["status"] = int(status)
    if kind not in KINDS:
        raise ValueError(f"unknown kind of fault: {kind}")
    known = {field.name for fault in KINDS.values() for field in fields(fault)}
    if unknown := parameters.keys() - known:
        raise TypeError(f"unknown parameters of a fault: {', '.join(sorted(unknown))}")
    fault = KINDS[kind]
    return fault(**{field.name: parameters[field.name] for field in fields(fault) if field.name in parameters})


def _check_when(when: str) -> None:
    if when not in get_args(When.__value__):
        raise ValueError("when must be before or after")


@dataclass(frozen=True, kw_only=True)
class ReplacingFault(Fault):
    """A fault whose response replaces the real one."""

    when: When = "before"
    """Whether the fault occurs before or after the request is carried out (for example, a door opened)."""

    def __post_init__(self) -> None:
        """Check the parameters."""
        _check_when(self.when)

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """Return, or send, the response that replaces the real one."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class AlteringFault(Fault):
    """A fault that alters the real response; the request itself is carried out."""

    async def alter(self, request: web.Request, response: web.Response) -> web.StreamResponse:
        """Return, or send, the altered response."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class StreamFault(Fault):
    """A fault in the FLV stream of live video or of a recording (Protocol C row 40)."""

    adds_up: ClassVar[bool] = True
    once: ClassVar[bool] = True
    """Whether it changes a single frame, or every frame from then on."""

    at: float = 1.0
    """Seconds of video after which the fault occurs."""

    def effect(self) -> StreamEffect:
        """Return the effect on one stream."""
        return FrameChange(int(self.at * 1000), self.change, once=self.once)

    def change(self, draft: FrameDraft) -> None:
        """Change a frame."""
        raise NotImplementedError


@register("delay")
@dataclass(frozen=True, kw_only=True)
class Delay(Fault):
    """Delays the response."""

    adds_up: ClassVar[bool] = True

    seconds: float = 0.0
    """Real seconds."""
    when: When = "before"
    """Whether the delay is before or after the request is carried out."""

    def __post_init__(self) -> None:
        """Check the parameters."""
        _check_when(self.when)
