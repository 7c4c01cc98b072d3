"""FLV tags: reading in chunks of any size, writing, rejecting invalid data."""

import random

from aiocarson import CannotConnectError
from aiocarson.flv.reader import MAX_GARBAGE_BYTES, MAX_TAG_BYTES, FlvError, FlvReader
from aiocarson.flv.tags import FILE_HEADER, Kind, Tag, TagType, is_avc
import pytest

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
    ],
)
def test_invalid_data_are_rejected(data: bytes) -> None:
    with pytest.raises(FlvError):
        FlvReader().feed(data)


def test_too_large_tag_is_rejected_before_it_is_complete() -> None:
    reader = FlvReader()
    tag = Tag(TagType.VIDEO, 0, bytes(MAX_TAG_BYTES + 1)).encode()
    with pytest.raises(FlvError, match=f"{MAX_TAG_BYTES + 1} bytes"):
        reader.feed(FILE_HEADER + tag[: MAX_GARBAGE_BYTES + 1])


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"\x0f" + bytes(14), id="zeros-after-an-unknown-type"),
        pytest.param(b"\x29" + bytes(14), id="encrypted"),
        pytest.param(b"bytes that are not a tag", id="text"),
        pytest.param(b"<html>" * 2000, id="page"),
        pytest.param(bytes(1000), id="zeros"),
        pytest.param(TAGS[2].encode()[:30_000], id="half-a-tag"),
        pytest.param(Tag(TagType.VIDEO, 0, bytes(3000)).encode()[:-4] + b"\xff\xff\xff\xff", id="wrong-size"),
        pytest.param(b"\x0f" + TAGS[1].encode()[1:], id="unknown-type"),
        pytest.param(b"\x29" + TAGS[1].encode()[1:], id="encrypted-tag"),
        pytest.param(b"\x00" + (5).to_bytes(3) + bytes(7 + 5) + (16).to_bytes(4), id="type-0"),
    ],
)
@pytest.mark.parametrize("size", [7, 1400, 1_000_000])
def test_what_is_not_a_tag_is_skipped(garbage: bytes, size: int) -> None:
    data = FILE_HEADER + TAGS[0].encode() + garbage + b"".join(tag.encode() for tag in TAGS[1:])
    reader = FlvReader()
    tags = [tag for at in range(0, len(data), size) for tag in reader.feed(data[at : at + size])]
    assert [tag for tag in tags if tag in TAGS] == TAGS
    assert len(tags) <= len(TAGS) + 1  # the one whose size is not repeated may be intact
    assert reader.pending == 0


def test_garbage_as_the_first_tag_is_skipped() -> None:
    data = FILE_HEADER + b"garbage between" + b"".join(tag.encode() for tag in TAGS)
    assert FlvReader().feed(data) == TAGS


@pytest.mark.parametrize("repeated", [0, 1, 0xFFFFFFFF])
def test_tags_whose_size_is_repeated_wrongly_are_read(repeated: int) -> None:
    data = FILE_HEADER + b"".join(tag.encode()[:-4] + repeated.to_bytes(4) for tag in TAGS)
    reader = FlvReader()
    assert reader.feed(data) + reader.feed(TAGS[0].encode()) == [*TAGS, TAGS[0]]


def test_reserved_bits_of_the_type_are_ignored() -> None:
    encoded = TAGS[1].encode()
    assert FlvReader().feed(FILE_HEADER + bytes([encoded[0] | 0xC0]) + encoded[1:]) == [TAGS[1]]


def test_endless_garbage_is_rejected() -> None:
    reader = FlvReader()
    with pytest.raises(FlvError, match="no longer FLV"):
        reader.feed(FILE_HEADER + b"garbage!" * (1 + MAX_GARBAGE_BYTES // 8))


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
        (TagType.AUDIO, b"\x2e\xff\xf3", Kind.AUDIO),
        (TagType.AUDIO, b"\x90mp4a\x15\x88", Kind.AUDIO_CONFIG),
        (TagType.AUDIO, b"\x91mp4a\x01", Kind.AUDIO),
        (TagType.AUDIO, b"\x95mp4a\x01", Kind.OTHER),
        (TagType.AUDIO, b"\x82\x00", Kind.AUDIO),
    ],
)
def test_kind_of_a_tag(type_: TagType, data: bytes, kind: Kind) -> None:
    assert Tag(type_, 0, data).kind is kind


def test_only_the_classic_layout_is_avc() -> None:
    assert is_avc(b"\x17\x01")
    assert not is_avc(b"\x1c\x01")
    assert not is_avc(b"\x97avc1")
