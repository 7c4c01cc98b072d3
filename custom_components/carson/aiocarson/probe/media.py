"""What a picture or a video says about itself."""

import struct
from typing import Any

_HEADER = 9
_TAG = 11
_VIDEO, _AUDIO, _SCRIPT = 9, 8, 18
_MAX_METADATA = 4096
# Frames of a JPEG that hold its size.
_SIZES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


def jpeg_size(body: bytes) -> str | None:
    """Return the size of a JPEG as `WxH`; None if it says none."""
    if not body.startswith(b"\xff\xd8"):
        return None
    position = 2
    while position + 9 <= len(body) and body[position] == 0xFF:
        marker = body[position + 1]
        if marker in _SIZES:
            height, width = struct.unpack_from(">HH", body, position + 5)
            return f"{width}x{height}"
        position += 2 + int.from_bytes(body[position + 2 : position + 4])
    return None


def flv_facts(body: bytes) -> dict[str, Any]:
    """Return what the beginning of an FLV says: tracks, codecs, profile, key frames (Protocol B.8)."""
    if not body.startswith(b"FLV") or len(body) < _HEADER:
        return {}
    facts: dict[str, Any] = {"flags": body[4]}
    keys: list[int] = []
    position = int.from_bytes(body[5:9]) + 4
    while position > 0 and position + _TAG <= len(body):
        kind = body[position] & 0x1F
        size = int.from_bytes(body[position + 1 : position + 4])
        timestamp = int.from_bytes(body[position + 4 : position + 7]) | body[position + 7] << 24
        data = body[position + _TAG : position + _TAG + size]
        if kind == _VIDEO and len(data) >= 2:
            facts.setdefault("video_codec", data[0] & 0x0F)
            if data[1] == 0 and len(data) >= 9:
                facts.setdefault("profile", data[6])
                facts.setdefault("level", data[8])
            elif data[0] >> 4 == 1:
                keys.append(timestamp)
        elif kind == _AUDIO and data:
            facts.setdefault("audio_codec", data[0] >> 4)
        elif kind == _SCRIPT:
            facts.setdefault("metadata", _metadata_names(data))
        position += _TAG + size + 4
    if len(keys) > 1:
        facts["key_frame_ms"] = keys[1] - keys[0]
    return facts


def _metadata_names(data: bytes) -> list[str]:
    """Return the names of the numbers and flags in onMetaData."""
    names: list[str] = []
    # The name of the event, then an array (8) with its length, or an object (3).
    position = data.find(b"onMetaData")
    if position < 0:
        return names
    position += len("onMetaData")
    position += {8: 5, 3: 1}.get(data[position] if position < len(data) else -1, _MAX_METADATA)
    while position + 3 <= len(data) and len(names) < 60:
        length = int.from_bytes(data[position : position + 2])
        name = data[position + 2 : position + 2 + length]
        position += 2 + length
        kind = data[position] if position < len(data) else 9
        sizes = {0: 8, 1: 1}
        if not name.isalnum() or not name.isascii() or kind not in sizes:
            break
        names.append(name.decode()[:40])
        position += 1 + sizes[kind]
    return sorted(names)
