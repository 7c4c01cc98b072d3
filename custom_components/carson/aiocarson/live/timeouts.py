"""The time limits of a live view, in seconds."""

from dataclasses import dataclass


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
