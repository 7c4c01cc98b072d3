"""The client of one account (Protocol A.1, A.2, A.4, A.8)."""

import json
from typing import Any

from aiocarson import (
    ApiError,
    CannotConnectError,
    Carson,
    CarsonError,
    InvalidInputError,
    InvalidResponseError,
    NotFoundError,
    RateLimitError,
    join_cameras,
)
from aiocarson.carson.api import AppIdentity
from aiocarson.errors import ApiVersionError, NotFoundByNameError, PermissionDeniedError, UsageError
import aiohttp
import pytest

from simulator import ABSENT, Simulator

from .conftest import EMAIL, LOBBY, PASSWORD, MakeCarson, Pauses, ScriptedServer, envelope


async def test_account_with_one_building(carson: Carson) -> None:
    account = await carson.get_account()

    assert carson.account is account
    assert account.complete
    assert account.email == EMAIL
    (building,) = account.buildings
    assert (building.id, building.name, building.time_zone) == ("501", "Harbor House", "America/New_York")
    assert [door.name for door in building.doors] == [
        "Front Door",
        "Garage Gate",
        "Roof Deck",
        "Staff Entrance",
        "Unit 12B",
    ]
    assert [door.staff_only for door in building.doors] == [False, False, False, True, False]
    assert [camera.live_view_id for camera in building.eagle_eye_cameras] == ["1000a001", "1000a002", "1000a0ff"]
    assert len(building.cameras) == 4
    assert building.units[0].name == "12B"


async def test_account_with_two_buildings(make_carson: MakeCarson) -> None:
    carson = make_carson(email="two@example.com", password="two buildings")
    account = await carson.get_account()
    assert [(building.id, building.name) for building in account.buildings] == [
        ("501", "Harbor House"),
        ("502", "Mill Lofts"),
    ]
    assert [door.id for door in account.buildings[1].doors] == ["7101", "7102"]
    assert account.buildings[1].has_eagle_eye


async def test_account_without_cameras(make_carson: MakeCarson) -> None:
    carson = make_carson(email="noeye@example.com", password="no cameras")
    (building,) = (await carson.get_account()).buildings
    assert (building.cameras, building.has_eagle_eye, building.complete) == ((), False, True)
    assert len(building.doors) == 2


@pytest.mark.parametrize("cameras", [None, ABSENT, [], "nonsense", [None, 3, {"id": None}]])
async def test_invalid_cameras_do_not_affect_doors(sim: Simulator, carson: Carson, cameras: object) -> None:
    sim.state.buildings["501"].overrides["cameras"] = cameras
    (building,) = (await carson.get_account()).buildings
    assert building.cameras == ()
    assert len(building.doors) == 5


async def test_accounts_differ_after_changes(sim: Simulator, carson: Carson) -> None:
    first = await carson.get_account()
    assert await carson.get_account() == first
    sim.state.buildings["501"].doors.pop()
    sim.state.accounts[EMAIL].buildings.append("502")
    second = await carson.get_account()
    assert second != first
    assert [len(building.doors) for building in second.buildings] == [4, 2]


async def test_last_account_is_kept_after_an_error(sim: Simulator, carson: Carson) -> None:
    account = await carson.get_account()
    sim.faults.add("me", "ok_html", times=1)
    with pytest.raises(InvalidResponseError):
        await carson.get_account()
    assert carson.account is account


async def test_every_request_has_the_headers_of_the_app(sim: Simulator, carson: Carson) -> None:
    await carson.get_account()
    await carson.open_door("7001")
    for record in sim.counters.log:
        assert record.headers["user-agent"] == "okhttp/4.9.0"
        assert record.headers["x-app-version"] == "2.1.5"
        assert record.headers["x-device-type"] == "android"
        assert record.headers["accept"] == "application/json"
        assert record.path.endswith("/")
        assert record.path.startswith("/api/v1.4.4/")
    assert sim.counters.log[0].headers.get("authorization") is None
    assert sim.counters.log[1].headers["authorization"] == f"JWT {carson.token}"


