"""Tests of session keys, sub-domains and the device list (Protocol C rows 20 to 28, 45, 49, 50)."""

from datetime import UTC, datetime

import aiohttp
import pytest
from yarl import URL

from simulator import Clock, Simulator, Status
from tests.support.http_client import LOBBY, HttpClient

ALL_PATHS = ["g/device/list", "g/aaa/isauth", "g/device", "asset/prev/image.jpeg", "asset/list/video"]


# Row 20
@pytest.mark.parametrize("path", [*ALL_PATHS, "no/such/thing"])
async def test_trailing_slash_is_an_error(client: HttpClient, path: str) -> None:
    assert (await client.eagle_eye(f"{path}/")).status == 500


async def test_unknown_paths_and_methods(client: HttpClient) -> None:
    assert (await client.eagle_eye("no/such/thing")).status == 404
    assert (await client.eagle_eye("g/device/list", method="POST")).status == 405


# Row 21
@pytest.mark.parametrize(("in_query", "in_cookie", "status"), [("bad", "good", 401), ("good", "bad", 200)])
async def test_key_in_the_query_overrides_the_cookie(
    client: HttpClient, in_query: str, in_cookie: str, status: int
) -> None:
    keys = {"good": client.key, "bad": "c000~nothing"}
    client.key = keys[in_cookie]
    assert (await client.eagle_eye("g/device/list", A=keys[in_query])).status == status


async def test_key_in_a_form_overrides_the_cookie(client: HttpClient) -> None:
    url = client.eagle_eye_url("g/aaa/logout")
    async with client.session.post(url, data={"A": "bad"}, headers=client.cookie()) as response:
        assert response.status == 401
    async with client.session.post(url, data={"other": "x"}, headers=client.cookie()) as response:
        assert response.status == 204


# Row 22
async def test_key_is_bound_to_its_subdomain(client: HttpClient) -> None:
    client.subdomain = "c012"
    assert (await client.eagle_eye("g/device/list")).status == 401
    client.subdomain = "c099"
    assert (await client.eagle_eye("g/device/list")).status == 200


