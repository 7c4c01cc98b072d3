"""Counters for diagnostics; they hold no secrets."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
import logging
from typing import Any

from ..errors import CarsonError
from .bounds import RowBounds, RowKind
from .record import AnswerRecord, KeyRecord

_LOGGER = logging.getLogger(__name__)


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
        ignored_rows: The largest number of rows that were ignored in a response, by cloud and kind.
        answers: The last answers, by cloud and kind of path.
        session_keys: What is known about session keys of Eagle Eye.
    """

    responses: Counter[tuple[Cloud, str]] = field(default_factory=Counter)
    retries: Counter[Cloud] = field(default_factory=Counter)
    renewals: Counter[Cloud] = field(default_factory=Counter)
    last_errors: dict[tuple[Cloud, str], datetime] = field(default_factory=dict)
    ignored_rows: dict[tuple[Cloud, RowKind], int] = field(default_factory=dict)
    answers: dict[Cloud, AnswerRecord] = field(default_factory=lambda: {cloud: AnswerRecord() for cloud in Cloud})
    session_keys: KeyRecord = field(default_factory=KeyRecord)

    def record_ignored(self, cloud: Cloud, bounds: RowBounds) -> None:
        """Record the rows beyond the bounds; the first time, log them."""
        for kind, count in bounds.ignored.items():
            if (cloud, kind) not in self.ignored_rows:
                _LOGGER.warning("%s sent too many rows of the kind %s: %d are ignored", cloud.brand, kind, count)
            self.ignored_rows[cloud, kind] = max(count, self.ignored_rows.get((cloud, kind), 0))

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
                "answers": self.answers[cloud].as_dict(),
                "ignored_rows": {
                    kind.value: count for (of, kind), count in sorted(self.ignored_rows.items()) if of is cloud
                },
            }
            for cloud in Cloud
        }
