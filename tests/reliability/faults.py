"""The faults of the matrix: their names, and how each is caused."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from yarl import URL

from simulator import Simulator
from simulator.state.model import Status
from tests.support.network_faults import UNKNOWN_HOST, closed_port, redirect_requests
from tests.support.recordings import LOBBY


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The requests that a fault affects: operations as the simulator names them, and a part of their paths."""

    operations: tuple[str, ...]
    path: str
    carson: bool


@dataclass(slots=True, kw_only=True)
class FaultContext:
    """What a fault is caused with."""

    sim: Simulator
    patch: pytest.MonkeyPatch
    untrusted: URL
    """A server with a certificate that is not trusted."""


type Apply = Callable[[FaultContext, Target], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault.

    Attributes:
        name: Key in the table.
        title: What happens, for readers.
        apply: Causes it.
        only: Operations of the matrix that it can affect; empty means all.
        slow: Whether it ends with a timeout. The client's timeouts are shortened for it.
    """

    name: str
    title: str
    apply: Apply = field(repr=False)
    only: tuple[str, ...] = ()
    slow: bool = False


def _kind(kind: str, **details: Any) -> Apply:
    def apply(context: FaultContext, target: Target) -> None:
        for operation in target.operations:
            context.sim.faults.add(operation, kind, **details)

    return apply


def _redirected(to: Callable[[FaultContext], URL]) -> Apply:
    return lambda context, target: redirect_requests(context.patch, context.sim.port, path=target.path, to=to(context))


def _huge(context: FaultContext, target: Target) -> None:
    for operation in target.operations:
        context.sim.faults.add(operation, "status", status=200, body="x" * 17 * 1024 * 1024)


def _clock_jumps(context: FaultContext, target: Target) -> None:
    context.sim.clock.advance(9 * 3600)


def _tokens_revoked(context: FaultContext, target: Target) -> None:
    context.sim.tokens.revoke()


def _keys_revoked(context: FaultContext, target: Target) -> None:
    context.sim.sessions.revoke()


def _session(kind: str, **details: Any) -> Apply:
    """Revoke the current session key, and cause errors of requests for a new one."""

    def apply(context: FaultContext, target: Target) -> None:
        context.sim.sessions.revoke()
        context.sim.faults.add("session", kind, **details)

    return apply


def _moved(context: FaultContext, target: Target) -> None:
    for building in context.sim.state.buildings.values():
        building.subdomain = "c013"
    context.sim.sessions.revoke()


def _no_eagle_eye(context: FaultContext, target: Target) -> None:
    context.sim.sessions.revoke()
    context.sim.faults.add("session", "status", status=404)


def _denied(context: FaultContext, target: Target) -> None:
    for camera in context.sim.state.cameras.values():
        camera.denied = {"preview", "live", "recorded", "export"}


def _outdated(context: FaultContext, target: Target) -> None:
    context.patch.setattr(context.sim.settings, "minimum_app_version", "99.0.0")


def _without_cameras(context: FaultContext, target: Target) -> None:
    for building in context.sim.state.buildings.values():
        context.patch.setitem(building.overrides, "cameras", None)


def _unlisted(context: FaultContext, target: Target) -> None:
    """Remove the lobby from Eagle Eye's device list."""
    lobby = context.sim.state.cameras[LOBBY]
    others = [device for device in context.sim.state.devices if device is not lobby]
    context.patch.setattr(context.sim.state, "devices", others)


def _status(word: int, **behaviour: Any) -> Apply:
    """Change the state of the lobby's camera."""

    def apply(context: FaultContext, target: Target) -> None:
        lobby = context.sim.state.cameras[LOBBY]
        for name, value in {"status": word, **behaviour}.items():
            context.patch.setattr(lobby, name, value)

    return apply


def _job_settings(**settings: Any) -> Apply:
    """Change the settings of the MP4 jobs."""

    def apply(context: FaultContext, target: Target) -> None:
        for name, value in settings.items():
            context.patch.setattr(context.sim.settings.recordings, name, value)

    return apply


_CARSON = ("sign in", "renew", "poll account", "open door")
_CAMERAS = ("poll cameras", "still", "live", "list recordings", "play recording")
_VIEWS = ("still", "live", "list recordings", "play recording")

_OFF = ("poll cameras", "still", "live")
# Protocol C row 40.
_FLV_FAULTS = (
    ("audio_alaw", "A-law audio"),
    ("audio_ulaw", "µ-law audio"),
    ("audio_aac", "AAC audio"),
    ("backward_timestamp", "a backward timestamp"),
    ("early_eof", "an end within a tag"),
    ("annexb", "start codes instead of lengths"),
    ("stall", "a stall"),
    ("resolution_change", "a change of resolution"),
)

FAULTS: tuple[Fault, ...] = (
    Fault(
        name="connection refused",
        title="connection refused",
        apply=_redirected(lambda _: URL.build(scheme="http", host="127.0.0.1", port=closed_port())),
    ),
    Fault(
        name="dns",
        title="name not found (DNS)",
        apply=_redirected(lambda _: URL.build(scheme="http", host=UNKNOWN_HOST, port=80)),
    ),
    Fault(name="tls", title="certificate not trusted (TLS)", apply=_redirected(lambda context: context.untrusted)),
    Fault(name="reset", title="connection reset before the response", apply=_kind("reset")),
    Fault(name="cut", title="connection lost during the body", apply=_kind("cut")),
    Fault(name="silence", title="no response until the timeout", apply=_kind("silence"), slow=True),
    Fault(name="drip", title="body too slow for the timeout", apply=_kind("drip", seconds=3.0), slow=True),
    Fault(name="429 twice", title="429 twice, then normal", apply=_kind("rate_limit", times=2)),
    Fault(name="429 always", title="429 every time", apply=_kind("rate_limit")),
    Fault(name="401 once", title="401 once", apply=_kind("bare401", times=1)),
    Fault(name="401 always", title="401 every time, for any credential", apply=_kind("bare401")),
    Fault(name="token revoked", title="token revoked", apply=_tokens_revoked),
    Fault(name="keys revoked", title="all session keys revoked", apply=_keys_revoked, only=_CAMERAS),
    Fault(name="clock jump", title="the clocks of the clouds jump 9 hours ahead", apply=_clock_jumps),
    Fault(name="500 twice", title="500 twice, then normal", apply=_kind("status", status=500, times=2)),
    Fault(name="503 always", title="503 every time", apply=_kind("status", status=503)),
    Fault(name="502 HTML", title="502 with an HTML page", apply=_kind("html")),
    Fault(name="200 HTML", title="200 with an HTML page", apply=_kind("ok_html")),
    Fault(name="200 empty", title="200 with an empty body", apply=_kind("ok_empty")),
    Fault(name="truncated", title="body cut in half (invalid JSON)", apply=_kind("truncate")),
    Fault(name="huge", title="200 with a body of 17 MiB", apply=_huge),
    Fault(name="key missing", title="200, envelope without `code`", apply=_kind("missing_key"), only=_CARSON),
    Fault(name="code not 0", title="200, `code` is not 0", apply=_kind("code", code=17), only=_CARSON),
    Fault(
        name="redirect",
        title="redirect to another host",
        apply=_kind("redirect", location="http://127.0.0.1:9/elsewhere"),
    ),
    Fault(
        name="redirect within",
        title="redirect to another host of the same cloud",
        apply=_kind("redirect", times=1),
        only=_CAMERAS,
    ),
    Fault(name="400", title="400", apply=_kind("status", status=400)),
    Fault(name="402", title="402 (account suspended)", apply=_kind("status", status=402)),
    Fault(name="403", title="403", apply=_kind("status", status=403)),
    Fault(name="404", title="404", apply=_kind("status", status=404)),
    Fault(name="410", title="410", apply=_kind("status", status=410)),
    Fault(name="412", title="412 (user disabled)", apply=_kind("status", status=412)),
    Fault(name="423", title="423 (account locked)", apply=_kind("status", status=423)),
    Fault(name="465", title="465 (460 to 465: account rejected)", apply=_kind("status", status=465)),
    Fault(
        name="401 envelope",
        title="401 with code 1200, once",
        apply=_kind("unauthorized", times=1),
        only=(*_CARSON, "reload"),
    ),
    Fault(name="outdated", title="400, app version too old", apply=_outdated, only=(*_CARSON, "reload")),
    Fault(
        name="no cameras",
        title="`cameras: null` for every building",
        apply=_without_cameras,
        only=("poll account", "reload"),
    ),
    Fault(
        name="other account",
        title="200 with somebody else's account",
        apply=_kind("other_account"),
        only=("poll account", "reload"),
    ),
    Fault(
        name="junk rows",
        title="200 with unreadable rows",
        apply=_kind("junk_rows"),
        only=("poll account", "poll cameras", "reload"),
    ),
    Fault(
        name="half junk",
        title="200 in which every other row is unreadable",
        apply=_kind("junk_rows", share=0.5),
        only=("poll account", "poll cameras", "reload"),
    ),
    Fault(
        name="empty once",
        title="200 with empty lists, once",
        apply=_kind("empty_lists", times=1),
        only=("poll account", "poll cameras", "reload"),
    ),
    Fault(
        name="applied, reset",
        title="door opened, then connection reset",
        apply=_kind("reset", when="after"),
        only=("open door",),
    ),
    Fault(
        name="applied, 500",
        title="door opened, then 500",
        apply=_kind("status", status=500, when="after"),
        only=("open door",),
    ),
    Fault(
        name="applied, 502",
        title="door opened, then 502 with an HTML page",
        apply=_kind("html", when="after"),
        only=("open door",),
    ),
    Fault(
        name="applied, 401", title="door opened, then 401", apply=_kind("bare401", when="after"), only=("open door",)
    ),
    Fault(
        name="applied, silence",
        title="door opened, then no response",
        apply=_kind("silence", when="after"),
        only=("open door",),
        slow=True,
    ),
    Fault(
        name="session flaky",
        title="new session key: 503 twice, then normal",
        apply=_session("status", status=503, times=2),
        only=_CAMERAS,
    ),
    Fault(
        name="session down",
        title="new session key: 503 every time",
        apply=_session("status", status=503),
        only=_CAMERAS,
    ),
    Fault(
        name="session HTML", title="new session key: 200 with an HTML page", apply=_session("ok_html"), only=_CAMERAS
    ),
    Fault(
        name="session empty body",
        title="new session key: 200 with an empty body",
        apply=_session("ok_empty"),
        only=_CAMERAS,
    ),
    Fault(
        name="session empty strings",
        title="new session key: empty strings",
        apply=_session("empty_values"),
        only=_CAMERAS,
    ),
    Fault(
        name="session 401",
        title="new session key: 401, although the account is accepted",
        apply=_session("bare401"),
        only=_CAMERAS,
    ),
    Fault(name="session 404", title="new session key: 404", apply=_no_eagle_eye, only=_CAMERAS),
    Fault(name="moved", title="account moved to another sub-domain", apply=_moved, only=_CAMERAS),
    Fault(name="denied", title="403 for every feature of the camera", apply=_denied, only=_VIEWS),
    Fault(
        name="unlisted",
        title="camera missing in the device list",
        apply=_unlisted,
        only=("poll cameras", "still", "live", "reload"),
    ),
    Fault(
        name="status 0",
        title="status word 0 (no change)",
        apply=_status(Status.EMPTY),
        only=("poll cameras", "reload"),
    ),
    Fault(
        name="status invalid",
        title="status word marked invalid",
        apply=_status(Status.INVALID),
        only=("poll cameras", "reload"),
    ),
    Fault(name="off, stale", title="camera off; the last still stays", apply=_status(Status.OFF), only=_OFF),
    Fault(
        name="off, 404",
        title="camera off; 404 for stills",
        apply=_status(Status.OFF, off_image="missing"),
        only=("still",),
    ),
    Fault(
        name="offline",
        title="camera offline; 400 for stills",
        apply=_status(Status.OFFLINE, offline_image="error"),
        only=_OFF,
    ),
    Fault(
        name="offline, slow",
        title="camera offline; stills time out",
        apply=_status(Status.OFFLINE, offline_image="wait"),
        only=("still",),
        slow=True,
    ),
    Fault(name="job failed", title="MP4 job fails", apply=_kind("job_failed"), only=("play recording",)),
    Fault(
        name="job slow",
        title="MP4 job never finishes",
        apply=_job_settings(mp4_pending=10_000),
        only=("play recording",),
    ),
    Fault(
        name="job legacy",
        title="502 until the MP4 job finishes",
        apply=_job_settings(mp4_pending=2, mp4_form="legacy_502"),
        only=("play recording",),
    ),
    *(
        Fault(
            name=kind,
            title=f"{title} in the first two segments",
            apply=_kind(kind, at=0.2, seconds=1.0, times=2),
            only=("live",),
        )
        for kind, title in _FLV_FAULTS
    ),
)
