"""What a picture or a video says about itself."""

import struct
from typing import Any

from ..flv.amf import read_metadata
from ..flv.reader import FlvError, FlvReader
from ..flv.tags import Kind, Tag, TagType

_FLV_HEADER_BYTES = 9
_MAX_METADATA = 60
_MAX_NAME = 40
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
    try:
        tags = FlvReader().feed(body)
    except FlvError:
        return {}
    facts: dict[str, Any] = {"flags": body[4]} if len(body) >= _FLV_HEADER_BYTES else {}
    for tag in tags:
        for name, value in _tag_facts(tag).items():
            facts.setdefault(name, value)
    keys = [tag.timestamp for tag in tags if tag.kind is Kind.KEY]
    if len(keys) > 1:
        facts["key_frame_ms"] = keys[1] - keys[0]
    return facts


def _tag_facts(tag: Tag) -> dict[str, Any]:
    data = tag.data
    if not data:
        return {}
    match tag.type:
        case TagType.VIDEO:
            facts = {"video_codec": data[0] & 0x0F}
            # The configuration of H.264 begins behind five bytes: its version, the profile, flags, the level.
            if tag.kind is Kind.VIDEO_CONFIG and len(data) >= 9:
                facts |= {"profile": data[6], "level": data[8]}
            return facts
        case TagType.AUDIO:
            return {"audio_codec": data[0] >> 4}
        case TagType.SCRIPT:
            return {"metadata": _metadata_names(data)}


def _metadata_names(data: bytes) -> list[str]:
    """Return the names of the numbers and flags in onMetaData."""
    numbers = (name for name, value in (read_metadata(data) or {}).items() if isinstance(value, bool | float))
    return sorted(name[:_MAX_NAME] for name in numbers if name.isalnum() and name.isascii())[:_MAX_METADATA]
