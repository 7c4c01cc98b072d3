"""FLV tags: how they are written, and what they mean.

For Eagle Eye's FLV see Protocol B.8.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum, auto
import struct

TAG_HEADER = struct.Struct(">I3sB3s")
"""Type and size, the low bytes of the timestamp, its high byte, the id of the stream: always zero."""
TAG_HEADER_BYTES = 11
PREVIOUS_SIZE_BYTES = 4
"""After each tag its size is repeated."""

_AVC_CODECS = (7, 12)  # 12 is HEVC in the same layout, used by some encoders
_OTHER_CODECS = range(2, 7)


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


_ENHANCED_AUDIO_KINDS: dict[int, Kind] = {_Packet.CONFIG: Kind.AUDIO_CONFIG, _Packet.FRAME: Kind.AUDIO}

AAC = 10
"""The FLV audio format that has a sequence header."""
G711 = (7, 8)
"""The FLV audio formats of G.711: A-law and mu-law."""
_ENHANCED_AUDIO = 9

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
                TAG_HEADER.pack(
                    (self.type << 24) | size,
                    (self.timestamp & 0xFFFFFF).to_bytes(3),
                    (self.timestamp >> 24) & 0xFF,
                    b"\0\0\0",
                ),
                self.data,
                (size + TAG_HEADER_BYTES).to_bytes(PREVIOUS_SIZE_BYTES),
            )
        )


def retime(encoded: bytes, timestamp: int) -> bytes:
    """Return an encoded tag with another timestamp."""
    high, low = divmod(timestamp & 0xFFFFFFFF, 1 << 24)
    return b"".join((encoded[:4], low.to_bytes(3), bytes([high]), memoryview(encoded)[8:]))


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
    if first & 0xF in _OTHER_CODECS:
        return picture
    if first & 0xF not in _AVC_CODECS:
        return Kind.OTHER
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
    audio_format = data[0] >> 4
    if audio_format == _ENHANCED_AUDIO:
        return _ENHANCED_AUDIO_KINDS.get(data[0] & 0xF, Kind.OTHER)
    return Kind.AUDIO_CONFIG if audio_format == AAC and data[1] == 0 else Kind.AUDIO


def video_codec(data: bytes) -> bytes:
    """Return what identifies the codec in a video tag's body."""
    return data[1:5] if data[0] & _ENHANCED else bytes([data[0] & 0xF])


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
