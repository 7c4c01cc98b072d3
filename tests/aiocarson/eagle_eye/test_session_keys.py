"""Session keys that Eagle Eye rejects, and their renewal (Protocol D.2 to D.4)."""

import asyncio
from dataclasses import asdict

from aiocarson import (
    ApiError,
    AuthenticationError,
    CannotConnectError,
    Carson,
    EagleEye,
)
from aiocarson.eagle_eye.session_log import SessionLog
from aiocarson.errors import SessionRejectedError
from freezegun.api import FrozenDateTimeFactory
import pytest

from simulator import Simulator

from ..conftest import EMAIL, LOBBY, MakeCarson, until


async def test_expired_session_key_is_renewed(sim: Simulator, carson: Carson, harbor: EagleEye) -> None:
    renewals: list[int] = []
    stop = harbor.add_session_listener(lambda: renewals.append(1))
    await harbor.get_devices()
    sim.sessions.expire()
    await harbor.get_devices()
    assert (sim.counters.session_calls, sim.counters.count("device_list")) == (2, 3)
    assert len(renewals) == 2
    stop()
    sim.sessions.expire()
    await harbor.get_devices()
    assert len(renewals) == 2
    assert carson.stats.as_dict()["eagle_eye"]["renewals"] == 2


async def test_rejected_requests_share_one_renewal(sim: Simulator, harbor: EagleEye) -> None:
    await harbor.get_devices()
    sim.sessions.revoke()
    stills = await asyncio.gather(*(harbor.get_still(LOBBY) for _ in range(20)))
    assert len(stills) == 20
    assert sim.counters.session_calls == 2
    assert sim.counters.count("image") <= 40


async def test_renewal_uses_the_new_subdomain(sim: Simulator, harbor: EagleEye) -> None:
    await harbor.get_devices()
    sim.state.buildings["501"].subdomain = "c022"
    sim.sessions.revoke()
    await harbor.get_devices()
    assert [record.path.split("/")[2] for record in sim.counters.log if record.operation == "device_list"] == [
        "c000",
        "c000",
        "c022",
    ]


