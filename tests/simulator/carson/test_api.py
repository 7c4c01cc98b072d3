"""Tests of sign-in, account, doors and Eagle Eye sessions (Protocol C rows 1 to 19)."""

import asyncio
import contextlib

import aiohttp
import jwt
import pytest

from simulator import ABSENT, Door, Simulator
from simulator.counters import Opening
from tests.support.http_client import TIMEOUT, HttpClient

RESIDENT = {"username": "resident@example.com", "password": "correct horse"}


# Row 1
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "me"), ("POST", "auth/login"), ("POST", "doors/7001/open"), ("GET", "no/such/thing")]
)
async def test_path_without_slash_is_redirected(client: HttpClient, method: str, path: str) -> None:
    response = await client.carson(method, f"{path}?a=1")

    assert response.status == 301
    assert response.headers["Location"] == f"/api/v1.4.4/{path}/?a=1"
    assert not client.sim.openings


async def test_redirected_post_arrives_as_get_and_is_rejected(client: HttpClient) -> None:
    url = f"{client.sim.api_url}/v1.4.4/doors/7001/open"
    headers = {"Authorization": f"JWT {client.token}"}
    async with client.session.post(url, headers=headers, allow_redirects=True) as response:
        assert response.status == 405
    assert not client.sim.openings


# Rows 2 and 3
async def test_login_returns_a_token(client: HttpClient) -> None:
    response = await client.carson("POST", "auth/login/", auth="", json=RESIDENT)

    assert response.status == 200
    body = response.json()
    assert set(body) == {"code", "status", "data", "msg"}
    assert (body["code"], body["status"], body["msg"]) == (0, "OK", None)
    claims = jwt.decode(body["data"]["token"], options={"verify_signature": False})
    assert claims["user_id"] == 1001
    assert claims["exp"] > client.sim.clock.time()
    client.token = body["data"]["token"]
    assert (await client.carson("GET", "me/")).status == 200


@pytest.mark.parametrize(
    "credentials",
    [
        RESIDENT | {"password": "wrong"},
        RESIDENT | {"username": "nobody@example.com"},
        {"username": "federated@example.com", "password": ""},
        {"username": ["list"], "password": "correct horse"},
    ],
)
async def test_invalid_login_is_401_with_code_1200(client: HttpClient, credentials: dict[str, object]) -> None:
    response = await client.carson("POST", "auth/login/", auth="", json=credentials)

    assert response.status == 401
    assert (response.json())["code"] == 1200


async def test_login_without_credentials_is_a_bad_request(client: HttpClient) -> None:
    assert (await client.carson("POST", "auth/login/", auth="", data=b"{")).status == 400
    assert (await client.carson("POST", "auth/login/", auth="", json={"username": "x"})).status == 400
    assert (await client.carson("POST", "auth/login/", auth="", json=[])).status == 400


async def test_401_can_have_an_empty_body(client: HttpClient) -> None:
    client.sim.settings.bare_401 = True
    for method, path in (("POST", "auth/login/"), ("GET", "me/"), ("POST", "doors/7001/open/")):
        response = await client.carson(method, path, auth="", json=RESIDENT | {"password": "wrong"})
        assert response.status == 401
        assert response.body == b""


# Row 4
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "me/"), ("POST", "doors/7001/open/"), ("GET", "properties/buildings/501/eagleeye/session/")],
)
async def test_token_must_be_known_and_have_the_scheme_jwt(client: HttpClient, method: str, path: str) -> None:
    forged = jwt.encode({"user_id": 1001, "exp": 4_000_000_000}, "x" * 32)
    for auth in ("", client.token, f"Bearer {client.token}", f"jwt {client.token}", "JWT", f"JWT {forged}"):
        response = await client.carson(method, path, auth=auth)
        assert response.status == 401, auth
        assert (response.json())["code"] == 1200
    assert not client.sim.openings


# Row 5
async def test_token_expires_with_the_clock(client: HttpClient) -> None:
    client.token = client.sim.mint_token("resident@example.com", expires_in=60)
    assert (await client.carson("GET", "me/")).status == 200
    client.sim.clock.advance(61)
    assert (await client.carson("GET", "me/")).status == 401


