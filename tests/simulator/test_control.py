"""The control endpoint: other processes see and change everything through it."""

from typing import Any

import pytest

from tests.support.http_client import LOBBY, Wire


async def post(wire: Wire, path: str, expected: int = 200, /, **body: Any) -> Any:
    async with wire.session.post(f"{wire.sim.url}/_control/{path}", json=body) as answer:
        assert answer.status == expected, await answer.text()
        return await answer.json()


async def get(wire: Wire, path: str) -> Any:
    async with wire.session.get(f"{wire.sim.url}/_control/{path}") as answer:
        assert answer.status == 200
        return await answer.json()


async def test_state_shows_the_world_without_a_secret(wire: Wire) -> None:
    state = await get(wire, "state")
    assert {account["email"] for account in state["accounts"]} == {
        "resident@example.com",
        "federated@example.com",
        "two@example.com",
        "noeye@example.com",
    }
    assert [building["name"] for building in state["buildings"]] == ["Harbor House", "Mill Lofts", "Old Dairy"]
    assert state["settings"]["sessions"]["archiver_subdomains"] == ["c099"]
    assert "correct horse" not in str(state)
    assert wire.key not in str(state)


async def test_counters_count_everything(wire: Wire) -> None:
    await wire.carson("GET", "me/")
    await wire.carson("GET", "me")
    await wire.carson("POST", "doors/7001/open/")
    await wire.still()
    wire.sim.live.max_seconds = 0.1
    async with wire.play() as answer:
        await answer.read()
    counters = await get(wire, "counters")
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


async def test_faults_can_be_set_and_cleared(wire: Wire) -> None:
    assert await post(wire, "faults", operation="me", kind="status:503", times=1) == {"faults": 1}
    await post(wire, "faults", operation="login", kind="reset")
    assert (await wire.carson("GET", "me/")).status == 503
    assert [rule["operation"] for rule in (await get(wire, "state"))["faults"]] == ["login"]
    assert await post(wire, "faults/clear") == {"faults": 0}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"operation": "me", "kind": "explode"}),
        ("faults", {"operation": "me", "kind": "status", "colour": "red"}),
        ("faults", {}),
        ("settings", {"unheard_of": 1, "delay": 5}),
        ("settings", {"_delay": 1}),
        ("settings", {"delay": 5, "live": {"max_seconds": 1, "unheard_of": 1}}),
        ("token", {"email": "nobody@example.com"}),
        ("camera/99999999", {"status": 0}),
        (f"camera/{LOBBY}", {"shape": "round"}),
        ("me", {"building": 999}),
        ("clock/advance", {}),
    ],
)
async def test_nonsense_is_refused_and_changes_nothing(wire: Wire, path: str, body: dict[str, Any]) -> None:
    before = await get(wire, "state")
    assert "error" in await post(wire, path, 400, **body)
    after = await get(wire, "state")
    assert before | {"now": ""} == after | {"now": ""}


async def test_unknown_endpoints(wire: Wire) -> None:
    await post(wire, "explode", 404)
    async with wire.session.get(f"{wire.sim.url}/_control/explode") as answer:
        assert answer.status == 404
    async with wire.session.post(f"{wire.sim.url}/_control/reset", data=b"{") as answer:
        assert answer.status == 400


async def test_reset_takes_world_faults_and_counters_back(wire: Wire) -> None:
    await wire.carson("POST", "doors/7001/open/")
    wire.sim.state.doors["7001"].name = "Renamed"
    wire.sim.faults.add("me", "reset")
    wire.sim.freeze(LOBBY)
    async with wire.session.post(f"{wire.sim.url}/_control/reset") as answer:
        assert answer.status == 200
    assert wire.sim.state.doors["7001"].name == "Front Door"
    assert wire.sim.openings == {}
    assert wire.sim.counters.requests.total() == 0
    assert (await wire.carson("GET", "me/")).status == 200
    assert (await wire.eagle_eye("g/aaa/isauth")).status == 200


async def test_settings_can_be_nested(wire: Wire) -> None:
    await post(wire, "settings", live={"max_seconds": 3, "raw_plus": "reject"}, sessions={"archiver_subdomains": ["a"]})
    assert wire.sim.live.max_seconds == 3
    assert wire.sim.live.raw_plus == "reject"
    assert wire.sim.settings.sessions.archiver_subdomains == {"a"}


async def test_tokens_and_keys(wire: Wire) -> None:
    wire.token = (await post(wire, "token", email="two@example.com", expires_in=3600, alg="ES256"))["token"]
    assert (await wire.carson("GET", "me/")).status == 200
    assert await post(wire, "tokens/revoke", email="two@example.com") == {"revoked": 1}
    assert (await wire.carson("GET", "me/")).status == 401
    assert (await post(wire, "tokens/revoke"))["revoked"] == 1

    assert await post(wire, "sessions/expire", building=502) == {"expired": 0}
    assert await post(wire, "sessions/expire", building="501", after=60) == {"expired": 1}
    assert (await wire.eagle_eye("g/aaa/isauth")).status == 200
    await post(wire, "clock/advance", seconds=61)
    assert (await wire.eagle_eye("g/aaa/isauth")).status == 401
    assert await post(wire, "sessions/revoke") == {"revoked": 1}


async def test_camera_can_be_changed(wire: Wire) -> None:
    assert (await post(wire, f"camera/{LOBBY}", status=0x8023, name="Hall", denied=["live"]))["status"] == 0x8023
    camera = wire.sim.state.cameras[LOBBY]
    assert (camera.name, camera.denied) == ("Hall", {"live"})
    stops = [camera.frames_stop_at]
    for change in ({"status": 0x1E003F}, {"frozen": True}, {"frozen": False}):
        await post(wire, f"camera/{LOBBY}", **change)
        stops.append(camera.frames_stop_at)
    assert [stop is None for stop in stops] == [False, True, False, True]


async def test_me_can_be_changed(wire: Wire) -> None:
    async def building() -> dict[str, Any]:
        answer = (await wire.carson("GET", "me/")).json()
        found = answer["data"]["properties"][0]
        assert isinstance(found, dict)
        return found

    await post(
        wire,
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
    await post(wire, "me", building=501, restore=["timezone", "area"])
    assert (await building())["timezone"] == "America/New_York"

    await post(wire, "me", account="resident@example.com", set={"firstName": "R."}, attributes={"buildings": ["503"]})
    me = (await wire.carson("GET", "me/")).json()["data"]
    assert me["firstName"] == "R."
    assert [row["name"] for row in me["properties"]] == ["Old Dairy"]
