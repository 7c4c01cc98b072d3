"""Settings of the simulator that apply to every request."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(kw_only=True, slots=True)
class LiveSettings:
    """How live video behaves (Protocol B.8, C rows 24, 35, 37, 38)."""

    max_seconds: float | None = None
    """Maximum length of a stream in seconds; None for as long as requested."""
    first_byte_delay: float = 0.0
    """Real seconds before the first byte."""
    burst_seconds: float = 1.0
    """Seconds of past video that are sent at once."""
    anchor: Literal["anew", "timeline"] = "anew"
    """Whether groups of pictures start with the request, or on a timeline that all streams of the camera share."""
    raw_plus: Literal["accept", "reject"] = "accept"
    """How to treat a `+` that is not encoded as `%2B` (a space after decoding)."""
    on_key_expiry: Literal["continue", "cut"] = "continue"
    """What happens to an open stream when its session key expires."""
    width: int = 640
    height: int = 360


@dataclass(kw_only=True, slots=True)
class RecordingSettings:
    """How recordings are served (Protocol B.7, B.8, C rows 36, 41 to 43)."""

    start: Literal["strict", "seek"] = "strict"
    """Whether `start_timestamp` must equal the start of a recording, or may lie within one."""
    open_end: Literal["newest", "null", "missing"] = "newest"
    """End of a recording in progress, as the list shows it."""
    max_entries: int = 10_000
    """Maximum number of entries in a list."""
    mp4_pending: int = 2
    """Number of responses that a job is not finished, before the MP4 is available."""
    mp4_seconds: float = 0.0
    """Minimum duration of a job in seconds of the simulator's clock."""
    mp4_hold: float = 0.0
    """Real seconds before each response that a job is not finished."""
    mp4_first_status: Literal[201, 202] = 201
    mp4_form: Literal["job", "id", "legacy_502"] = "job"
    """Form of the response that a job is not finished."""


@dataclass(kw_only=True, slots=True)
class SessionSettings:
    """How Eagle Eye session keys are issued (Protocol A.6, B.1)."""

    lifetime: float | None = 8 * 3600.0
    """Seconds of the simulator's clock; None for unlimited."""
    new_key_each_call: bool = True
    revoke_previous: bool = False
    """Whether a new key of a building revokes the previous ones."""
    wrong_host: Literal["reject", "slow"] = "reject"
    """How to treat a key on another sub-domain (Protocol C row 22)."""
    key_form: Literal["cluster", "jwt", "hex"] = "cluster"
    """Form of new keys: `c000~…`, a JWT, or hexadecimal digits (Protocol C row 56)."""
    answer: Literal["v2", "v3", "null"] = "v2"
    """Names of the fields that Carson sends: ours, those of Eagle Eye's later API, or ours with nulls."""
    subdomain_form: Literal["label", "host", "url", "dotted", "foreign"] = "label"
    """How the sub-domain is written: alone, as a host, as a URL, with a dot in it, or as a host of somebody else."""
    refuse_keys: bool = False
    """Whether Eagle Eye rejects every key with a 401."""
    html_404: bool = False
    """Whether the 404 of a building without Eagle Eye is an HTML page instead of an envelope."""
    archiver_subdomains: set[str] = field(default_factory=lambda: {"c099"})
    """Sub-domains that accept every valid key: the targets of redirects (Protocol C row 34)."""


@dataclass(kw_only=True, slots=True)
class AmenitySettings:
    """How amenities and reservations are listed (Protocol A.7)."""

    cancelled: Literal["listed", "gone"] = "gone"
    """Whether a cancelled reservation stays on the list."""
    hours_in_object: bool = False
    """Whether the free hours are wrapped in an object instead of a plain list."""


@dataclass(kw_only=True, slots=True)
class PollSettings:
    """Time limits of HTTP polling (Protocol B.9); both are guesses."""

    hold: float = 20.0
    """Seconds of the simulator's clock after which an empty response is sent."""
    expiry: float = 120.0
    """Seconds of the simulator's clock without a request after which a subscription expires."""


@dataclass(kw_only=True, slots=True)
class Settings:
    """All settings."""

    delay: float = 0.0
    """Minimum duration of every request to both clouds, in real seconds."""
    connection_delay: float = 0.0
    """Real seconds added to the first request of each connection, for TCP and TLS."""
    first_login_delay: float = 0.0
    """Real seconds added to the first login of each account (Protocol C row 6)."""
    api_version: str = "v1.4.4"
    """The version of Carson's API that is served; others are gone (Protocol D.7)."""
    token_lifetime: float = 365 * 86400.0
    """Seconds of the simulator's clock."""
    token_algorithm: Literal["HS256", "ES256"] = "HS256"  # noqa: S105
    single_sign_in: bool = False
    """Whether a sign-in revokes the account's earlier tokens; what Carson does is unknown (Protocol A.3)."""
    bare_401: bool = False
    """Whether every 401 of Carson has an empty body instead of the envelope."""
    minimum_app_version: str | None = None
    """Older values of X-App-Version get a 400 (Protocol C row 19)."""
    carson_rate: int | None = None
    eagle_eye_rate: int | None = None
    """Allowed requests per second; any more get a 429 without Retry-After."""
    next_hold: float = 30.0
    """Seconds of the simulator's clock that `next` waits for a preview before it responds with 404."""
    offline_hold: float = 20.0
    """Real seconds before the still of an offline camera fails, if the camera is set to wait."""
    retention_days: float = 14.0
    live: LiveSettings = field(default_factory=LiveSettings)
    recordings: RecordingSettings = field(default_factory=RecordingSettings)
    amenities: AmenitySettings = field(default_factory=AmenitySettings)
    sessions: SessionSettings = field(default_factory=SessionSettings)
    poll: PollSettings = field(default_factory=PollSettings)