async def test_wrong_subdomain_can_be_slow_instead(client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.eagle_eye.auth._WRONG_SUBDOMAIN_DELAY", 0.01)
    client.sim.settings.sessions.wrong_host = "slow"
    client.subdomain = "c012"
    assert (await client.eagle_eye("g/aaa/isauth")).status == 200


# Rows 23 and 49
async def test_expired_key_is_rejected_everywhere(client: HttpClient) -> None:
    response = await client.eagle_eye("g/aaa/isauth")
    assert (response.status, response.json()) == (200, True)

    client.sim.settings.sessions.lifetime = 60
    client.key = client.sim.sessions.open(client.sim.state.buildings["501"]).key
    client.sim.clock.advance(61)

    assert (await client.eagle_eye("g/aaa/isauth")).status == 401
    assert (await client.eagle_eye("g/device/list")).status == 401
    assert (await client.eagle_eye("g/device", id=LOBBY)).status == 401
    assert (await client.still()).status == 401
    async with client.play() as response:
        assert response.status == 401


async def test_keys_can_be_revoked_or_expire(client: HttpClient) -> None:
    client.sim.settings.sessions.lifetime = None
    client.key = client.sim.sessions.open(client.sim.state.buildings["501"]).key
    assert client.sim.sessions.revoke(building_id="502") == 0
    assert client.sim.sessions.expire(building_id="501", after=10) == 2
    assert (await client.eagle_eye("g/aaa/isauth")).status == 200
    client.sim.clock.advance(10)
    assert (await client.eagle_eye("g/aaa/isauth")).status == 401


async def test_logout_revokes_the_key(client: HttpClient) -> None:
    assert (await client.eagle_eye("g/aaa/logout", method="POST")).status == 204
    assert (await client.eagle_eye("g/aaa/isauth")).status == 401
    assert client.sim.counters.count("logout", "eagle_eye") == 1


# Row 25
async def test_errors_have_the_documented_order(client: HttpClient) -> None:
    good = client.key
    client.key = "bad"
    assert (await client.still(timestamp="yesterday")).status == 400
    assert (await client.still(camera="99999999")).status == 401
    assert (await client.eagle_eye("g/device")).status == 400
    client.key = good
    client.sim.state.cameras[LOBBY].denied.add("preview")
    assert (await client.still("after")).status == 403
    assert (await client.still(camera="2000a001")).status == 403
    assert (await client.still(camera="99999999")).status == 404


# Row 26
async def test_device_list_rows_differ(client: HttpClient) -> None:
    rows = (await client.eagle_eye("g/device/list")).json()

    assert {len(row) for row in rows} == {26, 27, 28, 29}
    assert sum(row[1] is None for row in rows) == 2
    assert sum(row[0] is None for row in rows) == 1
    assert {row[3] for row in rows} == {"camera", "multiview_camera", "switches", "bridge"}
    assert {type(row[27]) for row in rows if len(row) > 27} == {str, dict}
    bridge = next(row for row in rows if row[3] == "bridge")
    assert bridge[1] == "1000b001"
    assert (bridge[0], bridge[2], bridge[10], bridge[11], bridge[12]) == ("", "", 0, "", 0)
    lobby = next(row for row in rows if row[1] == LOBBY)
    assert lobby[2:6] == ["Lobby", "camera", [["1000b001", "ATTD"]], "ATTD"]
    assert "R" not in lobby[6]
    assert isinstance(lobby[17], bool)
    assert len(lobby[20]) == 7


async def test_complete_bridge_lists_its_cameras(client: HttpClient) -> None:
    client.key = client.sim.sessions.open(client.sim.state.buildings["502"]).key
    client.subdomain = "c012"
    rows = (await client.eagle_eye("g/list/devices")).json()
    bridge = next(row for row in rows if row[3] == "bridge")
    assert bridge[4] == [["2000a001", "ATTD"], ["2000a002", "ATTD"], ["2000a003", "ATTD"]]


@pytest.mark.parametrize(("moment", "offset"), [("2026-07-01", -14400), ("2026-12-01", -18000)])
async def test_utc_offset_depends_on_the_date(moment: str, offset: int) -> None:
    clock = Clock.manual(datetime.fromisoformat(moment).replace(tzinfo=UTC))
    async with Simulator(clock=clock) as sim, aiohttp.ClientSession() as session:
        rows = (await HttpClient(sim, session).eagle_eye("g/device/list", e=LOBBY)).json()
    assert [(row[1], row[11], row[12]) for row in rows] == [(LOBBY, "America/New_York", offset)]


async def test_device_list_can_be_filtered(client: HttpClient) -> None:
    async def esns(**query: str) -> list[str]:
        return [row[1] for row in (await client.eagle_eye("g/device/list", **query)).json()]

    assert len(await esns(t="camera")) == 8 + 2  # two have not been added yet
    assert await esns(n="Garage") == ["1000a002"]
    assert await esns(s="IGND", t="bridge") == []


# Row 27
async def test_status_words(client: HttpClient) -> None:
    rows = (await client.eagle_eye("g/device/list")).json()
    words = {row[2]: row[10] for row in rows if row[3] == "camera"}
    assert words["Lobby"] == 1966143
    assert words["Roof"] == 1441847
    assert words["Gym"] & Status.ON_BIT == 0
    assert words["Bins"] & Status.REGISTERED_BIT == 0
    assert words["Boiler Room"] & 0x100
    client.sim.set_status(LOBBY, Status.INVALID)
    rows = (await client.eagle_eye("g/device/list", e=LOBBY)).json()
    assert rows[0][10] == 0x10000


# Row 28
async def test_single_device_has_nested_status_codes(client: HttpClient) -> None:
    reached = (await client.eagle_eye("g/device", id=LOBBY)).json()
    assert reached["camera_info_status_code"] == 200
    assert reached["camera_info"]["status"] == "1966143"
    assert reached["camera_parameters"]["active_settings"]["camera_on"]["v"] == 1

    response = await client.eagle_eye("g/device", id="1000a006")
    assert response.status == 200
    assert response.json()["camera_info_status_code"] == 404
    assert response.json()["camera_info"] == {}

    assert (await client.eagle_eye("g/device", id="2000a001")).status == 403


# Row 45
async def test_rate_limit_of_eagle_eye_is_separate(client: HttpClient) -> None:
    client.sim.settings.eagle_eye_rate = 1
    assert (await client.eagle_eye("g/aaa/isauth")).status == 200
    assert (await client.eagle_eye("g/aaa/isauth")).status == 429
    assert (await client.carson("GET", "me/")).status == 200


async def test_redirect_target_requires_the_key(client: HttpClient) -> None:
    client.sim.faults.add("image", "redirect", times=2)
    first = await client.eagle_eye("asset/prev/image.jpeg", id=LOBBY, timestamp="now", asset_class="pre", A=client.key)
    assert first.status == 301
    target = URL(first.headers["Location"], encoded=True)
    assert target.path == "/eagle_eye/c099/asset/prev/image.jpeg"
    assert "A" not in target.query

    async with client.session.get(target) as response:
        assert response.status == 401
    client.sim.faults.clear()
    async with client.session.get(target, headers=client.cookie()) as response:
        assert response.status == 200

    client.sim.faults.add("image", "redirect", location="https://elsewhere.example.com/", times=1)
    assert (await client.still()).headers["Location"] == "https://elsewhere.example.com/"
