"""Rejected sign-ins: they are tried again, but not too often (Protocol A.3)."""

import asyncio

from aiocarson import ApiError, AuthenticationError, CannotConnectError, Carson
from aiocarson.carson.sign_in_pace import SignInPace
from aiocarson.errors import OtherAccountError, PermissionDeniedError
from freezegun.api import FrozenDateTimeFactory
import pytest

from simulator import Simulator

from ..conftest import EMAIL, MakeCarson

HOUR = 3600
DAY = 24 * HOUR


async def get_account_every(
    carson: Carson, freezer: FrozenDateTimeFactory, *, seconds: float, times: int
) -> list[float]:
    """Fetch the account again and again; return the seconds at which that succeeded."""
    successes = []
    for number in range(times):
        try:
            await carson.get_account()
        except AuthenticationError:
            pass
        else:
            successes.append(number * seconds)
        freezer.tick(seconds)
    return successes


async def be_rejected_for_half_an_hour(carson: Carson, freezer: FrozenDateTimeFactory) -> None:
    """Fetch the account in vain, until the pauses are long."""
    await get_account_every(carson, freezer, seconds=60, times=30)
    assert carson.sign_in_pace.remaining_seconds > 300


def test_pauses_grow(freezer: FrozenDateTimeFactory) -> None:
    pace = SignInPace()
    assert not pace.is_refused
    assert pace.remaining_seconds == 0
    for pause in (30, 300, 900, 1800, 3600, 3600):
        pace.record_refusal()
        assert pace.remaining_seconds == pytest.approx(pause)
        freezer.tick(pause)
        assert pace.remaining_seconds == 0
    pace.record_success()
    pace.record_refusal()
    assert pace.remaining_seconds == pytest.approx(30)


def test_confirmed_by_a_second_rejection_half_a_minute_later(freezer: FrozenDateTimeFactory) -> None:
    pace = SignInPace()
    pace.record_refusal()
    freezer.tick(29)
    pace.record_refusal()
    confirmed = [pace.is_confirmed]
    freezer.tick(1)
    pace.record_refusal()
    confirmed.append(pace.is_confirmed)
    pace.record_success()
    confirmed.append(pace.is_confirmed)
    assert confirmed == [False, True, False]


def test_listeners_hear_of_changes_only(freezer: FrozenDateTimeFactory) -> None:
    pace = SignInPace()
    heard: list[bool] = []
    remove = pace.add_listener(lambda: heard.append(pace.is_refused))
    pace.record_success()
    pace.record_refusal()
    pace.record_refusal()
    pace.record_success()
    remove()
    pace.record_refusal()
    assert heard == [True, False]


@pytest.mark.parametrize(("seconds", "days", "expected"), [(60, 0.5, 16), (300, 2, 52)])
async def test_wrong_password_costs_few_sign_ins(
    sim: Simulator, make_carson: MakeCarson, freezer: FrozenDateTimeFactory, seconds: float, days: float, expected: int
) -> None:
    carson = make_carson(email=EMAIL, password="wrong", token=sim.mint_token(EMAIL))
    sim.tokens.revoke()
    await get_account_every(carson, freezer, seconds=seconds, times=round(days * DAY / seconds))
    assert sim.counters.logins == expected
    assert carson.sign_in_pace.is_confirmed


