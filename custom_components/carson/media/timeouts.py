"""Every time limit of the media code, in seconds."""

from dataclasses import dataclass


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
    spread: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTimeouts:
    """Time limits of a camera's live view.

    Attributes:
        lead: The next segment is opened this long before the current one ends.
        open: A segment must have opened within this time.
        stall: A segment that sends nothing for this long is broken.
        no_picture: A segment that sends no picture for this long is broken.
        startup: Before the first picture, failures are retried for this long.
        outage: After the first picture, failures are retried for this long.
        linger: The upstream outlives its last player by this, for players that reconnect.
        remember: The last pictures are kept for this long, to be shown at once when the camera is viewed again.
        stable: After a segment that lasted this long, the next one is opened at once.
        shortest_segment: A segment that the server ended earlier than this says nothing about the usual length.
        first_pause: Before the first retry; it doubles with each further retry.
        longest_pause: The bound of that.
    """

    lead: float = 10.0
    open: float = 30.0
    stall: float = 8.0
    no_picture: float = 20.0
    startup: float = 20.0
    outage: float = 60.0
    linger: float = 0.4
    remember: float = 25.0
    stable: float = 5.0
    shortest_segment: float = 20.0
    first_pause: float = 0.5
    longest_pause: float = 8.0


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
    live: LiveTimeouts = LiveTimeouts()
    recordings: RecordingTimeouts = RecordingTimeouts()
