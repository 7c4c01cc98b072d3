"""What each measure is given."""

from dataclasses import dataclass

from .machine import Machine


@dataclass(frozen=True, slots=True)
class Bench:
    """How thoroughly to measure, and on what.

    Attributes:
        machine: Takes the samples.
        is_quick: Whether all measures together may take a minute at most.
    """

    machine: Machine
    is_quick: bool

    def choose[T](self, quick: T, whole: T) -> T:
        """Return the value for a quick run, or for a whole one."""
        return quick if self.is_quick else whole
