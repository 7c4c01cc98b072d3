"""Random worlds: nothing unexpected is raised, no door is opened twice, and the self-check identifies nobody."""

import pytest

from .worlds import BrokenPromiseError, check_report, visit_all

WORLDS = 60


async def test_promises_are_kept_in_random_worlds(socket_enabled: None) -> None:
    opened = await visit_all(0, WORLDS)
    assert 0 < opened < WORLDS


def test_broken_promises_are_found() -> None:
    check_report({"requests": 25, "facts": {"me.shape": "str(5)"}}, {"Robin"})
    with pytest.raises(BrokenPromiseError):
        check_report({"requests": 25, "facts": {"name": "Robin"}}, {"Robin"})
    with pytest.raises(BrokenPromiseError):
        check_report({"requests": 26}, set())
