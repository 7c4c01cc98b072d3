"""`-v`: prints each request with number, method, path, status and duration.

Query strings, headers and bodies are left out, so that no secret is printed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import logging
from typing import override

_TRANSPORT = "aiocarson.http.transport"


class _CallbackHandler(logging.Handler):
    """Handler that passes each message to a callback."""

    def __init__(self, callback: Callable[[str], None]) -> None:
        super().__init__(logging.DEBUG)
        self._callback = callback

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self._callback(record.getMessage())


@contextmanager
def trace_requests(callback: Callable[[str], None] | None) -> Iterator[None]:
    """Pass a line about each request to the callback, if there is one, inside the block."""
    if callback is None:
        yield
        return
    logger = logging.getLogger(_TRANSPORT)
    handler, level, propagate = _CallbackHandler(callback), logger.level, logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate
