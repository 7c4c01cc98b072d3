"""Byte ranges of MP4 clips."""

from types import SimpleNamespace
from typing import Any

import pytest

from custom_components.carson.media.recordings.byte_ranges import select_range, supported_range


def stream(status: int = 200, length: int | None = 1000, content_range: str | None = None) -> Any:
    """Return what is read of a clip's response."""
    return SimpleNamespace(status=status, content_length=length, content_range=content_range)


@pytest.mark.parametrize("header", ["bytes=0-0", "bytes=5-", "bytes=-5"])
def test_single_range_is_supported(header: str) -> None:
    assert supported_range(header) == header


@pytest.mark.parametrize("header", [None, "", "bytes=0-1,5-6", "seconds=1-2", "bytes=-"])
def test_other_ranges_are_ignored(header: str | None) -> None:
    assert supported_range(header) is None


@pytest.mark.parametrize(
    ("header", "expected", "skip", "length"),
    [
        ("bytes=0-0", "bytes 0-0/1000", 0, 1),
        ("bytes=100-", "bytes 100-999/1000", 100, 900),
        ("bytes=900-5000", "bytes 900-999/1000", 900, 100),
        ("bytes=-50", "bytes 950-999/1000", 950, 50),
        ("bytes=-5000", "bytes 0-999/1000", 0, 1000),
    ],
)
def test_range_that_the_server_ignored_is_cut_out(header: str, expected: str, skip: int, length: int) -> None:
    selected = select_range(header, stream())
    assert (selected.status, selected.skip, selected.length) == (206, skip, length)
    assert selected.headers["Content-Range"] == expected


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=5-2", "bytes=-0"])
def test_range_behind_the_end_is_not_satisfiable(header: str) -> None:
    selected = select_range(header, stream())
    assert (selected.status, selected.length) == (416, 0)
    assert selected.headers["Content-Range"] == "bytes */1000"


@pytest.mark.parametrize(("header", "length"), [(None, 1000), ("bytes=5-", None)], ids=["no range", "unknown length"])
def test_whole_clip_is_sent(header: str | None, length: int | None) -> None:
    selected = select_range(header, stream(length=length))
    assert (selected.status, selected.skip, selected.length) == (200, 0, length)
    assert "Content-Range" not in selected.headers


@pytest.mark.parametrize(
    ("content_range", "expected"), [("bytes 5-9/1000", "bytes 5-9/1000"), ("5-9\r\nX: y", None), (None, None)]
)
def test_range_of_the_server_is_forwarded(content_range: str | None, expected: str | None) -> None:
    selected = select_range("bytes=5-9", stream(status=206, length=5, content_range=content_range))
    assert (selected.status, selected.skip, selected.length) == (206, 0, 5)
    assert selected.headers.get("Content-Range") == expected
