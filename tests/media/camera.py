"""A camera in virtual time: real H.264 with readable frame numbers, and every bad habit of an upstream."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
import io
from itertools import pairwise

import av

from custom_components.carson.aiocarson import CarsonError
from simulator.media import flv, video
from simulator.media.frame_number import read_frame_number
from simulator.media.timeline import FRAME_RATE, GROUP, frame_at, frame_time

from ..support.virtual_clock import now

EPOCH_MS = 1_790_000_000_000
ESN = "1000a001"
WIDTH, HEIGHT = 320, 184


@dataclass(kw_only=True)
class Habit:
    """How one upstream behaves.

    `seconds`, `eof_at`, `stall_at` count from its first byte.
    """

    error: CarsonError | None = None
    hangs: bool = False
    latency: float = 0.7
    burst: float = 1.0
    delay: float = 0.0
    seconds: float | None = None
    eof_at: float | None = None
    stall_at: float | None = None
    dies_at: float | None = None
    death: Exception = field(default_factory=lambda: CarsonError("lost"))
    anchor: str = "anew"
    starttime: float | None = 0.0  # an error of the clock in seconds; None: not told
    annexb: bool = False
    config: bool = True
    bad_version: bool = False
    metadata: bool = True
    end_tag: bool = True
    audio: str | None = None
    late_aac: bool = False  # the sound is announced in the file header only, its configuration comes after a picture
    backward_at: int | None = None
    resolution_at: int | None = None
    width: int = WIDTH
    height: int = HEIGHT
    chunk: int = 1400


class FakeCamera:
    """Opens upstreams as the relay asks for them; `habits` are used up one by one, then `usual` holds."""

    def __init__(self, *habits: Habit, usual: Habit | None = None, seconds: float = 30.0) -> None:
        self.habits = list(habits)
        self.usual = usual or Habit()
        self.seconds = seconds
        self.opened: list[float] = []
        self.closed: list[float] = []
        self.open_now = 0
        self.most_open = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open one upstream."""
        habit = self.habits.pop(0) if self.habits else self.usual
        self.opened.append(now())
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            if habit.hangs:
                await asyncio.Event().wait()
            await asyncio.sleep(habit.latency)
            if habit.error is not None:
                raise habit.error
            async with aclosing(self._body(habit)) as body:
                yield body
        finally:
            self.open_now -= 1
            self.closed.append(now())

    async def _body(self, habit: Habit) -> AsyncGenerator[bytes]:
        began = now()
        first = frame_at(EPOCH_MS + int(now() * 1000)) - int(habit.burst * FRAME_RATE)
        if habit.anchor == "timeline":
            first = first // GROUP * GROUP
        seconds = self.seconds if habit.seconds is None else habit.seconds
        for taken_ms, data in _pieces(habit, first, int(seconds * FRAME_RATE)):
            due = (taken_ms - EPOCH_MS) / 1000 + habit.delay
            if due > now():
                await asyncio.sleep(due - now())
            lived = now() - began
            if habit.stall_at is not None and lived >= habit.stall_at:
                await asyncio.Event().wait()
            if habit.dies_at is not None and lived >= habit.dies_at:
                raise habit.death
            if habit.eof_at is not None and lived >= habit.eof_at:
                yield data[: len(data) // 2]
                return
            for at in range(0, len(data), habit.chunk):
                yield data[at : at + habit.chunk]
        if habit.end_tag:
            yield flv.video(int(seconds * 1000), flv.AVC_END_OF_SEQUENCE)


def live_stretch(habit: Habit, first: int, seconds: float) -> list[tuple[int, bytes]]:
    """Return the pieces of one FLV, each with the moment (ms) it was taken."""
    return list(_pieces(habit, first, int(seconds * FRAME_RATE)))


def _pieces(habit: Habit, first: int, count: int) -> Iterator[tuple[int, bytes]]:
    begin = frame_time(ESN, first)
    width, height = habit.width, habit.height
    group = encode(first, width, height)
    head = flv.file_header(audio=habit.audio is not None or habit.late_aac)
    if habit.metadata:
        values: dict[str, float | bool | str] = {
            "duration": 2.0,
            "filesize": 750326.0,
            "width": float(width),
            "height": float(height),
            "framerate": float(FRAME_RATE),
            "videocodecid": 7.0,
            "canSeekToEnd": False,
        }
        if habit.starttime is not None:
            values["starttime"] = begin / 1000 + habit.starttime
        head += flv.metadata(values)
    head += _config(habit, group)
    if habit.audio == "aac":
        head += flv.audio_aac(0, header=True)
    yield begin, head
    sound_at = 0.0
    for index in range(count):
        number = first + index
        if index % GROUP == 0 and index:
            if habit.resolution_at is not None and index >= habit.resolution_at:
                width, height = habit.width // 2, habit.height // 2
            before = group
            group = encode(number, width, height)
            if group.configuration != before.configuration:
                yield frame_time(ESN, number), _config(habit, group)
        stamp = frame_time(ESN, number) - begin
        frame = group.frames[index % GROUP]
        units = frame.units
        if not habit.config and frame.key:
            units = parameter_sets(group) + units
        payload = video.Frame(units, frame.key).annex_b if habit.annexb else video.Frame(units, frame.key).avcc
        shown = stamp - 500 if index == habit.backward_at else stamp
        data = flv.video(max(0, shown), flv.AVC_FRAME, payload, key=frame.key)
        if habit.late_aac:
            if index == 3:
                data += flv.audio_aac(stamp, header=True)
            elif index > 3:
                data += flv.audio_aac(stamp, header=False)
        while habit.audio and sound_at <= stamp:
            if habit.audio == "aac":
                data += flv.audio_aac(int(sound_at), header=False)
                sound_at += 128
            else:
                data += flv.audio_g711(int(sound_at), law=habit.audio, samples=320)
                sound_at += 40
        yield frame_time(ESN, number), data


def _config(habit: Habit, group: video.Group) -> bytes:
    if not habit.config:
        return b""
    record = group.configuration
    if habit.bad_version:
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
class Shown:
    """What somebody saw who decoded what a player received."""

    numbers: list[int]
    times: list[int]
    sizes: list[tuple[int, int]]
    audio: list[int]

    @property
    def longest_gap_ms(self) -> int:
        """Between two pictures."""
        return max(after - before for before, after in pairwise(self.times))

    @property
    def is_gapless(self) -> bool:
        """Whether every picture from the first to the last was seen exactly once."""
        return self.numbers == list(range(self.numbers[0], self.numbers[0] + len(self.numbers)))


def decode(data: bytes) -> Shown:
    """Decode an FLV as Home Assistant would and read the numbers in its pictures."""
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
    return Shown(numbers, times, sizes, audio)
