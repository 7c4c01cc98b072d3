"""The Eagle Eye session key of a building, which Carson issues (Protocol A.6, B.1)."""

from ..eagle_eye.session_key import SessionKey, is_cookie_value
from ..errors import (
    ApiError,
    CannotConnectError,
    InvalidResponseError,
    NoEagleEyeError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    SessionFormError,
)
from ..http.stats import Cloud
from ..http.urls import EagleEyeAddress, path_segment
from .api import CarsonApi

ATTEMPTS = 3
_FIELDS = {"sessionId", "activeBrandSubdomain"}


def session_path(building_id: str) -> str:
    """Return the path of the session key of a building."""
    return f"properties/buildings/{path_segment(building_id, 'building')}/eagleeye/session/"


async def fetch_session(api: CarsonApi, building_id: str, address: EagleEyeAddress) -> SessionKey:
    """Fetch a session key. Carson's endpoint fails occasionally, so there are three attempts.

    Raises:
        NoEagleEyeError: The building has no Eagle Eye account; another attempt would not help.
        PermissionDeniedError: The resident may not use it; likewise.
        AuthenticationError: Carson rejected the token.
        CannotConnectError: No usable response in three attempts.
        RateLimitError: Too many requests.
        ApiError: Carson responded with an error.
    """
    timeouts = api.transport.timeouts
    path = session_path(building_id)
    for attempt in range(ATTEMPTS):
        if attempt:
            await api.transport.sleep(api.transport.backoff.pause(attempt - 1))
        try:
            return _parse_session(await api.read(path, time_limit=timeouts.session, retries=0), address)
        except NotFoundError as err:
            missing = NoEagleEyeError("The building has no Eagle Eye account", status=err.status, code=err.code)
            raise api.record_error(missing) from None
        except PermissionDeniedError:
            raise
        except (CannotConnectError, RateLimitError, ApiError) as err:
            if isinstance(err, SessionFormError) and err.form != "empty":
                raise
            too_long = isinstance(err, RateLimitError) and (err.retry_after or 0) > timeouts.longest_retry_wait
            if attempt == ATTEMPTS - 1 or too_long:
                raise
            api.transport.stats.retries[Cloud.CARSON] += 1
    raise AssertionError  # pragma: no cover


def _parse_session(data: object, address: EagleEyeAddress) -> SessionKey:
    values = data if isinstance(data, dict) else {}
    key, subdomain = values.get("sessionId"), values.get("activeBrandSubdomain")
    if not isinstance(key, str) or not isinstance(subdomain, str) or not key or not subdomain:
        if values and not _FIELDS & values.keys():
            raise SessionFormError("Carson's response has an Eagle Eye session of another form", form="fields")
        raise SessionFormError("Carson's response has no Eagle Eye session", form="empty")
    if not is_cookie_value(key):
        raise InvalidResponseError("Carson's Eagle Eye session key is invalid")
    return SessionKey(key, address.base(subdomain))
