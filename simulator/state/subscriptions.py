"""Subscriptions to the events of cameras, for poll and websocket (Protocol B.9, B.10)."""

from dataclasses import dataclass, field
import secrets
from typing import Any

from simulator.clock import Clock
from simulator.settings import PollSettings
from simulator.state.sessions import Session

STATUS = frozenset({"status", "status64"})
POLLED = frozenset({"pre", "thumb", "video", "event"}) | STATUS
"""Resources that HTTP polling supports."""
PUSHED = POLLED | {"status_hex", "status_hex64", "image"}
"""Resources that the websocket supports."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a client subscribes to for one camera, bridge or account."""

    resources: frozenset[str]
    events: frozenset[str] = frozenset()


@dataclass(slots=True)
class Subscriber:
    """A polling client, and how much it has been sent."""

    session: Session
    subscriptions: dict[str, Subscription]
    last_seen: float
    """Seconds since the epoch of its last request."""
    sent_until: int
    """Milliseconds since the epoch up to which everything has been sent."""


@dataclass(slots=True)
class Subscribers:
    """The polling clients by token."""

    settings: PollSettings
    clock: Clock
    by_token: dict[str, Subscriber] = field(default_factory=dict)

    def add(self, session: Session, subscriptions: dict[str, Subscription]) -> str:
        """Add a subscriber and return its token."""
        token = secrets.token_hex(16)
        now = self.clock.time()
        self.by_token[token] = Subscriber(session, subscriptions, now, int(now * 1000))
        return token

    def get(self, token: str | None) -> Subscriber | None:
        """Return a subscriber that has not expired."""
        subscriber = self.by_token.get(token or "")
        if subscriber is not None and self.clock.time() - subscriber.last_seen > self.settings.expiry:
            del self.by_token[token or ""]
            return None
        return subscriber


def parse_subscriptions(body: Any) -> dict[str, Subscription]:
    """Return the subscriptions in a request body. Names of resources are not checked.

    Raises:
        ValueError: The body has another form.
    """
    cameras = body.get("cameras") if isinstance(body, dict) else None
    if not isinstance(cameras, dict) or not cameras:
        raise ValueError("no cameras")
    subscriptions: dict[str, Subscription] = {}
    for key, row in cameras.items():
        resources = _strings(row, "resource")
        # Unknown events are accepted; they never occur.
        subscriptions[key] = Subscription(resources, _strings(row, "event"))
        if not resources:
            raise ValueError("no resource")
    return subscriptions


def _strings(row: Any, key: str) -> frozenset[str]:
    value = row.get(key, []) if isinstance(row, dict) else None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{key} is not a list of strings")
    return frozenset(value)
