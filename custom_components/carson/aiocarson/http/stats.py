"""Counters for diagnostics; they hold no secrets."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ..errors import CarsonError


class Cloud(StrEnum):
    """The clouds that requests are sent to."""

    CARSON = "carson"
    EAGLE_EYE = "eagle_eye"

    @property
    def brand(self) -> str:
        """The name, for messages."""
        return "Carson" if self is Cloud.CARSON else "Eagle Eye"


@dataclass(slots=True)
class RequestStats:
    """Counters since the client was created.

    Attributes:
        responses: Number of requests, by cloud and HTTP status; without a response, by the name of the error.
        retries: Number of requests that were sent again after a 429 or a server error, by cloud.
        renewals: Number of renewed credentials, by cloud: Carson's tokens, Eagle Eye's session keys.
        last_errors: When each kind of error was last raised, by cloud and class name.
    """

    responses: Counter[tuple[Cloud, str]] = field(default_factory=Counter)
    retries: Counter[Cloud] = field(default_factory=Counter)
    renewals: Counter[Cloud] = field(default_factory=Counter)
    last_errors: dict[tuple[Cloud, str], datetime] = field(default_factory=dict)

    def record_error[E: CarsonError](self, cloud: Cloud, error: E) -> E:
        """Record an error, and return it to be raised."""
        self.last_errors[cloud, type(error).__name__] = datetime.now(UTC)
        return error

    def as_dict(self) -> dict[str, Any]:
        """Return all counters as JSON values, by cloud."""
        return {
            cloud.value: {
                "responses": {result: n for (of, result), n in sorted(self.responses.items()) if of is cloud},
                "retries": self.retries[cloud],
                "renewals": self.renewals[cloud],
                "last_errors": {
                    name: when.isoformat() for (of, name), when in sorted(self.last_errors.items()) if of is cloud
                },
            }
            for cloud in Cloud
        }