async def test_app_identity_and_api_version_can_be_set(scripted: ScriptedServer, make_carson: MakeCarson) -> None:
    scripted.then(envelope({"id": 1, "properties": []}))
    carson = make_carson(
        token="any",
        api_url=scripted.url,
        api_version="v9",
        app=AppIdentity(user_agent="u", app_version="3", device_type="ios"),
    )
    await carson.get_account()
    (request,) = scripted.requests
    assert request.path == "/v9/me/"
    assert (request.headers["User-Agent"], request.headers["X-App-Version"]) == ("u", "3")
    assert request.headers["X-Device-Type"] == "ios"


async def test_outdated_app_is_reported(sim: Simulator, carson: Carson) -> None:
    await carson.login()
    sim.settings.minimum_app_version = "3.0.0"
    with pytest.raises(ApiError, match=r"responded to /me/ with status 400, code 1426") as caught:
        await carson.get_account()
    assert (caught.value.status, caught.value.code, caught.value.reason) == (400, 1426, "Please update the app.")


async def test_reason_does_not_quote_secrets(sim: Simulator, carson: Carson) -> None:
    token = await carson.login()
    body = {"code": 9, "status": "Error", "data": None, "msg": f"resident@example.com / correct horse / {token}"}
    sim.faults.add("*", "status", status=400, body=json.dumps(body), content_type="application/json")
    for call in (carson.get_account, carson.login):
        with pytest.raises(ApiError) as caught:
            await call()
        assert caught.value.reason == "… / … / …"


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("body", ["", "<html>"])
async def test_unsupported_api_version_is_reported(sim: Simulator, carson: Carson, status: int, body: str) -> None:
    sim.faults.add("me", "status", status=status, body=body)
    with pytest.raises(ApiVersionError) as caught:
        await carson.get_account()
    assert caught.value.status == status
    assert sim.counters.count("me") == 1


async def test_unknown_api_version_is_reported(sim: Simulator, make_carson: MakeCarson) -> None:
    carson = make_carson(token=sim.mint_token(EMAIL), api_version="v0.0.1")
    with pytest.raises(ApiVersionError):
        await carson.get_account()


@pytest.mark.parametrize(
    ("fault", "details", "error"),
    [
        ("ok_html", {}, InvalidResponseError),
        ("ok_empty", {}, InvalidResponseError),
        ("truncate", {}, InvalidResponseError),
        ("missing_key", {"key": "code"}, InvalidResponseError),
        ("missing_key", {"key": "status"}, InvalidResponseError),
        ("missing_key", {"key": "data"}, InvalidResponseError),
        ("code", {"code": 7}, ApiError),
        ("code", {"code": 7, "status": 403}, PermissionDeniedError),
        ("status", {"status": 500}, CannotConnectError),
        ("html", {"status": 502}, CannotConnectError),
        ("status", {"status": 418}, ApiError),
        ("status", {"status": 429}, RateLimitError),
        ("status", {"status": 204}, InvalidResponseError),
        ("redirect", {"location": "/api/v1.4.4/auth/login/"}, ApiError),
        ("reset", {}, CannotConnectError),
        ("cut", {}, CannotConnectError),
    ],
)
async def test_unusable_responses_raise(
    sim: Simulator, carson: Carson, fault: str, details: dict[str, Any], error: type[CarsonError]
) -> None:
    await carson.login()
    sim.faults.add("me", fault, **details)
    with pytest.raises(error) as caught:
        await carson.get_account()
    assert type(caught.value) is error
    assert carson.stats.last_errors
    sim.faults.clear()
    assert (await carson.get_account()).id == "1001", "the next response is used again"


async def test_missing_message_is_accepted(sim: Simulator, carson: Carson) -> None:
    sim.faults.add("me", "missing_key", key="msg")
    assert (await carson.get_account()).id == "1001"


