"""A door is opened at most once per request, and an unknown outcome is reported as unclear."""

import asyncio

import pytest

from tests.reliability.door_sequences import run_sequences

SEED = 20261121
SEQUENCES = 10_000
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_door_is_opened_at_most_once_per_request(socket_enabled: None, part: int) -> None:
    results = asyncio.run(run_sequences(SEED + part, SEQUENCES // PARTS))
    print(f"seed {SEED + part}: {dict(results.outcomes)}")  # noqa: T201 - shown when it fails
    assert results.violations == []
    assert results.sequences == SEQUENCES // PARTS
    # The random faults cover the important outcomes.
    expected = {"opened", "OutcomeUnclearError", "AuthenticationError", "ApiError", "RateLimitError"}
    assert expected <= set(results.outcomes)
    assert results.unclear_and_opened > 50
    assert results.renewals > 50
