"""Every time limit of the media code, in seconds."""

from dataclasses import dataclass, field

from ..aiocarson.live.timeouts import LiveTimeouts


@dataclass(frozen=True, slots=True, kw_only=True)
class StillTimeouts:
    """Time limits of a camera's stills.

    Attributes:
        refresh_age: A still younger than this is served without a request.
        idle: A camera without requests for this long is not being watched.
        keep: The last still stands in for failed requests until this age.
        fetch: A request that takes longer has failed.
        response: A viewer gets a still or an error within this time. Home Assistant's own limit is 10 s.
        frozen: A camera that repeats a still older than this has stopped. Previews come at least every
            16 s (Protocol B.4).
        margin: A prefetched still should arrive this long before it is expected to be requested.
        next: The next still of a camera that has only old ones is waited for this long. Previews come at least every
            16 s (Protocol B.4).
        next_pause: When none came, the next one is not waited for again for this long.
        remember: What was learnt about a camera is forgotten when it is not watched for this long.
        newer_check: While the camera has sent nothing new, it is looked again whether it has at most this much later.
        spread: After a failure, the next request is sent up to this much later, at random.
    """

    refresh_age: float = 10.0
    idle: float = 15.0
    keep: float = 120.0
    fetch: float = 45.0
    response: float = 9.5
    frozen: float = 30.0
    margin: float = 0.5
    next: float = 20.0
    next_pause: float = 60.0
    remember: float = 60.0
    newer_check: float = 1.0
    spread: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingTimeouts:
    """Time limits of recordings.

    Attributes:
        resolve: Before a recording is played, Eagle Eye has this long to make its MP4; then its FLV is tried.
        mp4: A player that requests an MP4 waits this long for Eagle Eye to make it.
        thumbnail: A thumbnail must be there within this time.
        replay: A replay is removed after this time.
        replay_stop: The worker of a replay has this long to stop.
        denied: A camera whose recordings were denied is not requested again for this long.
    """

    resolve: float = 60.0
    mp4: float = 120.0
    thumbnail: float = 12.0
    replay: float = 900.0
    replay_stop: float = 3.0
    denied: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaTimeouts:
    """Every time limit of the media code.

    Attributes:
        player_stall: A player that takes nothing for this long is disconnected.
    """

    player_stall: float = 10.0
    stills: StillTimeouts = StillTimeouts()
    live: LiveTimeouts = field(default_factory=LiveTimeouts)
    recordings: RecordingTimeouts = RecordingTimeouts()