@pytest.mark.parametrize("data", [None, [], {}, {"id": None}, "text"])
async def test_response_without_account_is_invalid(
    scripted: ScriptedServer, make_carson: MakeCarson, data: object
) -> None:
    scripted.then(envelope(data))
    carson = make_carson(token="any", api_url=scripted.url)
    with pytest.raises(InvalidResponseError, match="no account"):
        await carson.get_account()


async def test_redirects_of_reads_are_not_followed(sim: Simulator, carson: Carson) -> None:
    await carson.login()
    sim.faults.add("me", "redirect", location="/api/v1.4.4/doors/7001/open/")
    with pytest.raises(ApiError, match="redirect"):
        await carson.get_account()
    assert sim.openings == {}


async def test_read_is_retried_when_carson_is_busy(sim: Simulator, carson: Carson, pauses: Pauses) -> None:
    sim.faults.add("me", "status:503", times=1)
    sim.faults.add("me", "rate_limit", times=1)
    assert (await carson.get_account()).id == "1001"
    assert pauses.taken == [1, 2]
    assert carson.stats.as_dict()["carson"]["retries"] == 2


async def test_refused_connection(make_carson: MakeCarson, unused_tcp_port: int) -> None:
    carson = make_carson(email=EMAIL, password=PASSWORD, api_url=f"http://127.0.0.1:{unused_tcp_port}/api")
    with pytest.raises(CannotConnectError, match="Failed to connect"):
        await carson.get_account()


async def test_closed_session(carson: Carson, session: aiohttp.ClientSession) -> None:
    await session.close()
    with pytest.raises(CannotConnectError, match="session is closed"):
        await carson.get_account()


@pytest.mark.parametrize("url", ["", "api.carson.live", "ftp://api.carson.live", "https://u:p@api.carson.live"])
async def test_invalid_base_url(session: aiohttp.ClientSession, url: str) -> None:
    with pytest.raises(InvalidInputError):
        Carson(session, api_url=url)


async def test_stats_count_responses_and_errors(sim: Simulator, carson: Carson) -> None:
    sim.faults.add("me", "reset", times=2)
    with pytest.raises(CannotConnectError):
        await carson.get_account()
    await carson.get_account()
    stats = carson.stats.as_dict()["carson"]
    assert stats["responses"]["200"] == 2
    assert stats["renewals"] == 1
    assert list(stats["last_errors"]) == ["CannotConnectError"]
    assert repr(carson) == "<Carson account 1001>"


async def test_own_session_is_opened_and_closed(sim: Simulator) -> None:
    carson = Carson(email=EMAIL, password=PASSWORD, api_url=sim.api_url, eagle_eye_url=sim.eagle_eye_url)
    with pytest.raises(UsageError, match="async with"):
        await carson.get_account()
    with pytest.raises(UsageError, match="async with"):
        await carson.login()
    async with carson as same:
        assert same is carson
        with pytest.raises(CarsonError, match="has not been fetched"):
            _ = carson.buildings
        await carson.get_account()
        assert [building.name for building in carson.buildings] == ["Harbor House"]
    with pytest.raises(UsageError, match="async with"):
        await carson.get_account()
    async with carson:
        await carson.get_account()


async def test_given_session_stays_open(carson: Carson, session: aiohttp.ClientSession) -> None:
    async with carson:
        await carson.get_account()
    assert not session.closed
    await carson.get_account()


async def test_raw_get_returns_the_data(sim: Simulator, carson: Carson) -> None:
    assert (await carson.raw_get("me/"))["id"] == 1001
    for path in ("visitors/", "threads/", "deliveries/", "dashboard/", "service/", "twilio/access-token/"):
        with pytest.raises(NotFoundError):
            await carson.raw_get(path)
    assert {one.method for one in sim.counters.log if one.operation != "login"} == {"GET"}


