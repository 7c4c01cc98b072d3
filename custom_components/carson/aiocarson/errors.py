"""The errors of this package.

Their texts hold no secrets: no token, password, session key, e-mail address or URL. `ApiError.reason` holds
what the cloud gave as the reason, cleaned and limited in length.
"""


class CarsonError(Exception):
    """Base class of all errors."""


class InvalidInputError(CarsonError, ValueError):
    """An argument is invalid; nothing was sent."""


class UsageError(InvalidInputError):
    """The package is used in a way that cannot work; trying again would not help. Nothing was sent."""


class NotFoundByNameError(InvalidInputError):
    """A name that fits nothing, or more than one thing.

    Attributes:
        name: The name.
        candidates: What the name fits, or everything there is if it fits nothing.
        ambiguous: Whether the name fits more than one thing.
    """

    def __init__(self, message: str, *, name: str, candidates: tuple[str, ...], ambiguous: bool) -> None:
        super().__init__(message)
        self.name = name
        self.candidates = candidates
        self.ambiguous = ambiguous


class AuthenticationError(CarsonError):
    """Carson rejected the token or the credentials, and the token cannot be renewed."""


class CannotConnectError(CarsonError):
    """No usable response: network, timeout or server error. The request changed nothing and can be retried."""


class InvalidResponseError(CannotConnectError):
    """A response that cannot be used, such as one that is not JSON, has no envelope or is not an image."""


class OtherAccountError(InvalidResponseError):
    """A response about another account than the client's own."""


class SessionRejectedError(CannotConnectError):
    """Eagle Eye rejected a session key that Carson had just issued.

    Carson's own token is not affected: signing in again would not help, waiting may.
    """


class SessionFormError(InvalidResponseError):
    """Carson handed out a session for Eagle Eye in a form that cannot be used.

    Attributes:
        form: What was handed out, without any value: `fields` if the names are other ones, `empty` if there are no
            values, which has been seen to pass, else `host`.
        host: The host that Carson named, if it is not one of Eagle Eye's.
    """

    def __init__(self, message: str, *, form: str = "fields", host: str | None = None) -> None:
        super().__init__(message)
        self.form = form
        self.host = host


class RateLimitError(CarsonError):
    """The cloud still responds with 429 after all retries.

    Attributes:
        retry_after: Seconds that the cloud asks to wait, if it does.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooBusyError(CarsonError):
    """Too many requests of the kind are waiting already; nothing was sent."""


class OutcomeUnclearError(CarsonError):
    """A command was sent and its outcome is unknown. It must not be repeated automatically.

    Attributes:
        has_response: Whether a response arrived, so the cloud is done with it. Otherwise it may still be at work.
    """

    def __init__(self, message: str, *, has_response: bool = False) -> None:
        super().__init__(message)
        self.has_response = has_response


class NotAppliedError(CarsonError):
    """The response to a command was lost, and the cloud's list shows that the command was not applied."""


class AlreadyBookedError(CarsonError):
    """The resident already has a reservation of this amenity at this time; nothing was sent."""


class ApiError(CarsonError):
    """The cloud responded with an error.

    Attributes:
        status: The HTTP status, if there is one.
        code: The `code` of Carson's envelope (Protocol A.2), if there is one.
        reason: The reason that the cloud gave: text from outside, without the secrets that it may quote.
    """

    def __init__(
        self, message: str, *, status: int | None = None, code: int | None = None, reason: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.reason = reason


class NotFoundError(ApiError):
    """What was requested does not exist, or not at that time (404)."""


class DateUnavailableError(ApiError):
    """The amenity is not available on that date, by its rules or because it is full (400, Protocol A.7)."""


class PermissionDeniedError(ApiError):
    """The account may not do this (403, or a 401 to this path only)."""


class ApiVersionError(ApiError):
    """Carson no longer supports this version of its API (404 or 410 on `me/`, Protocol D.7).

    Attributes:
        working_version: Another version that Carson supports, if one was found.
    """

    working_version: str | None = None


class NoEagleEyeError(ApiError):
    """The building has no Eagle Eye account (404 on the session endpoint, Protocol A.6)."""


class FormatUnavailableError(ApiError):
    """The recording is not available in this format (422 on a recorded FLV, Protocol B.8); request MP4 instead."""


class OutsideRetentionError(ApiError):
    """The recording is no longer kept (410 on media, Protocol B.8)."""
