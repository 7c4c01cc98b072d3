"""Repairing H.264 tag bodies."""

from aiocarson.flv.avc import (
    AvcConfig,
    AvcRepairer,
    join_lengths,
    split_lengths,
    split_start_codes,
    with_parameter_sets,
)
import pytest

from tests.support.fake_camera import encode, parameter_sets

GROUP = encode(1000)
SPS, PPS = parameter_sets(GROUP)
KEY_UNITS = list(GROUP.frames[0].units)
INTER_UNITS = list(GROUP.frames[1].units)
HEAD = b"\x17\0\0\0\0"
KEY = b"\x17\x01\0\0\0"
INTER = b"\x27\x01\0\0\0"
CONFIG = HEAD + GROUP.configuration


def annex_b(units: list[bytes], code: bytes = b"\0\0\0\1") -> bytes:
    return b"".join(code + unit for unit in units)


def test_joined_units_are_split_again() -> None:
    units = [SPS, PPS, b"\x65" + bytes(300) + b"\x80"]
    assert split_start_codes(annex_b(units)) == units
    assert split_start_codes(annex_b(units, b"\0\0\1")) == units
    assert split_lengths(join_lengths(units), 4) == units


@pytest.mark.parametrize("data", [b"\0\0\0\x05abc", b"\0\0\0", b"\xff\xff\xff\xffab"])
def test_lengths_that_do_not_add_up_are_rejected(data: bytes) -> None:
    assert split_lengths(data, 4) is None


def test_valid_bodies_are_unchanged() -> None:
    repairer = AvcRepairer()
    repairer.set_config(CONFIG)
    assert repairer.config is CONFIG
    for prefix, units, key in ((KEY, KEY_UNITS, True), (INTER, INTER_UNITS, False)):
        body = prefix + join_lengths(units)
        assert repairer.repair(body, key=key) is body
    assert repairer.config is CONFIG


@pytest.mark.parametrize("code", [b"\0\0\0\1", b"\0\0\1"])
def test_start_codes_are_replaced_by_lengths(code: bytes) -> None:
    repairer = AvcRepairer()
    repairer.set_config(CONFIG)
    assert repairer.repair(INTER + annex_b(INTER_UNITS, code), key=False) == INTER + join_lengths(INTER_UNITS)


def test_unit_of_256_to_511_bytes_is_not_a_start_code() -> None:
    """Its length begins with the bytes 0, 0, 1."""
    repairer = AvcRepairer()
    repairer.set_config(CONFIG)
    body = INTER + join_lengths([b"\x41" + b"\x9a" * 299])
    assert body[5:8] == b"\0\0\1"
    assert repairer.repair(body, key=False) is body


def test_start_code_inside_a_length_prefixed_unit_is_removed() -> None:
    repairer = AvcRepairer()
    repairer.set_config(CONFIG)
    body = INTER + join_lengths([annex_b(INTER_UNITS)])
    assert repairer.repair(body, key=False) == INTER + join_lengths(INTER_UNITS)


def test_unit_that_begins_with_zero_is_kept() -> None:
    repairer = AvcRepairer()
    body = INTER + join_lengths([b"\0\x42"])
    assert repairer.repair(body, key=False) == body


@pytest.mark.parametrize("version", [0, 7, 255])
def test_wrong_version_byte_is_corrected(version: int) -> None:
    repairer = AvcRepairer()
    repairer.set_config(HEAD + bytes([version]) + GROUP.configuration[1:])
    assert repairer.config == CONFIG


def test_sequence_header_of_start_codes_is_converted() -> None:
    repairer = AvcRepairer()
    repairer.set_config(HEAD + annex_b([SPS, PPS]))
    assert repairer.config == CONFIG


@pytest.mark.parametrize(
    "record", [b"", b"\x01\x4d\x40", bytes(20), b"\x01\x4d\x40\x1f\xff\xe1\x00\x05\x68abcd\x01\0\1\x68"]
)
def test_invalid_sequence_header_is_replaced_by_that_of_a_key_frame(record: bytes) -> None:
    repairer = AvcRepairer()
    repairer.set_config(HEAD + record)
    assert repairer.config is None
    assert repairer.repair(KEY + annex_b([SPS, PPS, *KEY_UNITS]), key=True)
    assert repairer.config == CONFIG


def test_truncated_record_is_invalid() -> None:
    assert AvcConfig.parse(GROUP.configuration[:-4]) is None


def test_parameter_sets_of_another_size_in_a_key_frame_replace_the_header() -> None:
    other = encode(1000, 160, 96)
    repairer = AvcRepairer()
    repairer.set_config(CONFIG)
    repairer.repair(KEY + join_lengths([SPS, PPS, *KEY_UNITS]), key=True)
    assert repairer.config is CONFIG
    repairer.repair(KEY + join_lengths([*parameter_sets(other), *other.frames[0].units]), key=True)
    assert repairer.config == HEAD + other.configuration


@pytest.mark.parametrize("size", [1, 2])
def test_short_lengths_are_converted(size: int) -> None:
    record = bytearray(GROUP.configuration)
    record[4] = 0xFC | (size - 1)
    repairer = AvcRepairer()
    repairer.set_config(HEAD + bytes(record))
    assert repairer.config == CONFIG
    unit = b"\x41" + bytes([7]) * 100
    assert repairer.repair(INTER + len(unit).to_bytes(size) + unit, key=False) == INTER + join_lengths([unit])
    units = [SPS, PPS, b"\x65" + bytes([7]) * 100]
    key = b"".join(len(unit).to_bytes(2) + unit for unit in units)
    if size == 2:
        assert repairer.repair(KEY + key, key=True) == KEY + join_lengths(units)


def test_frame_without_picture_is_dropped_and_its_parameter_sets_are_kept() -> None:
    repairer = AvcRepairer()
    assert repairer.repair(KEY + join_lengths([SPS, PPS]), key=True) is None
    assert repairer.config == CONFIG
    assert repairer.repair(INTER + join_lengths([b"\x0c\xff\x80"]), key=False) is None


def test_high_profile_record_has_its_extension() -> None:
    sps = b"\x67\x64\x00\x1f" + SPS[4:]
    record = AvcConfig((sps,), (PPS,)).record()
    assert record[1:4] == b"\x64\x00\x1f"
    assert record.endswith(PPS + b"\xfd\xf8\xf8\x00")


@pytest.mark.parametrize("payload", [b"\xde\xad\xbe\xef\x01\x02", b"\0\0\0\0", b"\0\0\1"])
def test_body_without_a_picture_is_dropped(payload: bytes) -> None:
    assert AvcRepairer().repair(INTER + payload, key=False) is None


def test_parameter_sets_are_added_to_a_key_frame_without_any() -> None:
    body = KEY + join_lengths(KEY_UNITS)
    complete = KEY + join_lengths([SPS, PPS, *KEY_UNITS])
    assert with_parameter_sets(body, CONFIG) == complete
    assert with_parameter_sets(complete, CONFIG) is complete
    assert with_parameter_sets(body, HEAD) is body
