"""What we believe about the clouds, and whether a self-check agrees.

Each belief has a name, the section of the protocol that holds it, the fact that shows it, and what that fact is if
the belief is right.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

type Verdict = str

AS_BELIEVED: Verdict = "as_believed"
DIFFERENT: Verdict = "different"
NOT_SEEN: Verdict = "not_seen"

_DOOR_FIELDS = frozenset({"id", "name", "provider", "isActive", "disabled", "isUnitDoor", "staffOnly", "available"})
_CAMERA_FIELDS = frozenset({"id", "name", "provider", "liveViewId"})
_DEVICE_TYPES = frozenset({"bridge", "camera", "mobile_camera", "multiview_camera", "mca_camera", "switches"})
_ROW_LENGTHS = frozenset({"26", "27", "28", "29"})
_IMAGE_MAX_AGE = 60


@dataclass(frozen=True, slots=True)
class Belief:
    """One thing that we believe.

    Attributes:
        name: Its name in reports.
        section: Where it stands in the protocol.
        fact: The name of the fact that shows it.
        holds: Whether that fact is as believed.
    """

    name: str
    section: str
    fact: str
    holds: Callable[[Any], bool]


def _is(*expected: object) -> Callable[[Any], bool]:
    return lambda value: value in expected


def _within(expected: frozenset[str]) -> Callable[[Any], bool]:
    return lambda value: set(value) <= expected


def _has(*expected: str) -> Callable[[Any], bool]:
    return lambda value: set(expected) <= set(value)


def _rows_have(path: tuple[str, ...], expected: frozenset[str]) -> Callable[[Any], bool]:
    """Return a check that objects in a shape have some fields; it holds if there are no objects."""

    def check(shape: Any) -> bool:
        for name in path:
            shape = shape.get("fields", {}).get(name)
            if shape is None or "items" not in shape:
                return True
            shape = shape["items"]
        return expected <= set(shape.get("fields", {}))

    return check


def _all_200(values: Any) -> bool:
    return all(status == 200 for status in values)


BELIEFS = (
    Belief("carson.api_version", "A.1", "me.status", _is(200)),
    Belief("carson.envelope", "A.2", "me.envelope", _has("code", "status", "data")),
    Belief("carson.success_code", "A.2", "me.code", _is(0)),
    Belief("carson.token_is_jwt", "A.3", "token.form", _is("jwt")),
    Belief("carson.token_claims", "A.3", "token.claims", _has("exp", "user_id")),
    Belief("carson.token_algorithm", "A.3", "token.alg", _is("HS256", "ES256")),
    Belief("carson.token_lives_long", "A.3", "token.days_left", lambda days: days >= 30),
    Belief("carson.account_is_readable", "A.4", "me.is_complete", _is(True)),
    Belief("carson.only_buildings", "A.4", "me.property_levels", _within(frozenset({"building"}))),
    Belief("carson.contact_types", "A.4", "me.contact_types", _within(frozenset({"email", "phone_number"}))),
    Belief("carson.door_fields", "A.4", "me.shape", _rows_have(("properties", "doors"), _DOOR_FIELDS)),
    Belief("carson.camera_fields", "A.4", "me.shape", _rows_have(("properties", "cameras"), _CAMERA_FIELDS)),
    Belief(
        "carson.camera_provider",
        "A.4",
        "me.camera_providers",
        lambda words: not words or any(word.startswith("eagle_eye") for word in words),
    ),
    Belief("carson.live_view_id_is_esn", "A.4", "me.live_view_ids", lambda forms: not forms or "hex8" in forms),
    Belief("carson.session_works", "A.6", "session.status", _all_200),
    Belief("carson.session_key_form", "A.6", "session.key_form", _is("cNNN~32")),
    Belief("carson.session_subdomain", "B.1", "session.subdomain_form", _is("cNNN", "label")),
    Belief("eagle_eye.key_is_accepted", "B.1", "isauth.status", _is(200)),
    Belief("eagle_eye.isauth_body", "B.1", "isauth.body", _is(True)),
    Belief("eagle_eye.earlier_key_stays_valid", "D.3", "isauth.first_key", _is(200)),
    Belief("eagle_eye.device_list", "B.2", "devices.status", _is(200)),
    Belief("eagle_eye.device_rows", "B.2", "devices.row_lengths", _within(_ROW_LENGTHS)),
    Belief("eagle_eye.device_types", "B.2", "devices.types", _within(_DEVICE_TYPES | {"(null)", "(empty)"})),
    Belief("eagle_eye.device_rows_readable", "B.2", "devices.is_complete", _is(True)),
    Belief(
        "eagle_eye.status_is_number",
        "B.3",
        "devices.columns",
        lambda columns: all(form.startswith("int") for form in columns.get("10", {})),
    ),
    Belief("eagle_eye.knows_carsons_cameras", "A.4", "devices.of_those_found", lambda found: found > 0),
    Belief("eagle_eye.single_device", "B.4", "device.status", _is(200)),
    Belief("eagle_eye.still", "B.6", "still.status", _is(200)),
    Belief("eagle_eye.still_time", "B.6", "still.headers", _has("x-ee-timestamp")),
    Belief("eagle_eye.still_is_fresh", "B.6", "still.age_seconds", lambda age: age <= _IMAGE_MAX_AGE),
    Belief("eagle_eye.still_moves", "B.6", "still.moves", _is(True)),
    Belief("eagle_eye.next_waits_for_newer", "B.6", "still.next_is_newer", _is(True)),
    Belief("eagle_eye.after_now_is_404", "B.6", "still.after_status", _is(404)),
    Belief("eagle_eye.image_list", "B.7", "images.status", _is(200)),
    Belief("eagle_eye.image_entries", "B.7", "images.entry", lambda names: not names or {"t", "s"} <= set(names)),
    Belief("eagle_eye.video_list", "B.7", "videos.status", _is(200)),
    Belief("eagle_eye.video_entries", "B.7", "videos.entry", lambda names: not names or {"s", "e"} <= set(names)),
    Belief("eagle_eye.event_poll", "B.9", "poll.status", _is(200)),
    Belief("eagle_eye.poll_token", "B.9", "poll.fields", _has("cameras", "token")),
    Belief("eagle_eye.poll_first_has_status_only", "B.9", "poll.resources", _within(frozenset({"status"}))),
    Belief("eagle_eye.poll_is_held", "B.9", "poll.held_status", _is(200)),
    Belief("eagle_eye.websocket", "B.10", "websocket.status", _is(101)),
    Belief("eagle_eye.websocket_tells_the_status", "B.10", "websocket.has_status", _is(True)),
    Belief("eagle_eye.live_video", "B.8", "live.status", _is(200)),
    Belief("eagle_eye.live_is_h264", "F B.8", "live.video_codec", _is(7)),
    Belief("eagle_eye.live_has_no_sound", "B.8", "live.audio_codec", _is(None)),
    Belief("eagle_eye.recorded_flv", "B.8", "recorded.status", _is(200)),
    Belief("eagle_eye.no_later_api", "F B.14", "v3.status", lambda status: status != 200),
    Belief("both.no_sunset", "F B.14", "headers.names", lambda names: not {"sunset", "deprecation"} & set(names)),
    Belief("both.no_retry_after", "B.1", "headers.names", lambda names: "retry-after" not in names),
)
"""Everything that a self-check can see."""


def compare(facts: Mapping[str, Any]) -> dict[str, Verdict]:
    """Return for each belief whether the facts are as believed, different, or do not show it."""
    return {belief.name: _verdict(belief, facts) for belief in BELIEFS}


def _verdict(belief: Belief, facts: Mapping[str, Any]) -> Verdict:
    if belief.fact not in facts:
        return NOT_SEEN
    value = facts[belief.fact]
    if value is None and belief.fact != "live.audio_codec":
        return NOT_SEEN
    try:
        return AS_BELIEVED if belief.holds(value) else DIFFERENT
    except (TypeError, AttributeError, ValueError):
        # A fact of another form than ours.
        return DIFFERENT
