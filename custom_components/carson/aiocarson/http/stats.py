"""What the client has been doing: numbers for diagnostics, no secret among them."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ..errors import CarsonError


class Cloud(StrEnum):
    """Who is asked."""

    CARSON = "carson"
    EAGLE_EYE = "eagle_eye"

    @property
    def brand(self) -> str:
        """Name for messages."""
        return "Carson" if self is Cloud.CARSON else "Eagle Eye"


@dataclass(slots=True)
class RequestStats:
    """Counters since the client was made.

    Attributes:
        answers: Number of answers by cloud and HTTP status; where none came, by what happened instead.
        repeats: Reads sent again after a 429 or a server error, by cloud.
        renewals: Keys renewed, by cloud: the token of Carson, the session keys of Eagle Eye.
        last_errors: When each kind of error (the class's name) was last raised, by cloud and kind.
    """

    answers: Counter[tuple[Cloud, str]] = field(default_factory=Counter)
    repeats: Counter[Cloud] = field(default_factory=Counter)
    renewals: Counter[Cloud] = field(default_factory=Counter)
    last_errors: dict[tuple[Cloud, str], datetime] = field(default_factory=dict)

    def record_error[E: CarsonError](self, cloud: Cloud, error: E) -> E:
        """Take down an error that is about to be raised, and hand it back."""
        self.last_errors[cloud, type(error).__name__] = datetime.now(UTC)
        return error

    def as_dict(self) -> dict[str, Any]:
        """Tell everything as plain JSON values, cloud by cloud."""
        return {
            cloud.value: {
                "answers": {what: n for (of, what), n in sorted(self.answers.items()) if of is cloud},
                "repeats": self.repeats[cloud],
                "renewals": self.renewals[cloud],
                "last_errors": {
                    kind: when.isoformat() for (of, kind), when in sorted(self.last_errors.items()) if of is cloud
                },
            }
            for cloud in Cloud
        }
