"""A small writer of FLV: header, onMetaData, H.264 and audio tags (Protocol B.8)."""

import struct

AUDIO = 8
VIDEO = 9
SCRIPT = 18

AVC_SEQUENCE_HEADER = 0
AVC_FRAME = 1
AVC_END_OF_SEQUENCE = 2


def file_header(*, audio: bool = False) -> bytes:
    """Return the file header and the first PreviousTagSize."""
    return b"FLV\x01" + bytes([0x05 if audio else 0x01]) + struct.pack(">II", 9, 0)


def tag(tag_type: int, timestamp_ms: int, payload: bytes) -> bytes:
    """Return a tag and its PreviousTagSize."""
    stamp = timestamp_ms & 0xFFFFFFFF
    head = struct.pack(
        ">B3s3sB3s", tag_type, len(payload).to_bytes(3), (stamp & 0xFFFFFF).to_bytes(3), stamp >> 24, bytes(3)
    )
    return head + payload + struct.pack(">I", len(head) + len(payload))


def metadata(values: dict[str, float | bool | str]) -> bytes:
    """Return an onMetaData tag."""
    payload = b"\x02" + _text("onMetaData") + b"\x08" + struct.pack(">I", len(values))
    for name, value in values.items():
        payload += _text(name) + _value(value)
    return tag(SCRIPT, 0, payload + b"\x00\x00\x09")


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def _value(value: float | bool | str) -> bytes:
    if isinstance(value, bool):
        return b"\x01" + bytes([value])
    if isinstance(value, str):
        return b"\x02" + _text(value)
    return b"\x00" + struct.pack(">d", value)


def video(timestamp_ms: int, packet: int, payload: bytes = b"", *, key: bool = False) -> bytes:
    """Return an H.264 tag: sequence header (avcC), frame (length-prefixed units), or end of sequence."""
    first = 0x17 if key or packet != AVC_FRAME else 0x27
    return tag(VIDEO, timestamp_ms, bytes([first, packet, 0, 0, 0]) + payload)


def audio_g711(timestamp_ms: int, *, law: str, samples: int) -> bytes:
    """Return a tag of silent audio in G.711 at 8 kHz: codec 7 (A-law) or 8 (mu-law)."""
    codec, silence = (7, b"\xd5") if law == "a" else (8, b"\xff")
    return tag(AUDIO, timestamp_ms, bytes([codec << 4 | 0x02]) + silence * samples)


def audio_mp3(timestamp_ms: int) -> bytes:
    """Return a tag of silent audio in MP3: a frame of 36 ms (MPEG-2 layer III, 16 kbit/s, 16 kHz, mono)."""
    return tag(AUDIO, timestamp_ms, b"\x2a\xff\xf3\x28\xc4" + bytes(68))


def audio_aac(timestamp_ms: int, *, header: bool) -> bytes:
    """Return the AAC configuration (LC, 8 kHz, mono), or a frame of silent audio."""
    if header:
        return tag(AUDIO, timestamp_ms, bytes([0xAF, 0x00, 0x15, 0x88]))
    return tag(AUDIO, timestamp_ms, bytes([0xAF, 0x01, 0x01, 0x18, 0x20, 0x07]))
