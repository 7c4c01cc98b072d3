"""Parsing of response bodies as JSON."""

from typing import Any

from aiocarson import InvalidResponseError
from aiocarson.http.request import Response
from multidict import CIMultiDict
import pytest


def response(body: bytes) -> Response:
    return Response(description="GET /me/", status=200, headers=CIMultiDict(), body=body)


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (b'{"name": "Door"}', {"name": "Door"}),
        (b'{"name": "Cut \\ud83d", "id": 1}', {"name": "Cut \ud83d", "id": 1}),
        (b'{"name": "Low \\udc00"}', {"name": "Low \udc00"}),
        (b'{"name": "T\xfcr", "id": 1}', {"name": "T\ufffdr", "id": 1}),
        (b'{"name": "whole \\ud83d\\ude00"}', {"name": "whole \U0001f600"}),
    ],
)
def test_json_bodies(body: bytes, content: Any) -> None:
    assert response(body).json() == content


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b'{"a": ',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b"\xff\xfe",
        b'"\\ud83d',
        b"[" * 200_000,
        b"1" * 10_000 + b"x",
    ],
    ids=range(8),
)
def test_bodies_that_are_not_json(body: bytes) -> None:
    with pytest.raises(InvalidResponseError, match="GET /me/ is not JSON"):
        response(body).json()


def test_empty_body() -> None:
    with pytest.raises(InvalidResponseError, match="is empty"):
        response(b" ").json()
