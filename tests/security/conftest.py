"""Fixtures of the integration's own tests."""

import pytest

from tests.integration.conftest import (
    entry,
    loaded,
    make_entry,
    platforms,
    real_sockets,
    sim,
    timeouts,
)

__all__ = ["entry", "loaded", "make_entry", "platforms", "real_sockets", "sim", "timeouts"]


@pytest.fixture(autouse=True)
def verify_cleanup_allows_pools(socket_enabled: None) -> None:
    """Allow connections to both simulated clouds."""
