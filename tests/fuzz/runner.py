"""Feeds case after case to a target; each case is a function of seed, target and number alone."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
import time

from tests.fuzz.targets import Target


@dataclass(slots=True)
class Outcome:
    """What became of one target.

    Attributes:
        cases: How many were run.
        seconds: How long that took.
        failures: By number of the case, the first few only.
        failed: How many failed.
    """

    target: str
    cases: int = 0
    seconds: float = 0.0
    failed: int = 0
    failures: dict[int, Exception] = field(default_factory=dict)


MOST_SHOWN = 5


def run_case(target: Target, seed: int, number: int) -> None:
    """Run one case."""
    target.run(Random(f"{seed}/{target.name}/{number}"))


def run(
    target: Target, *, seed: int, cases: int, seconds: float, clock: Callable[[], float] = time.monotonic
) -> Outcome:
    """Run a target until so many cases are done or the time is over."""
    outcome = Outcome(target.name)
    began = clock()
    while outcome.cases < cases and clock() - began < seconds:
        try:
            run_case(target, seed, outcome.cases)
        except Exception as err:  # noqa: BLE001 - that is what is looked for
            outcome.failed += 1
            if len(outcome.failures) < MOST_SHOWN:
                outcome.failures[outcome.cases] = err
        outcome.cases += 1
    outcome.seconds = clock() - began
    return outcome
