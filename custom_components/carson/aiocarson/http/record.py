"""A record of what the clouds answer, kept all the time, for diagnostics: forms instead of values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
import re
from typing import Any

from aiohttp import hdrs

from .cleaning import Cleaner

MAX_PATHS = 100
MAX_EXCERPT = 120

# The words in the paths that the clients request; everything else is an id.
_WORDS = frozenset(
    {
        "aaa",
        "after",
        "allowed-hours",
        "amenities",
        "api",
        "asset",
        "auth",
        "buildings",
        "counts",
        "device",
        "doors",
        "eagleeye",
        "g",
        "image",
        "image.jpeg",
        "isauth",
        "list",
        "login",
        "me",
        "media",
        "next",
        "open",
        "play",
        "poll",
        "prev",
        "properties",
        "reservations",
        "reserved-dates",
        "session",
        "Snapshot",
        "v2",
        "video",
        "video.flv",
        "video.mp4",
    }
)
_VERSION = re.compile(r"v[0-9]{1,2}(?:\.[0-9]{1,2}){0,2}", re.ASCII)
_STARTS = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG", "png"),
    (b"FLV", "flv"),
    (b"{", "json"),
    (b"[", "json"),
    (b"true", "json"),
    (b"false", "json"),
    (b"null", "json"),
    (b"<", "html"),
)
_CLEANER = Cleaner()


def body_form(body: bytes) -> str:
    """Return the form of a body: json, html, text, empty, jpeg, png, flv, mp4 or other."""
    start = body[:64].lstrip()
    if not start:
        return "other" if body.strip() else "empty"
    if body[4:8] == b"ftyp":
        return "mp4"
    text = "text" if body[:200].isascii() else "other"
    return next((form for beginning, form in _STARTS if start.startswith(beginning)), text)


def media_type(headers: Mapping[str, str]) -> str:
    """Return the type of a response's content, without parameters."""
    return headers.get(hdrs.CONTENT_TYPE, "").partition(";")[0].strip().lower()[:60]


def path_template(path: str) -> str:
    """Return a path with `{id}` in place of ids, as in `/api/v1.4.4/doors/{id}/open/`."""
    parts = (
        part if not part or part in _WORDS or _VERSION.fullmatch(part) else "{id}" for part in path[:500].split("/")
    )
    return "/".join(parts)


@dataclass(slots=True)
class PathRecord:
    """The answers to the requests for one kind of path.

    Attributes:
        count: Their number.
        status: The status of the last one.
        content_type: Its content type.
        body: The form of its body; None if the body was not looked at.
        unexpected: The beginning of the last body that came with an error, cleaned.
    """

    count: int = 0
    status: int = 0
    content_type: str = ""
    body: str | None = None
    unexpected: str | None = None


@dataclass(slots=True)
class KeyRecord:
    """What is known about the session keys of Eagle Eye (Protocol D.2, D.3).

    Attributes:
        shortest_seconds: The shortest time from the issue of a key to its first rejection.
        longest_seconds: The longest such time.
        same_again: How often a renewal returned the same key.
        changed: How often it returned another one.
        after_others: How often a key was rejected after another client had fetched one for the same building.
    """

    shortest_seconds: int | None = None
    longest_seconds: int | None = None
    same_again: int = 0
    changed: int = 0
    after_others: int = 0

    def record_life(self, seconds: float) -> None:
        """Record that a key was rejected some seconds after it had been issued."""
        life = round(seconds)
        self.shortest_seconds = life if self.shortest_seconds is None else min(life, self.shortest_seconds)
        self.longest_seconds = life if self.longest_seconds is None else max(life, self.longest_seconds)


@dataclass(slots=True)
class AnswerRecord:
    """The answers of one cloud, by kind of path."""

    paths: dict[str, PathRecord] = field(default_factory=dict)

    def record(self, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes | None) -> None:
        """Record an answer; `body` is None if it is not read as a whole."""
        name = f"{method} {path_template(path)}"
        if name not in self.paths and len(self.paths) >= MAX_PATHS:
            return
        row = self.paths.setdefault(name, PathRecord())
        row.count += 1
        row.status = status
        row.content_type = media_type(headers)
        row.body = None if body is None else body_form(body)
        if body and not 200 <= status < 300 and row.body in {"json", "html", "text"}:
            row.unexpected = _CLEANER.excerpt(body)[:MAX_EXCERPT]

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """Return the record as JSON values."""
        return {name: asdict(row) for name, row in sorted(self.paths.items())}
