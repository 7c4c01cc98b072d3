"""Frames as the bytes of an FLV: its head, and the tags of each frame."""

from dataclasses import dataclass
import math
from typing import Self

from ..flv.amf import write_metadata
from ..flv.tags import AAC, FILE_HEADER, SILENCE, Kind, Tag, TagType, retime
from .segment import Frame, Segment

_METADATA = ("width", "height", "framerate", "videodatarate", "videocodecid", "starttime")


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """A frame and its FLV tag: encoded once, shared by all players."""

    frame: Frame
    data: bytes

    @classmethod
    def encode(cls, frame: Frame) -> Self:
        """Encode a frame whose time is that of the relay."""
        return cls(frame, Tag(frame.type, frame.time, frame.data).encode())

    @property
    def is_key(self) -> bool:
        """Whether a player can begin with it."""
        return self.frame.kind is Kind.KEY


class ConfigWriter:
    """Adds sequence headers to the frames of one player, where they change."""

    def __init__(self) -> None:
        self._configs: dict[TagType, bytes] = {}

    def config(self, track: TagType) -> bytes:
        """Return the sequence header that was written last in a track, empty before the first one."""
        return self._configs.get(track, b"")

    def write(self, encoded: EncodedFrame, shift: int = 0) -> bytes:
        """Return the bytes of a frame, with the sequence header before it if that is needed.

        Args:
            encoded: The frame.
            shift: The milliseconds by which it is moved.
        """
        frame = encoded.frame
        data = retime(encoded.data, frame.time + shift) if shift else encoded.data
        if frame.config is None or self.config(frame.type) == frame.config:
            return data
        self._configs[frame.type] = frame.config
        return Tag(frame.type, frame.time + shift, frame.config).encode() + data


def stream_head(segment: Segment | None) -> bytes:
    """Return the file header and the metadata of the video, without length and size: it is endless.

    go2rtc waits for video only if the metadata mention it, and for audio if they name its codec.
    """
    metadata = {"framerate": 12.0}
    silence = b""
    if segment is not None:
        metadata["framerate"] = round(1000 / segment.interval_ms, 3)
        reported = ((key, segment.metadata.get(key)) for key in _METADATA)
        metadata |= {key: value for key, value in reported if isinstance(value, float) and math.isfinite(value)}
        if segment.has_aac:
            metadata["audiocodecid"] = float(AAC)
        if segment.is_silent:
            silence = SILENCE
    return FILE_HEADER + Tag(TagType.SCRIPT, 0, write_metadata(metadata)).encode() + silence
