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


# Those that were logged: each is logged only once.
_LOGGED: set[Endpoints] = set()


def endpoints_from_environment() -> Endpoints:
    """Return the base urls; a warning is logged if they are not those of the real clouds."""
    endpoints = Endpoints(
        api_url=os.environ.get(API_VARIABLE) or DEFAULT_API_URL,
        eagle_eye_url=os.environ.get(EAGLE_EYE_VARIABLE) or DEFAULT_EAGLE_EYE_URL,
    )
    if endpoints != Endpoints(DEFAULT_API_URL, DEFAULT_EAGLE_EYE_URL) and endpoints not in _LOGGED:
        _LOGGED.add(endpoints)
        _LOGGER.warning(
            "The real clouds are not used: %s or %s is set in the environment",
            API_VARIABLE,
            EAGLE_EYE_VARIABLE,
        )
    return endpoints
