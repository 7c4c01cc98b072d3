"""The envelope of Carson's responses (Protocol A.2)."""

from collections.abc import Mapping
from typing import Any

from aiohttp import hdrs

from ..errors import ApiError, CarsonError, InvalidResponseError, NotFoundError, PermissionDeniedError, RateLimitError
from ..http.backoff import parse_retry_after
from ..http.coerce import as_int, clean_reason
from ..http.request import Response

NOT_AUTHENTICATED = 1200


def is_not_authenticated(response: Response) -> bool:
    """Return whether Carson rejected the token or the credentials."""
    return response.status == 401 or (response.ok and as_int(_envelope(response).get("code")) == NOT_AUTHENTICATED)


def unwrap(response: Response, path: str, *, secrets: tuple[str, ...] = ()) -> Any:
    """Return the `data` of a response, after checking its status and envelope.

    Args:
        response: The response.
        path: The requested path, for the texts of errors.
        secrets: What the reason of an error must not quote.

    Raises:
        ApiError: The status or the envelope is an error.
        RateLimitError: Status 429.
        InvalidResponseError: A success without a complete envelope.
    """
    if response.status == 204:
        return None
    envelope = _envelope(response)
    code = as_int(envelope.get("code"))
    if not response.ok:
        raise _status_error(response, path, code, clean_reason(envelope.get("msg"), *secrets))
    if code is None or "status" not in envelope or "data" not in envelope:
        response.json()
        raise InvalidResponseError(f"Carson's response to {path} has no complete envelope")
    if code != 0:
        text = f"Carson responded to {path} with code {code}"
        raise ApiError(text, status=response.status, code=code, reason=clean_reason(envelope.get("msg"), *secrets))
    return envelope["data"]


def _status_error(response: Response, path: str, code: int | None, reason: str | None) -> CarsonError:
    status = response.status
    if status == 429:
        return RateLimitError(
            f"Carson responded to {path} with status 429",
            retry_after=parse_retry_after(response.headers.get(hdrs.RETRY_AFTER)),
        )
    if status < 400:
        return ApiError(f"Carson responded to {path} with a redirect, which is not followed", status=status)
    kind = {403: PermissionDeniedError, 404: NotFoundError}.get(status, ApiError)
    result = f"status {status}" if code is None else f"status {status}, code {code}"
    return kind(f"Carson responded to {path} with {result}", status=status, code=code, reason=reason)


def _envelope(response: Response) -> Mapping[str, Any]:
    try:
        value = response.json()
    except InvalidResponseError:
        return {}
    return value if isinstance(value, dict) else {}
