"""Plugin of pytest for the next version of Home Assistant, which the library for the tests does not know yet.

It is loaded before that library: Home Assistant must be imported before httpx, and a name has moved.
"""

import homeassistant  # noqa: F401 - for its effect on httpx
from homeassistant.components import logger
from homeassistant.components.logger import helpers

_MOVED = "_clear_logger_overwrites"

if not hasattr(logger, _MOVED):
    setattr(logger, _MOVED, getattr(helpers, _MOVED))
