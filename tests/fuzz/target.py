"""What the fuzzer runs."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Target:
    """A parser or reader under test: `run` makes a random case, and raises an error if the result is wrong."""

    name: str
    run: Callable[[Random], None]
