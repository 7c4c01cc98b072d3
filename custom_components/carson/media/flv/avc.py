"""H.264 inside FLV, made the way every player expects it: length-prefixed NAL units and a sound avcC.

Eagle Eye's own player copes with Annex-B start codes inside the tags and with a bad avcC version
byte (Protocol B.8), so such streams exist; Home Assistant's muxer and the browsers do not cope.
"""

from dataclasses import dataclass
from typing import Self

_START_CODE = b"\0\0\1"
_TAG_PREFIX_BYTES = 5  # frame type and codec, packet type, composition time (3)
_CONFIG_PREFIX = b"\x17\0\0\0\0"
_LENGTH_BYTES = 4

_NAL_SPS = 7
_NAL_PPS = 8
_MIN_SPS_BYTES = 4
_MAX_SET_BYTES = 0xFFFF
_MOST_SPS = 31
_MOST_PPS = 255
_HIGH_PROFILES = frozenset({100, 110, 122, 144})


def split_start_codes(data: bytes) -> list[bytes]:
    """Return the NAL units of an Annex-B byte stream."""
    units: list[bytes] = []
    start = data.find(_START_CODE)
    while start >= 0:
        start += len(_START_CODE)
        following = data.find(_START_CODE, start)
        # Zeros before a start code belong to the code; a NAL unit never ends with one.
        unit = data[start : following if following >= 0 else len(data)].rstrip(b"\0")
        if unit:
            units.append(unit)
        start = following
    return units


def split_lengths(data: bytes, length_bytes: int) -> list[bytes] | None:
    """Return the length-prefixed NAL units, or None when the lengths do not add up."""
    units: list[bytes] = []
    at = 0
    end = len(data)
    while at < end:
        start = at + length_bytes
        at = start + int.from_bytes(data[at:start])
        if start > end or at > end:
            return None
        if at > start:
            units.append(data[start:at])
    return units


def join_lengths(units: list[bytes]) -> bytes:
    """Return the NAL units, each after its length in four bytes."""
    return b"".join(part for unit in units for part in (len(unit).to_bytes(_LENGTH_BYTES), unit))


@dataclass(frozen=True, slots=True)
class AvcConfig:
    """The parameter sets a decoder needs before the first picture."""

    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]
    length_bytes: int = _LENGTH_BYTES

    @classmethod
    def parse(cls, record: bytes) -> Self | None:
        """Read an avcC record whatever its version byte says; None when it holds no parameter sets."""
        if len(record) < 7:
            return None
        sps, at = _read_sets(record, 6, record[5] & 0x1F)
        pps, _ = _read_sets(record, at + 1, record[at] if at < len(record) else 0)
        return cls._checked(sps, pps, (record[4] & 3) + 1)

    @classmethod
    def from_units(cls, units: list[bytes]) -> Self | None:
        """Collect the parameter sets among the NAL units; None when one kind is missing."""
        sps = [unit for unit in units if unit[0] & 0x1F == _NAL_SPS]
        pps = [unit for unit in units if unit[0] & 0x1F == _NAL_PPS]
        return cls._checked(sps, pps, _LENGTH_BYTES)

    @classmethod
    def _checked(cls, sps: list[bytes], pps: list[bytes], length_bytes: int) -> Self | None:
        if not sps or not pps:
            return None
        if any(len(unit) < _MIN_SPS_BYTES or unit[0] & 0x1F != _NAL_SPS for unit in sps):
            return None
        if any(unit[0] & 0x1F != _NAL_PPS for unit in pps):
            return None
        one = cls(tuple(dict.fromkeys(sps)), tuple(dict.fromkeys(pps)), length_bytes)
        fits = all(len(unit) <= _MAX_SET_BYTES for unit in one.sps + one.pps)
        # More, or longer ones, than a record has room for are no parameter sets.
        return one if fits and len(one.sps) <= _MOST_SPS and len(one.pps) <= _MOST_PPS else None

    def record(self) -> bytes:
        """Return the avcC record, announcing lengths of four bytes."""
        first = self.sps[0]
        parts = [b"\x01", first[1:4], b"\xff", bytes([0xE0 | len(self.sps)])]
        for unit in self.sps:
            parts += (len(unit).to_bytes(2), unit)
        parts.append(bytes([len(self.pps)]))
        for unit in self.pps:
            parts += (len(unit).to_bytes(2), unit)
        if first[1] in _HIGH_PROFILES:
            # Chroma format 4:2:0, 8 bits each, no extension: what every surveillance camera sends.
            parts.append(b"\xfd\xf8\xf8\x00")
        return b"".join(parts)

    def prefix(self) -> bytes:
        """Return the parameter sets as they stand in front of a key frame."""
        return join_lengths([*self.sps, *self.pps])

    def holds(self, other: AvcConfig) -> bool:
        """Tell whether every parameter set of `other` is known here."""
        return set(other.sps) <= set(self.sps) and set(other.pps) <= set(self.pps)


