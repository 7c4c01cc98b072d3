"""All players of one live view, and what a newcomer needs."""

from collections.abc import Callable, Iterable
import math

from ...aiocarson import CarsonError
from ..flv.amf import write_metadata
from ..flv.tags import AAC, FILE_HEADER, SILENCE, Tag, TagType
from .player import Entry, Player
from .segment import Frame, Segment

_METADATA = ("width", "height", "framerate", "videodatarate", "videocodecid", "starttime")
_GROUP_BYTES = 8 * 1024 * 1024


class Broadcast:
    """Hands every frame to every player, encoded once.

    Keeps the group of pictures since the last key frame, so that a newcomer sees something at once.
    `on_leave` is called after a player has left; a player's queue holds at most `queue_bytes`.
    """

    def __init__(self, *, queue_bytes: int, on_leave: Callable[[], None]) -> None:
        self._queue_bytes = queue_bytes
        self._on_leave = on_leave
        self._players: set[Player] = set()
        self._group: list[Entry] = []
        self._group_bytes = 0
        self._stretch: Segment | None = None

    def __len__(self) -> int:
        """How many are looking."""
        return len(self._players)

    def admit(self) -> Player:
        """Add a player and give it what has been shown since the last key frame."""
        player = Player(limit=self._queue_bytes, on_close=self._leave)
        self._players.add(player)
        for entry in self._group:
            self._hand_to(player, entry)
        return player

    def show(self, frames: Iterable[Frame], stretch: Segment | None) -> None:
        """Hand out frames of a stretch."""
        self._stretch = stretch
        for frame in frames:
            entry = Entry.of(frame)
            self._remember(entry)
            for player in self._players:
                self._hand_to(player, entry)

    def forget_pictures(self) -> None:
        """From here on a newcomer waits for the next key frame."""
        self._group = []

    def dismiss(self, error: CarsonError | None) -> None:
        """End all players; `error` says why, if it was not wanted."""
        players, self._players = self._players, set()
        for player in players:
            player.finish(error)

    def _leave(self, player: Player) -> None:
        self._players.discard(player)
        self._on_leave()

    def _remember(self, entry: Entry) -> None:
        if entry.is_key:
            self._group = []
            self._group_bytes = 0
        elif not self._group:
            return
        self._group.append(entry)
        self._group_bytes += len(entry.encoded)
        if self._group_bytes > _GROUP_BYTES:
            self._group = []

    def _hand_to(self, player: Player, entry: Entry) -> None:
        if not player.has_begun and entry.is_key:
            player.begin(self._head())
        player.push(entry)

    def _head(self) -> bytes:
        """The file header and what is known of the video, but no length or size: it has none.

        go2rtc waits for video only if the metadata hints at it, and for sound if they name its codec.
        """
        members = {"framerate": 12.0}
        silence = b""
        if (stretch := self._stretch) is not None:
            members["framerate"] = round(1000 / stretch.interval_ms, 3)
            told = ((key, stretch.metadata.get(key)) for key in _METADATA)
            members |= {key: value for key, value in told if isinstance(value, float) and math.isfinite(value)}
            if stretch.has_aac:
                members["audiocodecid"] = float(AAC)
            if stretch.is_silent:
                silence = SILENCE
        return FILE_HEADER + Tag(TagType.SCRIPT, 0, write_metadata(members)).encode() + silence
