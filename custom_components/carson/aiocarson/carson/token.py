"""Carson's token and the credentials for renewing it (Protocol A.3)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
import re

import jwt

from ..errors import AuthenticationError
from ..http.coerce import as_float, as_mapping

# Printable ASCII, as HTTP headers require.
_SENDABLE = re.compile(r"[!-~]{1,8192}", re.ASCII)
_SCHEME = re.compile(r"(?:authorization:)?\s*(?:jwt|bearer)\s+", re.ASCII | re.IGNORECASE)


def clean_token(token: str) -> str:
    """Return a token without what is often copied along with it: spaces, quotes, the word `JWT`."""
    text = token.strip().strip("\"'").strip()
    return text[match.end() :].strip() if (match := _SCHEME.match(text)) else text


def decode_expiry(token: str) -> datetime | None:
    """Return when a token expires; None if it does not say. The signature is not verified.

    Raises:
        AuthenticationError: The text is not a token.
    """
    try:
        claims = jwt.decode(clean_token(token), options={"verify_signature": False})
    except jwt.PyJWTError, ValueError:
        claims = None
    if claims is None:
        raise AuthenticationError("The token is invalid")
    seconds = as_float(as_mapping(claims).get("exp"))
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except ValueError, OverflowError, OSError:
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """A token. Tokens are compared by identity, because Carson may issue the same text twice."""

    value: str = field(repr=False)

    @property
    def header(self) -> str:
        """The value of the `Authorization` header, whose scheme is JWT.

        Raises:
            AuthenticationError: The token holds characters that a header cannot hold.
        """
        if _SENDABLE.fullmatch(self.value) is None:
            raise AuthenticationError("The token is invalid")
        return f"JWT {self.value}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Email address and password."""

    email: str = field(repr=False)
    password: str = field(repr=False)
