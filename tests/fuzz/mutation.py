"""Random mutations of bytes and JSON."""

from copy import deepcopy
import json
from random import Random
from typing import Any

type Json = Any

# A value that is copied into itself again and again would outgrow the machine.
_MOST_PLACES = 2000

HOSTILE: tuple[Json, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63 - 1,
    -(2**63),
    2**64 - 1,
    10**30,
    1e308,
    -0.0,
    0.5,
    "",
    " ",
    "0",
    "null",
    "\x00\x1b[31mred\x7f",
    "\u202egnp.exe\u2066",
    "line one\nline two\r\n\u2028three",
    "x" * 64,
    "x" * 65,
    "n" * 10_000,
    "\U0001f6aa" * 300,
    "\uff11\uff12",
    "\u0661",
    "\ud800",
    "1e999",
    "nan",
    "-inf",
    "٣",
    "../../../etc/passwd",
    "..",
    ".",
    "%2e%2e%2f",
    "a/b?c#d",
    "evil.example.com/#",
    "a.b",
    "a" * 64,
    "xn--a",
    "https://evil.example.com/",
    "{{ states }}",
    "20201301000000.000",
    "00010101000000.000",
    "99991231235959.999",
    "preview-20200101000000.000",
    "2020-02-30",
    "0001-01-01",
    "9999-12-31",
    "24:00:00",
    "23:59:60",
    [],
    {},
    [[]],
    [{}],
    {"id": 1},
    {"id": {"id": [1]}},
    {"": None},
    [None, None],
    "building",
    "eagle_eye",
)


def mutate_json(dice: Random, value: Json) -> Json:
    """Return a copy of a value with a few random changes."""
    value = deepcopy(value)
    for _ in range(dice.choice((0, 1, 1, 2, 3, 5, 12, 40))):
        value = _mutate_once(dice, value)
    return value


def _mutate_once(dice: Random, root: Json) -> Json:
    parents: list[tuple[Any, Any]] = []
    _collect(root, parents)
    if not parents or dice.random() < 0.02:
        return deepcopy(dice.choice(HOSTILE))
    parent, key = dice.choice(parents)
    match dice.randrange(8):
        case 0 | 1 | 2:
            parent[key] = deepcopy(dice.choice(HOSTILE))
        case 3:
            del parent[key]
        case 4 if len(parents) < _MOST_PLACES:
            other, place = dice.choice(parents)
            parent[key] = deepcopy(other[place])
        case 5 if len(parents) < _MOST_PLACES:
            it = parent[key]
            parent[key] = dice.choice(([it], {"id": it}, [it, deepcopy(it)], str(it)[:1000]))
        case 6 if isinstance(parent, list):
            parent.insert(dice.randrange(len(parent) + 1), deepcopy(dice.choice((parent[key], *HOSTILE[:40]))))
        case _:
            if isinstance(parent, dict):
                parent[dice.choice(list(parent))] = deepcopy(dice.choice(HOSTILE))
            else:
                dice.shuffle(parent)
    return root


def _collect(value: Json, into: list[tuple[Any, Any]], depth: int = 0) -> None:
    if depth > 12:
        return
    if isinstance(value, dict):
        items: Any = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return
    for key, inner in items:
        into.append((value, key))
        _collect(inner, into, depth + 1)


def to_bytes(dice: Random, value: Json) -> bytes:
    """Return JSON in a random style, sometimes with mutated bytes."""
    body = json.dumps(value, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")
    return mutate_bytes(dice, body) if dice.random() < 0.1 else body


def mutate_bytes(dice: Random, data: bytes, *, keep: int = 0) -> bytes:
    """Return bytes with a few random changes after the first `keep` bytes."""
    body = bytearray(data)
    for _ in range(dice.choice((0, 1, 1, 2, 4, 10, 60))):
        if len(body) <= keep:
            break
        at = dice.randrange(keep, len(body))
        match dice.randrange(7):
            case 0 | 1:
                body[at] = dice.randrange(256)
            case 2:
                body[at] ^= 1 << dice.randrange(8)
            case 3:
                del body[at : at + dice.choice((1, 2, 4, 30, 500))]
            case 4:
                body[at:at] = bytes(dice.choice((b"\xff", b"\0\0\0\1", b"\0\0\1", b"\x7f\xff\xff\xff", b"FLV")))
            case 5:
                body[at:at] = body[at : at + dice.choice((1, 8, 100, 1000))]
            case _:
                size = dice.choice((1, 2, 3, 4))
                body[at : at + size] = dice.choice((b"\0", b"\xff", b"\x80", b"\x7f")) * size
    if dice.random() < 0.1:
        del body[dice.randrange(len(body) + 1) :]
    return bytes(body)


def chunks(dice: Random, data: bytes) -> list[bytes]:
    """Yield bytes in random chunks."""
    most = dice.choice((1, 7, 100, 1400, 100_000)) if len(data) < 20_000 else dice.choice((1400, 100_000))
    cut: list[bytes] = []
    at = 0
    while at < len(data):
        size = dice.randint(1, most)
        cut.append(data[at : at + size])
        at += size
    return cut
