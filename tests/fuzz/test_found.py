"""Faults that the fuzzer has found."""

from datetime import UTC, datetime, timedelta

from aiocarson import InvalidResponseError
from aiocarson.defaults import DEFAULT_EAGLE_EYE_URL
from aiocarson.eagle_eye.timestamps import parse_timestamp
from aiocarson.http.redirects import RedirectNotAllowedError, redirect_target
from aiocarson.http.urls import EagleEyeAddress
import pytest
from yarl import URL

from custom_components.carson.aiocarson import Recording
from custom_components.carson.aiocarson.flv.avc import AvcConfig, AvcRepairer, join_lengths
from custom_components.carson.media.recordings.segments import MAX_LENGTH, MAX_SEGMENTS, list_segments

ADDRESS = EagleEyeAddress(DEFAULT_EAGLE_EYE_URL)
BASE = URL("https://c000.eagleeyenetworks.com/asset")
DAY = datetime(2026, 11, 20, tzinfo=UTC)
SPS, PPS = b"\x67\x4d\x40\x1f\x95", b"\x68\xee\x3c\x80"


@pytest.mark.parametrize(
    "location",
    ["https://c099.eagleeyenetworks.com:1-zea/", "https://c099.eagleeyenetworks.com:99999/", "https://[::1", "//:0"],
)
def test_a_redirect_to_no_url_at_all_is_refused(location: str) -> None:
    with pytest.raises(RedirectNotAllowedError):
        redirect_target(BASE, location, lambda url: ADDRESS.may_receive_key(url, BASE))


@pytest.mark.parametrize("label", ["xn--a", "xn--x-ufa", "XN--0", "ab--c"])
def test_an_encoded_label_is_no_subdomain(label: str) -> None:
    with pytest.raises(InvalidResponseError):
        ADDRESS.base(label)


@pytest.mark.parametrize("text", ["00010101000000.000", "19691231235959.999", "22000101000000", "99991231235959.999"])
def test_implausible_years_are_rejected(text: str) -> None:
    assert parse_timestamp(text) is None


def test_a_recording_of_centuries_does_not_keep_the_media_browser_busy() -> None:
    endless = Recording(camera_id="1", begin=datetime(1970, 1, 1, tzinfo=UTC), end=datetime(2199, 1, 1, tzinfo=UTC))
    shown = list_segments([endless], DAY, DAY + timedelta(days=1), DAY + timedelta(days=2))
    assert len(shown) == 288
    assert shown[-1].begin == DAY
    assert shown[0].end == DAY + timedelta(days=1)


def test_pieces_keep_their_beginnings_whatever_is_looked_at() -> None:
    begin = DAY - timedelta(minutes=7)
    [last, first] = list_segments(
        [Recording(camera_id="1", begin=begin, end=DAY + timedelta(minutes=6))],
        DAY - timedelta(minutes=2),
        DAY + timedelta(minutes=4),
        DAY + timedelta(days=1),
    )
    assert (first.begin, first.duration) == (DAY - timedelta(minutes=2), MAX_LENGTH)
    assert (last.begin, last.end) == (DAY + timedelta(minutes=3), DAY + timedelta(minutes=6))


def test_a_list_of_everything_at_once_is_bounded() -> None:
    many = [
        Recording(camera_id="1", begin=DAY + timedelta(milliseconds=n), end=DAY + timedelta(hours=23))
        for n in range(200)
    ]
    assert len(list_segments(many, DAY, DAY + timedelta(days=1), DAY + timedelta(days=2))) == MAX_SEGMENTS


@pytest.mark.parametrize(
    "units",
    [
        [SPS * 20_000, PPS],
        [SPS, PPS * 20_000],
        [SPS + bytes([n]) for n in range(32)] + [PPS],
        [SPS] + [PPS + n.to_bytes(2) for n in range(256)],
    ],
)
def test_parameter_sets_that_no_record_has_room_for_are_none(units: list[bytes]) -> None:
    assert AvcConfig.from_units(units) is None
    repairer = AvcRepairer()
    assert repairer.repair(b"\x17\x01\0\0\0" + join_lengths([*units, b"\x65picture"]), key=True) is not None
    assert repairer.config is None


def test_a_header_is_kept_as_it_came_only_if_it_can_be_read() -> None:
    repairer = AvcRepairer()
    repairer.set_config(b"\x17\0\0\0\0" + b"\x01\0\0\1" + SPS + b"\0\0\1" + PPS)
    assert repairer.config is not None
    assert AvcConfig.parse(repairer.config[5:]) == AvcConfig((SPS,), (PPS,))