async def test_revoked_token_differs_from_a_new_one_of_the_same_second(client: HttpClient) -> None:
    other = client.sim.mint_token("two@example.com")
    account = client.sim.state.accounts["resident@example.com"]
    assert client.sim.tokens.revoke(account) == 1
    assert (await client.carson("GET", "me/")).status == 401
    assert (await client.carson("GET", "me/", auth=f"JWT {other}")).status == 200

    client.sign_in_as("resident@example.com")
    assert (await client.carson("GET", "me/")).status == 200
    assert client.sim.tokens.revoke() == 2


async def test_token_can_be_signed_with_es256_or_lack_an_expiry(client: HttpClient) -> None:
    client.token = client.sim.mint_token("federated@example.com", alg="ES256")
    assert jwt.get_unverified_header(client.token)["alg"] == "ES256"
    assert (await client.carson("GET", "me/")).json()["data"]["id"] == 1002

    endless = client.sim.tokens.mint(client.sim.state.accounts["resident@example.com"], with_expiry=False)
    assert "exp" not in jwt.decode(endless, options={"verify_signature": False})
    assert (await client.carson("GET", "me/", auth=f"JWT {endless}")).status == 200


# Row 6
async def test_only_the_first_login_is_slow(client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    client.sim.settings.first_login_delay = 27.0
    slept: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await real(0)

    monkeypatch.setattr("simulator.carson.api.asyncio.sleep", sleep)
    await client.carson("POST", "auth/login/", auth="", json=RESIDENT)
    await client.carson("POST", "auth/login/", auth="", json=RESIDENT)
    assert slept.count(27.0) == 1


# Rows 8 to 10
async def test_me_has_every_field(client: HttpClient) -> None:
    me = (await client.carson("GET", "me/")).json()["data"]

    assert set(me) >= {
        *("id", "firstName", "lastName", "contactInfo", "photo", "verified", "isAdmin", "isService"),
        *("pmcRole", "properties"),
    }
    assert me["photo"] == {"url": f"{me['photo']['url']}", "thumbnailUrl": f"{me['photo']['url']}?size=small"}
    assert {contact["type"] for contact in me["contactInfo"]} == {"email", "phone_number"}
    (building,) = me["properties"]
    assert set(building) >= {
        *("id", "name", "propertyLevel", "type", "accessControl", "paymentSystem", "visitorValidUntilLimitDays"),
        *("serviceRequestsExternalUrl", "cameras", "doors", "units", "visitors", "roles", "area", "comelitData"),
        *("pmc", "pmcName", "rootDirectory", "pmcRootDirectory", "paymentsEnabled", "visitorInviteEnabled"),
        *("doorsAvailable", "serviceRequestsEnabled", "possibleToReceiveCalls", "visitorInvitesLeft"),
        *("paymentsAvailability", "serviceRequestsStatus", "country", "state", "timezone", "amenitiesData"),
    }
    assert building["units"][0]["propertyLevel"] == "unit"
    assert set(building["doors"][0]) == {
        *("id", "building", "property", "name", "provider", "isActive", "disabled", "isUnitDoor", "staffOnly"),
        *("defaultInBuilding", "available", "externalId", "order"),
    }
    assert set(building["cameras"][0]) == {
        *("id", "building", "property", "buildingName", "name", "provider", "externalId", "liveViewId", "staffOnly"),
        *("defaultInBuilding", "available", "doors", "order"),
    }


async def test_carson_and_eagle_eye_list_different_cameras(client: HttpClient) -> None:
    me = (await client.carson("GET", "me/")).json()["data"]
    rows = (await client.eagle_eye("g/device/list")).json()

    listed = {row[1] for row in rows if row[3] == "camera" and row[1]}
    cameras = me["properties"][0]["cameras"]
    shown = {camera["liveViewId"] for camera in cameras if camera["provider"].startswith("eagle_eye")}
    assert len(listed) == 8
    assert shown & listed == {"1000a001", "1000a002"}
    assert shown - listed == {"1000a0ff"}
    assert {camera["provider"] for camera in cameras} == {"eagle_eye_v2", "doorbird"}


async def test_fields_differ_between_accounts(client: HttpClient) -> None:
    client.sign_in_as("two@example.com")
    properties = (await client.carson("GET", "me/")).json()["data"]["properties"]
    assert [row["propertyLevel"] for row in properties] == ["building", "building", "portfolio"]
    assert properties[1]["id"] == "502"
    assert {camera["provider"] for camera in properties[1]["cameras"]} == {"eagle_eye"}

    client.sign_in_as("noeye@example.com")
    me = (await client.carson("GET", "me/")).json()["data"]
    assert me["photo"] is None
    assert me["firstName"] is None
    (dairy,) = me["properties"]
    assert dairy["cameras"] is None
    assert dairy["timezone"] is None
    assert dairy["area"] is None
    assert len(dairy["doors"]) == 2


async def test_me_changes_between_calls(client: HttpClient) -> None:
    harbor = client.sim.state.buildings["501"]
    harbor.doors.append(Door(id=7009, name="New Door"))
    harbor.overrides = {"cameras": ABSENT, "timezone": None, "surprise": [1]}
    client.sim.state.accounts["resident@example.com"].overrides["photo"] = ABSENT

    me = (await client.carson("GET", "me/")).json()["data"]

    (building,) = me["properties"]
    assert "New Door" in {door["name"] for door in building["doors"]}
    assert "cameras" not in building
    assert building["timezone"] is None
    assert building["surprise"] == [1]
    assert "photo" not in me


# Row 11
async def test_building_without_eagle_eye_has_no_session(client: HttpClient) -> None:
    client.sign_in_as("noeye@example.com")
    for _ in range(2):
        response = await client.carson("GET", "properties/buildings/503/eagleeye/session/")
        assert response.status == 404
        assert response.content_type == "application/json"
    client.sim.settings.sessions.html_404 = True
    response = await client.carson("GET", "properties/buildings/503/eagleeye/session/")
    assert (response.status, response.content_type) == (404, "text/html")


# Rows 12 and 13
async def test_session_fails_twice_while_other_requests_succeed(client: HttpClient) -> None:
    client.sign_in_as("two@example.com")
    client.sim.faults.add("session", "status", status=503, times=2, building=501)
    path = "properties/buildings/{}/eagleeye/session/"

    assert [(await client.carson("GET", path.format(501))).status for _ in range(3)] == [503, 503, 200]
    assert (await client.carson("GET", path.format(502))).status == 200
    assert (await client.carson("POST", "doors/7101/open/")).status == 200
    assert client.sim.counters.per_building["session", "501"] == 3
    assert client.sim.counters.session_calls == 4


async def test_session_of_another_residents_building_is_not_found(client: HttpClient) -> None:
    assert (await client.carson("GET", "properties/buildings/502/eagleeye/session/")).status == 404


# Row 14
async def test_new_session_has_the_current_subdomain(client: HttpClient) -> None:
    path = "properties/buildings/501/eagleeye/session/"
    first = (await client.carson("GET", path)).json()["data"]
    client.sim.state.buildings["501"].subdomain = "c013"
    second = (await client.carson("GET", path)).json()["data"]

    assert first["activeBrandSubdomain"] == "c000"
    assert first["sessionId"].startswith("c000~")
    assert len(first["sessionId"]) == len("c000~") + 32
    assert second["activeBrandSubdomain"] == "c013"
    assert second["sessionId"] != first["sessionId"]


async def test_session_keys_can_be_shared_or_revoke_the_previous_one(client: HttpClient) -> None:
    path = "properties/buildings/501/eagleeye/session/"

    async def request_session() -> str:
        return str((await client.carson("GET", path)).json()["data"]["sessionId"])

    client.sim.settings.sessions.new_key_each_call = False
    client.key = await request_session()
    assert await request_session() == client.key
    client.sim.settings.sessions.new_key_each_call = True
    client.sim.settings.sessions.revoke_previous = True
    assert await request_session() != client.key
    assert (await client.eagle_eye("g/aaa/isauth")).status == 401


# Row 15
async def test_every_opening_is_counted_and_reported(client: HttpClient) -> None:
    seen: list[Opening] = []
    client.sim.on_opening.append(seen.append)
    for _ in range(2):
        response = await client.carson("POST", "doors/7001/open/")
        assert response.status == 200
        assert response.json() == {"code": 0, "status": "OK", "data": None, "msg": None}
    assert client.sim.openings == {"7001": 2}
    assert [(event.building_name, event.door_name, event.number) for event in seen] == [
        ("Harbor House", "Front Door", 1),
        ("Harbor House", "Front Door", 2),
    ]


@pytest.mark.parametrize(("door", "status"), [("7004", 403), ("7101", 404), ("1", 404), ("7002", 400)])
async def test_unavailable_doors_do_not_open(client: HttpClient, door: str, status: int) -> None:
    client.sim.state.doors["7002"].available = False
    response = await client.carson("POST", f"doors/{door}/open/")
    assert response.status == status
    assert (response.json())["code"] != 0
    assert not client.sim.openings


@pytest.mark.parametrize("kind", ["reset", "status", "html", "ok_html", "ok_empty", "code", "bare401", "silence"])
async def test_door_opens_although_the_response_is_lost(client: HttpClient, kind: str) -> None:
    async def attempt() -> None:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with asyncio.timeout(1 if kind == "silence" else TIMEOUT):
                await client.carson("POST", "doors/7001/open/")

    client.sim.faults.add("open_door", kind, times=1, when="before")
    await attempt()
    assert not client.sim.openings
    client.sim.faults.add("open_door", kind, times=1, when="after")
    await attempt()
    assert client.sim.openings == {"7001": 1}


@pytest.mark.parametrize("kind", ["missing_key", "truncate", "cut"])
async def test_door_opens_although_the_response_is_altered(client: HttpClient, kind: str) -> None:
    client.sim.faults.add("open_door", kind, times=1)
    with contextlib.suppress(aiohttp.ClientPayloadError):
        await client.carson("POST", "doors/7001/open/")
    assert client.sim.openings == {"7001": 1}


# Row 18
@pytest.mark.parametrize("path", ["visitors/", "threads/", "deliveries/", "dashboard/", "service/", "twilio/x/"])
async def test_unsupported_endpoints_are_not_found(client: HttpClient, path: str) -> None:
    assert (await client.carson("GET", path)).status == 404


async def test_other_versions_are_not_found(client: HttpClient, sim: Simulator) -> None:
    async with client.session.get(f"{sim.api_url}/v1.4.3/me/") as response:
        assert response.status == 404


# Row 19
async def test_app_version_is_recorded_and_an_old_one_can_be_rejected(client: HttpClient) -> None:
    async def status_for(version: str) -> int:
        headers = {"X-App-Version": version}
        statuses = {
            (await client.carson("GET", "me/", headers=headers)).status,
            (await client.carson("POST", "auth/login/", headers=headers, json=RESIDENT)).status,
            (await client.carson("POST", "doors/7003/open/", headers=headers)).status,
            (await client.carson("GET", "properties/buildings/501/eagleeye/session/", headers=headers)).status,
        }
        assert len(statuses) == 1
        return statuses.pop()

    assert await status_for("1.0.200(315)") == 200
    client.sim.settings.minimum_app_version = "2.1.5"
    assert await status_for("2.1.5") == 200
    assert await status_for("2.1.4") == 400
    assert await status_for("1.0.200(315)") == 400
    assert client.sim.counters.log[-1].headers["x-app-version"] == "1.0.200(315)"


# Row 45
async def test_too_many_requests_get_a_429_without_retry_after(client: HttpClient) -> None:
    client.sim.settings.carson_rate = 3
    responses = [await client.carson("GET", "me/") for _ in range(5)]
    assert [response.status for response in responses] == [200, 200, 200, 429, 429]
    assert "Retry-After" not in responses[-1].headers
