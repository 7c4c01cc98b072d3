"""A camera in virtual time: real H.264 with readable frame numbers, and every irregularity of an upstream."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
import io
from itertools import pairwise

from aiocarson import CarsonError
import av

from simulator.media import flv, video
from simulator.media.frame_number import read_frame_number
from simulator.media.timeline import FRAME_RATE, GROUP, frame_at, frame_time

from .virtual_clock import now

EPOCH_MS = 1_790_000_000_000
ESN = "1000a001"
WIDTH, HEIGHT = 320, 184


@dataclass(kw_only=True)
class Behavior:
    """How one upstream behaves. `seconds`, `eof_at`, `stall_at` and `fails_at` count from its first byte."""

    error: CarsonError | None = None
    hangs: bool = False
    latency: float = 0.7
    burst: float = 1.0
    delay: float = 0.0
    seconds: float | None = None
    eof_at: float | None = None
    stall_at: float | None = None
    fails_at: float | None = None
    failure: Exception = field(default_factory=lambda: CarsonError("lost"))
    anchor: str = "anew"
    starttime: float | None = 0.0  # the error of the clock in seconds; None: not reported
    annexb: bool = False
    config: bool = True
    bad_version: bool = False
    metadata: bool = True
    end_tag: bool = True
    audio: str | None = None
    late_aac: bool = False  # audio is announced in the file header only; its configuration follows a picture
    backward_at: int | None = None
    resolution_at: int | None = None
    width: int = WIDTH
    height: int = HEIGHT
    chunk: int = 1400


class FakeCamera:
    """A source of upstreams. Each one uses the next of `behaviors`, then `default` applies."""

    def __init__(self, *behaviors: Behavior, default: Behavior | None = None, seconds: float = 30.0) -> None:
        self.behaviors = list(behaviors)
        self.default = default or Behavior()
        self.seconds = seconds
        self.opened: list[float] = []
        self.closed: list[float] = []
        self.open_now = 0
        self.max_open = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open one upstream."""
        behavior = self.behaviors.pop(0) if self.behaviors else self.default
        self.opened.append(now())
        self.open_now += 1
        self.max_open = max(self.max_open, self.open_now)
        try:
            if behavior.hangs:
                await asyncio.Event().wait()
            await asyncio.sleep(behavior.latency)
            if behavior.error is not None:
                raise behavior.error
            async with aclosing(self._body(behavior)) as body:
                yield body
        finally:
            self.open_now -= 1
            self.closed.append(now())

    async def _body(self, behavior: Behavior) -> AsyncGenerator[bytes]:
        began = now()
        first = frame_at(EPOCH_MS + int(now() * 1000)) - int(behavior.burst * FRAME_RATE)
        if behavior.anchor == "timeline":
            first = first // GROUP * GROUP
        seconds = self.seconds if behavior.seconds is None else behavior.seconds
        for taken_ms, data in _parts(behavior, first, int(seconds * FRAME_RATE)):
            due = (taken_ms - EPOCH_MS) / 1000 + behavior.delay
            if due > now():
                await asyncio.sleep(due - now())
            elapsed = now() - began
            if behavior.stall_at is not None and elapsed >= behavior.stall_at:
                await asyncio.Event().wait()
            if behavior.fails_at is not None and elapsed >= behavior.fails_at:
                raise behavior.failure
            if behavior.eof_at is not None and elapsed >= behavior.eof_at:
                yield data[: len(data) // 2]
                return
            for at in range(0, len(data), behavior.chunk):
                yield data[at : at + behavior.chunk]
        if behavior.end_tag:
            yield flv.video(int(seconds * 1000), flv.AVC_END_OF_SEQUENCE)


def live_segment(behavior: Behavior, first: int, seconds: float) -> list[tuple[int, bytes]]:
    """Return the parts of one FLV, each with the moment (ms) at which it was taken."""
    return list(_parts(behavior, first, int(seconds * FRAME_RATE)))


def _parts(behavior: Behavior, first: int, count: int) -> Iterator[tuple[int, bytes]]:
    begin = frame_time(ESN, first)
    width, height = behavior.width, behavior.height
    group = encode(first, width, height)
    head = flv.file_header(audio=behavior.audio is not None or behavior.late_aac)
    if behavior.metadata:
        values: dict[str, float | bool | str] = {
            "duration": 2.0,
            "filesize": 750326.0,
            "width": float(width),
            "height": float(height),
            "framerate": float(FRAME_RATE),
            "videocodecid": 7.0,
            "canSeekToEnd": False,
        }
        if behavior.starttime is not None:
            values["starttime"] = begin / 1000 + behavior.starttime
        head += flv.metadata(values)
    head += _config(behavior, group)
    if behavior.audio == "aac":
        head += flv.audio_aac(0, header=True)
    yield begin, head
    audio_at = 0.0
    for index in range(count):
        number = first + index
        if index % GROUP == 0 and index:
            if behavior.resolution_at is not None and index >= behavior.resolution_at:
                width, height = behavior.width // 2, behavior.height // 2
            before = group
            group = encode(number, width, height)
            if group.configuration != before.configuration:
                yield frame_time(ESN, number), _config(behavior, group)
        timestamp = frame_time(ESN, number) - begin
        frame = group.frames[index % GROUP]
        units = frame.units
        if not behavior.config and frame.key:
            units = parameter_sets(group) + units
        payload = video.Frame(units, frame.key).annex_b if behavior.annexb else video.Frame(units, frame.key).avcc
        sent = timestamp - 500 if index == behavior.backward_at else timestamp
        data = flv.video(max(0, sent), flv.AVC_FRAME, payload, key=frame.key)
        if behavior.late_aac:
            if index == 3:
                data += flv.audio_aac(timestamp, header=True)
            elif index > 3:
                data += flv.audio_aac(timestamp, header=False)
        while behavior.audio and audio_at <= timestamp:
            if behavior.audio == "aac":
                data += flv.audio_aac(int(audio_at), header=False)
                audio_at += 128
            else:
                data += flv.audio_g711(int(audio_at), law=behavior.audio, samples=320)
                audio_at += 40
        yield frame_time(ESN, number), data


def _config(behavior: Behavior, group: video.Group) -> bytes:
    if not behavior.config:
        return b""
    record = group.configuration
    if behavior.bad_version:
        record = b"\0" + record[1:]
    return flv.video(0, flv.AVC_SEQUENCE_HEADER, record, key=True)


def parameter_sets(group: video.Group) -> tuple[bytes, ...]:
    """Return SPS and PPS of a group."""
    record = group.configuration
    length = int.from_bytes(record[6:8])
    sps = record[8 : 8 + length]
    return sps, record[8 + length + 3 :]


def encode(first: int, width: int = WIDTH, height: int = HEIGHT) -> video.Group:
    """Return a group of pictures."""
    return video.encode_group(video.View(ESN, "Lobby", "America/New_York", width, height), first)


@dataclass(frozen=True)
class DecodedVideo:
    """The video that a player received, decoded."""

    numbers: list[int]
    times: list[int]
    sizes: list[tuple[int, int]]
    audio: list[int]

    @property
    def longest_gap_ms(self) -> int:
        """The longest time between two pictures."""
        return max(after - before for before, after in pairwise(self.times))

    @property
    def is_gapless(self) -> bool:
        """Whether it has every picture from the first to the last exactly once."""
        return self.numbers == list(range(self.numbers[0], self.numbers[0] + len(self.numbers)))


def decode_pictures(data: bytes) -> list[int]:
    """Return the numbers of the pictures in an FLV, as a player shows them that ignores what it cannot decode."""
    numbers: list[int] = []
    with av.open(io.BytesIO(data), mode="r", format="flv") as container:
        for packet in container.demux(container.streams.video[0]):
            with suppress(av.FFmpegError, ValueError):
                numbers += [read_frame_number(frame.to_ndarray(format="gray")) for frame in packet.decode()]
    return numbers


def decode(data: bytes) -> DecodedVideo:
    """Decode an FLV as Home Assistant does and read the numbers in its pictures."""
    numbers: list[int] = []
    times: list[int] = []
    sizes: list[tuple[int, int]] = []
    audio: list[int] = []
    with av.open(io.BytesIO(data), mode="r", format="flv") as container:
        for packet in container.demux():
            if packet.dts is None:
                continue
            if packet.stream.type == "audio":
                audio.append(packet.dts)
                continue
            times.append(packet.dts)
            for frame in packet.decode():
                assert isinstance(frame, av.VideoFrame)
                numbers.append(read_frame_number(frame.to_ndarray(format="gray")))
                sizes.append((frame.width, frame.height))
        for stream in container.streams.video:
            for frame in stream.decode(None):
                numbers.append(read_frame_number(frame.to_ndarray(format="gray")))
                sizes.append((frame.width, frame.height))
    return DecodedVideo(numbers, times, sizes, audio)
