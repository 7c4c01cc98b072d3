"""Byte ranges of recordings and thumbnails.

Eagle Eye may ignore a `Range`. A player that requested a range may reject the whole file, so the range is then
cut out here.
"""

from dataclasses import dataclass
from http import HTTPStatus
import re
from typing import Protocol

from aiohttp import hdrs

_RANGE = re.compile(r"bytes=(?:([0-9]{1,15})-([0-9]{0,15})|-([0-9]{1,15}))", re.ASCII)
_CONTENT_RANGE = re.compile(r"bytes [0-9]+-[0-9]+/(?:[0-9]+|\*)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteRange:
    """Which bytes of a body are sent.

    Attributes:
        status: The status of the response.
        headers: Headers of the response.
        skip: The number of bytes to skip.
        length: The number of bytes to send after that, None for all.
    """

    status: HTTPStatus
    headers: dict[str, str]
    skip: int = 0
    length: int | None = None


class RangeSource(Protocol):
    """A body, as far as it decides on byte ranges: a clip as it arrives, or something that is there."""

    @property
    def status(self) -> int:
        """200, or 206 if it is itself a range."""

    @property
    def content_length(self) -> int | None:
        """The number of bytes, None if that is not known."""

    @property
    def content_range(self) -> str | None:
        """Which range it is, if it is one."""


@dataclass(frozen=True, slots=True)
class WholeBody:
    """A body that is there."""

    content_length: int
    status: int = HTTPStatus.OK
    content_range: str | None = None


def needs_length(header: str | None, stream: RangeSource) -> bool:
    """Return whether a range was requested that cannot be cut out before the length of the body is known.

    Some players take the whole body for an error then.
    """
    return header is not None and stream.status == HTTPStatus.OK and stream.content_length is None


def total_length(stream: RangeSource) -> int | None:
    """Return the length of the whole body, None if that is not known."""
    if stream.status != HTTPStatus.PARTIAL_CONTENT:
        return stream.content_length
    total = (stream.content_range or "").rpartition("/")[2]
    return int(total) if total.isascii() and total.isdigit() else None


def supported_range(header: str | None) -> str | None:
    """Return the header `Range` of a request, None when it may be ignored: several ranges, or other units."""
    return header if header is not None and _RANGE.fullmatch(header) is not None else None


def select_range(header: str | None, stream: RangeSource) -> ByteRange:
    """Return which bytes of a body to send for a header `Range`."""
    headers: dict[str, str] = {hdrs.ACCEPT_RANGES: "bytes"}
    size = stream.content_length
    if stream.status == HTTPStatus.PARTIAL_CONTENT:
        if stream.content_range is not None and _CONTENT_RANGE.fullmatch(stream.content_range):
            headers[hdrs.CONTENT_RANGE] = stream.content_range
        return ByteRange(status=HTTPStatus.PARTIAL_CONTENT, headers=headers, length=size)
    match = None if header is None else _RANGE.fullmatch(header)
    if match is None or size is None:
        return ByteRange(status=HTTPStatus.OK, headers=headers, length=size)
    first, last, suffix = match.groups()
    begin = max(0, size - int(suffix)) if first is None else int(first)
    end = min(size - 1, int(last)) if last else size - 1
    if begin > end:
        headers[hdrs.CONTENT_RANGE] = f"bytes */{size}"
        return ByteRange(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers, length=0)
    headers[hdrs.CONTENT_RANGE] = f"bytes {begin}-{end}/{size}"
    return ByteRange(status=HTTPStatus.PARTIAL_CONTENT, headers=headers, skip=begin, length=end - begin + 1)
