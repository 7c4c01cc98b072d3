"""A first sign-in, to see whether it works and whose account it is."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
import logging

from homeassistant.core import HomeAssistant

from .aiocarson import Account, ApiError, AuthenticationError, CarsonError, RateLimitError
from .aiocarson.carson.token import decode_expiry
from .client import async_create_client, async_create_session
from .const import CONF_TOKEN, SIGN_IN_SECONDS

_LOGGER = logging.getLogger(__name__)

REJECTED = frozenset({"invalid_auth", "token_rejected"})
"""Errors that other credentials may solve."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A successful sign-in."""

    account: Account
    token: str = field(repr=False)


async def async_sign_in(
    hass: HomeAssistant, *, email: str | None = None, password: str | None = None, token: str | None = None
) -> SignedIn | str:
    """Sign in and return the account, or the key of an error message."""
    session = async_create_session(hass, auto_cleanup=False)
    client = async_create_client(session, email=email, password=password, token=token)
    try:
        async with asyncio.timeout(SIGN_IN_SECONDS):
            account = await client.get_account()
    except AuthenticationError:
        return "invalid_auth" if client.can_renew else "token_rejected"
    except TimeoutError:
        return "too_slow"
    except RateLimitError:
        return "too_many_requests"
    except ApiError as err:
        _LOGGER.warning("Carson rejected the sign-in: %s", err)
        return "refused"
    except CarsonError as err:
        _LOGGER.debug("Failed to sign in: %s", err)
        return "cannot_connect"
    except Exception:
        _LOGGER.exception("Unexpected error while signing in")
        return "unknown"
    finally:
        await client.close()
        session.detach()
    return SignedIn(account, client.token or "")


def token_errors(token: str) -> dict[str, str]:
    """Return the errors of a token that can be found without a request."""
    try:
        expires_at = decode_expiry(token)
    except AuthenticationError:
        return {CONF_TOKEN: "token_unreadable"}
    if expires_at is not None and expires_at <= datetime.now(UTC):
        return {CONF_TOKEN: "token_expired"}
    return {}
