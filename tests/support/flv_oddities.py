"""Small FLV files, each with one oddity that players accept."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
import struct

from aiocarson.flv.amf import write_metadata

from simulator.media import flv, video
from simulator.media.timeline import FRAME_RATE, GROUP

from .fake_camera import encode, parameter_sets

FIRST = 21_480_000_000
"""Number of the first frame."""
FRAMES = 3 * GROUP
FRAME_MS = 1000 / FRAME_RATE
HOUR_MS = 3_600_000
_FILTERED = 0x20
_SCRIPT_AMF3 = 15


@dataclass(frozen=True, slots=True)
class RawTag:
    """A tag whose every field can be wrong.

    Attributes:
        type: The first byte.
        time: Milliseconds; negative ones and those of more than 32 bits wrap.
        data: The body.
        repeated: The size that follows, None for the right one.
        stream_id: Always zero in a regular file.
        before: Bytes that precede the tag.
    """

    type: int
    time: int
    data: bytes
    repeated: int | None = None
    stream_id: int = 0
    before: bytes = b""

    def encode(self) -> bytes:
        """Return the bytes."""
        stamp = self.time & 0xFFFFFFFF
        size = len(self.data)
        head = bytes([self.type]) + size.to_bytes(3) + (stamp & 0xFFFFFF).to_bytes(3) + bytes([stamp >> 24])
        repeated = size + 11 if self.repeated is None else self.repeated
        return self.before + head + self.stream_id.to_bytes(3) + self.data + repeated.to_bytes(4)


type Tags = list[RawTag]


@dataclass(frozen=True, slots=True)
class Oddity:
    """An odd file.

    Attributes:
        data: Its bytes.
        pictures: The numbers of the pictures in it, counted from the first one.
        is_decodable: Whether the decoder of the tests reads all of them from the file itself.
    """

    data: bytes
    pictures: tuple[int, ...] = tuple(range(FRAMES))
    is_decodable: bool = True


def head(*, audio: bool = False) -> bytes:
    """Return the header of the file."""
    return flv.file_header(audio=audio)


def script(data: bytes = write_metadata({"width": 320.0, "height": 184.0, "framerate": 12.0})) -> RawTag:
    """Return a script tag."""
    return RawTag(flv.SCRIPT, 0, data)


def config(group: video.Group | None = None, time: int = 0) -> RawTag:
    """Return the sequence header of H.264."""
    return RawTag(flv.VIDEO, time, b"\x17\0\0\0\0" + (group or encode(FIRST)).configuration)


def pictures(first: int = 0, count: int = FRAMES, *, begin_ms: int = 0, **size: int) -> Tags:
    """Return pictures."""
    tags: Tags = []
    for index in range(first, first + count):
        group = encode(FIRST + index // GROUP * GROUP, **size)
        frame = group.frames[index % GROUP]
        body = bytes([0x17 if frame.key else 0x27, 1, 0, 0, 0]) + frame.avcc
        tags.append(RawTag(flv.VIDEO, begin_ms + round(index * FRAME_MS), body))
    return tags


def regular() -> Tags:
    """Return the tags of a regular file."""
    return [script(), config(), *pictures()]


def sound(data: bytes, *, every_ms: int = 128, begin_ms: int = 0, header: bytes = b"") -> Tags:
    """Return audio for the whole file."""
    length = round(FRAMES * FRAME_MS)
    tags = [RawTag(flv.AUDIO, begin_ms + time, data) for time in range(0, length, every_ms)]
    return [RawTag(flv.AUDIO, begin_ms, header), *tags] if header else tags


AAC_HEADER, AAC_FRAME = b"\xaf\x00\x15\x88", b"\xaf\x01\x01\x18\x20\x07"
# MPEG-2 layer III, 16 kbit/s, 16 kHz, mono: a frame of 72 bytes, all silent.
MP3_FRAME = b"\x2a" + b"\xff\xf3\x28\xc4" + bytes(68)


def interleaved(*tracks: Iterable[RawTag]) -> Tags:
    """Return the tags of several tracks in the order of their times."""
    return sorted((tag for track in tracks for tag in track), key=lambda tag: tag.time)


def file(tags: Iterable[RawTag], *, audio: bool = False) -> bytes:
    """Return a file."""
    return head(audio=audio) + b"".join(tag.encode() for tag in tags)


def each(change: Callable[[int, RawTag], RawTag]) -> bytes:
    """Return a regular file in which each tag is changed."""
    return file(change(index, tag) for index, tag in enumerate(regular()))


def shifted(milliseconds: int) -> bytes:
    """Return a regular file that begins at another time."""
    return each(lambda _, tag: replace(tag, time=tag.time + milliseconds))


def inserted(*new: RawTag, at: int = 20) -> bytes:
    """Return a regular file with further tags before one of its tags."""
    tags = regular()
    return file([*tags[:at], *(replace(tag, time=tags[at].time) for tag in new), *tags[at:]])


def with_sound(tags: Tags, *, video_begin_ms: int = 0) -> bytes:
    """Return a file with audio."""
    video_tags = pictures(begin_ms=video_begin_ms)
    paired = interleaved((replace(tag, time=tag.time) for tag in video_tags), [])
    audio = list(tags)
    mixed: Tags = []
    for index, tag in enumerate(paired):
        mixed.append(tag)
        mixed += audio[index * len(audio) // len(paired) : (index + 1) * len(audio) // len(paired)]
    return file([script(), config(), *mixed], audio=True)


def _wrapped(bits: int) -> bytes:
    mask, begin = (1 << bits) - 1, (1 << bits) - 1500
    return each(lambda _, tag: replace(tag, time=(tag.time + begin) & mask))


def _annex_b() -> bytes:
    tags: Tags = [script()]
    for index in range(FRAMES):
        group = encode(FIRST + index // GROUP * GROUP)
        frame = group.frames[index % GROUP]
        units = parameter_sets(group) + frame.units if frame.key else frame.units
        body = bytes([0x17 if frame.key else 0x27, 1, 0, 0, 0]) + video.Frame(units, frame.key).annex_b
        tags.append(RawTag(flv.VIDEO, round(index * FRAME_MS), body))
    return file(tags)


def _changed_size() -> bytes:
    small = {"width": 160, "height": 96}
    changed = encode(FIRST + GROUP, **small)
    time = round(GROUP * FRAME_MS)
    later = pictures(GROUP, FRAMES - GROUP, **small)
    return file([script(), config(), *pictures(count=GROUP), config(changed, time), *later])


def _enhanced() -> bytes:
    """Return a file whose video has the enhanced header: the codec as four letters."""

    def change(_: int, tag: RawTag) -> RawTag:
        if tag.type != flv.VIDEO:
            return tag
        packet, rest = tag.data[1], tag.data[5:]
        if packet == 0:
            return replace(tag, data=b"\x90avc1" + rest)
        first = b"\x91" if tag.data[0] == 0x17 else b"\xa1"
        return replace(tag, data=first + b"avc1" + bytes(3) + rest)

    return each(change)


def _jump_back() -> bytes:
    return each(lambda index, tag: replace(tag, time=tag.time - 1000 if index > 40 else tag.time))


def _gap(milliseconds: int) -> bytes:
    return each(lambda index, tag: replace(tag, time=tag.time + milliseconds if index > 40 else tag.time))


def _composition(offset: int) -> bytes:
    def change(_: int, tag: RawTag) -> RawTag:
        if tag.type != flv.VIDEO or tag.data[1] != 1:
            return tag
        return replace(tag, data=tag.data[:2] + (offset & 0xFFFFFF).to_bytes(3) + tag.data[5:])

    return each(change)


def _aac(*, begin_ms: int = 0) -> Tags:
    return sound(AAC_FRAME, begin_ms=begin_ms, header=AAC_HEADER)


def _amf3() -> bytes:
    return b"\0" + write_metadata({"framerate": 12.0})


def _metadata(**values: float | bool) -> RawTag:
    return script(write_metadata(values))


def oddities() -> dict[str, Oddity]:
    """Return the odd files by what is odd about them."""
    unknown = RawTag(0, 0, b"\1\2\3")
    garbage = b"these bytes are not a tag"
    everything = regular()
    cut = file(everything[:-1]) + everything[-1].encode()[:-30]
    half = everything[20].encode()
    return {
        "regular": Oddity(file(regular())),
        "wrap at 2^24": Oddity(_wrapped(24)),
        "wrap at 2^32": Oddity(_wrapped(32)),
        "negative start": Oddity(shifted(-700)),
        "starts at an hour": Oddity(shifted(HOUR_MS)),
        "starts at 24 days": Oddity(shifted(0x7FFFFF00)),
        "composition offsets": Oddity(_composition(80)),
        "negative composition offsets": Oddity(_composition(-80)),
        "changed size": Oddity(_changed_size()),
        "audio before video": Oddity(file([script(), *_aac()[:6], config(), *pictures()], audio=True)),
        "no onMetaData": Oddity(file([config(), *pictures()])),
        "late onMetaData": Oddity(inserted(script())),
        "onMetaData twice": Oddity(file([script(), script(), config(), *pictures()])),
        "AMF3 onMetaData": Oddity(file([RawTag(_SCRIPT_AMF3, 0, _amf3()), config(), *pictures()])),
        "malformed onMetaData": Oddity(file([script(script().data[:-9]), config(), *pictures()])),
        "not a number in onMetaData": Oddity(
            file([_metadata(framerate=float("nan"), width=float("inf")), config(), *pictures()])
        ),
        "onCuePoint": Oddity(inserted(script(b"\2\0\x0aonCuePoint\5"))),
        "empty script": Oddity(inserted(script(b""))),
        "sequence header twice": Oddity(file([script(), config(), config(), *pictures()])),
        "sequence header repeated": Oddity(inserted(config(), config())),
        "no sequence header": Oddity(_annex_b()),
        "empty video tag": Oddity(inserted(RawTag(flv.VIDEO, 0, b""))),
        "empty audio tag": Oddity(inserted(RawTag(flv.AUDIO, 0, b""))),
        "video tag of one byte": Oddity(inserted(RawTag(flv.VIDEO, 0, b"\x17"))),
        "filler frame": Oddity(inserted(RawTag(flv.VIDEO, 0, b"\x27\1\0\0\0" + b"\0\0\0\2\x0c\x80"))),
        "frame of no bytes": Oddity(inserted(RawTag(flv.VIDEO, 0, b"\x27\1\0\0\0"))),
        "command frame": Oddity(inserted(RawTag(flv.VIDEO, 0, b"\x57\0"))),
        "end of sequence within": Oddity(inserted(RawTag(flv.VIDEO, 0, b"\x17\2\0\0\0"), at=2 + GROUP)),
        "unknown type": Oddity(inserted(unknown, replace(unknown, type=0x1E))),
        "unknown type first": Oddity(file([unknown, *regular()])),
        "unknown type before each tag": Oddity(
            file(new for tag in regular() for new in (replace(unknown, time=tag.time), tag))
        ),
        "encrypted tag": Oddity(inserted(RawTag(flv.VIDEO | _FILTERED, 0, b"\1" * 50))),
        "reserved bits": Oddity(each(lambda _, tag: replace(tag, type=tag.type | 0xC0)), is_decodable=False),
        "stream ids": Oddity(each(lambda _, tag: replace(tag, stream_id=1))),
        "zeros between tags": Oddity(each(lambda index, tag: replace(tag, before=bytes(150 * (index == 20))))),
        "garbage between tags": Oddity(
            each(lambda index, tag: replace(tag, before=garbage * (index == 20))), is_decodable=False
        ),
        "garbage first": Oddity(head() + garbage + file(regular())[13:], is_decodable=False),
        "half a tag within": Oddity(
            each(lambda index, tag: replace(tag, before=half[: len(half) // 2] * (index == 20))), is_decodable=False
        ),
        "sizes repeated as zero": Oddity(
            each(lambda _, tag: replace(tag, repeated=0)), tuple(range(FRAMES - 1)), is_decodable=False
        ),
        "sizes repeated without the header": Oddity(each(lambda _, tag: replace(tag, repeated=len(tag.data)))),
        "gap of ten seconds": Oddity(_gap(10_000)),
        "gap of an hour": Oddity(_gap(HOUR_MS)),
        "jump back": Oddity(_jump_back()),
        "all times equal": Oddity(each(lambda _, tag: replace(tag, time=0))),
        "ends within a tag": Oddity(cut, tuple(range(FRAMES - 1))),
        "ends within a tag's header": Oddity(file(everything) + everything[20].encode()[:7]),
        "longer file header": Oddity(b"FLV\1\1\0\0\0\x0cabc" + bytes(4) + file(regular())[13:]),
        "audio announced and missing": Oddity(file(regular(), audio=True)),
        "nothing announced": Oddity(b"FLV\1\0" + file(regular())[5:]),
        "AAC": Oddity(with_sound(_aac())),
        "AAC an hour ahead": Oddity(with_sound(_aac(begin_ms=HOUR_MS))),
        "AAC an hour behind": Oddity(with_sound(_aac(), video_begin_ms=HOUR_MS)),
        "AAC without configuration": Oddity(with_sound(sound(AAC_FRAME))),
        "MP3": Oddity(with_sound(sound(MP3_FRAME, every_ms=36))),
        "A-law": Oddity(with_sound(sound(b"\x72" + b"\xd5" * 320, every_ms=40))),
        "mu-law": Oddity(with_sound(sound(b"\x82" + b"\xff" * 320, every_ms=40))),
        "Speex": Oddity(with_sound(sound(b"\xb2" + bytes(20)))),
        "enhanced audio": Oddity(with_sound(sound(b"\x91Opus" + bytes(20), header=b"\x90Opus" + _opus_head()))),
        "enhanced headers": Oddity(_enhanced()),
        "enhanced metadata frame": Oddity(inserted(RawTag(flv.VIDEO, 0, b"\x94avc1\2\0\x09colorInfo\3\0\0\x09"))),
        "unknown codec within": Oddity(inserted(RawTag(flv.VIDEO, 0, b"\x2f\0"))),
    }


def _opus_head() -> bytes:
    return b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48000, 0, 0)
