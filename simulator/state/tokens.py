"""Carson's tokens (Protocol A.3)."""

from functools import cache
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric import ec
import jwt

from simulator.clock import Clock
from simulator.settings import Settings
from simulator.state.model import Account, State

type Algorithm = Literal["HS256", "ES256"]

_SECRET = "only the simulator signs with this, and only for itself"  # noqa: S105


@cache
def _elliptic_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


class Tokens:
    """All tokens of the simulated Carson cloud."""

    def __init__(self, state: State, settings: Settings, clock: Clock) -> None:
        """Initialize the cloud without tokens."""
        self._state = state
        self._settings = settings
        self._clock = clock
        self._issued: dict[str, int] = {}
        """Account ids by token, without revoked tokens."""
        self._used: set[tuple[int, int]] = set()

    def mint(
        self,
        account: Account,
        *,
        expires_in: float | None = None,
        alg: Algorithm | None = None,
        with_expiry: bool = True,
    ) -> str:
        """Return a new valid token.

        Args:
            account: The account of the token.
            expires_in: Lifetime in seconds of the simulator's clock; may be negative.
            alg: Algorithm of the signature; by default the one in the settings.
            with_expiry: Whether the token has an `exp`.
        """
        lifetime = self._settings.token_lifetime if expires_in is None else expires_in
        expiry = int(self._clock.time() + lifetime)
        # A later token must differ from a revoked one of the same second.
        while (account.id, expiry) in self._used:
            expiry += 1
        self._used.add((account.id, expiry))
        claims: dict[str, Any] = {"user_id": account.id, "username": account.username, "email": account.email}
        if with_expiry:
            claims["exp"] = expiry
        algorithm = alg or self._settings.token_algorithm
        token = jwt.encode(claims, _elliptic_key() if algorithm == "ES256" else _SECRET, algorithm=algorithm)
        self._issued[token] = account.id
        return token

    def account_of(self, token: str) -> Account | None:
        """Return the account of a token that is valid now, else None."""
        user_id = self._issued.get(token)
        if user_id is None:
            return None
        expiry = jwt.decode(token, options={"verify_signature": False}).get("exp")
        if expiry is not None and expiry <= self._clock.time():
            return None
        return self._state.account_of_id(user_id)

    def revoke(self, account: Account | None = None) -> int:
        """Revoke all tokens, or those of one account; return how many."""
        revoked = [token for token, user_id in self._issued.items() if account is None or user_id == account.id]
        for token in revoked:
            del self._issued[token]
        return len(revoked)
