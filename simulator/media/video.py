"""H.264 groups of pictures, as a pure function of view and first frame."""

from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw

from simulator.media import scene
from simulator.media.frame_number import CELLS, strip_height, strip_levels
from simulator.media.timeline import FRAME_RATE, GROUP, frame_time

type _Plane = np.ndarray[Any, np.dtype[np.uint8]]

_GLOBAL_HEADER = 1 << 22
_OPTIONS = {
    "preset": "ultrafast",
    "tune": "zerolatency",
    "crf": "27",
    "profile": "main",
    "x264-params": f"cabac=1:bframes=0:scenecut=0:ref=1:keyint={GROUP}:min-keyint={GROUP}:sliced-threads=0",
}
_SPS, _PPS, _SEI = 7, 8, 6


@dataclass(frozen=True, slots=True)
class View:
    """Everything that a frame depends on besides its number."""

    esn: str
    name: str
    time_zone: str
    width: int = 640
    height: int = 360


@dataclass(frozen=True, slots=True)
class Frame:
    """One encoded frame."""

    units: tuple[bytes, ...] = field(repr=False)
    """NAL units without start codes or lengths."""
    key: bool

    @property
    def avcc(self) -> bytes:
        """The units with their lengths, as in FLV and MP4."""
        return b"".join(len(unit).to_bytes(4) + unit for unit in self.units)

    @property
    def annex_b(self) -> bytes:
        """The units with start codes."""
        return b"".join(b"\x00\x00\x00\x01" + unit for unit in self.units)


@dataclass(frozen=True, slots=True)
class Group:
    """A key frame and the frames up to the next one."""

    view: View
    first: int
    configuration: bytes = field(repr=False)
    """The avcC record; the same for all groups of one size."""
    frames: tuple[Frame, ...]


@lru_cache(maxsize=96)
def encode_group(view: View, first: int, count: int = GROUP) -> Group:
    """Return `count` frames from number `first` on, the first one a key frame."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = view.width, view.height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, FRAME_RATE), Fraction(FRAME_RATE)
    encoder.gop_size, encoder.max_b_frames, encoder.thread_count = GROUP, 0, 1
    encoder.options = dict(_OPTIONS)
    encoder.flags |= _GLOBAL_HEADER
    packets: list[Any] = []
    for index in range(count):
        frame = av.VideoFrame.from_ndarray(_draw(view, first + index), format="yuv420p")
        frame.pts = index
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    frames = tuple(Frame(tuple(_units(bytes(packet))), bool(packet.is_keyframe)) for packet in packets)
    return Group(view, first, _configuration(bytes(encoder.extradata or b"")), frames)


def _units(stream: bytes) -> list[bytes]:
    """Return the NAL units of an Annex B stream, without SEI."""
    parts = stream.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")
    return [part for part in parts[1:] if part and part[0] & 0x1F != _SEI]


def _configuration(extradata: bytes) -> bytes:
    """Return the avcC record of an encoder."""
    units = _units(extradata)
    sps = next(unit for unit in units if unit[0] & 0x1F == _SPS)
    pps = next(unit for unit in units if unit[0] & 0x1F == _PPS)
    return (
        bytes([1, sps[1], sps[2], sps[3], 0xFF, 0xE1])
        + len(sps).to_bytes(2)
        + sps
        + b"\x01"
        + len(pps).to_bytes(2)
        + pps
    )


@lru_cache(maxsize=16)
def _background(name: str, width: int, height: int) -> _Plane:
    """Return the empty room as one array of the three planes of yuv420p."""
    room = np.asarray(scene.scene(name, width, height))
    frame = av.VideoFrame.from_ndarray(room, format="rgb24").reformat(format="yuv420p")
    planes: _Plane = frame.to_ndarray().astype(np.uint8)
    size = scene.bar_height(height)
    bottom = height - strip_height(height)
    planes[bottom - size : bottom] = 20
    _chroma(planes, height, width)[:, (bottom - size) // 2 :] = 128
    return planes


def _chroma(planes: _Plane, height: int, width: int) -> _Plane:
    """Return the two planes of color, each half as wide and high."""
    return planes[height:].reshape(2, height // 2, width // 2)


@lru_cache(maxsize=512)
def _text_line(text: str, height: int) -> _Plane:
    """Return a line of text as brightness, as high as its bar."""
    size = max(11, height // 20)
    line = Image.new("L", (size * len(text) * 5 // 8, scene.bar_height(height)), 20)
    ImageDraw.Draw(line).text((size // 2, size // 5), text, font=scene.font(size), fill=235)
    return np.asarray(line)


def _draw(view: View, number: int) -> _Plane:
    width, height = view.width, view.height
    planes = _background(view.name, width, height).copy()
    luma = planes[:height]
    moment = frame_time(view.esn, number)
    x = scene.person_position(moment, width)
    foot, neck, crown = height * 8 // 10, height * 8 // 10 - height // 4, height * 8 // 10 - height // 3
    _paint(planes, (height, width), (neck, foot, x - width // 40, x + width // 40), (110, 98, 176))
    _paint(planes, (height, width), (crown, neck, x - width // 60, x + width // 60), (204, 112, 144))
    line = _text_line(scene.clock_text(moment, view.time_zone), height)
    bottom = height - strip_height(height)
    luma[bottom - line.shape[0] : bottom, : line.shape[1]] = line[:, :width]
    luma[bottom:] = strip_levels(number)[np.arange(width) * CELLS // width]
    return planes


def _paint(planes: _Plane, size: tuple[int, int], box: tuple[int, int, int, int], color: tuple[int, int, int]) -> None:
    """Fill a box (top, bottom, left, right) with a color (Y, U, V)."""
    top, bottom, left, right = (side // 2 * 2 for side in box)
    planes[top:bottom, left:right] = color[0]
    chroma = _chroma(planes, *size)
    chroma[0, top // 2 : bottom // 2, left // 2 : right // 2] = color[1]
    chroma[1, top // 2 : bottom // 2, left // 2 : right // 2] = color[2]
