"""All players of one live view, and what a new one receives first."""

from collections.abc import Callable, Iterable

from ..errors import CarsonError
from .encoding import EncodedFrame, stream_head
from .history import History
from .lead_in import lead_in
from .player import Player
from .segment import Frame, Segment


class Broadcast:
    """Sends every frame to every player, encoded once.

    Keeps the last groups of pictures, so that a new player shows something at once.

    Args:
        queue_bytes: The most bytes that may wait for one player.
        on_leave: Called after a player has left.
    """

    def __init__(self, *, queue_bytes: int, on_leave: Callable[[], None]) -> None:
        self._queue_bytes = queue_bytes
        self._on_leave = on_leave
        self._players: set[Player] = set()
        self._history = History()
        self._segment: Segment | None = None

    def __len__(self) -> int:
        """Return the number of players."""
        return len(self._players)

    @property
    def has_pictures(self) -> bool:
        """Whether a new player shows something at once."""
        return bool(self._history)

    def add_player(self, lead_ms: int = 0) -> Player:
        """Add a player and send it what has been shown since the last key frame.

        Args:
            lead_ms: So much video is to be there at once: earlier pictures, and before them a still one.
        """
        frames = self._history.last(lead_ms)
        span = frames[-1].frame.time - frames[0].frame.time if frames else 0
        player = Player(limit=self._queue_bytes, on_close=self._remove_player, lead_ms=lead_ms - span)
        self._players.add(player)
        for frame in frames:
            self._send(player, frame)
        return player

    def publish(self, frames: Iterable[Frame], segment: Segment | None) -> None:
        """Send frames of a segment to all players."""
        self._segment = segment or self._segment
        for frame in frames:
            encoded = EncodedFrame.encode(frame)
            self._history.add(encoded)
            for player in self._players:
                self._send(player, encoded)

    def forget_pictures(self) -> None:
        """Let new players wait for the next key frame."""
        self._history.clear()

    def close_all(self, error: CarsonError | None) -> None:
        """End all players with an error, None when the end is intended."""
        players, self._players = self._players, set()
        for player in players:
            player.finish(error)

    def _remove_player(self, player: Player) -> None:
        self._players.discard(player)
        self._on_leave()

    def _send(self, player: Player, frame: EncodedFrame) -> None:
        if not player.has_begun and frame.is_key:
            player.begin(stream_head(self._segment), lead_in(self._segment, player.lead_ms))
        player.push(frame)
