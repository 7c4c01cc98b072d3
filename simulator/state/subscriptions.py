"""Who wants to hear what: the subscriptions of poll and websocket (Protocol B.9, B.10)."""

from dataclasses import dataclass, field
import secrets
from typing import Any

from simulator.clock import Clock
from simulator.settings import PollSettings
from simulator.state.sessions import Session

STATUS = frozenset({"status", "status64"})
POLLED = frozenset({"pre", "thumb", "video", "event"}) | STATUS
"""What HTTP polling knows."""
PUSHED = POLLED | {"status_hex", "status_hex64", "image"}
"""What the websocket knows."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to hear of one camera, bridge or account."""

    resources: frozenset[str]
    events: frozenset[str] = frozenset()


@dataclass(slots=True)
class Subscription:
    """What was asked for, and how much of it has been told."""

    session: Session
    wishes: dict[str, Wish]
    heard_at: float
    """Seconds since the epoch: when its holder was last heard of."""
    told_until: int
    """Milliseconds since the epoch up to which everything has been told."""


@dataclass(slots=True)
class Subscriptions:
    """The subscriptions of HTTP polling, by token."""

    settings: PollSettings
    clock: Clock
    by_token: dict[str, Subscription] = field(default_factory=dict)

    def add(self, session: Session, wishes: dict[str, Wish]) -> str:
        """Take a subscription and return its token."""
        token = secrets.token_hex(16)
        now = self.clock.time()
        self.by_token[token] = Subscription(session, wishes, now, int(now * 1000))
        return token

    def get(self, token: str | None) -> Subscription | None:
        """Return a subscription that has not lapsed."""
        found = self.by_token.get(token or "")
        if found is not None and self.clock.time() - found.heard_at > self.settings.lapse:
            del self.by_token[token or ""]
            return None
        return found


def read_wishes(body: Any) -> dict[str, Wish]:
    """Read what is subscribed to; whether there are such resources is not looked at.

    Raises:
        ValueError: It has another form.
    """
    cameras = body.get("cameras") if isinstance(body, dict) else None
    if not isinstance(cameras, dict) or not cameras:
        raise ValueError("no cameras")
    wishes: dict[str, Wish] = {}
    for key, wanted in cameras.items():
        resources = _texts(wanted, "resource")
        # An event that is not known is silently left out: it never happens.
        wishes[key] = Wish(resources, _texts(wanted, "event"))
        if not resources:
            raise ValueError("no resource")
    return wishes


def _texts(wanted: Any, key: str) -> frozenset[str]:
    value = wanted.get(key, []) if isinstance(wanted, dict) else None
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError(f"{key} is no list of texts")
    return frozenset(value)
