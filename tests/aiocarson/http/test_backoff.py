"""Pauses between attempts."""

from aiocarson.http.backoff import Backoff, parse_retry_after
import pytest


def test_pauses_double_up_to_the_bound() -> None:
    backoff = Backoff(1, 5, jitter=lambda: 0.5)
    assert [backoff.pause(failures) for failures in range(5)] == [1, 2, 4, 5, 5]
    assert backoff.pause(10_000) == 5


@pytest.mark.parametrize(("jitter", "pause"), [(0.0, 1.0), (0.5, 2.0), (1.0, 3.0)])
def test_pauses_vary_around_the_base(jitter: float, pause: float) -> None:
    assert Backoff(2, 64, jitter=lambda: jitter).pause(0) == pause


@pytest.mark.parametrize(("jitter", "pause"), [(0.0, 1.0), (1.0, 2.0)])
def test_spread_limits_the_variation(jitter: float, pause: float) -> None:
    assert Backoff(2, 64, spread=(0.5, 1), jitter=lambda: jitter).pause(0) == pause


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", 0),
        ("1.5", 1.5),
        ("nan", None),
        ("1e9", 3600),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
    ],
)
def test_parse_retry_after(value: str | None, expected: float | None) -> None:
    assert parse_retry_after(value) == expected
