"""Switches of the simulator that hold for every request."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(kw_only=True, slots=True)
class LiveSettings:
    """How live video behaves (Protocol B.8, C rows 24, 35, 37, 38)."""

    max_seconds: float | None = None
    """The longest stretch in seconds; None: as long as asked for."""
    first_byte_delay: float = 0.0
    """Real seconds before the first byte."""
    burst_seconds: float = 1.0
    """Video already past that is sent at once."""
    anchor: Literal["anew", "timeline"] = "anew"
    """Whether groups of pictures start at the request, or where the camera's common timeline has them."""
    raw_plus: Literal["accept", "reject"] = "accept"
    """What a `+` not encoded as `%2B` (a space after decoding) leads to."""
    on_key_expiry: Literal["continue", "cut"] = "continue"
    """What happens to a running body when its session key ends."""
    width: int = 640
    height: int = 360


@dataclass(kw_only=True, slots=True)
class RecordingSettings:
    """How recordings are handed out (Protocol B.7, B.8, C rows 36, 41 to 43)."""

    start: Literal["strict", "seek"] = "strict"
    """Whether `start_timestamp` must equal the start of a recording, or may lie within one."""
    open_end: Literal["newest", "null", "missing"] = "newest"
    """What the list says as the end of a recording that still goes on."""
    max_entries: int = 10_000
    """Entries of one list answer at most."""
    mp4_pending: int = 2
    """Answers "not yet" before an MP4 is there."""
    mp4_seconds: float = 0.0
    """Seconds of the simulator's clock that an MP4 takes at least."""
    mp4_hold: float = 0.0
    """Real seconds before each answer "not yet"."""
    mp4_first_status: Literal[201, 202] = 201
    mp4_form: Literal["worker", "id", "legacy_502"] = "worker"
    """What "not yet" looks like."""


@dataclass(kw_only=True, slots=True)
class SessionSettings:
    """How Eagle Eye session keys are handed out (Protocol A.6, B.1)."""

    lifetime: float | None = 8 * 3600.0
    """Seconds of the simulator's clock; None: for ever."""
    new_key_each_call: bool = True
    revoke_previous: bool = False
    """Whether a new key of a building ends the former ones."""
    wrong_host: Literal["reject", "slow"] = "reject"
    """What a key used on another sub-domain leads to (Protocol C row 22)."""
    html_404: bool = False
    """Whether the 404 of a building without Eagle Eye is an HTML page instead of an envelope."""
    archiver_subdomains: set[str] = field(default_factory=lambda: {"c099"})
    """Sub-domains that take every valid key: where redirects lead (Protocol C row 34)."""


@dataclass(kw_only=True, slots=True)
class AmenitySettings:
    """How amenities are told of (Protocol A.7)."""

    cancelled: Literal["listed", "gone"] = "listed"
    """Whether a cancelled reservation stays on the list."""
    hours_in_object: bool = False
    """Whether the free hours come inside an object instead of as a list."""


@dataclass(kw_only=True, slots=True)
class PollSettings:
    """How long HTTP polling holds (Protocol B.9); both are guesses, nobody says."""

    hold: float = 20.0
    """Seconds of the simulator's clock after which an answer without news is given."""
    expiry: float = 120.0
    """Seconds of the simulator's clock after which a subscription that nobody asks for is forgotten."""


@dataclass(kw_only=True, slots=True)
class Settings:
    """All switches."""

    delay: float = 0.0
    """Real seconds that every request of both clouds takes at least."""
    first_login_delay: float = 0.0
    """Real seconds added to the first login of each account (Protocol C row 6)."""
    token_lifetime: float = 365 * 86400.0
    """Seconds of the simulator's clock."""
    token_algorithm: Literal["HS256", "ES256"] = "HS256"  # noqa: S105
    bare_401: bool = False
    """Whether every 401 of Carson has an empty body instead of the envelope."""
    minimum_app_version: str | None = None
    """Older values of X-App-Version are refused with 400 (Protocol C row 19)."""
    carson_rate: int | None = None
    eagle_eye_rate: int | None = None
    """Requests per second that are allowed; more are answered 429 without Retry-After."""
    next_hold: float = 30.0
    """Seconds of the simulator's clock that `next` waits for a frame before it answers 404."""
    offline_hold: float = 20.0
    """Real seconds that the picture of an offline camera takes to fail, when it waits."""
    retention_days: float = 14.0
    live: LiveSettings = field(default_factory=LiveSettings)
    recordings: RecordingSettings = field(default_factory=RecordingSettings)
    amenities: AmenitySettings = field(default_factory=AmenitySettings)
    sessions: SessionSettings = field(default_factory=SessionSettings)
    poll: PollSettings = field(default_factory=PollSettings)
