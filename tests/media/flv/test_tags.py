"""FLV tags: reading in chunks of any size, writing, rejecting invalid data."""

import random

import pytest

from custom_components.carson.aiocarson import CannotConnectError
from custom_components.carson.media.flv.tags import FILE_HEADER, FlvError, FlvReader, Kind, Tag, TagType, is_avc
from simulator.media import flv as wire

TAGS = [
    Tag(TagType.SCRIPT, 0, b"\x02\x00\x0aonMetaData"),
    Tag(TagType.VIDEO, 0, b"\x17\x00\0\0\0" + bytes(40)),
    Tag(TagType.VIDEO, 0x1234567, b"\x17\x01\0\0\0" + bytes(70_000)),
    Tag(TagType.AUDIO, 0xFEDCBA98, b"\xaf\x01abc"),
    Tag(TagType.VIDEO, 5, b""),
]
FILE = FILE_HEADER + b"".join(tag.encode() for tag in TAGS)


def test_written_tags_are_read() -> None:
    reader = FlvReader()
    assert reader.feed(FILE) == TAGS
    assert reader.pending == 0


@pytest.mark.parametrize("seed", range(5))
def test_tags_are_read_from_chunks_of_any_size(seed: int) -> None:
    generator = random.Random(seed)
    reader = FlvReader()
    tags: list[Tag] = []
    at = 0
    while at < len(FILE):
        size = generator.choice((1, 2, 3, 9, 13, 500, 40_000))
        tags += reader.feed(FILE[at : at + size])
        at += size
    assert tags == TAGS


def test_tags_are_read_byte_by_byte() -> None:
    reader = FlvReader()
    assert [tag for byte in FILE[:900] for tag in reader.feed(bytes([byte]))] == TAGS[:2]


def test_tags_of_another_writer_are_read() -> None:
    data = wire.file_header() + wire.video(77, wire.AVC_FRAME, b"payload", key=True)
    assert FlvReader().feed(data) == [Tag(TagType.VIDEO, 77, b"\x17\x01\0\0\0payload")]
    assert data[13:] == Tag(TagType.VIDEO, 77, b"\x17\x01\0\0\0payload").encode()


def test_incomplete_tag_is_pending() -> None:
    reader = FlvReader()
    assert reader.feed(FILE[:-3]) == TAGS[:-1]
    assert reader.pending > 0


def test_longer_file_header_is_skipped() -> None:
    data = b"FLV\x01\x05\0\0\0\x0c" + b"abc" + b"\0\0\0\0" + TAGS[0].encode()
    assert FlvReader().feed(data) == TAGS[:1]


@pytest.mark.parametrize(
    "data",
    [
        b"<html><body>Bad gateway",
        b"F!",
        b"FLV\x01\x05\0\0\0\x01",
        b"FLV\x01\x05\xff\0\0\x09",
        FILE_HEADER + b"\x0f" + bytes(14),
        FILE_HEADER + b"\x29" + bytes(14),
        FILE_HEADER + TAGS[0].encode() + b"bytes that are not a tag",
    ],
)
def test_invalid_data_are_rejected(data: bytes) -> None:
    with pytest.raises(FlvError):
        FlvReader().feed(data)


def test_too_large_tag_is_rejected_before_it_is_complete() -> None:
    reader = FlvReader(max_tag_bytes=1000)
    tag = Tag(TagType.VIDEO, 0, bytes(1001)).encode()
    with pytest.raises(FlvError, match="1001 bytes"):
        reader.feed(FILE_HEADER + tag[:20])


def test_error_can_be_retried() -> None:
    assert issubclass(FlvError, CannotConnectError)


@pytest.mark.parametrize(
    ("type_", "data", "kind"),
    [
        (TagType.SCRIPT, b"", Kind.SCRIPT),
        (TagType.VIDEO, b"", Kind.OTHER),
        (TagType.VIDEO, b"\x17", Kind.OTHER),
        (TagType.VIDEO, b"\x17\x00\0\0\0\x01", Kind.VIDEO_CONFIG),
        (TagType.VIDEO, b"\x17\x01\0\0\0\x01", Kind.KEY),
        (TagType.VIDEO, b"\x27\x01\0\0\0\x01", Kind.INTER),
        (TagType.VIDEO, b"\x27\x01\0\0\0", Kind.OTHER),
        (TagType.VIDEO, b"\x17\x02\0\0\0", Kind.VIDEO_END),
        (TagType.VIDEO, b"\x17\x02\0\0\0\0", Kind.VIDEO_END),
        (TagType.VIDEO, b"\x17\x09\0\0\0\x01", Kind.OTHER),
        (TagType.VIDEO, b"\x57\x01\0\0\0\x01", Kind.OTHER),
        (TagType.VIDEO, b"\x1c\x01\0\0\0\x01", Kind.KEY),
        (TagType.VIDEO, b"\x12\x00\0\0\0\x01", Kind.KEY),
        (TagType.VIDEO, b"\x22\x84", Kind.INTER),
        (TagType.VIDEO, b"\x90hvc1\x01", Kind.VIDEO_CONFIG),
        (TagType.VIDEO, b"\x91hvc1\0\0\0\x01", Kind.KEY),
        (TagType.VIDEO, b"\xa3hvc1\x01", Kind.INTER),
        (TagType.VIDEO, b"\x92hvc1", Kind.VIDEO_END),
        (TagType.VIDEO, b"\x94hvc1\x01", Kind.OTHER),
        (TagType.VIDEO, b"\xd1hvc1\x01", Kind.OTHER),
        (TagType.AUDIO, b"\xaf", Kind.OTHER),
        (TagType.AUDIO, b"\xaf\x00\x15\x88", Kind.AUDIO_CONFIG),
        (TagType.AUDIO, b"\xaf\x01\x15\x88", Kind.AUDIO),
        (TagType.AUDIO, b"\x72\x00", Kind.AUDIO),
        (TagType.AUDIO, b"\x82\x00", Kind.AUDIO),
    ],
)
def test_kind_of_a_tag(type_: TagType, data: bytes, kind: Kind) -> None:
    assert Tag(type_, 0, data).kind is kind


def test_only_the_classic_layout_is_avc() -> None:
    assert is_avc(b"\x17\x01")
    assert not is_avc(b"\x1c\x01")
    assert not is_avc(b"\x97avc1")
