"""The session key of a building (Protocol A.6, B.1, D.2 to D.4)."""

import asyncio
from contextlib import suppress

from aiocarson import (
    AuthenticationError,
    CannotConnectError,
    Carson,
    EagleEye,
    InvalidInputError,
    InvalidResponseError,
    RateLimitError,
)
from aiocarson.errors import NoEagleEyeError, PermissionDeniedError
from freezegun.api import FrozenDateTimeFactory
import pytest

from simulator import Simulator

from ..conftest import EMAIL, LOBBY, MakeCarson, Pauses, ScriptedServer, envelope


async def test_one_object_per_building(carson: Carson) -> None:
    assert carson.eagle_eye("501") is carson.eagle_eye("501")
    assert carson.eagle_eye("501") is not carson.eagle_eye("502")
    assert carson.eagle_eye("501").building_id == "501"
    assert repr(carson.eagle_eye("501")) == "<EagleEye building 501>"
    with pytest.raises(InvalidInputError):
        carson.eagle_eye("../me")


async def test_requests_share_one_session(sim: Simulator, carson: Carson, harbor: EagleEye) -> None:
    assert harbor.has_session is False
    await asyncio.gather(harbor.get_devices(), harbor.get_still(LOBBY), harbor.get_still("1000a002"))
    assert carson.eagle_eye("501").has_session
    assert await harbor.is_authorized()
    assert sim.counters.session_calls == 1


async def test_each_building_has_its_own_session(sim: Simulator, make_carson: MakeCarson) -> None:
    carson = make_carson(email="two@example.com", password="two buildings")
    await carson.eagle_eye("501").get_devices()
    await carson.eagle_eye("502").get_devices()
    assert sim.counters.per_building == {
        ("session", "501"): 1,
        ("session", "502"): 1,
        ("device_list", "501"): 1,
        ("device_list", "502"): 1,
    }
    cookies = {record.headers["cookie"] for record in sim.counters.log if record.cloud == "eagle_eye"}
    assert len(cookies) == 2


@pytest.mark.parametrize("html", [False, True])
async def test_missing_account_is_requested_again_slowly(
    sim: Simulator, make_carson: MakeCarson, pauses: Pauses, freezer: FrozenDateTimeFactory, html: bool
) -> None:
    sim.settings.sessions.html_404 = html
    carson = make_carson(email="noeye@example.com", password="no cameras")
    dairy = carson.eagle_eye("503")
    for _ in range(24 * 60):
        with pytest.raises(NoEagleEyeError) as caught:
            await dairy.get_devices()
        assert caught.value.status == 404
        freezer.tick(60)
    assert dairy.session_refused
    assert 24 <= sim.counters.session_calls <= 30
    assert pauses.taken == []

    calls = sim.counters.session_calls
    dairy.reset_session_refusal()
    assert not carson.eagle_eye("503").session_refused
    with pytest.raises(NoEagleEyeError):
        await dairy.get_devices()
    assert sim.counters.session_calls == calls + 1


@pytest.mark.parametrize(("fault", "status"), [("bare401", 401), ("unauthorized", 401), ("status:403", 403)])
async def test_refused_session_is_the_building_s_own_affair(
    sim: Simulator, carson: Carson, freezer: FrozenDateTimeFactory, fault: str, status: int
) -> None:
    """A 401 for a path is judged by the account: if that accepts the token, nobody has to sign in."""
    await carson.get_account()
    sim.counters.reset()
    refused = carson.eagle_eye("501")
    sim.faults.add("session", fault, building="501")
    for _ in range(20):
        with pytest.raises(PermissionDeniedError) as caught:
            await refused.get_devices()
        assert caught.value.status == status
        freezer.tick(60)
    assert sim.counters.logins == 0
    assert sim.counters.session_calls <= 5
    assert refused.session_refused
    sim.faults.clear()
    for _ in range(16):
        freezer.tick(60)
        with suppress(PermissionDeniedError):
            await refused.get_devices()
    assert not refused.session_refused


async def test_single_refusal_heals_within_a_minute(
    sim: Simulator, carson: Carson, freezer: FrozenDateTimeFactory
) -> None:
    sim.faults.add("session", "bare401", building="501", times=1)
    with pytest.raises(PermissionDeniedError):
        await carson.eagle_eye("501").get_devices()
    freezer.tick(60)
    assert await carson.eagle_eye("501").get_devices()


async def test_many_refused_sessions_are_judged_by_one_look_at_the_account(sim: Simulator, carson: Carson) -> None:
    await carson.login()
    sim.faults.add("session", "bare401")
    results = await asyncio.gather(
        *(carson.eagle_eye(str(building)).get_devices() for building in range(501, 521)), return_exceptions=True
    )
    assert {type(result) for result in results} == {PermissionDeniedError}
    assert sim.counters.count("me") == 1
    assert sim.counters.logins == 1


async def test_refusal_that_cannot_be_judged_is_temporary(sim: Simulator, carson: Carson) -> None:
    await carson.login()
    sim.faults.add("session", "bare401")
    sim.faults.add("me", "status:503")
    with pytest.raises(CannotConnectError):
        await carson.eagle_eye("501").get_devices()
    assert sim.counters.logins == 1
    assert not carson.eagle_eye("501").session_refused


