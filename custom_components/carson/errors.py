"""Translated errors: the one place where an error of the client becomes a message for users.

The messages hold no technical detail: that is logged. What Carson gave as its reason (`ApiError.reason`, already
cleaned) is part of the message.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
import logging

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.translation import async_get_translations

from .aiocarson import ApiError, AuthenticationError, CarsonError, NotFoundError, OutcomeUnclearError, RateLimitError
from .aiocarson.errors import (
    AlreadyBookedError,
    NotAppliedError,
    OtherAccountError,
    OutsideRetentionError,
    PermissionDeniedError,
    TooBusyError,
)
from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)

type _Keys = tuple[tuple[type[CarsonError], str], ...]

# The translation keys of the messages, from the most specific kind of error to the most general.
_KEYS: _Keys = (
    (OutcomeUnclearError, "outcome_unclear"),
    (OtherAccountError, "other_account"),
    (AuthenticationError, "sign_in_refused"),
    (RateLimitError, "too_many_requests"),
    (TooBusyError, "too_busy"),
    (PermissionDeniedError, "not_permitted"),
    (NotFoundError, "not_found"),
    (ApiError, "refused"),
    (CarsonError, "cannot_connect"),
)
# Those that differ when a reservation is made or cancelled.
_RESERVATION_KEYS: _Keys = (
    (AlreadyBookedError, "already_booked"),
    (NotAppliedError, "not_carried_out"),
    (OutcomeUnclearError, "reservation_unclear"),
    (NotFoundError, "unknown_reservation"),
    (PermissionDeniedError, "not_permitted"),
    (ApiError, "reservation_refused"),
    *_KEYS,
)
# Those that differ when a recording is listed or played.
_RECORDING_KEYS: _Keys = (
    (PermissionDeniedError, "recordings_refused"),
    (NotFoundError, "recording_gone"),
    (OutsideRetentionError, "recording_gone"),
    *_KEYS,
)
MESSAGE_KEYS = frozenset(key for _, key in (*_RESERVATION_KEYS, *_RECORDING_KEYS))
"""All translation keys of messages for errors of the client."""


def translated_error[ErrorT: HomeAssistantError](error: CarsonError, name: str, kind: type[ErrorT]) -> ErrorT:
    """Return the translated error for an error of the client; `name` is the door, camera, … that it concerns."""
    return _translated_error(error, name, kind, _KEYS)


def recording_error[ErrorT: HomeAssistantError](error: CarsonError, name: str, kind: type[ErrorT]) -> ErrorT:
    """Return the translated error for an error of the client about recordings; `name` is the camera."""
    return _translated_error(error, name, kind, _RECORDING_KEYS)


def message_key(error: CarsonError) -> str:
    """Return the translation key of the message for an error of the client."""
    return _message_key(error, _KEYS)


@contextmanager
def translated_errors(name: str, *, log_level: int = logging.WARNING) -> Iterator[None]:
    """Raise translated errors instead of those of the client.

    Args:
        name: The door, camera, … that the request concerns.
        log_level: Level at which the technical detail is logged.
    """
    try:
        yield
    except CarsonError as err:
        log_error(err, log_level)
        raise translated_error(err, name, HomeAssistantError) from err


@contextmanager
def translated_reservation_errors(name: str, **free: str) -> Iterator[None]:
    """Raise translated errors while a reservation is made or cancelled.

    Args:
        name: The amenity.
        free: While one is made, the `date` and its free `hours`, for when Carson refuses others.
    """
    try:
        yield
    except (AlreadyBookedError, NotFoundError) as err:
        log_error(err, logging.DEBUG)
        raise _translated_error(err, name, ServiceValidationError, _RESERVATION_KEYS) from err
    except CarsonError as err:
        log_error(err)
        error = _translated_error(err, name, HomeAssistantError, _RESERVATION_KEYS)
        if free and error.translation_key == "reservation_refused":
            reason = f" {err.reason}" if isinstance(err, ApiError) and err.reason else ""
            raise action_failed("booking_refused", name=name, reason=reason, **free) from err
        raise error from err


@asynccontextmanager
async def errors_in_own_language(hass: HomeAssistant) -> AsyncIterator[None]:
    """Raise translated errors with their text in the language of Home Assistant.

    The pages of the calendar, of the media, and of live video show the text of an error as it is, which would be
    English.
    """
    try:
        yield
    except HomeAssistantError as err:
        text = await _async_own_text(hass, err)
        if text is None:
            raise
        raise type(err)(
            text,
            translation_domain=err.translation_domain,
            translation_key=err.translation_key,
            translation_placeholders=err.translation_placeholders,
        ) from err


def log_error(error: CarsonError, level: int = logging.WARNING) -> None:
    """Log the technical detail of an error that is shown to a user.

    What the request concerned is not logged: the name of a unit's door is an address.
    """
    _LOGGER.log(level, "Request failed: %s", error)


def translated_message[ErrorT: HomeAssistantError](kind: type[ErrorT], key: str, **placeholders: str) -> ErrorT:
    """Return an error with a translated message."""
    return kind(translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders or None)


def invalid_input(key: str, **placeholders: str) -> ServiceValidationError:
    """Return a translated error for a request that is not valid."""
    return translated_message(ServiceValidationError, key, **placeholders)


def action_failed(key: str, **placeholders: str) -> HomeAssistantError:
    """Return a translated error for a valid request that could not be carried out."""
    return translated_message(HomeAssistantError, key, **placeholders)


def _translated_error[ErrorT: HomeAssistantError](
    error: CarsonError, name: str, kind: type[ErrorT], keys: _Keys
) -> ErrorT:
    reason = error.reason if isinstance(error, ApiError) else None
    return translated_message(kind, _message_key(error, keys), name=name, reason=reason or "")


async def _async_own_text(hass: HomeAssistant, error: HomeAssistantError) -> str | None:
    """Return the text of a translated error in the language of Home Assistant; None if it has none."""
    texts = await async_get_translations(hass, hass.config.language, "exceptions", [DOMAIN])
    text = texts.get(f"component.{DOMAIN}.exceptions.{error.translation_key}.message")
    # Without the last full stop, as Home Assistant shows errors.
    return None if text is None else text.rstrip(".").format(**(error.translation_placeholders or {}))


def _message_key(error: CarsonError, keys: _Keys) -> str:
    return next(key for error_type, key in keys if isinstance(error, error_type))
