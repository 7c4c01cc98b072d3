"""A clock that goes on while the computer sleeps."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.carson.media.clock import SleepAwareClock

START = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("awake", "passed", "expected"),
    [
        pytest.param(10, 10, 10, id="as-usual"),
        pytest.param(10, 11, 10, id="clock-corrected-a-little"),
        pytest.param(5, 8 * 3600, 8 * 3600, id="slept"),
        pytest.param(5, -3600, 5, id="set-back"),
        pytest.param(5, 3600, 3600, id="set-forward"),
    ],
)
def test_sleep_counts(awake: float, passed: float, expected: float) -> None:
    times = {"awake": 100.0, "now": START}
    clock = SleepAwareClock(lambda: times["awake"], lambda: times["now"])  # type: ignore[arg-type, return-value]
    before = clock()
    times.update(awake=100.0 + awake, now=START + timedelta(seconds=passed))
    assert clock() - before == pytest.approx(expected)
    times["awake"] = 101.0 + awake
    times["now"] += timedelta(seconds=1)  # type: ignore[operator]
    assert clock() - before == pytest.approx(expected + 1)


def test_many_small_differences_do_not_add_up() -> None:
    times = [0.0]
    clock = SleepAwareClock(lambda: times[0], lambda: START + timedelta(seconds=1.1 * times[0]))
    before = clock()
    for _ in range(100):
        times[0] += 10
        clock()
    assert clock() - before == pytest.approx(1000)
