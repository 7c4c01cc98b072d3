"""Eagle Eye session keys: handed out through Carson, bound to a sub-domain (Protocol A.6, B.1)."""

from dataclasses import dataclass, field
import secrets

from simulator.clock import Clock
from simulator.settings import Settings
from simulator.state.model import Building


@dataclass(slots=True, kw_only=True)
class Session:
    """One session key."""

    key: str = field(repr=False)
    building: Building
    subdomain: str
    expires_at: float | None
    """Seconds since the epoch; None: never."""


class Sessions:
    """All session keys of the simulated Eagle Eye cloud."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings.sessions
        self._clock = clock
        self._by_key: dict[str, Session] = {}
        self._ever: dict[str, Session] = {}

    def open(self, building: Building) -> Session:
        """Return a session for a building: a new key, or the present one if so set."""
        mine = [session for session in self._by_key.values() if session.building.key == building.key]
        if not self._settings.new_key_each_call:
            for session in mine:
                if self.is_valid(session) and session.subdomain == building.subdomain:
                    return session
        if self._settings.revoke_previous:
            for session in mine:
                del self._by_key[session.key]
        lifetime = self._settings.lifetime
        session = Session(
            key=f"{building.subdomain}~{secrets.token_hex(16)}",
            building=building,
            subdomain=building.subdomain,
            expires_at=None if lifetime is None else self._clock.time() + lifetime,
        )
        self._by_key[session.key] = session
        self._ever[session.key] = session
        return session

    def is_valid(self, session: Session) -> bool:
        """Whether a key is neither revoked nor expired."""
        if session.key not in self._by_key:
            return False
        return session.expires_at is None or self._clock.time() < session.expires_at

    def find(self, key: str | None, subdomain: str) -> Session | None:
        """Return the session of a key that is valid and accepted on this sub-domain, else None."""
        session = self._by_key.get(key) if key else None
        if session is None or not self.is_valid(session):
            return None
        return session if self.is_at_home(session, subdomain) or self._settings.wrong_host == "slow" else None

    def is_at_home(self, session: Session, subdomain: str) -> bool:
        """Whether a sub-domain is the one that a key was made for, or one that takes every key."""
        return subdomain == session.subdomain or subdomain in self._settings.archiver_subdomains

    def known(self, key: str | None) -> Session | None:
        """Return the session that a key was handed out for, even if it has ended since."""
        return self._ever.get(key) if key else None

    def revoke(self, *, key: str | None = None, building_id: str | None = None) -> int:
        """End one key, the keys of one building, or all; return how many."""
        gone = [
            session.key
            for session in self._by_key.values()
            if (key is None or session.key == key) and (building_id is None or session.building.key == building_id)
        ]
        for name in gone:
            del self._by_key[name]
        return len(gone)

    def expire(self, *, building_id: str | None = None, after: float = 0.0) -> int:
        """Let present keys expire some seconds from now; return how many."""
        moment = self._clock.time() + after
        mine = [s for s in self._by_key.values() if building_id is None or s.building.key == building_id]
        for session in mine:
            session.expires_at = moment
        return len(mine)
