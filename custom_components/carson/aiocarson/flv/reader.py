"""Reading FLV incrementally, with bounded memory, and as leniently as the best players.

A tag of an unknown type is skipped. Between tags, bytes that are not a tag are skipped up to the next one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
import re

from ..errors import InvalidResponseError
from .tags import PREVIOUS_SIZE_BYTES, TAG_HEADER, TAG_HEADER_BYTES, Tag, TagType

MAX_TAG_BYTES = 8 * 1024 * 1024
"""A key frame of a camera has some ten kilobytes; a larger tag is invalid."""
MAX_GARBAGE_BYTES = 512 * 1024
"""The next tag is searched in so many bytes that are not a tag."""

_MAX_HEADER_BYTES = 64
_AUDIO_FLAG = 0x04
# The low bits of a tag's first byte; the others are reserved or mark an encrypted tag.
_TYPE_MASK = 0x1F
_ENCRYPTED = 0x20
_HEADER_PATTERN = re.compile(rb"(?=[\x08\x09\x12].{7}\0\0\0)", re.DOTALL)


class FlvError(InvalidResponseError):
    """The bytes are not FLV, or no longer."""


@dataclass(frozen=True, slots=True)
class _Header:
    """The header of a tag.

    Attributes:
        type: Its type; None for one that is to be skipped.
        size: The size of its body.
        timestamp: Milliseconds.
        end: The position behind the body.
    """

    type: TagType | None
    size: int
    timestamp: int
    end: int


class FlvReader:
    """Turns bytes, in chunks of any size, into tags; holds at most one incomplete tag of `max_tag_bytes`.

    Attributes:
        announces_audio: Whether the file header announces audio.
    """

    def __init__(self, max_tag_bytes: int = MAX_TAG_BYTES) -> None:
        self._max = max_tag_bytes
        self._buffer = bytearray()
        self._header_seen = False
        self.announces_audio = False

    @property
    def pending(self) -> int:
        """The number of bytes of the incomplete tag: a stream that ends with some was cut off."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Tag]:
        """Add bytes and return the tags that are now complete.

        Raises:
            FlvError: The stream is not FLV, or no longer; the reader cannot be used afterwards.
        """
        self._buffer += data
        at = 0
        if not self._header_seen:
            at = self._read_header()
            if not at:
                return []
            self._header_seen = True
        tags: list[Tag] = []
        while (found := self._read_tag(at)) is not None:
            tag, at = found
            if tag is not None:
                tags.append(tag)
        del self._buffer[:at]
        return tags

    def _read_tag(self, at: int) -> tuple[Tag | None, int] | None:
        """Return the tag at a position and the position behind it, None while it is incomplete.

        In place of something that is to be skipped, the tag is None.
        """
        header = self._parse_header(at)
        if header is None:
            return None
        if not self._is_plausible(header):
            return self._skip_garbage(at, at, header)
        after = header.end + PREVIOUS_SIZE_BYTES
        if after > len(self._buffer):
            return None
        if not self._is_size_repeated(header):
            following = self._parse_header(after)
            if following is None:
                # Some writers repeat a wrong size. The next tag shows whether this one is intact.
                return None
            if following.type is None or not self._is_plausible(following):
                return self._skip_garbage(at, header.end, header)
        return self._tag(at, header), after

    def _tag(self, at: int, header: _Header) -> Tag | None:
        if header.type is None:
            return None
        body = bytes(memoryview(self._buffer)[at + TAG_HEADER_BYTES : header.end])
        return Tag(header.type, header.timestamp, body)

    def _parse_header(self, at: int) -> _Header | None:
        """Return the header at a position, None while it is incomplete."""
        start = at + TAG_HEADER_BYTES
        if start > len(self._buffer):
            return None
        type_and_size, low, high, _ = TAG_HEADER.unpack_from(self._buffer, at)
        size = type_and_size & 0xFFFFFF
        first = type_and_size >> 24
        number = first & _TYPE_MASK
        known = number in TagType and not first & _ENCRYPTED
        return _Header(TagType(number) if known else None, size, int.from_bytes(low) | high << 24, start + size)

    def _is_plausible(self, header: _Header) -> bool:
        """Return whether this looks like a tag: of a known type, or of another one that is complete."""
        if header.size > self._max:
            return False
        if header.type is not None:
            return True
        complete = header.end + PREVIOUS_SIZE_BYTES <= len(self._buffer)
        return complete and self._is_size_repeated(header)

    def _is_size_repeated(self, header: _Header) -> bool:
        """Return whether the tag is followed by its size; like players, accept what some writers take for it."""
        after = header.end + PREVIOUS_SIZE_BYTES
        repeated = int.from_bytes(self._buffer[header.end : after])
        return repeated - header.size in {TAG_HEADER_BYTES, TAG_HEADER_BYTES - 1} or repeated == header.size > 0

    def _skip_garbage(self, at: int, since: int, header: _Header) -> tuple[None, int] | None:
        """Return the position of the next tag behind a position; None while there is none.

        Raises:
            FlvError: Too many bytes have followed `since`.
        """
        if (found := self._find_tag(at + 1)) is not None:
            return None, found
        if len(self._buffer) - since <= MAX_GARBAGE_BYTES:
            return None
        if header.size > self._max:
            raise FlvError(f"FLV tag of {header.size} bytes is too large")
        raise FlvError("the stream is no longer FLV")

    def _find_tag(self, at: int) -> int | None:
        """Return the position of the first complete tag of a known type from a position on."""
        return next((found for found in self._candidates(at) if self._is_complete(found)), None)

    def _candidates(self, at: int) -> Iterator[int]:
        return (match.start() for match in _HEADER_PATTERN.finditer(self._buffer, at))

    def _is_complete(self, at: int) -> bool:
        header = self._parse_header(at)
        if header is None or header.size > self._max or header.end + PREVIOUS_SIZE_BYTES > len(self._buffer):
            return False
        return self._is_size_repeated(header)

    def _read_header(self) -> int:
        """Return the length of the header with its size field, 0 while it is incomplete."""
        head = bytes(self._buffer[:9])
        if head[:3] != b"FLV"[: len(head)]:
            raise FlvError("the live stream is not FLV")
        if len(head) < 9:
            return 0
        length = int.from_bytes(head[5:9])
        if not 9 <= length <= _MAX_HEADER_BYTES:
            raise FlvError("the FLV header has an invalid length")
        self.announces_audio = bool(head[4] & _AUDIO_FLAG)
        total = length + PREVIOUS_SIZE_BYTES
        return total if len(self._buffer) >= total else 0
