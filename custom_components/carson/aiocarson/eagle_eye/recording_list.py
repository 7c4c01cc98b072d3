"""Lists of what was recorded, page by page (Protocol B.7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ..errors import InvalidInputError
from ..http.coerce import as_id, as_mapping
from .api import EagleEyeApi
from .timestamps import format_timestamp, parse_timestamp

# The only number that the reference shows; a server that gives fewer at a time is asked again …
PAGE = 500
# … unless it gives so few that no limit of its own can be the reason.
SMALL_PAGE = 50
MOST_ENTRIES = 20_000
# A stored piece is five minutes long at most: one that reaches into a time begins no earlier before it.
LONGEST_PIECE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A stretch of recorded video.

    Attributes:
        end: None while it still goes on.
        id: Eagle Eye's number for it, if it gives one.
    """

    camera_id: str
    begin: datetime
    end: datetime | None = None
    id: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False, compare=False)

    @property
    def duration(self) -> timedelta:
        """How long it is, so far."""
        return (self.end or max(self.begin, datetime.now(UTC))) - self.begin


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFilter:
    """Which recordings are wanted; see `Recordings.list_recordings`.

    Raises:
        InvalidInputError: It makes no sense.
    """

    begin: datetime
    end: datetime | None = None
    limit: int | None = None
    coalesce: bool = True
    min_duration: timedelta | None = None
    max_duration: timedelta | None = None

    def __post_init__(self) -> None:
        if self.begin.tzinfo is None or (self.end is not None and self.end.tzinfo is None):
            raise InvalidInputError("The point in time needs a time zone")
        if self.end is not None and self.end <= self.begin:
            raise InvalidInputError("The end of the time must be after its beginning")
        if self.limit is not None and self.limit < 1:
            raise InvalidInputError("The limit must be at least one")

    def apply(self, found: list[Recording]) -> list[Recording]:
        """Join and choose."""
        return [
            one
            for one in (_joined(found) if self.coalesce else found)
            if (one.end is None or one.end > self.begin)
            and (self.end is None or one.begin < self.end)
            and (self.min_duration is None or one.duration >= self.min_duration)
            and (self.max_duration is None or one.duration <= self.max_duration)
        ]


async def list_videos(http: EagleEyeApi, camera_id: str, wanted: RecordingFilter) -> tuple[Recording, ...]:
    """List recordings that overlap a time, oldest first; see `Recordings.list_recordings`."""
    found: list[Recording] = []
    cursor = wanted.begin - LONGEST_PIECE
    while len(found) < MOST_ENTRIES:
        # Joined here and not by `options=coalesce`: whether `count` is applied before or after that nobody says,
        # so a short page would no longer mean the last one.
        rows = await _rows(http, "video", _query(camera_id, cursor, wanted.end, PAGE))
        fresh = [one for one in _read(camera_id, rows) if not found or one.begin > found[-1].begin]
        found += fresh
        # The last one may go on in the next page; it counts only if it need not be joined.
        enough = wanted.limit is not None and len(wanted.apply(found)) >= wanted.limit + wanted.coalesce
        if enough or not fresh or len(rows) < SMALL_PAGE or found[-1].end is None:
            break
        cursor = found[-1].end
    return tuple(wanted.apply(found)[: wanted.limit])


async def last_video(http: EagleEyeApi, camera_id: str) -> Recording | None:
    """Tell the newest recording: a negative count goes backwards."""
    query = {"id": camera_id, "start_timestamp": "now", "count": "-1", "options": "coalesce"}
    found = _read(camera_id, await _rows(http, "video", query))
    return found[-1] if found else None


async def list_images(
    http: EagleEyeApi, camera_id: str, wanted: RecordingFilter, asset_class: str
) -> tuple[datetime, ...]:
    """List the times of pictures, oldest first; see `Recordings.list_previews`."""
    found: list[datetime] = []
    cursor = wanted.begin
    most = MOST_ENTRIES if wanted.limit is None else min(wanted.limit, MOST_ENTRIES)
    while len(found) < most:
        # One more than wanted: the first may be the last one of the page before.
        query = _query(camera_id, cursor, wanted.end, min(PAGE, most - len(found) + 1))
        rows = await _rows(http, "image", query | {"asset_class": asset_class})
        fresh = sorted(when for when in _read_times(rows) if when >= wanted.begin and when not in found[-1:])
        if not fresh:
            break
        found += fresh
        cursor = fresh[-1]
        if len(rows) < min(SMALL_PAGE, int(query["count"])):
            break
    return tuple(when for when in found if wanted.end is None or when <= wanted.end)[:most]


async def _rows(http: EagleEyeApi, kind: str, query: Mapping[str, str]) -> list[Any]:
    answer = await http.get(f"asset/list/{kind}", query)
    if answer.status == 400:
        # What Eagle Eye says of a time in which the camera did not exist yet.
        return []
    return http.rows(answer, "a list of recordings")


def _query(camera_id: str, begin: datetime, end: datetime | None, count: int) -> dict[str, str]:
    query = {"id": camera_id, "start_timestamp": format_timestamp(begin), "count": str(count)}
    if end is not None:
        query["end_timestamp"] = format_timestamp(end)
    return query


def _read(camera_id: str, rows: list[Any]) -> list[Recording]:
    """Read the rows of a list, oldest first; those that cannot be read are left out."""
    found: dict[datetime, Recording] = {}
    for row in rows:
        raw = as_mapping(row)
        begin, end = _time(raw, "s"), _time(raw, "e")
        if begin is not None and (end is None or end >= begin):
            number = as_id(raw.get("id"))
            found.setdefault(begin, Recording(camera_id=camera_id, begin=begin, end=end, id=number, raw=raw))
    return sorted(found.values(), key=lambda one: one.begin)


def _read_times(rows: list[Any]) -> set[datetime]:
    times = {_time(as_mapping(row), "s") for row in rows}
    return {when for when in times if when is not None}


def _time(raw: Mapping[str, Any], key: str) -> datetime | None:
    value = raw.get(key)
    return parse_timestamp(value) if isinstance(value, str) else None


def _joined(found: list[Recording]) -> list[Recording]:
    """Make one of recordings that touch or overlap: the pages of a list may have cut them apart."""
    joined: list[Recording] = []
    for one in found:
        last = joined[-1] if joined else None
        if last is None or (last.end is not None and last.end < one.begin):
            joined.append(one)
        else:
            end = None if last.end is None or one.end is None else max(last.end, one.end)
            joined[-1] = Recording(camera_id=last.camera_id, begin=last.begin, end=end, id=last.id, raw=last.raw)
    return joined
