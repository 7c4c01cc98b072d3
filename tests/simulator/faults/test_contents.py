"""Tests of faults whose response is well-formed and wrong."""

import pytest

from tests.support.http_client import HttpClient


async def test_empty_lists(client: HttpClient) -> None:
    client.sim.faults.add("me", "empty_lists", name="doors", times=1)
    data = (await client.carson("GET", "me/")).json()["data"]
    assert [building["doors"] for building in data["properties"]] == [[]]
    assert data["properties"][0]["cameras"]
    client.sim.faults.add("me", "empty_lists", times=1)
    assert (await client.carson("GET", "me/")).json()["data"]["properties"] == []
    client.sim.faults.add("device_list", "empty_lists", times=1)
    assert (await client.eagle_eye("g/device/list")).json() == []


@pytest.mark.parametrize("share", [1.0, 0.5, 0.0])
async def test_junk_rows(client: HttpClient, share: float) -> None:
    client.sim.faults.add("device_list", "junk_rows", share=share, times=1)
    rows = (await client.eagle_eye("g/device/list")).json()
    whole = (await client.eagle_eye("g/device/list")).json()
    assert len(rows) == len(whole)
    assert abs(sum(row in whole for row in rows) - len(whole) * (1 - share)) <= 1
    client.sim.faults.add("me", "junk_rows", times=1)
    building = (await client.carson("GET", "me/")).json()["data"]["properties"][0]
    assert building["name"] == "Harbor House"
    assert "junk" in building["doors"]


async def test_other_account(client: HttpClient) -> None:
    own = (await client.carson("GET", "me/")).json()["data"]
    client.sim.faults.add("me", "other_account", times=1)
    other = (await client.carson("GET", "me/")).json()["data"]
    assert other["id"] != own["id"]
    assert not {door["id"] for door in other["properties"][0]["doors"]} & {
        str(door["id"]) for door in own["properties"][0]["doors"]
    }


async def test_other_responses_are_not_altered(client: HttpClient) -> None:
    client.sim.faults.add("image", "empty_lists", times=1)
    assert (await client.still()).headers["content-type"] == "image/jpeg"
    client.sim.faults.add("open_door", "other_account", times=1)
    assert (await client.carson("POST", "doors/7001/open/")).json()["data"] is None


async def test_endless_body(client: HttpClient) -> None:
    client.sim.faults.add("image", "endless", times=1)
    received = 0
    async with client.session.get(
        f"{client.sim.eagle_eye_url.format(subdomain='c012')}/asset/prev/image.jpeg"
    ) as response:
        async for chunk in response.content.iter_any():
            received += len(chunk)
            if received > 4 * 1024 * 1024:
                break
    assert received > 4 * 1024 * 1024
