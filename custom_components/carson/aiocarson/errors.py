"""Everything that can go wrong, as one tree.

The texts say what happened and hold no secret: no token, password, session key, e-mail address,
and no url. What the cloud itself said is in `ApiError.reason`, cleaned and bounded.
"""


class CarsonError(Exception):
    """Base of all errors of this package."""


class InvalidInputError(CarsonError, ValueError):
    """The caller's argument is wrong; nothing was sent."""


class NotFoundByNameError(InvalidInputError):
    """A name that none has, or several.

    Attributes:
        name: What was looked for.
        candidates: Those it may have meant: the ones it fits, or all there are.
        ambiguous: Whether it fits several.
    """

    def __init__(self, message: str, *, name: str, candidates: tuple[str, ...], ambiguous: bool) -> None:
        super().__init__(message)
        self.name = name
        self.candidates = candidates
        self.ambiguous = ambiguous


class AuthenticationError(CarsonError):
    """Carson refused the token or the credentials, and they cannot be renewed."""


class CannotConnectError(CarsonError):
    """No usable answer: network, time-out, server error. What was asked for can be asked again."""


class InvalidResponseError(CannotConnectError):
    """An answer came, but not one that can be read: not JSON, no envelope, no picture."""


class SessionRejectedError(CannotConnectError):
    """Eagle Eye refused a session key that Carson had just issued.

    Says nothing against Carson's own token: signing in again would not help, waiting may.
    """


class RateLimitError(CarsonError):
    """The cloud still asks for fewer requests after our own back-off.

    Attributes:
        retry_after: Seconds the cloud asks to wait, if it said so.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutcomeUnclearError(CarsonError):
    """An order was sent and nobody knows whether it was carried out: it must not be repeated by a machine.

    Attributes:
        answered: Something came back, so the cloud is done with it. Otherwise it may still be at work on it.
    """

    def __init__(self, message: str, *, answered: bool = False) -> None:
        super().__init__(message)
        self.answered = answered


class NotAppliedError(CarsonError):
    """An order was sent and its answer lost, and what the cloud lists shows that it was not carried out."""


class AlreadyBookedError(CarsonError):
    """There is a reservation of this amenity at this time already; nothing was sent."""


class ApiError(CarsonError):
    """The cloud answered and refused.

    Attributes:
        status: HTTP status, if it came to that.
        code: `code` of Carson's envelope (Protocol A.2), if there was one.
        reason: What the cloud gave as its reason: free text of foreign origin, without the secrets it may quote.
    """

    def __init__(
        self, message: str, *, status: int | None = None, code: int | None = None, reason: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.reason = reason


class NotFoundError(ApiError):
    """There is no such thing, or nothing of it at the time asked for (404)."""


class DateUnavailableError(ApiError):
    """The amenity cannot be had on that date: its rules say no, or it is full (400, Protocol A.7)."""


class PermissionDeniedError(ApiError):
    """The account may not do this (403)."""


class ApiVersionError(ApiError):
    """Carson no longer serves this version of its API (404 or 410 on `me/`, Protocol D.7)."""


class NoEagleEyeError(ApiError):
    """The building has no Eagle Eye account: the session endpoint answers 404, each time (Protocol A.6)."""


class FormatUnavailableError(ApiError):
    """The recording is not to be had in this form (422 on a recorded FLV, Protocol B.8): ask for MP4."""


class OutsideRetentionError(ApiError):
    """The time asked for is no longer kept (410 on media, Protocol B.8)."""
