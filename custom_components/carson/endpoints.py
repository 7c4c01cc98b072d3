"""Where the two clouds are: the real ones, or a developer's stand-ins."""

from dataclasses import dataclass
import logging
import os

from .aiocarson.carson.api import DEFAULT_API_URL
from .aiocarson.eagle_eye.client import DEFAULT_EAGLE_EYE_URL

_LOGGER = logging.getLogger(__name__)

API_VARIABLE = "CARSON_API_URL"
EAGLE_EYE_VARIABLE = "CARSON_EAGLE_EYE_URL"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Base urls of Carson and of Eagle Eye (with its place for the sub-domain)."""

    api_url: str
    eagle_eye_url: str


# Said once, however often an entry is set up.
_ANNOUNCED: set[Endpoints] = set()


def endpoints_from_environment() -> Endpoints:
    """Tell the base urls, which the environment may override for development.

    Says so in the log, for whoever stands before a door that does not open.
    """
    endpoints = Endpoints(
        api_url=os.environ.get(API_VARIABLE) or DEFAULT_API_URL,
        eagle_eye_url=os.environ.get(EAGLE_EYE_VARIABLE) or DEFAULT_EAGLE_EYE_URL,
    )
    if endpoints != Endpoints(DEFAULT_API_URL, DEFAULT_EAGLE_EYE_URL) and endpoints not in _ANNOUNCED:
        _ANNOUNCED.add(endpoints)
        _LOGGER.warning(
            "Not talking to the real clouds: %s or %s is set in the environment",
            API_VARIABLE,
            EAGLE_EYE_VARIABLE,
        )
    return endpoints
