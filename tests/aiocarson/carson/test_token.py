"""Sign-in and token (Protocol A.3)."""

import asyncio
from datetime import UTC, datetime
import json
import logging
from typing import Any

from aiocarson import ApiError, AuthenticationError, CannotConnectError, Carson, InvalidResponseError, RateLimitError
from aiocarson.carson.token import decode_expiry, received_token
import jwt
import pytest

from simulator import Simulator

from ..conftest import EMAIL, PASSWORD, MakeCarson, Pauses, ScriptedServer, envelope, until

SECRET = "a secret that is long enough for the algorithm in use"


def token_with(**claims: Any) -> str:
    return jwt.encode(claims, SECRET, algorithm="HS256")


@pytest.mark.parametrize("exp", [2065996800, 2065996800.0, "2065996800", " 2065996800 "])
def test_expiry_as_number_or_text(exp: object) -> None:
    assert decode_expiry(_encoded({"exp": exp})) == datetime(2035, 6, 21, tzinfo=UTC)


@pytest.mark.parametrize("exp", [None, "never", [], {}, True, 1e300, "nan", 10**30])
def test_invalid_expiry_is_none(exp: object) -> None:
    assert decode_expiry(_encoded({"exp": exp})) is None


def test_missing_expiry_is_none() -> None:
    assert decode_expiry(token_with(user_id=1)) is None


def _encoded(claims: dict[str, Any]) -> str:
    """Return a token with any claims, even invalid ones."""
    return jwt.api_jws.encode(json.dumps(claims).encode(), SECRET, algorithm="HS256", headers={"typ": "JWT"})


@pytest.mark.parametrize("text", ["", "no token", "a.b.c", "ey.ey.ey", "x" * 5000, "tök.en.é"])
def test_invalid_tokens(text: str) -> None:
    with pytest.raises(AuthenticationError, match="token is invalid"):
        decode_expiry(text)


def test_token_whose_claims_are_not_an_object() -> None:
    with pytest.raises(AuthenticationError, match="token is invalid"):
        decode_expiry(jwt.api_jws.encode(b"[1]", SECRET, algorithm="HS256"))


@pytest.mark.parametrize("around", ["JWT {}", "jwt  {}\n", "Authorization: JWT {}", "Bearer {}", '"{}"', "  {}  "])
async def test_text_copied_along_with_a_token_is_removed(sim: Simulator, make_carson: MakeCarson, around: str) -> None:
    token = sim.mint_token("federated@example.com")
    carson = make_carson(token=around.format(token))
    assert (await carson.get_account()).id == "1002"
    assert carson.token == token
    assert decode_expiry(around.format(token)) == carson.token_expires_at


async def test_sign_in_with_password(sim: Simulator, make_carson: MakeCarson) -> None:
    tokens: list[str] = []
    carson = make_carson(email=EMAIL, password=PASSWORD, on_token=tokens.append)
    assert (carson.token, carson.token_expires_at, carson.can_renew) == (None, None, True)

    token = await carson.login()

    assert carson.token == token
    assert tokens == [token]
    assert carson.token_expires_at == decode_expiry(token)
    assert (await carson.get_account()).id == "1001"
    assert sim.counters.logins == 1


async def test_fetching_the_account_signs_in(sim: Simulator, carson: Carson) -> None:
    assert (await carson.get_account()).id == "1001"
    assert sim.counters.logins == 1
    assert carson.stats.renewals["carson"] == 1  # type: ignore[index]


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
async def test_token_without_password(sim: Simulator, make_carson: MakeCarson, algorithm: Any) -> None:
    carson = make_carson(token=sim.mint_token("federated@example.com", alg=algorithm))
    assert (await carson.get_account()).id == "1002"
    assert not carson.can_renew
    assert carson.token_expires_at is not None
    assert sim.counters.logins == 0


@pytest.mark.parametrize("bare", [False, True])
async def test_wrong_password(sim: Simulator, make_carson: MakeCarson, bare: bool) -> None:
    sim.settings.bare_401 = bare
    carson = make_carson(email=EMAIL, password="wrong")
    with pytest.raises(AuthenticationError, match="rejected the email address or the password"):
        await carson.login()
    assert carson.token is None
    assert sim.counters.logins == 1