@pytest.mark.parametrize(
    "path",
    ["", "me", "/", "/me/", "../me/", "me/../", "a//b/", "http://elsewhere.example/", "me/?a=b/", "%2e%2e/", "a\n/"],
)
async def test_raw_get_validates_the_path(sim: Simulator, carson: Carson, path: str) -> None:
    with pytest.raises(InvalidInputError):
        await carson.raw_get(path)
    assert sim.counters.requests.total() == 0


async def test_objects_and_ids_are_both_accepted(sim: Simulator, carson: Carson) -> None:
    """A door, a building and a camera, or their ids as a text or a number; that of Carson for a camera, too."""
    account = await carson.get_account()
    building, door = account.buildings[0], account.buildings[0].doors[0]
    for argument in (door, door.id, int(door.id)):
        await carson.open_door(argument)
    assert sim.openings == {"7001": 3}
    harbor = carson.eagle_eye(building)
    assert harbor is carson.eagle_eye("501") is carson.eagle_eye(501)
    assert carson.amenities(building) is carson.amenities(501)
    devices = await harbor.get_devices()
    lobby = next(camera for camera in building.cameras if camera.name == "Lobby")
    device = next(device for device in devices if device.name == "Lobby")
    for camera in (lobby, device, join_cameras(building, devices)[0], lobby.id, int(lobby.id), LOBBY):
        assert (await harbor.get_still(camera)).content
        assert "1000a001" in str(await harbor.still_url(camera))
    async with harbor.live(lobby, duration=1.5) as stream:
        assert await anext(stream)


@pytest.mark.parametrize("argument", [None, 1.5, True, [], {}, object()])
async def test_misuse_is_told(sim: Simulator, carson: Carson, argument: Any) -> None:
    with pytest.raises(UsageError, match="door"):
        await carson.open_door(argument)
    with pytest.raises(UsageError, match="building"):
        carson.eagle_eye(argument)
    with pytest.raises(UsageError, match="camera"):
        await carson.eagle_eye("501").get_still(argument)
    assert not sim.counters.requests


async def test_camera_without_id_of_eagle_eye(sim: Simulator, carson: Carson) -> None:
    sim.state.buildings["501"].cameras[0].live_view_id = None  # type: ignore[index]
    account = await carson.get_account()
    with pytest.raises(UsageError, match="without an id"):
        await carson.eagle_eye("501").get_still(account.buildings[0].cameras[0])


@pytest.mark.parametrize("duration", [float("nan"), float("inf"), "5", None])
async def test_durations_that_are_none(carson: Carson, duration: Any) -> None:
    with pytest.raises(UsageError):
        carson.eagle_eye("501").live(LOBBY, duration=duration)


async def test_found_by_name(sim: Simulator, carson: Carson) -> None:
    await carson.get_account()
    assert carson.get_building("harbor").id == "501"
    assert carson.get_door("front").id == "7001"
    assert carson.get_camera("lob").live_view_id == LOBBY
    with pytest.raises(NotFoundByNameError):
        carson.get_door("nowhere")


async def test_token_that_cannot_be_told(
    sim: Simulator, make_carson: MakeCarson, caplog: pytest.LogCaptureFixture
) -> None:
    """What the caller's code raises does not keep a door from being opened."""

    def fail(token: str) -> None:
        raise OSError(f"disk full, {token}")

    carson = make_carson(email=EMAIL, password=PASSWORD, on_token=fail)
    await carson.open_door("7001")
    assert sim.openings == {"7001": 1}
    assert "on_token raised OSError" in caplog.text
    assert (carson.token or "") not in caplog.text


async def test_sign_in_by_phone_number(sim: Simulator, make_carson: MakeCarson) -> None:
    carson = make_carson(email=" +1 (555) 010-0001", password=PASSWORD)
    assert (await carson.get_account()).email == EMAIL
