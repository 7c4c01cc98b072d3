"""Secrets for players, which cannot sign in to Home Assistant.

They are the query parameter `auth` of the URL, which Home Assistant masks in its log.
"""

import hmac
import secrets

PARAMETER = "auth"
# Compared with the given secret if there is no other, so that both cases take equally long.
_UNUSED = secrets.token_urlsafe(32)


def create_secret() -> str:
    """Return a new secret."""
    return secrets.token_urlsafe(32)


def is_secret(given: str, secret: str | None) -> bool:
    """Return whether a given text is the secret; the duration does not depend on how much of it is right."""
    expected = _UNUSED if secret is None else secret
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode()) and secret is not None
