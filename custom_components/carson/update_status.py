"""How the updates of a part of an account's data have gone."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from homeassistant.util import dt as dt_util

from .aiocarson import CarsonError
from .const import TOLERATED_FAILURES


@dataclass(slots=True)
class UpdateStatus:
    """How updates have gone.

    Attributes:
        updated_at: When the last successful update ended.
        failures: Number of consecutive failures.
        error: The error of the last update, None if it succeeded.
    """

    updated_at: datetime | None = None
    failures: int = 0
    error: CarsonError | None = None

    @property
    def is_tolerable(self) -> bool:
        """Whether there are so few consecutive failures that the last data are still used."""
        return self.failures <= TOLERATED_FAILURES

    @property
    def has_current_data(self) -> bool:
        """Whether there are data that are still used."""
        return self.updated_at is not None and self.is_tolerable

    def is_older_than(self, age: timedelta) -> bool:
        """Return whether the last successful update was so long ago, or there was none, or the clock was set back."""
        return self.updated_at is None or not timedelta() <= dt_util.utcnow() - self.updated_at <= age

    def record_success(self) -> bool:
        """Record a successful update; return whether that ends an outage that was logged."""
        was_down = not self.is_tolerable
        self.updated_at = dt_util.utcnow()
        self.failures = 0
        self.error = None
        return was_down

    def record_failure(self, error: CarsonError) -> bool:
        """Record a failed update; return whether that begins an outage, which is logged once."""
        was_tolerable = self.is_tolerable
        self.failures += 1
        self.error = error
        return was_tolerable and not self.is_tolerable
