"""The token of Carson: what can be read from it, and how one gets another (Protocol A.3)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
import re

import jwt

from ..errors import AuthenticationError
from ..http.coerce import as_float, as_mapping

# What may stand in an HTTP header; a token is letters, digits, dots, hyphens and underscores anyway.
_SENDABLE = re.compile(r"[!-~]{1,8192}", re.ASCII)
_SCHEME = re.compile(r"(?:authorization:)?\s*(?:jwt|bearer)\s+", re.ASCII | re.IGNORECASE)


def clean_token(token: str) -> str:
    """Strip what people copy along with a token: blanks, quotes, the word `JWT`."""
    text = token.strip().strip("\"'").strip()
    return text[match.end() :].strip() if (match := _SCHEME.match(text)) else text


def decode_expiry(token: str) -> datetime | None:
    """Tell when a token expires; None if it does not say. The signature is nobody's business here.

    Raises:
        AuthenticationError: This is no token.
    """
    try:
        claims = jwt.decode(clean_token(token), options={"verify_signature": False})
    except jwt.PyJWTError, ValueError:
        claims = None
    if claims is None:
        raise AuthenticationError("The token is not readable")
    seconds = as_float(as_mapping(claims).get("exp"))
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except ValueError, OverflowError, OSError:
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """A token, told apart by identity: Carson may hand out the same text again."""

    value: str = field(repr=False)

    @property
    def header(self) -> str:
        """Value of the `Authorization` header; the scheme word is JWT.

        Raises:
            AuthenticationError: The token cannot be sent at all.
        """
        if _SENDABLE.fullmatch(self.value) is None:
            raise AuthenticationError("The token is not readable")
        return f"JWT {self.value}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """E-mail address and password."""

    email: str = field(repr=False)
    password: str = field(repr=False)