async def test_presses_cost_few_sign_ins_as_well(
    sim: Simulator, make_carson: MakeCarson, freezer: FrozenDateTimeFactory
) -> None:
    carson = make_carson(email=EMAIL, password="wrong", token=sim.mint_token(EMAIL))
    sim.tokens.revoke()
    for _ in range(DAY // 120):
        with pytest.raises(AuthenticationError):
            await carson.open_door("7001")
        freezer.tick(120)
    assert sim.counters.logins == 30
    assert sim.openings == {}


async def test_new_clients_of_the_account_share_the_pace(
    sim: Simulator, make_carson: MakeCarson, freezer: FrozenDateTimeFactory
) -> None:
    pace = SignInPace()
    for _ in range(12):
        carson = make_carson(email=EMAIL, password="wrong", sign_in_pace=pace)
        with pytest.raises(AuthenticationError):
            await carson.get_account()
        freezer.tick(10)
    assert sim.counters.logins == 2


@pytest.mark.parametrize("password", ["correct horse", None])
async def test_passing_rejection_of_everything_heals(
    sim: Simulator, make_carson: MakeCarson, freezer: FrozenDateTimeFactory, password: str | None
) -> None:
    """The stored token is tried again: it was good all the time."""
    carson = make_carson(email=EMAIL, password=password, token=sim.mint_token(EMAIL))
    fault = sim.faults.add("*", "bare401", cloud="carson")
    with pytest.raises(AuthenticationError):
        await carson.get_account()
    sim.faults.remove(fault)
    freezer.tick(30)
    await carson.get_account()
    assert not carson.sign_in_pace.is_refused


async def test_nothing_but_the_account_is_requested_during_a_pause(
    sim: Simulator, make_carson: MakeCarson, freezer: FrozenDateTimeFactory
) -> None:
    carson = make_carson(token=sim.mint_token(EMAIL))
    sim.tokens.revoke()
    with pytest.raises(AuthenticationError):
        await carson.get_account()
    sim.counters.reset()
    for building in range(501, 521):
        with pytest.raises(AuthenticationError):
            await carson.eagle_eye(str(building)).get_devices()
    assert sim.counters.requests.total() == 0
    freezer.tick(30)
    with pytest.raises(AuthenticationError):
        await carson.eagle_eye("501").get_devices()
    assert sim.counters.requests.total() == 2  # the session, and the account, which has the last word


@pytest.mark.parametrize("password", ["correct horse", None])
async def test_door_opens_as_soon_as_carson_accepts_the_token_again(
    sim: Simulator, make_carson: MakeCarson, freezer: FrozenDateTimeFactory, password: str | None
) -> None:
    """Whoever stands at the door does not have to wait for the end of a pause."""
    carson = make_carson(email=EMAIL, password=password, token=sim.mint_token(EMAIL))
    fault = sim.faults.add("*", "bare401", cloud="carson")
    await be_rejected_for_half_an_hour(carson, freezer)
    with pytest.raises(AuthenticationError):
        await carson.open_door("7001")
    sim.faults.remove(fault)
    await carson.open_door("7001")
    assert sim.openings == {"7001": 1}
    assert not carson.sign_in_pace.is_refused


async def test_door_opens_as_soon_as_carson_accepts_the_password_again(
    sim: Simulator, make_carson: MakeCarson, freezer: FrozenDateTimeFactory
) -> None:
    carson = make_carson(email=EMAIL, password="correct horse", token=sim.mint_token(EMAIL))
    sim.tokens.revoke()
    fault = sim.faults.add("login", "bare401")
    await be_rejected_for_half_an_hour(carson, freezer)
    sim.faults.remove(fault)
    await carson.open_door("7001")
    assert sim.openings == {"7001": 1}


async def test_door_stays_shut_if_the_token_cannot_be_checked(
    sim: Simulator, make_carson: MakeCarson, freezer: FrozenDateTimeFactory
) -> None:
    carson = make_carson(token=sim.mint_token(EMAIL))
    fault = sim.faults.add("me", "bare401", times=1)
    with pytest.raises(AuthenticationError):
        await carson.get_account()
    sim.faults.remove(fault)
    sim.faults.add("me", "status:503")
    with pytest.raises(CannotConnectError):
        await carson.open_door("7001")
    assert sim.openings == {}


async def test_token_that_is_rejected_right_after_the_sign_in(
    sim: Simulator, make_carson: MakeCarson, freezer: FrozenDateTimeFactory
) -> None:
    """A sign-in that does not help counts as a rejection: it would be repeated with each poll otherwise."""
    carson = make_carson(email=EMAIL, password="correct horse")
    sim.faults.add("me", "bare401")
    await get_account_every(carson, freezer, seconds=300, times=DAY // 300)
    assert sim.counters.logins <= 30


async def test_refused_amenities_are_no_matter_of_the_sign_in(sim: Simulator, carson: Carson) -> None:
    await carson.get_account()
    sim.faults.add("reservations", "bare401")
    for _ in range(3):
        with pytest.raises(PermissionDeniedError):
            await carson.amenities("501").list_reservations()
    assert sim.counters.logins == 1
    assert not carson.sign_in_pace.is_refused


async def test_unknown_path_that_answers_401(sim: Simulator, carson: Carson) -> None:
    await carson.get_account()
    sim.faults.add("unknown", "unauthorized")
    with pytest.raises(ApiError):
        await carson.raw_get("visitors/")
    assert sim.counters.logins == 1


async def test_other_account_is_an_error(sim: Simulator, make_carson: MakeCarson) -> None:
    own = sim.state.accounts[EMAIL]
    carson = make_carson(email=EMAIL, password="correct horse", account_id=str(own.id))
    first = await carson.get_account()
    own.overrides["id"] = 5555
    with pytest.raises(OtherAccountError):
        await carson.get_account()
    assert carson.account is first
    own.overrides.clear()
    assert await carson.get_account() == first


async def test_simultaneous_rejections_count_once(
    sim: Simulator, make_carson: MakeCarson, freezer: FrozenDateTimeFactory
) -> None:
    carson = make_carson(token=sim.mint_token(EMAIL))
    sim.tokens.revoke()
    results = await asyncio.gather(*(carson.get_account() for _ in range(10)), return_exceptions=True)
    assert {type(result) for result in results} == {AuthenticationError}
    freezer.tick(30)
    assert carson.sign_in_pace.remaining_seconds == 0
