"""Bodies of answers, as JSON: strict, but half a character in one text harms nothing else."""

from typing import Any

from aiocarson import InvalidResponseError
from aiocarson.http.request import Response
import pytest


def answer(body: bytes) -> Response:
    return Response(description="GET /me/", status=200, headers={}, body=body)


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
def test_read(body: bytes, content: Any) -> None:
    assert answer(body).json() == content


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
def test_not_json(body: bytes) -> None:
    with pytest.raises(InvalidResponseError, match="GET /me/ is not JSON"):
        answer(body).json()


def test_empty() -> None:
    with pytest.raises(InvalidResponseError, match="is empty"):
        answer(b" ").json()