async def test_wrong_password_reported_with_status_200(sim: Simulator, carson: Carson) -> None:
    sim.faults.add("login", "code", code=1200)
    with pytest.raises(AuthenticationError):
        await carson.login()


async def test_no_token_and_no_password(make_carson: MakeCarson) -> None:
    carson = make_carson()
    for request in (carson.get_account, carson.login):
        with pytest.raises(AuthenticationError, match="no password"):
            await request()


async def test_token_that_a_header_cannot_hold(sim: Simulator, make_carson: MakeCarson) -> None:
    carson = make_carson(token="two\r\nlines")
    with pytest.raises(AuthenticationError, match="rejected the token"):
        await carson.get_account()
    assert carson.token_expires_at is None
    assert not sim.counters.requests


@pytest.mark.parametrize("data", [None, [], {}, {"token": None}, {"token": ""}, {"token": 3}])
async def test_sign_in_response_without_token(scripted: ScriptedServer, make_carson: MakeCarson, data: object) -> None:
    scripted.then(envelope(data))
    carson = make_carson(email=EMAIL, password=PASSWORD, api_url=scripted.url)
    with pytest.raises(InvalidResponseError, match="has no token"):
        await carson.login()


@pytest.mark.parametrize("kind", ["ok_html", "ok_empty", "missing_key"])
async def test_unusable_sign_in_response(sim: Simulator, carson: Carson, kind: str) -> None:
    sim.faults.add("login", kind)
    with pytest.raises(InvalidResponseError):
        await carson.login()


async def test_redirect_of_the_sign_in_is_not_followed(sim: Simulator, carson: Carson) -> None:
    sim.faults.add("login", "redirect", location=f"{sim.url}/elsewhere")
    with pytest.raises(ApiError, match="redirect"):
        await carson.login()
    assert sim.counters.requests.total() == 1


async def test_sign_in_is_retried_when_carson_is_busy(sim: Simulator, carson: Carson, pauses: Pauses) -> None:
    sim.faults.add("login", "status:503", times=2)
    await carson.login()
    assert pauses.taken == [1, 2]


@pytest.mark.timeouts(login=0.1)
async def test_sign_in_timeout(sim: Simulator, carson: Carson) -> None:
    sim.faults.add("login", "silence")
    with pytest.raises(CannotConnectError, match=r"did not respond to POST /api/v1\.4\.4/auth/login/ within 0\.1 s"):
        await carson.login()


async def test_slow_first_sign_in(sim: Simulator, carson: Carson) -> None:
    sim.settings.first_login_delay = 0.3
    assert await carson.login()


@pytest.mark.parametrize("bare", [False, True])
async def test_rejected_token_is_renewed(sim: Simulator, make_carson: MakeCarson, bare: bool) -> None:
    sim.settings.bare_401 = bare
    tokens: list[str] = []
    carson = make_carson(
        email=EMAIL, password=PASSWORD, token=sim.mint_token(EMAIL, expires_in=-5), on_token=tokens.append
    )
    assert (await carson.get_account()).id == "1001"
    assert tokens == [carson.token]
    assert (sim.counters.logins, sim.counters.count("me")) == (1, 2)


async def test_token_rejected_with_status_200_is_renewed(sim: Simulator, carson: Carson) -> None:
    await carson.login()
    sim.faults.add("me", "code", code=1200, times=1)
    assert (await carson.get_account()).id == "1001"
    assert sim.counters.logins == 2


async def test_concurrent_rejections_renew_the_token_once(sim: Simulator, make_carson: MakeCarson) -> None:
    carson = make_carson(email=EMAIL, password=PASSWORD, token=sim.mint_token(EMAIL, expires_in=-5))
    accounts = await asyncio.gather(*(carson.get_account() for _ in range(20)))
    assert {account.id for account in accounts} == {"1001"}
    assert sim.counters.logins == 1
    assert sim.counters.count("me") == 40


