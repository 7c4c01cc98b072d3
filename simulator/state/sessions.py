"""Eagle Eye session keys: issued through Carson, bound to a sub-domain (Protocol A.6, B.1)."""

import base64
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
    """Seconds since the epoch; None for never."""


class Sessions:
    """All session keys of the simulated Eagle Eye cloud."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Initialize the cloud without sessions."""
        self._settings = settings.sessions
        self._clock = clock
        self._by_key: dict[str, Session] = {}
        self.issued: dict[str, Session] = {}
        """All sessions by key, including those that have expired or were revoked."""

    def open(self, building: Building) -> Session:
        """Return a session for a building, with a new or the current key as the settings say."""
        existing = [session for session in self._by_key.values() if session.building.key == building.key]
        if not self._settings.new_key_each_call:
            for session in existing:
                if self.is_valid(session) and session.subdomain == building.subdomain:
                    return session
        if self._settings.revoke_previous:
            for session in existing:
                del self._by_key[session.key]
        lifetime = self._settings.lifetime
        session = Session(
            key=self._new_key(building),
            building=building,
            subdomain=building.subdomain,
            expires_at=None if lifetime is None else self._clock.time() + lifetime,
        )
        self._by_key[session.key] = session
        self.issued[session.key] = session
        return session

    def _new_key(self, building: Building) -> str:
        match self._settings.key_form:
            case "jwt":
                header = base64.urlsafe_b64encode(b'{"alg":"RS256","typ":"JWT"}').decode().rstrip("=")
                return f"{header}.{secrets.token_urlsafe(40)}.{secrets.token_urlsafe(32)}"
            case "hex":
                return secrets.token_hex(32)
            case _:
                return f"{building.subdomain}~{secrets.token_hex(16)}"

    def answer(self, session: Session) -> dict[str, object]:
        """Return what Carson says about a session (Protocol A.6, C row 56)."""
        host = f"{session.subdomain}.eagleeyenetworks.com"
        match self._settings.answer:
            case "v3":
                return {"accessToken": session.key, "httpsBaseUrl": {"hostname": f"api.{host}", "port": 443}}
            case "null":
                return {"sessionId": None, "activeBrandSubdomain": None}
        subdomain = {
            "host": host,
            "url": f"https://{host}/",
            "dotted": f"media.{session.subdomain}",
            "foreign": f"{session.subdomain}.brand.example",
        }.get(self._settings.subdomain_form, session.subdomain)
        return {"sessionId": session.key, "activeBrandSubdomain": subdomain}

    def is_valid(self, session: Session) -> bool:
        """Whether a key is neither revoked nor expired."""
        if session.key not in self._by_key:
            return False
        return session.expires_at is None or self._clock.time() < session.expires_at

    def find(self, key: str | None, subdomain: str) -> Session | None:
        """Return the session of a key that is valid and accepted on this sub-domain, else None."""
        session = self._by_key.get(key) if key and not self._settings.refuse_keys else None
        if session is None or not self.is_valid(session):
            return None
        return session if self.is_own_subdomain(session, subdomain) or self._settings.wrong_host == "slow" else None

    def is_own_subdomain(self, session: Session, subdomain: str) -> bool:
        """Whether a sub-domain is that of the session, or one that accepts every key."""
        return subdomain == session.subdomain or subdomain in self._settings.archiver_subdomains

    def find_any(self, key: str | None) -> Session | None:
        """Return the session of a key, even if it has expired or was revoked."""
        return self.issued.get(key) if key else None

    def revoke(self, *, key: str | None = None, building_id: str | None = None) -> int:
        """Revoke one key, the keys of one building, or all; return how many."""
        revoked = [
            session.key
            for session in self._by_key.values()
            if (key is None or session.key == key) and (building_id is None or session.building.key == building_id)
        ]
        for session_key in revoked:
            del self._by_key[session_key]
        return len(revoked)

    def expire(self, *, building_id: str | None = None, after: float = 0.0) -> int:
        """Make the valid keys expire some seconds from now; return how many."""
        moment = self._clock.time() + after
        sessions = [s for s in self._by_key.values() if building_id is None or s.building.key == building_id]
        for session in sessions:
            session.expires_at = moment
        return len(sessions)
