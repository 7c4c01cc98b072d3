"""Predicting the next request."""

import pytest

from custom_components.carson.media.request_pattern import RequestPattern


def pattern_of(*times: float) -> RequestPattern:
    """Return a pattern after requests at some times."""
    pattern = RequestPattern(15)
    for time in times:
        pattern.record(time)
    return pattern


@pytest.mark.parametrize(
    ("times", "since", "expected"),
    [
        ((0, 10, 20), 21, 30),
        ((0, 10, 20), 30, 30),
        ((0, 10, 20), 30.1, 40),
        ((0, 10, 20), 5, 30),
        ((7, 0, 10.5, 20.5), 25, 30.5),
        ((0, 10.4, 20), 21, 29.6),
    ],
)
def test_regular_requests_are_predicted(times: tuple[float, ...], since: float, expected: float) -> None:
    assert pattern_of(*times).next_after(since) == pytest.approx(expected)


@pytest.mark.parametrize("times", [(), (1,), (1, 11), (0, 10, 14), (0, 4, 10), (5, 5, 5), (0, 10, 8), (0, 16, 32)])
def test_irregular_requests_are_not_predicted(times: tuple[float, ...]) -> None:
    assert pattern_of(*times).next_after(20) is None
