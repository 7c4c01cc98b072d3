"""Tests of faults that replace the response."""

import pytest

from tests.support.http_client import HttpClient


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("status", 500, b""),
        ("status:503", 503, b""),
        ("html", 502, b"<html>"),
        ("ok_html", 200, b"<html>"),
        ("ok_empty", 200, b""),
        ("code", 200, b'{"code": 1,'),
        ("bare401", 401, b""),
        ("unauthorized", 401, b'{"code": 1200,'),
        ("rate_limit", 429, b""),
        ("missing_key", 200, b'{"status": "OK"'),
    ],
)
async def test_responses(client: HttpClient, kind: str, status: int, body: bytes) -> None:
    client.sim.faults.add("me", kind, times=1)

    response = await client.carson("GET", "me/")

    assert response.status == status
    got = response.body
    assert got.startswith(body)
    assert bool(got) == bool(body)
    assert (await client.carson("GET", "me/")).status == 200
