"""A credential that many requests share."""

import asyncio
from collections.abc import Callable

from aiocarson import CarsonError
from aiocarson.http.credential import SharedCredential
import pytest


def make_credential(fetch: Callable[[], object]) -> SharedCredential[object]:
    async def fetch_later() -> object:
        await asyncio.sleep(0)
        return fetch()

    return SharedCredential(fetch_later, rejection_error=lambda: CarsonError("rejected"), rejection_cooldowns=(60,))


async def test_rejection_of_an_old_credential_does_not_affect_the_new_one() -> None:
    credential = make_credential(object)
    old = await credential.get()
    new = await credential.renew(old)
    credential.report_rejected(old)
    assert await credential.renew(new) is not new


async def test_waiting_requests_share_a_failure_and_later_ones_fetch_again() -> None:
    calls = 0

    def fail() -> object:
        nonlocal calls
        calls += 1
        raise CarsonError("no")

    credential = make_credential(fail)
    results = await asyncio.gather(*(credential.get() for _ in range(5)), return_exceptions=True)
    assert len(results) == 5
    assert calls == 1
    with pytest.raises(CarsonError, match="no"):
        await credential.get()
    assert calls == 2


async def test_credential_can_be_set() -> None:
    credential = make_credential(object)
    mine = object()
    credential.set(mine)
    assert await credential.get() is mine
    assert credential.current is mine
