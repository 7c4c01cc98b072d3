"""The requests that the older clients send, one after the other, still work (Protocol A.1 to A.6, B.1 to B.8)."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from simulator import Simulator

HEADERS = {"User-Agent": "okhttp/4.9.0", "X-App-Version": "2.1.5", "X-Device-Type": "android"}


@pytest.fixture
async def http(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers=HEADERS, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def test_requests_of_an_older_client(http: aiohttp.ClientSession) -> None:
    async with Simulator() as sim:
        api = f"{sim.api_url}/v1.4.4"
        login = {"username": "resident@example.com", "password": "correct horse"}
        async with http.post(f"{api}/auth/login/", json=login) as response:
            token = (await response.json())["data"]["token"]
        authorization = {"Authorization": f"JWT {token}"}

        async with http.get(f"{api}/me/", headers=authorization) as response:
            content = await response.json()
        assert set(content) == {"code", "status", "data", "msg"}
        [building] = content["data"]["properties"]
        door, camera = building["doors"][0], building["cameras"][0]

        path = f"{api}/properties/buildings/{building['id']}/eagleeye/session/"
        async with http.get(path, headers=authorization) as response:
            session = (await response.json())["data"]
        cloud = sim.eagle_eye_url.replace("{subdomain}", session["activeBrandSubdomain"])
        cookie = {"Cookie": f"auth_key={session['sessionId']}"}

        async with http.get(f"{cloud}/g/aaa/isauth", headers=cookie) as response:
            assert response.status == 200
        async with http.get(f"{cloud}/g/device/list", headers=cookie) as response:
            rows = await response.json()
        assert camera["liveViewId"] in [row[1] for row in rows if row[3] == "camera"]
        async with http.get(f"{cloud}/g/device", params={"id": camera["liveViewId"]}, headers=cookie) as response:
            assert (await response.json())["id"] == camera["liveViewId"]

        # Some hand out addresses with the key in them.
        key = {"A": session["sessionId"], "id": camera["liveViewId"]}
        still = {**key, "timestamp": "now", "asset_class": "pre"}
        async with http.get(f"{cloud}/asset/prev/image.jpeg", params=still) as response:
            assert (await response.read()).startswith(b"\xff\xd8\xff")
        live = {**key, "start_timestamp": "stream_1764255600000", "end_timestamp": "+2000"}
        async with http.get(f"{cloud}/asset/play/video.flv", params=live) as response:
            assert (await response.content.readexactly(3)) == b"FLV"

        async with http.post(f"{api}/doors/{door['id']}/open/", headers=authorization) as response:
            assert (response.status, (await response.json())["data"]) == (200, None)
        assert sim.openings == {str(door["id"]): 1}
