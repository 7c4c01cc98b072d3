"""The session key of a building: Carson hands it over, Eagle Eye takes it (Protocol A.6, B.1)."""

from ..eagle_eye.session_key import SessionKey, is_cookie_value
from ..errors import ApiError, CannotConnectError, InvalidResponseError, NoEagleEyeError, NotFoundError, RateLimitError
from ..http.stats import Cloud
from ..http.urls import EagleEyeAddress, path_segment
from .api import CarsonApi

TRIES = 3


async def fetch_session(api: CarsonApi, building_id: str, address: EagleEyeAddress) -> SessionKey:
    """Ask Carson for the session of a building. It fails now and then for a healthy one, hence three tries.

    Raises:
        NoEagleEyeError: The building has no Eagle Eye account; it would be the same each time.
        AuthenticationError: Carson refuses the token.
        CannotConnectError: No usable answer in three tries.
        RateLimitError: Carson asks for fewer requests.
        ApiError: Carson refused.
    """
    timeouts = api.transport.timeouts
    path = f"properties/buildings/{path_segment(building_id, 'building')}/eagleeye/session/"
    for turn in range(TRIES):
        if turn:
            await api.transport.sleep(api.transport.backoff.pause(turn - 1))
        try:
            return _read_session(await api.read(path, seconds=timeouts.session, repeats=0), address)
        except NotFoundError as err:
            missing = NoEagleEyeError("The building has no Eagle Eye account", status=err.status, code=err.code)
            raise api.transport.stats.record_error(Cloud.CARSON, missing) from None
        except (CannotConnectError, RateLimitError, ApiError) as err:
            too_long = isinstance(err, RateLimitError) and (err.retry_after or 0) > timeouts.longest_retry_wait
            if turn == TRIES - 1 or too_long:
                raise
            api.transport.stats.repeats[Cloud.CARSON] += 1
    raise AssertionError  # pragma: no cover


def _read_session(data: object, address: EagleEyeAddress) -> SessionKey:
    values = data if isinstance(data, dict) else {}
    key, subdomain = values.get("sessionId"), values.get("activeBrandSubdomain")
    if not isinstance(key, str) or not isinstance(subdomain, str) or not key or not subdomain:
        raise InvalidResponseError("Carson's answer holds no Eagle Eye session")
    if not is_cookie_value(key):
        raise InvalidResponseError("Carson's Eagle Eye session key cannot be sent")
    return SessionKey(key, address.base(subdomain))