async def test_rejected_renewed_key_is_not_renewed_again(
    sim: Simulator, harbor: EagleEye, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(harbor._credential, "_monotonic", lambda: now)
    sim.faults.add("device_list", "status:401")
    with pytest.raises(SessionRejectedError) as caught:
        await harbor.get_devices()
    assert not isinstance(caught.value, AuthenticationError), "says nothing against Carson's token"
    assert isinstance(caught.value, CannotConnectError)
    assert (sim.counters.session_calls, sim.counters.count("device_list")) == (2, 2)

    for _ in range(5):
        with pytest.raises(SessionRejectedError):
            await harbor.get_devices()
    assert sim.counters.session_calls == 2, "cools down before asking Carson for another"

    now = 61
    sim.faults.clear()
    sim.sessions.revoke()
    assert await harbor.get_devices()
    assert sim.counters.session_calls == 3


async def test_rejected_request_does_not_affect_others(sim: Simulator, harbor: EagleEye) -> None:
    sim.faults.add("image", "status:401", camera=LOBBY)
    with pytest.raises(SessionRejectedError):
        await harbor.get_still(LOBBY)
    assert await harbor.get_devices()
    assert (await harbor.get_still("1000a002")).content
    assert sim.counters.session_calls == 2


async def test_requests_rejected_twice_renew_once(sim: Simulator, harbor: EagleEye) -> None:
    await harbor.get_devices()
    sim.faults.add("image", "status:401")
    results = await asyncio.gather(*(harbor.get_still(LOBBY) for _ in range(10)), return_exceptions=True)
    assert [type(result) for result in results] == [SessionRejectedError] * 10
    assert sim.counters.session_calls == 2


async def test_carson_may_return_the_same_key(sim: Simulator, harbor: EagleEye) -> None:
    sim.settings.sessions.new_key_each_call = False
    await harbor.get_devices()
    sim.faults.add("device_list", "status:401", times=1)
    assert await harbor.get_devices()
    assert sim.counters.session_calls == 2


async def test_session_key_ended_by_another_device(sim: Simulator, harbor: EagleEye, carson: Carson) -> None:
    """Another device of the resident requests a session, so ours ends and is renewed once."""
    sim.settings.sessions.revoke_previous = True
    await harbor.get_devices()
    sim.sessions.open(sim.state.buildings["501"])
    await asyncio.gather(*(harbor.get_still(LOBBY) for _ in range(5)))
    assert sim.counters.session_calls == 2


async def test_session_key_is_only_sent_in_the_cookie(sim: Simulator, harbor: EagleEye) -> None:
    await harbor.get_devices()
    await harbor.get_still(LOBBY)
    for record in sim.counters.log:
        if record.cloud == "eagle_eye":
            assert record.headers["cookie"].startswith("auth_key=c000~")
            assert "A" not in record.query
            assert "authorization" not in record.headers
            assert not record.path.endswith("/")
        else:
            assert "cookie" not in record.headers


async def test_session_check(sim: Simulator, harbor: EagleEye) -> None:
    assert await harbor.is_authorized()
    sim.sessions.revoke()
    assert not await harbor.is_authorized()
    assert sim.counters.session_calls == 1, "asking renews nothing"
    sim.faults.add("isauth", "status", status=200, body=" False\n", times=1)
    assert not await harbor.is_authorized()
    sim.faults.add("isauth", "status:403", times=1)
    with pytest.raises(ApiError):
        await harbor.is_authorized()


async def test_cancelled_renewal_is_continued_by_another_request(sim: Simulator, harbor: EagleEye) -> None:
    sim.faults.add("session", "silence", times=1)
    first = asyncio.create_task(harbor.get_devices())
    await until(lambda: sim.counters.session_calls)
    second = asyncio.create_task(harbor.get_devices())
    await asyncio.sleep(0)
    first.cancel()
    assert await second
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_life_of_keys_is_recorded(
    sim: Simulator, carson: Carson, harbor: EagleEye, freezer: FrozenDateTimeFactory
) -> None:
    """For diagnostics: nobody knows how long keys are valid (Protocol D.2)."""
    await harbor.get_devices()
    for seconds in (900, 60):
        freezer.tick(seconds)
        sim.sessions.revoke()
        await harbor.get_devices()
    assert asdict(carson.stats.session_keys) == {
        "shortest_seconds": 60,
        "longest_seconds": 900,
        "same_again": 0,
        "changed": 2,
        "after_others": 0,
    }


async def test_key_that_somebody_else_has_replaced(sim: Simulator, make_carson: MakeCarson) -> None:
    """Two accounts in one building, if a new key revokes the previous ones (Protocol D.3)."""
    sim.settings.sessions.revoke_previous = True
    log = SessionLog()
    first = make_carson(token=sim.mint_token(EMAIL), session_log=log)
    second = make_carson(token=sim.mint_token("federated@example.com"), session_log=log)
    await first.eagle_eye("501").get_devices()
    await second.eagle_eye("501").get_devices()
    await first.eagle_eye("501").get_devices()
    assert first.stats.session_keys.after_others == 1
    assert second.stats.session_keys.after_others == 0
    for number in range(2000):
        log.record(str(number), first, 0.0)
    assert not log.was_issued_to_others("1999", second, -1.0), "only so many buildings are remembered"


async def test_same_key_again_is_recorded(sim: Simulator, carson: Carson, harbor: EagleEye) -> None:
    sim.settings.sessions.new_key_each_call = False
    await harbor.get_devices()
    sim.faults.add("device_list", "status", status=401, times=1)
    await harbor.get_devices()
    assert carson.stats.session_keys.same_again == 1


async def test_rejected_keys_are_fetched_slower_and_slower(
    sim: Simulator, carson: Carson, harbor: EagleEye, freezer: FrozenDateTimeFactory
) -> None:
    sim.settings.sessions.refuse_keys = True
    calls = []
    for _ in range(40):
        with pytest.raises(SessionRejectedError):
            await harbor.get_devices()
        calls.append(sim.counters.session_calls)
        freezer.tick(60)
    # Two at first, and then after 1, 5, 5, 15 … minutes.
    assert calls[0] == 2
    assert calls[-1] <= 7
    sim.settings.sessions.refuse_keys = False
    await harbor.get_devices()
    sim.settings.sessions.refuse_keys = True
    freezer.tick(60)
    before = sim.counters.session_calls
    with pytest.raises(SessionRejectedError):
        await harbor.get_devices()
    assert sim.counters.session_calls == before + 1