def _read_sets(record: bytes, at: int, count: int) -> tuple[list[bytes], int]:
    """Read `count` parameter sets; a torn record gives those that are whole."""
    sets: list[bytes] = []
    for _ in range(count):
        start = at + 2
        end = start + int.from_bytes(record[at:start])
        if end > len(record) or end == start:
            break
        sets.append(record[start:end])
        at = end
    return sets, at


class AvcRepairer:
    """Follows one stretch and hands out clean tag bodies; clean ones pass untouched."""

    def __init__(self) -> None:
        self._config: AvcConfig | None = None
        self.config: bytes | None = None
        """Body of the sequence header tag that holds for the frames from now on."""

    def take_config(self, body: bytes) -> None:
        """Take a sequence header tag. A hopeless one is ignored: a key frame may bring the sets itself."""
        record = body[_TAG_PREFIX_BYTES:]
        parsed = AvcConfig.parse(record)
        config = parsed or AvcConfig.from_units(split_start_codes(record))
        if config is None:
            return
        self._config = config
        sound = parsed is not None and record[0] == 1 and parsed.length_bytes == _LENGTH_BYTES
        self.config = body if sound else _CONFIG_PREFIX + config.record()

    def repair(self, body: bytes, *, key: bool) -> bytes | None:
        """Return the body of a frame as it should be, or None when there is no telling what it is.

        A key frame with parameter sets that are not in the sequence header replaces the header.
        """
        payload = body[_TAG_PREFIX_BYTES:]
        length_bytes = self._config.length_bytes if self._config else _LENGTH_BYTES
        units = split_lengths(payload, length_bytes)
        clean = units is not None and length_bytes == _LENGTH_BYTES
        if units is None:
            units = split_start_codes(payload) if _begins_with_start_code(payload) else []
        elif any(unit[0] == 0 for unit in units):
            # A start code left inside a length-prefixed unit.
            units = [inner for unit in units for inner in (split_start_codes(unit) or [unit])]
            clean = False
        if not units:
            return None
        if key:
            self._learn(units)
        return body if clean else body[:_TAG_PREFIX_BYTES] + join_lengths(units)

    def _learn(self, units: list[bytes]) -> None:
        """Take over parameter sets from a key frame unless they are known."""
        inside = AvcConfig.from_units(units)
        if inside is None or (self._config is not None and self._config.holds(inside)):
            return
        length_bytes = self._config.length_bytes if self._config else _LENGTH_BYTES
        self._config = AvcConfig(inside.sps, inside.pps, length_bytes)
        self.config = _CONFIG_PREFIX + inside.record()


def with_parameter_sets(body: bytes, config: bytes) -> bytes:
    """Put the parameter sets of a sequence header tag in front of a key frame, unless it has its own.

    Home Assistant's HLS and go2rtc read the first sequence header of a connection only; what comes
    later (another size, say) they can show only if the key frames bring the parameter sets along.
    """
    payload = body[_TAG_PREFIX_BYTES:]
    parsed = AvcConfig.parse(config[_TAG_PREFIX_BYTES:])
    if parsed is None or AvcConfig.from_units(split_lengths(payload, _LENGTH_BYTES) or []) is not None:
        return body
    return body[:_TAG_PREFIX_BYTES] + parsed.prefix() + payload


def _begins_with_start_code(payload: bytes) -> bool:
    return payload.startswith((_START_CODE, b"\0" + _START_CODE))
