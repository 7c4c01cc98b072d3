"""Fixtures: as for the integration's own tests."""

import pytest

from tests.integration.conftest import (
    entry,
    loaded,
    make_entry,
    no_pauses,
    platforms,
    real_sockets,
    sim,
)

__all__ = ["entry", "loaded", "make_entry", "no_pauses", "platforms", "real_sockets", "sim"]


@pytest.fixture(autouse=True)
def verify_cleanup_allows_pools(socket_enabled: None) -> None:
    """Let tests reach both clouds."""
