"""Tests of the control endpoint."""

from typing import Any

import pytest

from tests.support.http_client import LOBBY, HttpClient


async def post(client: HttpClient, path: str, expected: int = 200, /, **body: Any) -> Any:
    async with client.session.post(f"{client.sim.url}/_control/{path}", json=body) as response:
        assert response.status == expected, await response.text()
        return await response.json()


async def get(client: HttpClient, path: str) -> Any:
    async with client.session.get(f"{client.sim.url}/_control/{path}") as response:
        assert response.status == 200
        return await response.json()


async def test_state_shows_everything_without_secrets(client: HttpClient) -> None:
    state = await get(client, "state")
    assert {account["email"] for account in state["accounts"]} == {
        "resident@example.com",
        "federated@example.com",
        "two@example.com",
        "noeye@example.com",
    }
    assert [building["name"] for building in state["buildings"]] == ["Harbor House", "Mill Lofts", "Old Dairy"]
    assert state["settings"]["sessions"]["archiver_subdomains"] == ["c099"]
    assert "correct horse" not in str(state)
    assert client.key not in str(state)


async def test_counters(client: HttpClient) -> None:
    await client.carson("GET", "me/")
    await client.carson("GET", "me")
    await client.carson("POST", "doors/7001/open/")
    await client.still()
    client.sim.live.max_seconds = 0.1
    async with client.play() as response:
        await response.read()
    counters = await get(client, "counters")
    assert counters["requests"] == {
        "carson.me": 1,
        "carson.open_door": 1,
        "carson.without_slash": 1,
        "eagle_eye.image": 1,
        "eagle_eye.live": 1,
    }
    assert counters["statuses"]["carson.without_slash.301"] == 1
    assert counters["per_camera"] == {f"image.{LOBBY}": 1, f"live.{LOBBY}": 1}
    assert counters["per_building"] == {"image.501": 1, "live.501": 1, "open_door.501": 1}
    assert counters["openings"] == {"7001": 1}
    assert (counters["live_streams_open"], counters["live_streams_started"]) == (0, 1)
    assert [event["event"] for event in counters["user_stream_events"]] == ["ESES", "ESEE"]
    assert counters["max_in_flight"] == {"carson": 1, "eagle_eye": 1}


async def test_faults_can_be_set_and_cleared(client: HttpClient) -> None:
    assert await post(client, "faults", operation="me", kind="status:503", times=1) == {"faults": 1}
    await post(client, "faults", operation="login", kind="reset")
    assert (await client.carson("GET", "me/")).status == 503
    assert [rule["operation"] for rule in (await get(client, "state"))["faults"]] == ["login"]
    assert await post(client, "faults/clear") == {"faults": 0}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"operation": "me", "kind": "explode"}),
        ("faults", {"operation": "me", "kind": "status", "colour": "red"}),
        ("faults", {}),
        ("settings", {"unknown": 1, "delay": 5}),
        ("settings", {"_delay": 1}),
        ("settings", {"delay": 5, "live": {"max_seconds": 1, "unknown": 1}}),
        ("token", {"email": "nobody@example.com"}),
        ("camera/99999999", {"status": 0}),
        (f"camera/{LOBBY}", {"shape": "round"}),
        ("me", {"building": 999}),
        ("clock/advance", {}),
    ],
)
async def test_invalid_request_is_rejected_and_changes_nothing(
    client: HttpClient, path: str, body: dict[str, Any]
) -> None:
    before = await get(client, "state")
    assert "error" in await post(client, path, 400, **body)
    after = await get(client, "state")
    assert before | {"now": ""} == after | {"now": ""}


async def test_unknown_endpoints(client: HttpClient) -> None:
    await post(client, "explode", 404)
    async with client.session.get(f"{client.sim.url}/_control/explode") as response:
        assert response.status == 404
    async with client.session.post(f"{client.sim.url}/_control/reset", data=b"{") as response:
        assert response.status == 400


