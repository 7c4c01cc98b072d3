"""What can go wrong with a booking or a cancellation, worded for the resident."""

from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .aiocarson import ApiError, NotFoundError, OutcomeUnclearError
from .aiocarson.errors import AlreadyBookedError, NotAppliedError, PermissionDeniedError
from .const import DOMAIN
from .coordinator import CarsonConfigEntry
from .entity import translated_errors


@contextmanager
def booking_errors(entry: CarsonConfigEntry, name: str) -> Iterator[None]:
    """Turn the client's errors into translated ones; `name` is the amenity."""
    try:
        with translated_errors(entry, name):
            yield
    except HomeAssistantError as err:
        cause = err.__cause__
        if (key := _key(cause)) is None:
            raise
        kind = ServiceValidationError if isinstance(cause, AlreadyBookedError | NotFoundError) else HomeAssistantError
        raise kind(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={"name": name, "error": str(cause)},
        ) from cause


def _key(error: BaseException | None) -> str | None:
    match error:
        case AlreadyBookedError():
            return "already_booked"
        case NotAppliedError():
            return "not_carried_out"
        case OutcomeUnclearError():
            return "reservation_unclear"
        case NotFoundError():
            return "unknown_reservation"
        case ApiError() if not isinstance(error, PermissionDeniedError):
            return "reservation_refused"
        case _:
            return None


def invalid(key: str, **placeholders: str) -> ServiceValidationError:
    """Word what is wrong with a request."""
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders or None
    )
