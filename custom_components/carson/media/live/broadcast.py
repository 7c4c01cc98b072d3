"""All players of one live view, and what a new one receives first."""

from collections.abc import Callable, Iterable

from ...aiocarson import CarsonError
from .encoding import EncodedFrame, stream_head
from .player import Player
from .segment import Frame, Segment

_GROUP_BYTES = 8 * 1024 * 1024


class Broadcast:
    """Sends every frame to every player, encoded once.

    Keeps the group of pictures since the last key frame, so that a new player shows something at once.

    Args:
        queue_bytes: The most bytes that may wait for one player.
        on_leave: Called after a player has left.
    """

    def __init__(self, *, queue_bytes: int, on_leave: Callable[[], None]) -> None:
        self._queue_bytes = queue_bytes
        self._on_leave = on_leave
        self._players: set[Player] = set()
        self._group: list[EncodedFrame] = []
        self._group_bytes = 0
        self._segment: Segment | None = None

    def __len__(self) -> int:
        """Return the number of players."""
        return len(self._players)

    def add_player(self) -> Player:
        """Add a player and send it what has been shown since the last key frame."""
        player = Player(limit=self._queue_bytes, on_close=self._remove_player)
        self._players.add(player)
        for frame in self._group:
            self._send(player, frame)
        return player

    def publish(self, frames: Iterable[Frame], segment: Segment | None) -> None:
        """Send frames of a segment to all players."""
        self._segment = segment
        for frame in frames:
            encoded = EncodedFrame.encode(frame)
            self._add_to_group(encoded)
            for player in self._players:
                self._send(player, encoded)

    def clear_group(self) -> None:
        """Let new players wait for the next key frame."""
        self._group = []

    def close_all(self, error: CarsonError | None) -> None:
        """End all players with an error, None when the end is intended."""
        players, self._players = self._players, set()
        for player in players:
            player.finish(error)

    def _remove_player(self, player: Player) -> None:
        self._players.discard(player)
        self._on_leave()

    def _add_to_group(self, frame: EncodedFrame) -> None:
        if frame.is_key:
            self._group = []
            self._group_bytes = 0
        elif not self._group:
            return
        self._group.append(frame)
        self._group_bytes += len(frame.data)
        if self._group_bytes > _GROUP_BYTES:
            self._group = []

    def _send(self, player: Player, frame: EncodedFrame) -> None:
        if not player.has_begun and frame.is_key:
            player.begin(stream_head(self._segment))
        player.push(frame)