async def test_late_rejection_of_the_old_token_does_not_renew_again(sim: Simulator, make_carson: MakeCarson) -> None:
    """A request sent before the renewal and rejected after it must not renew again."""
    carson = make_carson(email=EMAIL, password=PASSWORD, token=sim.mint_token(EMAIL, expires_in=-5))
    sim.faults.add("open_door", "delay", seconds=0.3, when="after", times=1)
    late = asyncio.create_task(carson.open_door("7001"))
    await until(lambda: sim.counters.count("open_door"))
    await carson.get_account()
    await late
    assert sim.counters.logins == 1
    assert sim.openings == {"7001": 1}


async def test_concurrent_rejections_try_a_wrong_password_once(sim: Simulator, make_carson: MakeCarson) -> None:
    carson = make_carson(email=EMAIL, password="changed", token=sim.mint_token(EMAIL, expires_in=-5))
    results = await asyncio.gather(*(carson.get_account() for _ in range(10)), return_exceptions=True)
    assert [type(result) for result in results] == [AuthenticationError] * 10
    assert len({id(result) for result in results}) == 10, "each request has its own error"
    assert sim.counters.logins == 1


async def test_rejected_new_token_is_not_renewed_again(sim: Simulator, carson: Carson) -> None:
    await carson.login()
    sim.faults.add("me", "unauthorized")
    with pytest.raises(AuthenticationError, match="had just issued"):
        await carson.get_account()
    assert (sim.counters.logins, sim.counters.count("me")) == (2, 2)

    with pytest.raises(AuthenticationError):
        await carson.get_account()
    assert sim.counters.logins == 2, "not during the cooldown"


async def test_signing_in_ends_the_cooldown(sim: Simulator, carson: Carson) -> None:
    sim.faults.add("me", "unauthorized", times=2)
    with pytest.raises(AuthenticationError):
        await carson.get_account()
    await carson.login()
    assert (await carson.get_account()).id == "1001"


async def test_rejected_token_without_password_raises(sim: Simulator, make_carson: MakeCarson) -> None:
    carson = make_carson(token=sim.mint_token("federated@example.com"))
    sim.tokens.revoke()
    with pytest.raises(AuthenticationError, match="no password"):
        await carson.get_account()
    assert (sim.counters.logins, sim.counters.count("me")) == (0, 1)


async def test_rate_limit_during_a_renewal_is_temporary(sim: Simulator, make_carson: MakeCarson) -> None:
    carson = make_carson(email=EMAIL, password=PASSWORD, token=sim.mint_token(EMAIL, expires_in=-5))
    sim.faults.add("login", "rate_limit", times=3)
    with pytest.raises(RateLimitError):
        await carson.get_account()
    assert (await carson.get_account()).id == "1001", "a failed renewal is not a rejection"


async def test_cancelling_the_renewing_request_does_not_affect_others(sim: Simulator, carson: Carson) -> None:
    sim.faults.add("login", "delay", seconds=0.2, times=1)
    first = asyncio.create_task(carson.get_account())
    await until(lambda: sim.counters.logins)
    second = asyncio.create_task(carson.get_account())
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).id == "1001"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_secrets_are_not_logged(
    sim: Simulator, make_carson: MakeCarson, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    carson = make_carson(email=EMAIL, password=PASSWORD, token=sim.mint_token(EMAIL, expires_in=-5))
    old = carson.token
    await carson.get_account()
    assert old is not None
    assert carson.token is not None
    for secret in (old, carson.token, EMAIL, PASSWORD):
        assert secret not in caplog.text
        assert secret not in repr(vars(carson))


@pytest.mark.parametrize(
    ("life", "renewed_before"),
    [(100, 600), (3600, 720), (86400, 17280), (10 * 86400, 86400), (-1, None)],
    ids=["minutes", "an hour", "a day", "days", "expired"],
)
def test_time_of_the_early_renewal(life: int, renewed_before: int | None) -> None:
    now = 1_700_000_000
    text = jwt.encode({"exp": now + life}, "a key that is long enough for HS256", algorithm="HS256")
    expected = None if renewed_before is None else now + life - renewed_before
    assert received_token(text, now).renew_at == expected


@pytest.mark.parametrize("text", ["no token", jwt.encode({}, "a key that is long enough for HS256", algorithm="HS256")])
def test_token_without_expiry_is_not_renewed_early(text: str) -> None:
    assert received_token(text, 1_700_000_000).renew_at is None
