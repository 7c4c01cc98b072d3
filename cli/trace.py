"""`-v`: every request, numbered, with status and duration. Method and path only: no query, no header, no secret."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import logging
from typing import override

from .client import aiocarson

_TRANSPORT = f"{aiocarson.__name__}.http.transport"


class _Teller(logging.Handler):
    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(logging.DEBUG)
        self._tell = tell

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self._tell(record.getMessage())


@contextmanager
def traced(tell: Callable[[str], None] | None) -> Iterator[None]:
    """Tell each request while the block lasts; None tells nothing."""
    if tell is None:
        yield
        return
    logger = logging.getLogger(_TRANSPORT)
    teller, level, propagate = _Teller(tell), logger.level, logger.propagate
    logger.addHandler(teller)
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(teller)
        logger.setLevel(level)
        logger.propagate = propagate
