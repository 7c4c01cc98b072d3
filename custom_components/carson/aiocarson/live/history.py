"""The last groups of pictures of a live view."""

from collections import deque
from itertools import chain

from .encoding import EncodedFrame

_MAX_BYTES = 8 * 1024 * 1024
_LENGTH_MS = 10_000
"""As much video as a new player may need at once."""


class History:
    """The last groups of pictures: some seconds of them, each from its key frame on."""

    def __init__(self) -> None:
        self._groups: deque[list[EncodedFrame]] = deque()
        self._bytes = 0

    def __bool__(self) -> bool:
        """Return whether there are any pictures."""
        return bool(self._groups)

    def add(self, frame: EncodedFrame) -> None:
        """Add a frame; before the first key frame, none are kept."""
        if frame.is_key:
            self._groups.append([])
        elif not self._groups:
            return
        self._groups[-1].append(frame)
        self._bytes += len(frame.data)
        while self._groups and (self._bytes > _MAX_BYTES or self._is_first_needless(frame.frame.time)):
            self._bytes -= sum(len(frame.data) for frame in self._groups.popleft())

    def last(self, milliseconds: int) -> list[EncodedFrame]:
        """Return the last frames that last so long, from a key frame on: at least the last group."""
        if not self._groups:
            return []
        end = self._groups[-1][-1].frame.time
        first = next(
            (at for at in reversed(range(len(self._groups))) if end - self._groups[at][0].frame.time >= milliseconds), 0
        )
        return list(chain.from_iterable(list(self._groups)[first:]))

    def clear(self) -> None:
        """Forget all pictures."""
        self._groups.clear()
        self._bytes = 0

    def _is_first_needless(self, now: int) -> bool:
        """Return whether the pictures are enough without the first group."""
        return len(self._groups) > 1 and now - self._groups[1][0].frame.time >= _LENGTH_MS
