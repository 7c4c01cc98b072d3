"""Tests of faults that alter the body."""

import json

import aiohttp
import pytest

from tests.support.http_client import HttpClient

SESSION = "properties/buildings/501/eagleeye/session/"


async def test_missing_key_of_the_envelope(client: HttpClient) -> None:
    for key in ("code", "status", "data", "msg"):
        client.sim.faults.add("me", "missing_key", key=key, times=1)
        assert key not in (await client.carson("GET", "me/")).json()


async def test_truncated_body_is_valid_http_but_invalid_json(client: HttpClient) -> None:
    client.sim.faults.add("me", "truncate", times=1)
    response = await client.carson("GET", "me/")
    assert response.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(response.body)


async def test_empty_values(client: HttpClient) -> None:
    client.sim.faults.add("session", "empty_values", times=1)
    data = (await client.carson("GET", SESSION)).json()["data"]
    assert data == {"sessionId": "", "activeBrandSubdomain": ""}


async def test_cut_body(client: HttpClient) -> None:
    client.sim.faults.add("me", "cut", times=1)
    with pytest.raises(aiohttp.ClientPayloadError):
        await client.carson("GET", "me/")


async def test_body_sent_little_by_little(client: HttpClient) -> None:
    client.sim.faults.add("me", "drip", seconds=0.2, times=1)
    url = f"{client.sim.api_url}/v1.4.4/me/"
    chunks = 0
    async with client.session.get(url, headers={"Authorization": f"JWT {client.token}"}) as response:
        body = b""
        async for chunk in response.content.iter_any():
            body += chunk
            chunks += 1
    assert json.loads(body)["code"] == 0
    assert chunks > 5


async def test_json_faults_do_not_alter_images(client: HttpClient) -> None:
    client.sim.faults.add("image", "missing_key", times=1)
    client.sim.faults.add("image", "truncate", times=1)
    whole = await client.still()
    half = await client.still("asset", timestamp=whole.headers["x-ee-timestamp"].removeprefix("preview-"))
    assert half.body == whole.body[: len(whole.body) // 2]
