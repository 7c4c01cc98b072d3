"""Fixtures: what the tests of the integration have, with time-outs that a test can wait for."""

from dataclasses import replace
from functools import partial

import pytest

from custom_components.carson.aiocarson.eagle_eye import clips, live as client_live
from custom_components.carson.aiocarson.http import transport
from custom_components.carson.aiocarson.http.request import Request
from custom_components.carson.media import manager
from custom_components.carson.media.live import relay
from custom_components.carson.media.recordings import views
from tests.integration.conftest import (  # noqa: F401 - fixtures
    entity_registry_enabled_by_default,
    entry,
    loaded,
    make_entry,
    no_pauses,
    platforms,
    real_sockets,
    sim,
)

SHORT = 0.4
"""Seconds that stand for the half minute that a request is allowed."""


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Cut every time-out of the client down; what it does then stays the same."""
    for name in ("read", "send_once", "open"):
        original = getattr(transport.Transport, name)

        def hurried(self: transport.Transport, request: Request, original: object = original) -> object:
            assert callable(original)
            return original(self, replace(request, seconds=min(request.seconds, SHORT)))

        patch.setattr(transport.Transport, name, hurried)
    patch.setattr(transport, "CONNECT_SECONDS", 0.2)
    patch.setattr(client_live, "STALL_SECONDS", SHORT)
    patch.setattr(clips, "STALL_SECONDS", SHORT)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody try for a minute what does not work, or Eagle Eye's worker make a clip for two."""
    limits = relay.RelayLimits(start=1.0, patience=1.0)
    monkeypatch.setattr(relay, "_PAUSES", (0.1,))
    monkeypatch.setattr(manager, "LiveRelay", partial(relay.LiveRelay, limits=limits))
    monkeypatch.setattr(views, "MAKING_SECONDS", 1.0)
    monkeypatch.setattr(clips, "PENDING_PAUSE", 0.2)
