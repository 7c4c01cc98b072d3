"""The faults of the matrix: what each is called, and how it is brought about."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from yarl import URL

from simulator import Simulator
from simulator.state.model import Status
from tests.integration.recordings import LOBBY
from tests.support.network_faults import UNKNOWN_HOST, closed_port, lead_astray


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which requests are to be struck: operations as the simulator names them, and a part of their paths."""

    operations: tuple[str, ...]
    path: str
    carson: bool


@dataclass(slots=True, kw_only=True)
class Stage:
    """What a fault is brought about with."""

    sim: Simulator
    patch: pytest.MonkeyPatch
    untrusted: URL
    """A server behind a certificate that nobody trusts."""


type Arm = Callable[[Stage, Target], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault.

    Attributes:
        name: Its key in the table.
        title: What happens, for readers.
        arm: Brings it about.
        only: Operations of the matrix that it can meet; empty are all.
        slow: It consists in waiting: the client's time-outs are cut down for it.
    """

    name: str
    title: str
    arm: Arm = field(repr=False)
    only: tuple[str, ...] = ()
    slow: bool = False


def _kind(kind: str, **details: Any) -> Arm:
    def arm(stage: Stage, target: Target) -> None:
        for operation in target.operations:
            stage.sim.faults.add(operation, kind, **details)

    return arm


def _detour(to: Callable[[Stage], URL]) -> Arm:
    return lambda stage, target: lead_astray(stage.patch, stage.sim.port, path=target.path, to=to(stage))


def _huge(stage: Stage, target: Target) -> None:
    for operation in target.operations:
        stage.sim.faults.add(operation, "status", status=200, body="x" * 17 * 1024 * 1024)


def _keys_lapse(stage: Stage, target: Target) -> None:
    stage.sim.clock.advance(9 * 3600)


def _tokens_lapse(stage: Stage, target: Target) -> None:
    stage.sim.tokens.revoke()


def _keys_revoked(stage: Stage, target: Target) -> None:
    stage.sim.sessions.revoke()


def _session(kind: str, **details: Any) -> Arm:
    """Spoil the way to a new session key, once the present one is no good any more."""

    def arm(stage: Stage, target: Target) -> None:
        stage.sim.sessions.revoke()
        stage.sim.faults.add("session", kind, **details)

    return arm


def _moved(stage: Stage, target: Target) -> None:
    for building in stage.sim.state.buildings.values():
        building.subdomain = "c013"
    stage.sim.sessions.revoke()


def _no_eagle_eye(stage: Stage, target: Target) -> None:
    stage.sim.sessions.revoke()
    stage.sim.faults.add("session", "status", status=404)


def _denied(stage: Stage, target: Target) -> None:
    for camera in stage.sim.state.cameras.values():
        camera.denied = {"preview", "live", "recorded", "export"}


def _outdated(stage: Stage, target: Target) -> None:
    stage.patch.setattr(stage.sim.settings, "minimum_app_version", "99.0.0")


def _without_cameras(stage: Stage, target: Target) -> None:
    for building in stage.sim.state.buildings.values():
        stage.patch.setitem(building.overrides, "cameras", None)


def _unlisted(stage: Stage, target: Target) -> None:
    """Leave the lobby out of Eagle Eye's list."""
    lobby = stage.sim.state.cameras[LOBBY]
    others = [device for device in stage.sim.state.devices if device is not lobby]
    stage.patch.setattr(stage.sim.state, "devices", others)


def _status(word: int, **behaviour: Any) -> Arm:
    """Let the lobby's camera be in another state."""

    def arm(stage: Stage, target: Target) -> None:
        lobby = stage.sim.state.cameras[LOBBY]
        for name, value in {"status": word, **behaviour}.items():
            stage.patch.setattr(lobby, name, value)

    return arm


def _making(**settings: Any) -> Arm:
    """Let the worker that makes clips behave otherwise."""

    def arm(stage: Stage, target: Target) -> None:
        for name, value in settings.items():
            stage.patch.setattr(stage.sim.settings.recordings, name, value)

    return arm


_CARSON = ("sign in", "renew", "poll account", "open door")
_CAMERAS = ("poll cameras", "still", "live", "list recordings", "play recording")
_VIEWS = ("still", "live", "list recordings", "play recording")

_OFF = ("poll cameras", "still", "live")
# Protocol C row 40.
_ODDITIES = (
    ("audio_alaw", "sound as A-law"),
    ("audio_ulaw", "sound as µ-law"),
    ("audio_aac", "sound as AAC"),
    ("backward_timestamp", "a time stamp that goes back"),
    ("early_eof", "an end in the middle of a tag"),
    ("annexb", "video with start codes"),
    ("stall", "a stall"),
    ("resolution_change", "another resolution"),
)

FAULTS: tuple[Fault, ...] = (
    Fault(
        name="refused",
        title="connection refused",
        arm=_detour(lambda _: URL.build(scheme="http", host="127.0.0.1", port=closed_port())),
    ),
    Fault(
        name="dns",
        title="name not found (DNS)",
        arm=_detour(lambda _: URL.build(scheme="http", host=UNKNOWN_HOST, port=80)),
    ),
    Fault(name="tls", title="certificate not trusted (TLS)", arm=_detour(lambda stage: stage.untrusted)),
    Fault(name="reset", title="connection reset before an answer", arm=_kind("reset")),
    Fault(name="cut", title="connection lost in mid-body", arm=_kind("cut")),
    Fault(name="silence", title="silence for as long as we wait", arm=_kind("silence"), slow=True),
    Fault(name="drip", title="body drips more slowly than we wait", arm=_kind("drip", seconds=3.0), slow=True),
    Fault(name="429 burst", title="429 twice, then well", arm=_kind("rate_limit", times=2)),
    Fault(name="429 lasting", title="429 each time", arm=_kind("rate_limit")),
    Fault(name="401 once", title="401 once", arm=_kind("bare401", times=1)),
    Fault(name="401 storm", title="401 each time, whatever the key", arm=_kind("bare401")),
    Fault(name="token dead", title="the token was revoked", arm=_tokens_lapse),
    Fault(name="keys dead", title="all session keys were revoked", arm=_keys_revoked, only=_CAMERAS),
    Fault(name="clock jump", title="the clouds' clock jumps 9 hours ahead", arm=_keys_lapse),
    Fault(name="500 twice", title="500 twice, then well", arm=_kind("status", status=500, times=2)),
    Fault(name="503 lasting", title="503 each time", arm=_kind("status", status=503)),
    Fault(name="502 page", title="502 with an HTML page", arm=_kind("html")),
    Fault(name="200 page", title="200 with an HTML page (wrong content type)", arm=_kind("ok_html")),
    Fault(name="200 empty", title="200 with an empty body", arm=_kind("ok_empty")),
    Fault(name="truncated", title="body cut in half, connection well (broken JSON)", arm=_kind("truncate")),
    Fault(name="huge", title="200 with a body of 17 MiB", arm=_huge),
    Fault(name="key missing", title="200, envelope without `code`", arm=_kind("missing_key"), only=_CARSON),
    Fault(name="code not 0", title="200, but `code` is not 0", arm=_kind("code", code=17), only=_CARSON),
    Fault(
        name="redirect",
        title="redirect to another host",
        arm=_kind("redirect", location="http://127.0.0.1:9/elsewhere"),
    ),
    Fault(
        name="redirect near",
        title="redirect to another host of the same cloud",
        arm=_kind("redirect", times=1),
        only=_CAMERAS,
    ),
    Fault(name="400", title="400", arm=_kind("status", status=400)),
    Fault(name="402", title="402 (the account is not paid for)", arm=_kind("status", status=402)),
    Fault(name="403", title="403", arm=_kind("status", status=403)),
    Fault(name="404", title="404", arm=_kind("status", status=404)),
    Fault(name="410", title="410", arm=_kind("status", status=410)),
    Fault(name="412", title="412 (the account is suspended)", arm=_kind("status", status=412)),
    Fault(name="423", title="423 (the account is locked)", arm=_kind("status", status=423)),
    Fault(name="465", title="465 (460 to 465: refused to the account)", arm=_kind("status", status=465)),
    Fault(
        name="401 told",
        title="401 with code 1200, once",
        arm=_kind("unauthorized", times=1),
        only=(*_CARSON, "restart"),
    ),
    Fault(name="outdated", title="400: the app is too old", arm=_outdated, only=(*_CARSON, "restart")),
    Fault(
        name="no cameras",
        title="`cameras: null` for each building",
        arm=_without_cameras,
        only=("poll account", "restart"),
    ),
    Fault(
        name="done, reset",
        title="carried out, then connection reset",
        arm=_kind("reset", when="after"),
        only=("open door",),
    ),
    Fault(
        name="done, 500",
        title="carried out, then 500",
        arm=_kind("status", status=500, when="after"),
        only=("open door",),
    ),
    Fault(
        name="done, 502",
        title="carried out, then 502 with a page",
        arm=_kind("html", when="after"),
        only=("open door",),
    ),
    Fault(name="done, 401", title="carried out, then 401", arm=_kind("bare401", when="after"), only=("open door",)),
    Fault(
        name="done, silence",
        title="carried out, then silence",
        arm=_kind("silence", when="after"),
        only=("open door",),
        slow=True,
    ),
    Fault(
        name="session flaky",
        title="new session key: fails twice, then well",
        arm=_session("status", status=503, times=2),
        only=_CAMERAS,
    ),
    Fault(
        name="session down", title="new session key: 503 each time", arm=_session("status", status=503), only=_CAMERAS
    ),
    Fault(name="session page", title="new session key: 200 with an HTML page", arm=_session("ok_html"), only=_CAMERAS),
    Fault(
        name="session empty", title="new session key: 200 with an empty body", arm=_session("ok_empty"), only=_CAMERAS
    ),
    Fault(name="session blank", title="new session key: empty strings", arm=_session("empty_values"), only=_CAMERAS),
    Fault(name="session 404", title="new session key: 404", arm=_no_eagle_eye, only=_CAMERAS),
    Fault(name="moved", title="the account moved to another sub-domain", arm=_moved, only=_CAMERAS),
    Fault(name="denied", title="403 for all features of the camera", arm=_denied, only=_VIEWS),
    Fault(
        name="unlisted",
        title="the camera is no longer in the device list",
        arm=_unlisted,
        only=("poll cameras", "still", "live", "restart"),
    ),
    Fault(
        name="status empty",
        title="the camera's status is 0 (nothing told)",
        arm=_status(Status.EMPTY),
        only=("poll cameras", "restart"),
    ),
    Fault(
        name="status invalid",
        title="the camera's status says itself that it is invalid",
        arm=_status(Status.INVALID),
        only=("poll cameras", "restart"),
    ),
    Fault(name="off, stale", title="the camera is off; old pictures stay", arm=_status(Status.OFF), only=_OFF),
    Fault(
        name="off, 404",
        title="the camera is off; 404 for pictures",
        arm=_status(Status.OFF, off_image="missing"),
        only=("still",),
    ),
    Fault(
        name="offline",
        title="the camera is offline: 400 for pictures",
        arm=_status(Status.OFFLINE, offline_image="error"),
        only=_OFF,
    ),
    Fault(
        name="offline, slow",
        title="the camera is offline: a long wait for pictures",
        arm=_status(Status.OFFLINE, offline_image="wait"),
        only=("still",),
        slow=True,
    ),
    Fault(name="job failed", title="making the MP4 fails", arm=_kind("job_failed"), only=("play recording",)),
    Fault(
        name="job slow",
        title="the MP4 is being made without end",
        arm=_making(mp4_pending=10_000),
        only=("play recording",),
    ),
    Fault(
        name="job legacy",
        title="502 while the MP4 is being made, then well",
        arm=_making(mp4_pending=2, mp4_form="legacy_502"),
        only=("play recording",),
    ),
    *(
        Fault(
            name=kind,
            title=f"{told}, in the first two stretches",
            arm=_kind(kind, at=0.2, seconds=1.0, times=2),
            only=("live",),
        )
        for kind, told in _ODDITIES
    ),
)
