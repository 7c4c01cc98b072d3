"""All durations of the client, in seconds."""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long the client waits, in seconds.

    Attributes:
        connect: For a connection.
        read: For a request that changes nothing, retries and pauses included, unless another value applies.
        login: For signing in. The first time may take half a minute (Protocol A.3).
        open_door: For opening a door, a renewal of the token included. Nobody stands at a door for longer.
        command: For any other request that changes something, a renewal of the token included.
        token_probe: For checking whether Carson accepts a token.
        session: For a session key of Eagle Eye.
        amenities_read: For a request for amenities or reservations.
        still: For a still that Eagle Eye already has.
        waiting_still: For a still that the camera has yet to take.
        live_open: For the beginning of a live view.
        live_stall: Between two chunks of a live view.
        clip_open: For the response to a request for a clip. Eagle Eye may hold it for half a minute.
        clip_stall: Between two chunks of a clip.
        poll: For an event poll. Longer than servers commonly hold a response.
        first_pause: Before the first retry; it doubles with each further retry.
        longest_pause: The bound of that.
        longest_retry_wait: A request is not retried if the pause before that would be longer.
        rejection_cooldown: Before another renewal after a renewed credential was rejected as well.
        session_rejection_pauses: Likewise for a session key, after the first, the second, … time in a row.
        early_renewal_pause: Before a token that expires soon is renewed ahead of time again.
        session_failure_pause: Before Carson is asked again for a session key that it failed to provide.
        session_refusal_pauses: Likewise, after the first, the second, … time in a row that it refused to provide one.
        clip_pending_pause: Between two requests for a clip that is not ready.
        poll_gap: From the start of one event poll to that of the next.
        event_answer: After a subscription over a websocket, for the first message.
        poll_held: An event poll that failed after this long was held by the server, so the failure does not count.
        self_check_key: In a self-check, before a second session key is fetched.
        self_check_still: In a self-check, before another still is requested, to see whether the picture moves.
        reservation_checks: Pauses before each check of the list of reservations after a command.
    """

    connect: float = 10
    read: float = 30
    login: float = 45
    open_door: float = 10
    command: float = 20
    token_probe: float = 10
    session: float = 15
    amenities_read: float = 15
    still: float = 9
    waiting_still: float = 30
    live_open: float = 20
    live_stall: float = 15
    clip_open: float = 60
    clip_stall: float = 30
    poll: float = 90
    first_pause: float = 1
    longest_pause: float = 64
    longest_retry_wait: float = 10
    rejection_cooldown: float = 60
    session_rejection_pauses: tuple[float, ...] = (50, 290, 290, 890, 1790, 3590)
    early_renewal_pause: float = 3600
    session_failure_pause: float = 10
    session_refusal_pauses: tuple[float, ...] = (50, 290, 290, 890, 1790, 3590)
    clip_pending_pause: float = 3
    poll_gap: float = 1
    event_answer: float = 30
    poll_held: float = 10
    self_check_key: float = 2
    self_check_still: float = 12
    reservation_checks: tuple[float, ...] = (0, 1, 3)

    def limited_to(self, seconds: float | None) -> Self:
        """Return the same durations, but at most so many seconds for a whole request; None changes nothing."""
        if seconds is None:
            return self
        return replace(self, **{name: min(getattr(self, name), seconds) for name in _WHOLE_REQUESTS})


_WHOLE_REQUESTS = (
    "connect",
    "read",
    "login",
    "open_door",
    "command",
    "token_probe",
    "session",
    "amenities_read",
    "still",
    "waiting_still",
    "live_open",
    "clip_open",
)
