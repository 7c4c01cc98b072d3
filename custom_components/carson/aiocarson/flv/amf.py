"""AMF0 as far as the script data of an FLV needs it: a lenient reader and a small writer."""

from collections.abc import Mapping
from enum import IntEnum
import struct

type AmfValue = float | bool | str | dict[str, AmfValue] | list[AmfValue] | None

_MAX_DEPTH = 8
_DOUBLE = struct.Struct(">d")


class _Marker(IntEnum):
    NUMBER = 0
    BOOLEAN = 1
    STRING = 2
    OBJECT = 3
    NULL = 5
    UNDEFINED = 6
    ECMA_ARRAY = 8
    OBJECT_END = 9
    STRICT_ARRAY = 10
    DATE = 11
    LONG_STRING = 12


class _MalformedError(Exception):
    """The rest of the data is malformed; what was read before it is valid."""


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def _take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise _MalformedError
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def _number(self, size: int) -> int:
        return int.from_bytes(self._take(size))

    def _text(self, size_of_length: int = 2) -> str:
        return self._take(self._number(size_of_length)).decode("utf-8", "replace")

    def value(self, depth: int = 0, into: dict[str, AmfValue] | None = None) -> AmfValue:
        """Return the next value. Members of a mapping go to `into`, so that they are kept when the end is missing."""
        if depth > _MAX_DEPTH:
            raise _MalformedError
        match self._number(1):
            case _Marker.NUMBER:
                number: float = _DOUBLE.unpack(self._take(8))[0]
                return number
            case _Marker.BOOLEAN:
                return self._number(1) != 0
            case _Marker.STRING:
                return self._text()
            case _Marker.LONG_STRING:
                return self._text(4)
            case _Marker.NULL | _Marker.UNDEFINED:
                return None
            case _Marker.DATE:
                self._take(10)
                return None
            case _Marker.OBJECT:
                return self._members({} if into is None else into, depth)
            case _Marker.ECMA_ARRAY:
                self._take(4)  # only an approximate count
                return self._members({} if into is None else into, depth)
            case _Marker.STRICT_ARRAY:
                return [self.value(depth + 1) for _ in range(self._number(4))]
        raise _MalformedError

    def _members(self, members: dict[str, AmfValue], depth: int) -> dict[str, AmfValue]:
        while True:
            key = self._text()
            if not key and self._data[self._at : self._at + 1] == bytes([_Marker.OBJECT_END]):
                self._at += 1
                return members
            members[key] = self.value(depth + 1)


def read_metadata(data: bytes) -> dict[str, AmfValue] | None:
    """Return the members of an `onMetaData` script tag, None for any other tag.

    A truncated or malformed body yields the members before the damage: it must not stop the video.
    """
    reader = _Reader(data)
    members: dict[str, AmfValue] = {}
    try:
        name = reader.value()
        if name == "@setDataFrame":
            name = reader.value()
        if name != "onMetaData":
            return None
        reader.value(into=members)
    except _MalformedError:
        return members or None
    return members


def write_metadata(members: Mapping[str, float | bool]) -> bytes:
    """Return the body of an `onMetaData` script tag."""
    out = bytearray([_Marker.STRING])
    out += _short_text("onMetaData")
    out.append(_Marker.ECMA_ARRAY)
    out += len(members).to_bytes(4)
    for key, value in members.items():
        out += _short_text(key)
        if isinstance(value, bool):
            out += bytes([_Marker.BOOLEAN, value])
        else:
            out.append(_Marker.NUMBER)
            out += _DOUBLE.pack(value)
    out += b"\0\0"
    out.append(_Marker.OBJECT_END)
    return bytes(out)


def _short_text(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2) + encoded
