"""Base urls of the two clouds, which the environment may override for development."""

from dataclasses import dataclass
import logging
import os

from .aiocarson.defaults import DEFAULT_API_URL, DEFAULT_EAGLE_EYE_URL

_LOGGER = logging.getLogger(__name__)

API_VARIABLE = "CARSON_API_URL"
EAGLE_EYE_VARIABLE = "CARSON_EAGLE_EYE_URL"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Base urls of Carson and of Eagle Eye; the latter contains `{subdomain}`."""

    api_url: str
    eagle_eye_url: str


def endpoints_from_environment() -> Endpoints:
    """Return the base urls that are used."""
    return Endpoints(
        api_url=os.environ.get(API_VARIABLE) or DEFAULT_API_URL,
        eagle_eye_url=os.environ.get(EAGLE_EYE_VARIABLE) or DEFAULT_EAGLE_EYE_URL,
    )


def log_development_endpoints() -> None:
    """Log a warning if the clouds that are used are not the real ones."""
    if endpoints_from_environment() != Endpoints(DEFAULT_API_URL, DEFAULT_EAGLE_EYE_URL):
        _LOGGER.warning(
            "The real clouds are not used: %s or %s is set in the environment",
            API_VARIABLE,
            EAGLE_EYE_VARIABLE,
        )