async def test_reset_without_refusal_keeps_the_session(sim: Simulator, harbor: EagleEye) -> None:
    await harbor.get_devices()
    harbor.reset_session_refusal()
    await harbor.get_devices()
    assert sim.counters.session_calls == 1


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("status", {"status": 500}),
        ("html", {"status": 502}),
        ("ok_html", {}),
        ("ok_empty", {}),
        ("empty_values", {}),
        ("missing_key", {}),
        ("code", {"code": 9}),
        ("code", {"code": 9, "status": 400}),
        ("rate_limit", {}),
        ("reset", {}),
    ],
)
async def test_third_attempt_may_succeed(
    sim: Simulator, carson: Carson, harbor: EagleEye, pauses: Pauses, kind: str, details: dict[str, int]
) -> None:
    await carson.login()
    # aiohttp itself sends a read once more when its connection turns out to be dead.
    sim.faults.add("session", kind, times=4 if kind == "reset" else 2, **details)
    assert await harbor.get_devices()
    assert sim.counters.session_calls == (5 if kind == "reset" else 3)
    assert pauses.taken == [1, 2]


async def test_at_most_three_attempts(sim: Simulator, carson: Carson, harbor: EagleEye, pauses: Pauses) -> None:
    sim.faults.add("session", "status:503")
    results = await asyncio.gather(*(harbor.get_still(LOBBY) for _ in range(8)), return_exceptions=True)
    assert [type(result) for result in results] == [CannotConnectError] * 8
    assert sim.counters.session_calls == 3
    with pytest.raises(CannotConnectError):
        await harbor.get_devices()
    assert sim.counters.session_calls == 3, "not again so soon"
    assert len(pauses.taken) == 2
    await carson.open_door("7001")
    assert sim.openings == {"7001": 1}, "doors need no session"


async def test_failed_session_is_requested_again_after_a_pause(
    sim: Simulator, harbor: EagleEye, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(harbor._credential, "_monotonic", lambda: now)
    sim.faults.add("session", "status:503", times=3)
    with pytest.raises(CannotConnectError):
        await harbor.get_devices()
    now = 10.5
    assert await harbor.get_devices()


async def test_long_retry_after_is_raised(scripted: ScriptedServer, make_carson: MakeCarson, pauses: Pauses) -> None:
    limited = envelope(None, code=1, status=429)
    limited.headers["Retry-After"] = "120"
    scripted.then(limited)
    with pytest.raises(RateLimitError) as caught:
        await make_carson(token="any", api_url=scripted.url).eagle_eye("501").get_devices()
    assert caught.value.retry_after == 120
    assert len(scripted.requests) == 1
    assert pauses.taken == []


async def test_building_of_another_account(harbor: EagleEye, carson: Carson) -> None:
    with pytest.raises(NoEagleEyeError):
        await carson.eagle_eye("502").get_devices()


async def test_invalid_token_is_an_authentication_error(sim: Simulator, make_carson: MakeCarson) -> None:
    carson = make_carson(token=sim.mint_token(EMAIL))
    sim.tokens.revoke()
    with pytest.raises(AuthenticationError):
        await carson.eagle_eye("501").get_devices()
    assert sim.counters.session_calls == 1


@pytest.mark.parametrize(
    "subdomain", ["", "evil.example.com", "c000/", "c000.", "-c000", "c000-", "x" * 64, "c0 0", "c@0", None, 5]
)
async def test_invalid_subdomain_is_an_error(
    scripted: ScriptedServer, elsewhere: ScriptedServer, make_carson: MakeCarson, subdomain: object
) -> None:
    scripted.then(envelope({"sessionId": "c000~key", "activeBrandSubdomain": subdomain}))
    elsewhere.then(envelope(None))
    carson = make_carson(token="any", api_url=scripted.url, eagle_eye_url=elsewhere.url + "/{subdomain}")
    with pytest.raises(InvalidResponseError):
        await carson.eagle_eye("501").get_devices()
    assert elsewhere.requests == [], "checked before any request"


@pytest.mark.parametrize("key", ["", "a b", "a;b", 'a"b', "a\r\nX: y", "a,b", "schlüssel", None, 5, "x" * 5000])
async def test_session_key_that_cannot_be_sent_is_an_error(
    scripted: ScriptedServer, make_carson: MakeCarson, key: object
) -> None:
    scripted.then(envelope({"sessionId": key, "activeBrandSubdomain": "c000"}))
    carson = make_carson(token="any", api_url=scripted.url, eagle_eye_url=scripted.url + "/{subdomain}")
    with pytest.raises(InvalidResponseError):
        await carson.eagle_eye("501").get_devices()
    assert not any("device" in request.path for request in scripted.requests)


@pytest.mark.parametrize("data", [None, [], "text", {}])
async def test_session_of_unknown_form_is_an_error(
    scripted: ScriptedServer, make_carson: MakeCarson, data: object
) -> None:
    scripted.then(envelope(data))
    with pytest.raises(InvalidResponseError, match="no Eagle Eye session"):
        await make_carson(token="any", api_url=scripted.url).eagle_eye("501").get_devices()
