"""H.264 inside FLV, repaired to what every player supports: length-prefixed NAL units and a valid avcC record.

Eagle Eye's own player accepts Annex-B start codes inside the tags and a wrong avcC version byte (Protocol B.8),
so such streams exist; Home Assistant's muxer and browsers reject them.
"""

from dataclasses import dataclass
from typing import Self

_START_CODE = b"\0\0\1"
_TAG_PREFIX_BYTES = 5  # frame type and codec, packet type, composition time (3)
_CONFIG_PREFIX = b"\x17\0\0\0\0"
_LENGTH_BYTES = 4

_NAL_WITHOUT_PICTURE = range(6, 14)
_NAL_SPS = 7
_NAL_PPS = 8
_MIN_SPS_BYTES = 4
_MAX_SET_BYTES = 0xFFFF
_MAX_SPS = 31
_MAX_PPS = 255
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
    """Return the length-prefixed NAL units, None when the lengths do not add up."""
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
    """The parameter sets that a decoder needs before the first picture."""

    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]
    length_bytes: int = _LENGTH_BYTES

    @classmethod
    def parse(cls, record: bytes) -> Self | None:
        """Parse an avcC record, ignoring its version byte; None when it holds no parameter sets."""
        if len(record) < 7:
            return None
        sps, at = _read_sets(record, 6, record[5] & 0x1F)
        pps, _ = _read_sets(record, at + 1, record[at] if at < len(record) else 0)
        return cls._validated(sps, pps, (record[4] & 3) + 1)

    @classmethod
    def from_units(cls, units: list[bytes]) -> Self | None:
        """Return the parameter sets among the NAL units; None when one kind is missing."""
        sps = [unit for unit in units if unit[0] & 0x1F == _NAL_SPS]
        pps = [unit for unit in units if unit[0] & 0x1F == _NAL_PPS]
        return cls._validated(sps, pps, _LENGTH_BYTES)

    @classmethod
    def _validated(cls, sps: list[bytes], pps: list[bytes], length_bytes: int) -> Self | None:
        if not sps or not pps:
            return None
        if any(len(unit) < _MIN_SPS_BYTES or unit[0] & 0x1F != _NAL_SPS for unit in sps):
            return None
        if any(unit[0] & 0x1F != _NAL_PPS for unit in pps):
            return None
        config = cls(tuple(dict.fromkeys(sps)), tuple(dict.fromkeys(pps)), length_bytes)
        fits = all(len(unit) <= _MAX_SET_BYTES for unit in config.sps + config.pps)
        # More or longer units than fit into a record are not parameter sets.
        return config if fits and len(config.sps) <= _MAX_SPS and len(config.pps) <= _MAX_PPS else None

    def record(self) -> bytes:
        """Return the avcC record for lengths of four bytes."""
        first = self.sps[0]
        parts = [b"\x01", first[1:4], b"\xff", bytes([0xE0 | len(self.sps)])]
        for unit in self.sps:
            parts += (len(unit).to_bytes(2), unit)
        parts.append(bytes([len(self.pps)]))
        for unit in self.pps:
            parts += (len(unit).to_bytes(2), unit)
        if first[1] in _HIGH_PROFILES:
            # Chroma format 4:2:0, 8 bits each, no extension: what surveillance cameras send.
            parts.append(b"\xfd\xf8\xf8\x00")
        return b"".join(parts)

    def prefix(self) -> bytes:
        """Return the parameter sets in the form that precedes a key frame."""
        return join_lengths([*self.sps, *self.pps])

    def contains(self, other: Self) -> bool:
        """Return whether this holds every parameter set of `other`."""
        return set(other.sps) <= set(self.sps) and set(other.pps) <= set(self.pps)


def _read_sets(record: bytes, at: int, count: int) -> tuple[list[bytes], int]:
    """Return `count` parameter sets and the position behind them; only complete ones from a truncated record."""
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
    """Repairs the tag bodies of one segment; valid ones pass unchanged."""

    def __init__(self) -> None:
        self._config: AvcConfig | None = None
        self.config: bytes | None = None
        """Body of the sequence header tag that applies to the following frames."""

    def set_config(self, body: bytes) -> None:
        """Set the sequence header tag. An invalid one is ignored: a key frame may hold the parameter sets itself."""
        record = body[_TAG_PREFIX_BYTES:]
        parsed = AvcConfig.parse(record)
        config = parsed or AvcConfig.from_units(split_start_codes(record))
        if config is None:
            return
        self._config = config
        valid = parsed is not None and record[0] == 1 and parsed.length_bytes == _LENGTH_BYTES
        self.config = body if valid else _CONFIG_PREFIX + config.record()

    def repair(self, body: bytes, *, key: bool) -> bytes | None:
        """Return the repaired body of a frame, None when it is not H.264 or holds no picture.

        A key frame with parameter sets that are not in the sequence header replaces the header.
        """
        payload = body[_TAG_PREFIX_BYTES:]
        length_bytes = self._config.length_bytes if self._config else _LENGTH_BYTES
        units = split_lengths(payload, length_bytes)
        unchanged = units is not None and length_bytes == _LENGTH_BYTES
        if units is None:
            units = split_start_codes(payload) if _begins_with_start_code(payload) else []
        elif any(unit[0] == 0 for unit in units):
            # A start code inside a length-prefixed unit.
            units = [inner for unit in units for inner in (split_start_codes(unit) or [unit])]
            unchanged = False
        if key:
            self._update_config(units)
        if all(unit[0] & 0x1F in _NAL_WITHOUT_PICTURE for unit in units):
            # Filler, or parameter sets alone, or nothing.
            return None
        return body if unchanged else body[:_TAG_PREFIX_BYTES] + join_lengths(units)

    def _update_config(self, units: list[bytes]) -> None:
        """Use the parameter sets of a key frame unless they are known."""
        inside = AvcConfig.from_units(units)
        if inside is None or (self._config is not None and self._config.contains(inside)):
            return
        length_bytes = self._config.length_bytes if self._config else _LENGTH_BYTES
        self._config = AvcConfig(inside.sps, inside.pps, length_bytes)
        self.config = _CONFIG_PREFIX + inside.record()


def with_parameter_sets(body: bytes, config: bytes) -> bytes:
    """Return a key frame preceded by the parameter sets of a sequence header tag, unless it has its own.

    Home Assistant's HLS and go2rtc read only the first sequence header of a connection. They can show a later
    change (of the size, for example) only if the key frames include the parameter sets.
    """
    payload = body[_TAG_PREFIX_BYTES:]
    parsed = AvcConfig.parse(config[_TAG_PREFIX_BYTES:])
    if parsed is None or AvcConfig.from_units(split_lengths(payload, _LENGTH_BYTES) or []) is not None:
        return body
    return body[:_TAG_PREFIX_BYTES] + parsed.prefix() + payload


def _begins_with_start_code(payload: bytes) -> bool:
    return payload.startswith((_START_CODE, b"\0" + _START_CODE))
