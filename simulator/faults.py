"""The switchboard of faults: which request goes wrong, how, and how often (Protocol C)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

type Replacing = Literal[
    "status",
    "html",
    "ok_html",
    "ok_empty",
    "code",
    "reset",
    "silence",
    "bare401",
    "unauthorized",
    "rate_limit",
    "redirect",
    "job_failed",
]
"""Kinds that answer in place of the real answer."""
type Altering = Literal["missing_key", "truncate", "cut", "drip", "empty_values", "zero_length"]
"""Kinds that spoil the real answer, so that the request itself has been carried out."""
type Streaming = Literal[
    "audio_alaw",
    "audio_ulaw",
    "audio_aac",
    "backward_timestamp",
    "early_eof",
    "annexb",
    "stall",
    "resolution_change",
    "cut_stream",
]
"""Kinds that live and recorded FLV bodies show (Protocol C row 40)."""

REPLACING = frozenset(get_args(Replacing.__value__))
ALTERING = frozenset(get_args(Altering.__value__))
STREAMING = frozenset(get_args(Streaming.__value__))
_JOINING = STREAMING | {"delay"}
KINDS = REPLACING | ALTERING | STREAMING | {"delay"}


@dataclass(slots=True, kw_only=True)
class Fault:
    """One rule of the switchboard.

    Which requests: `operation` (see `operations`; `*` is any), and if given the building, the
    camera (ESN) and the door id, and the cloud. How often: the first `skip` matching requests
    pass, then `times` are struck (None: until cleared).
    """

    operation: str
    kind: str
    times: int | None = None
    skip: int = 0
    when: Literal["before", "after"] = "before"
    """For replacing kinds: whether the request is carried out (a door opened) before the fault strikes."""
    cloud: str | None = None
    building: str | None = None
    camera: str | None = None
    door: str | None = None
    status: int | None = None
    """Status of the answer, for the kinds status, html, code, bare401, redirect."""
    body: str = ""
    """Body for the kind status."""
    content_type: str = "text/plain"
    code: int = 1
    """Envelope code for the kind code."""
    key: str = "code"
    """Envelope key that is left out, for the kind missing_key."""
    seconds: float = 0.0
    """Real seconds, for the kinds delay, drip, stall."""
    at: float = 1.0
    """Seconds of video (kinds of FLV bodies) after which it happens."""
    location: str | None = None
    """Target for the kind redirect; None: the same path on sub-domain c099."""
    struck: int = field(default=0, init=False)
    """How many requests it has struck."""

    def __post_init__(self) -> None:
        """Understand `status:503` and check the kind.

        Raises:
            ValueError: Unknown kind, or one that cannot strike at the given moment.
        """
        for name in ("building", "camera", "door"):
            value = getattr(self, name)
            setattr(self, name, None if value is None else str(value))
        if ":" in self.kind:
            self.kind, _, number = self.kind.partition(":")
            self.status = int(number)
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of fault: {self.kind}")
        if self.times is not None and self.times < 0:
            raise ValueError("times must not be negative")
        if self.when not in {"before", "after"}:
            raise ValueError("when must be before or after")

    def take(self) -> bool:
        """Count a matching request; whether it is struck."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.is_spent():
            return False
        self.struck += 1
        return True

    def is_spent(self) -> bool:
        """Whether it has struck as often as it should."""
        return self.times is not None and self.struck >= self.times

    def matches(self, operation: str, cloud: str, ids: dict[str, str | None]) -> bool:
        """Whether a request is one that this rule is meant for."""
        return (
            self.operation in {"*", operation}
            and self.cloud in {None, cloud}
            and all(getattr(self, name) in {None, value} for name, value in ids.items())
        )


class Faults:
    """All rules in force, in the order they were added."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []

    def add(self, operation: str, kind: str, **details: Any) -> Fault:
        """Add a rule; see `Fault` for the details.

        Raises:
            ValueError: The rule makes no sense.
            TypeError: Unknown detail.
        """
        fault = Fault(operation=operation, kind=kind, **details)
        self._rules.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Take one rule back."""
        if fault in self._rules:
            self._rules.remove(fault)

    def clear(self, operation: str | None = None) -> None:
        """Take all rules back, or those of one operation."""
        self._rules = [rule for rule in self._rules if operation is not None and rule.operation != operation]

    @property
    def rules(self) -> tuple[Fault, ...]:
        """Rules that can still strike."""
        return tuple(self._rules)

    def strike(self, operation: str, cloud: str, ids: dict[str, str | None], kinds: Iterable[str]) -> list[Fault]:
        """Return the rules of these kinds that strike this request, and count them.

        Delays and oddities of bodies add up; of all other kinds the first rule that matches is
        the only one to strike.
        """
        struck: list[Fault] = []
        wanted = frozenset(kinds)
        final = False
        for rule in list(self._rules):
            if rule.kind not in wanted or not rule.matches(operation, cloud, ids):
                continue
            joins = rule.kind in _JOINING
            if (final and not joins) or not rule.take():
                continue
            struck.append(rule)
            final = final or not joins
            if rule.is_spent():
                self._rules.remove(rule)
        return struck
