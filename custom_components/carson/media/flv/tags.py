"""FLV tags: an incremental reader with bounded memory, a writer, and the kinds of tags.

For Eagle Eye's FLV see Protocol B.8.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum, auto
import struct

from ...aiocarson import InvalidResponseError

MAX_TAG_BYTES = 8 * 1024 * 1024
"""A key frame of a camera has some ten kilobytes; a larger tag is invalid."""

_MAX_HEADER_BYTES = 64
_TAG_HEADER = struct.Struct(">I3sB3s")
_TAG_HEADER_BYTES = 11
_PREVIOUS_SIZE_BYTES = 4
_AVC_CODECS = (7, 12)  # 12 is HEVC in the same layout, used by some encoders


class FlvError(InvalidResponseError):
    """The bytes are not FLV, or no longer."""


class TagType(IntEnum):
    """The types of tags in an FLV."""

    AUDIO = 8
    VIDEO = 9
    SCRIPT = 18


class Kind(StrEnum):
    """What a tag means for joining and relaying streams."""

    SCRIPT = auto()
    VIDEO_CONFIG = auto()
    KEY = auto()
    INTER = auto()
    VIDEO_END = auto()
    AUDIO_CONFIG = auto()
    AUDIO = auto()
    OTHER = auto()


class _Packet(IntEnum):
    """Packet type of an AVC tag; the enhanced video header uses the same values up to 2."""

    CONFIG = 0
    FRAME = 1
    END = 2
    FRAME_WITHOUT_OFFSET = 3  # enhanced only


AAC = 10
"""The FLV audio format that has a sequence header."""

_AUDIO_FLAG = 0x04
_FRAME_KEY = 1
_FRAME_COMMAND = 5
_ENHANCED = 0x80


@dataclass(frozen=True, slots=True)
class Tag:
    """One FLV tag. `timestamp` is in milliseconds, 32 bits."""

    type: TagType
    timestamp: int
    data: bytes

    @property
    def kind(self) -> Kind:
        """What the tag holds; tags of `Kind.OTHER` can be dropped."""
        match self.type:
            case TagType.VIDEO:
                return _video_kind(self.data)
            case TagType.AUDIO:
                return _audio_kind(self.data)
            case TagType.SCRIPT:
                return Kind.SCRIPT

    def encode(self) -> bytes:
        """Return the bytes of the tag in a file, with the size field that follows it."""
        size = len(self.data)
        return b"".join(
            (
                _TAG_HEADER.pack(
                    (self.type << 24) | size,
                    (self.timestamp & 0xFFFFFF).to_bytes(3),
                    (self.timestamp >> 24) & 0xFF,
                    b"\0\0\0",
                ),
                self.data,
                (size + _TAG_HEADER_BYTES).to_bytes(_PREVIOUS_SIZE_BYTES),
            )
        )


def _video_kind(data: bytes) -> Kind:
    if len(data) < 2:
        return Kind.OTHER
    first = data[0]
    frame = (first >> 4) & 0x7
    if frame == _FRAME_COMMAND:
        return Kind.OTHER
    picture = Kind.KEY if frame == _FRAME_KEY else Kind.INTER
    if first & _ENHANCED:
        return _packet_kind(first & 0xF, picture) if len(data) > 5 else _end_kind(first & 0xF)
    if first & 0xF not in _AVC_CODECS:
        return picture
    return _packet_kind(data[1], picture) if len(data) > 5 else _end_kind(data[1])


def _packet_kind(packet: int, picture: Kind) -> Kind:
    match packet:
        case _Packet.CONFIG:
            return Kind.VIDEO_CONFIG
        case _Packet.FRAME | _Packet.FRAME_WITHOUT_OFFSET:
            return picture
    return _end_kind(packet)


def _end_kind(packet: int) -> Kind:
    return Kind.VIDEO_END if packet == _Packet.END else Kind.OTHER


def _audio_kind(data: bytes) -> Kind:
    if len(data) < 2:
        return Kind.OTHER
    return Kind.AUDIO_CONFIG if data[0] >> 4 == AAC and data[1] == 0 else Kind.AUDIO


def is_avc(data: bytes) -> bool:
    """Return whether a video tag's body is H.264 in the classic layout."""
    return data[0] & _ENHANCED == 0 and data[0] & 0xF == 7


FILE_HEADER = b"FLV\x01\x01\0\0\0\x09\0\0\0\0"
"""Head of a file. It announces video only: FFmpeg accepts unannounced audio, but waits a minute for audio that was
announced and is missing."""

SILENCE = Tag(TagType.AUDIO, 0, b"\x72\xd5").encode()
"""One sample of G.711, for video without audio.

Without any audio, FFmpeg reads five seconds of video before it opens the file; with this sample it needs only
40 pictures. Home Assistant and go2rtc ignore G.711.
"""

END_OF_SEQUENCE = b"\x17\x02\0\0\0"
"""Body of the video tag that ends an H.264 sequence."""


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
            tags.append(tag)
        del self._buffer[:at]
        return tags

    def _read_tag(self, at: int) -> tuple[Tag, int] | None:
        """Return the tag at a position and the position behind it, None while it is incomplete."""
        buffer = self._buffer
        start = at + _TAG_HEADER_BYTES
        if start > len(buffer):
            return None
        type_and_size, low, high, _ = _TAG_HEADER.unpack_from(buffer, at)
        size = type_and_size & 0xFFFFFF
        number = type_and_size >> 24
        if number not in TagType:
            raise FlvError(f"not an FLV tag: type {number}")
        if size > self._max:
            raise FlvError(f"FLV tag of {size} bytes is too large")
        end = start + size
        if end + _PREVIOUS_SIZE_BYTES > len(buffer):
            return None
        tag = Tag(TagType(number), int.from_bytes(low) | high << 24, bytes(memoryview(buffer)[start:end]))
        return tag, end + _PREVIOUS_SIZE_BYTES

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
        total = length + _PREVIOUS_SIZE_BYTES
        return total if len(self._buffer) >= total else 0
