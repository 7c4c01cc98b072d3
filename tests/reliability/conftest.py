"""Fixtures of the integration's own tests, and timeouts short enough for tests."""

from dataclasses import replace

import pytest

from custom_components.carson.aiocarson import Carson, Timeouts
from custom_components.carson.aiocarson.live.timeouts import LiveTimeouts
from custom_components.carson.media.timeouts import MediaTimeouts, RecordingTimeouts
from simulator import Simulator
from simulator.state.model import Device
from simulator.state.seed import HARBOR_ACCOUNT
from tests.integration.conftest import (  # noqa: F401 - fixtures
    entity_registry_enabled_by_default,
    entry,
    live_events,
    loaded,
    make_entry,
    platforms,
    real_sockets,
    sim,
    timeouts,
)

SHORT = 0.4
"""Seconds instead of the 30 that a request may take."""


def shorten_timeouts(patch: pytest.MonkeyPatch, client: Carson) -> None:
    """Shorten every timeout of a client; what happens afterwards stays the same."""
    shortened = client._transport.timeouts.limited_to(SHORT)
    shortened = replace(shortened, connect=SHORT / 2, live_stall=SHORT, clip_stall=SHORT, poll=SHORT)
    set_timeouts(patch, client, shortened)


def set_timeouts(patch: pytest.MonkeyPatch, client: Carson, timeouts: Timeouts) -> None:  # noqa: F811 - no fixture
    """Set the timeouts of a client that is loaded, and of the one that follows it after a reload."""
    patch.setattr(client._transport, "timeouts", timeouts)
    patch.setattr("custom_components.carson.client.TIMEOUTS", timeouts)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, timeouts: Timeouts) -> None:  # noqa: F811 - a fixture
    """Shorten the time limits for a live stream and for an MP4 job."""
    media = MediaTimeouts(
        live=LiveTimeouts(startup=1.0, outage=1.0, first_pause=0.1, longest_pause=0.1),
        recordings=RecordingTimeouts(mp4=1.0),
    )
    monkeypatch.setattr("custom_components.carson.media_accounts.TIMEOUTS", media)
    monkeypatch.setattr("custom_components.carson.client.TIMEOUTS", replace(timeouts, clip_pending_pause=0.2))


@pytest.fixture(autouse=True)
def only_known_cameras(sim: Simulator) -> None:  # noqa: F811 - a fixture
    """Let Eagle Eye know the camera that only Carson lists: otherwise it is asked for all the time."""
    sim.state.devices.append(Device(esn="1000a0ff", name="Loading Dock", account=HARBOR_ACCOUNT))
