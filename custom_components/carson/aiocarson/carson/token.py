"""Carson's token and the credentials for renewing it (Protocol A.3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
import re
from typing import Any

import jwt

from ..errors import AuthenticationError
from ..http.coerce import as_float, as_id, as_mapping

# When a token is renewed ahead of time, in seconds before it expires.
_EARLIEST_RENEWAL = 86400.0
_LATEST_RENEWAL = 600.0
_RENEWAL_SHARE = 0.2
# Printable ASCII, as HTTP headers require.
_SENDABLE = re.compile(r"[!-~]{1,8192}", re.ASCII)
_PHONE = re.compile(r"\+[0-9 ()/.\-]{7,25}", re.ASCII)
_NOT_DIGIT = re.compile(r"[^0-9]", re.ASCII)
_SCHEME = re.compile(r"(?:authorization:)?\s*(?:jwt|bearer)\s+", re.ASCII | re.IGNORECASE)


def clean_token(token: str) -> str:
    """Return a token without what is often copied along with it: spaces, quotes, the word `JWT`."""
    text = token.strip().strip("\"'").strip()
    return text[match.end() :].strip() if (match := _SCHEME.match(text)) else text


def clean_username(text: str) -> str:
    """Return what somebody typed as a username: a phone number without spaces and the like (Protocol F).

    Accounts are registered with an email address or a phone number, which begins with its country: `+1…`.
    """
    username = text.strip()
    return f"+{_NOT_DIGIT.sub('', username)}" if _PHONE.fullmatch(username) else username


def decode_expiry(token: str) -> datetime | None:
    """Return when a token expires; None if it does not say. The signature is not verified.

    Raises:
        AuthenticationError: The text is not a token.
    """
    seconds = as_float(_decode_claims(token).get("exp"))
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def decode_user_id(token: str) -> str | None:
    """Return the id of the account that a token was issued to; None if it does not say (Protocol A.3).

    The signature is not verified, nor whether the token has expired.

    Raises:
        AuthenticationError: The text is not a token.
    """
    return as_id(_decode_claims(token).get("user_id"))


def _decode_claims(token: str) -> Mapping[str, Any]:
    try:
        claims = jwt.decode(clean_token(token), options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError):
        raise AuthenticationError("The token is invalid") from None
    return as_mapping(claims)


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """A token. Tokens are compared by identity, because Carson may issue the same text twice.

    Attributes:
        value: The text. Secret.
        renew_at: From when on it is renewed ahead of time, in seconds since the epoch; None if it is not.
    """

    value: str = field(repr=False)
    renew_at: float | None = None

    @property
    def is_sendable(self) -> bool:
        """Whether a header can hold the token."""
        return _SENDABLE.fullmatch(self.value) is not None

    @property
    def header(self) -> str:
        """The value of the `Authorization` header, whose scheme is JWT.

        Raises:
            AuthenticationError: The token holds characters that a header cannot hold.
        """
        if not self.is_sendable:
            raise AuthenticationError("The token is invalid")
        return f"JWT {self.value}"


def received_token(text: str, now: float) -> Token:
    """Return the token for a text that was received at a time, in seconds since the epoch."""
    return Token(text, _renewal_time(text, now))


def _renewal_time(text: str, now: float) -> float | None:
    """Return when to renew a token ahead of time: in the last fifth of its life, at most a day before its end."""
    try:
        expires_at = decode_expiry(text)
    except AuthenticationError:
        return None
    # If it seems to have expired already, this clock is wrong, or the token is about to be rejected anyway.
    if expires_at is None or (life := expires_at.timestamp() - now) <= 0:
        return None
    return expires_at.timestamp() - min(_EARLIEST_RENEWAL, max(_LATEST_RENEWAL, _RENEWAL_SHARE * life))


@dataclass(frozen=True, slots=True)
class Credentials:
    """Email address and password."""

    email: str = field(repr=False)
    password: str = field(repr=False)
