"""A door is opened at most once per request, and what is not known is said to be unclear."""

import asyncio

import pytest

from tests.reliability.doors import many_sequences

SEED = 20261121
SEQUENCES = 10_000
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_a_door_is_opened_at_most_once(socket_enabled: None, part: int) -> None:
    tally = asyncio.run(many_sequences(SEED + part, SEQUENCES // PARTS))
    print(f"seed {SEED + part}: {dict(tally.outcomes)}")  # noqa: T201 - shown when it fails
    assert tally.wrong == []
    assert tally.sequences == SEQUENCES // PARTS
    # The dice bring about all that matters.
    assert {"opened", "OutcomeUnclearError", "AuthenticationError", "ApiError", "RateLimitError"} <= set(tally.outcomes)
    assert tally.unclear_and_opened > 50
    assert tally.renewals > 50