async def test_reset_restores_state_faults_and_counters(client: HttpClient) -> None:
    await client.carson("POST", "doors/7001/open/")
    client.sim.state.doors["7001"].name = "Renamed"
    client.sim.faults.add("me", "reset")
    client.sim.freeze(LOBBY)
    async with client.session.post(f"{client.sim.url}/_control/reset") as response:
        assert response.status == 200
    assert client.sim.state.doors["7001"].name == "Front Door"
    assert client.sim.openings == {}
    assert client.sim.counters.requests.total() == 0
    assert (await client.carson("GET", "me/")).status == 200
    assert (await client.eagle_eye("g/aaa/isauth")).status == 200


async def test_settings_can_be_nested(client: HttpClient) -> None:
    await post(
        client, "settings", live={"max_seconds": 3, "raw_plus": "reject"}, sessions={"archiver_subdomains": ["a"]}
    )
    assert client.sim.live.max_seconds == 3
    assert client.sim.live.raw_plus == "reject"
    assert client.sim.settings.sessions.archiver_subdomains == {"a"}


async def test_tower(client: HttpClient) -> None:
    await post(client, "tower", doors=30, cameras=40)
    building = client.sim.state.buildings["501"]
    assert sum(not door.staff_only for door in building.doors) == 30
    assert len(building.cameras or []) == 40
    assert {camera.live_view_id for camera in building.cameras or []} - set(client.sim.state.cameras) == {
        "1000a0ff",
        "db-17",
    }


async def test_tokens_and_session_keys(client: HttpClient) -> None:
    client.token = (await post(client, "token", email="two@example.com", expires_in=3600, alg="ES256"))["token"]
    assert (await client.carson("GET", "me/")).status == 200
    assert await post(client, "tokens/revoke", email="two@example.com") == {"revoked": 1}
    assert (await client.carson("GET", "me/")).status == 401
    assert (await post(client, "tokens/revoke"))["revoked"] == 1

    assert await post(client, "sessions/expire", building=502) == {"expired": 0}
    assert await post(client, "sessions/expire", building="501", after=60) == {"expired": 1}
    assert (await client.eagle_eye("g/aaa/isauth")).status == 200
    await post(client, "clock/advance", seconds=61)
    assert (await client.eagle_eye("g/aaa/isauth")).status == 401
    assert await post(client, "sessions/revoke") == {"revoked": 1}


async def test_camera_can_be_changed(client: HttpClient) -> None:
    assert (await post(client, f"camera/{LOBBY}", status=0x8023, name="Hall", denied=["live"]))["status"] == 0x8023
    camera = client.sim.state.cameras[LOBBY]
    assert (camera.name, camera.denied) == ("Hall", {"live"})
    stops = [camera.frames_stop_at]
    for change in ({"status": 0x1E003F}, {"frozen": True}, {"frozen": False}):
        await post(client, f"camera/{LOBBY}", **change)
        stops.append(camera.frames_stop_at)
    assert [stop is None for stop in stops] == [False, True, False, True]


async def test_account_and_building_can_be_changed(client: HttpClient) -> None:
    async def building() -> dict[str, Any]:
        response = (await client.carson("GET", "me/")).json()
        found = response["data"]["properties"][0]
        assert isinstance(found, dict)
        return found

    await post(
        client,
        "me",
        building=501,
        set={"timezone": None},
        remove=["area"],
        add_door={"id": 7009, "name": "Side Door"},
        remove_door=7003,
        add_camera={"id": 8009, "name": "Gym", "live_view_id": "1000a005"},
        remove_camera="8001",
        attributes={"name": "Harbour House"},
    )
    changed = await building()
    assert changed["name"] == "Harbour House"
    assert changed["timezone"] is None
    assert "area" not in changed
    assert [door["name"] for door in changed["doors"]][-1] == "Side Door"
    assert 7003 not in {door["id"] for door in changed["doors"]}
    assert {camera["id"] for camera in changed["cameras"]} == {8002, 8003, 8004, 8009}
    await post(client, "me", building=501, restore=["timezone", "area"])
    assert (await building())["timezone"] == "America/New_York"

    await post(client, "me", account="resident@example.com", set={"firstName": "R."}, attributes={"buildings": ["503"]})
    me = (await client.carson("GET", "me/")).json()["data"]
    assert me["firstName"] == "R."
    assert [row["name"] for row in me["properties"]] == ["Old Dairy"]
