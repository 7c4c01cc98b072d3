"""How many requests run at once: fewer after a cloud has said that they are too many."""

import asyncio
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Self

_SUCCESSES = 50
"""After so many responses without a complaint, one more request may run at once again."""


class Limit:
    """Places for at most `most` at once, in the order of asking. Each 429 halves the number for a while.

    Args:
        most: The number of places as long as nobody complains.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._now = most
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._successes = 0

    @property
    def now(self) -> int:
        """The number of places at present."""
        return self._now

    async def __aenter__(self) -> Self:
        """Wait for a place."""
        if self._taken < self._now and not self._waiting:
            self._taken += 1
            return self
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()
            else:
                with suppress(ValueError):
                    self._waiting.remove(turn)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the place to the next one."""
        self._leave()

    def record_complaint(self) -> None:
        """Halve the number of places: the cloud has received too many requests."""
        self._now = max(1, self._now // 2)
        self._successes = 0

    def record_success(self) -> None:
        """Give a place back after many responses without a complaint."""
        if self._now == self._most:
            return
        self._successes += 1
        if self._successes >= _SUCCESSES:
            self._successes = 0
            self._now += 1
            self._wake()

    def _leave(self) -> None:
        self._taken -= 1
        self._wake()

    def _wake(self) -> None:
        while self._waiting and self._taken < self._now:
            turn = self._waiting.popleft()
            if not turn.done():
                self._taken += 1
                turn.set_result(None)
