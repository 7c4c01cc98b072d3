"""Byte ranges of MP4 clips.

Eagle Eye may ignore a `Range`. A player that requested a range may reject the whole file, so the range is then
cut out here.
"""

from dataclasses import dataclass
from http import HTTPStatus
import re

from aiohttp import hdrs

from ...aiocarson.eagle_eye.clips import ClipStream

_RANGE = re.compile(r"bytes=(?:([0-9]{1,15})-([0-9]{0,15})|-([0-9]{1,15}))", re.ASCII)
_CONTENT_RANGE = re.compile(r"bytes [0-9]+-[0-9]+/(?:[0-9]+|\*)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteRange:
    """Which bytes of a clip are sent.

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


def supported_range(header: str | None) -> str | None:
    """Return the header `Range` of a request, None when it may be ignored: several ranges, or other units."""
    return header if header is not None and _RANGE.fullmatch(header) is not None else None


def select_range(header: str | None, stream: ClipStream) -> ByteRange:
    """Return which bytes of a clip to send for a header `Range`."""
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
