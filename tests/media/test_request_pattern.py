"""The rhythm in which somebody comes again."""

import pytest

from custom_components.carson.media.request_pattern import RequestPattern


def rhythm(*times: float) -> RequestPattern:
    made = RequestPattern(15)
    for time in times:
        made.note(time)
    return made


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
def test_the_next_one_is_expected(times: tuple[float, ...], since: float, expected: float) -> None:
    assert rhythm(*times).expected_from(since) == pytest.approx(expected)


@pytest.mark.parametrize("times", [(), (1,), (1, 11), (0, 10, 14), (0, 4, 10), (5, 5, 5), (0, 10, 8), (0, 16, 32)])
def test_without_a_rhythm_nobody_is_expected(times: tuple[float, ...]) -> None:
    assert rhythm(*times).expected_from(20) is None
