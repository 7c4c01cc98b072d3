"""Run the cases of a target. A case depends only on the seed, the target and its number."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
import time

from tests.fuzz.target import Target


@dataclass(slots=True)
class Result:
    """Result of a target.

    Attributes:
        cases: Number of cases that ran.
        seconds: Duration.
        failures: The first few errors by the number of the case.
        failed: Number of cases that failed.
    """

    target: str
    cases: int = 0
    seconds: float = 0.0
    failed: int = 0
    failures: dict[int, Exception] = field(default_factory=dict)


MAX_SHOWN = 5


def run_case(target: Target, seed: int, number: int) -> None:
    """Run one case."""
    target.run(Random(f"{seed}/{target.name}/{number}"))


def run(
    target: Target, *, seed: int, cases: int, seconds: float, clock: Callable[[], float] = time.monotonic
) -> Result:
    """Run a number of cases, or as many as fit into the time."""
    result = Result(target.name)
    started = clock()
    while result.cases < cases and clock() - started < seconds:
        try:
            run_case(target, seed, result.cases)
        except Exception as err:  # noqa: BLE001 - any error is a failure
            result.failed += 1
            if len(result.failures) < MAX_SHOWN:
                result.failures[result.cases] = err
        result.cases += 1
    result.seconds = clock() - started
    return result
