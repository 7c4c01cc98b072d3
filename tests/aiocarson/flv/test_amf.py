"""AMF0: valid script data is read, malformed script data is ignored."""

import struct

from aiocarson.flv.amf import read_metadata, write_metadata
import pytest

from simulator.media import flv as wire

NAME = b"\x02\x00\x0aonMetaData"
END = b"\0\0\x09"


def number(value: float) -> bytes:
    return b"\0" + struct.pack(">d", value)


def test_written_metadata_are_read() -> None:
    members = {"width": 1280.0, "starttime": 1790000000.25, "canSeekToEnd": False}
    assert read_metadata(write_metadata(members)) == members


def test_metadata_of_another_writer_are_read() -> None:
    tag = wire.metadata({"duration": 2.0, "canSeekToEnd": False, "note": "hé", "starttime": 12.5})
    assert read_metadata(tag[11:-4]) == {"duration": 2.0, "canSeekToEnd": False, "note": "hé", "starttime": 12.5}


def test_every_type_of_value_is_read_or_skipped() -> None:
    body = NAME + b"\x03"
    body += b"\x00\x01a" + number(1.5)
    body += b"\x00\x01b" + b"\x05"
    body += b"\x00\x01c" + b"\x06"
    body += b"\x00\x01d" + b"\x0b" + bytes(10)
    body += b"\x00\x01e" + b"\x0c\x00\x00\x00\x02hi"
    body += b"\x00\x01f" + b"\x0a\x00\x00\x00\x02" + number(1) + number(2)
    body += b"\x00\x01g" + b"\x03\x00\x01x" + number(3) + END
    body += b"\x00\x01h" + b"\x08\x00\x00\x00\x01\x00\x01y" + b"\x01\x01" + END
    body += END
    assert read_metadata(body) == {
        "a": 1.5,
        "b": None,
        "c": None,
        "d": None,
        "e": "hi",
        "f": [1.0, 2.0],
        "g": {"x": 3.0},
        "h": {"y": True},
    }


def test_wrapped_metadata_are_read() -> None:
    body = b"\x02\x00\x0d@setDataFrame" + write_metadata({"width": 5.0})
    assert read_metadata(body) == {"width": 5.0}


@pytest.mark.parametrize("body", [b"", b"\x02\x00\x07onOther" + b"\x05", b"\xff", number(1), NAME, NAME + b"\x11"])
def test_other_script_data_are_not_metadata(body: bytes) -> None:
    assert not read_metadata(body)


def test_truncated_body_yields_the_complete_members() -> None:
    body = write_metadata({"width": 5.0, "height": 6.0})
    assert read_metadata(body[:-8]) == {"width": 5.0}


def test_unknown_type_ends_the_metadata() -> None:
    body = NAME + b"\x03\x00\x01a" + number(1) + b"\x00\x01b" + b"\x77" + END
    assert read_metadata(body) == {"a": 1.0}


def test_deep_nesting_ends_the_metadata() -> None:
    body = NAME + b"\x03\x00\x01a" + number(1) + b"\x00\x01b" + b"\x03\x00\x01x" * 5000
    assert read_metadata(body) == {"a": 1.0}


def test_huge_array_ends_the_metadata() -> None:
    body = NAME + b"\x03\x00\x01a" + number(1) + b"\x00\x01b" + b"\x0a\xff\xff\xff\xff" + number(1)
    assert read_metadata(body) == {"a": 1.0}
