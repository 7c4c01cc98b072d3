"""A strict FLV reader for the tests, independent of the integration's own."""

from dataclasses import dataclass
import io
import struct
from typing import Any

import av
import numpy as np

from simulator.media.frame_number import read_frame_number


@dataclass(frozen=True, slots=True)
class Tag:
    """An FLV tag."""

    kind: int
    timestamp: int
    payload: bytes

    @property
    def is_key(self) -> bool:
        """Whether it is a key frame."""
        return self.kind == 9 and self.payload[0] == 0x17 and self.payload[1] == 1

    @property
    def is_frame(self) -> bool:
        """Whether it is a picture."""
        return self.kind == 9 and self.payload[1] == 1


def read_tags(data: bytes) -> tuple[list[Tag], bytes]:
    """Return the complete tags of a body, and the bytes behind them."""
    assert data[:3] == b"FLV"
    assert data[5:13] == struct.pack(">II", 9, 0)
    tags: list[Tag] = []
    at = 13
    while at + 11 <= len(data):
        size = int.from_bytes(data[at + 1 : at + 4])
        end = at + 11 + size + 4
        if end > len(data):
            break
        stamp = int.from_bytes(data[at + 4 : at + 7]) | data[at + 7] << 24
        assert int.from_bytes(data[end - 4 : end]) == 11 + size
        tags.append(Tag(data[at], stamp, data[at + 11 : end - 4]))
        at = end
    return tags, data[at:]


def metadata(tag: Tag) -> dict[str, Any]:
    """Return the values of an onMetaData tag."""
    data = tag.payload
    assert data.startswith(b"\x02\x00\x0aonMetaData\x08")
    at, values = 18, {}
    while data[at : at + 3] != b"\x00\x00\x09":
        size = int.from_bytes(data[at : at + 2])
        name = data[at + 2 : at + 2 + size].decode()
        at += 2 + size
        if data[at] == 0:
            values[name] = struct.unpack(">d", data[at + 1 : at + 9])[0]
            at += 9
        else:
            assert data[at] == 1
            values[name] = bool(data[at + 1])
            at += 2
    return values


def frame_numbers(data: bytes) -> list[int]:
    """Return the frame numbers in the decoded pictures."""
    with av.open(io.BytesIO(data), "r") as container:
        return [read_frame_number(np.asarray(frame.to_ndarray(format="rgb24"))) for frame in container.decode(video=0)]
