"""A message on the terminal while a command waits and has nothing to print."""

import asyncio
import os
from typing import TextIO

SECONDS = 3.0
_TEXT = "Waiting for an answer ..."
_CLEAR_LINE = "\r\x1b[2K"


class SignOfLife:
    """Shows on a terminal that the command is waiting; the message disappears before anything else is printed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        # A terminal that cannot clear a line, or reads it aloud, keeps the message.
        self._can_clear = os.environ.get("TERM", "dumb") != "dumb"
        self._is_wanted = stream.isatty()
        self._is_shown = False
        self._printed = asyncio.Event()

    async def run(self) -> None:
        """Show the message each time that nothing was printed for some seconds, until this is cancelled."""
        while self._is_wanted:
            self._printed.clear()
            try:
                async with asyncio.timeout(None if self._is_shown else SECONDS):
                    await self._printed.wait()
            except TimeoutError:
                self._show()

    def _show(self) -> None:
        if self._is_wanted and not self._is_shown:
            self._is_shown = True
            self._stream.write(_TEXT if self._can_clear else f"{_TEXT}\n")
            self._stream.flush()

    def clear(self) -> None:
        """Remove the message, because something else is about to be printed."""
        if self._is_shown:
            self._is_shown = False
            if self._can_clear:
                self._stream.write(_CLEAR_LINE)
                self._stream.flush()
        self._printed.set()

    def end(self) -> None:
        """Remove the message, and show it no more."""
        self.clear()
        self._is_wanted = False
