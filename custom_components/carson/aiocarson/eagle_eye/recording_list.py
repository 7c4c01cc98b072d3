"""Lists of recordings and previews, which Eagle Eye returns in pages (Protocol B.7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ..errors import InvalidInputError
from ..http.coerce import as_id, as_mapping
from .api import EagleEyeApi
from .timestamps import format_timestamp, parse_timestamp

# The number in the examples of the reference. A server may limit a page to fewer rows, so a shorter page is
# followed by another request …
PAGE_SIZE = 500
# … unless it is so short that no limit of the server can be the reason.
MIN_FULL_PAGE = 50
MAX_ENTRIES = 20_000
# A stored recording is at most this long, so one that overlaps a time begins no earlier before it.
MAX_STORED_DURATION = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording of a camera.

    Attributes:
        camera_id: The ESN.
        begin: When it began.
        end: When it ended; None while it continues.
        id: Eagle Eye's number of it, if there is one.
        raw: The row of the list.
    """

    camera_id: str
    begin: datetime
    end: datetime | None = None
    id: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False, compare=False)

    @property
    def duration(self) -> timedelta:
        """The duration, up to now if the recording continues."""
        return (self.end or max(self.begin, datetime.now(UTC))) - self.begin


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFilter:
    """Selection of recordings; see `Recordings.list_recordings`.

    Raises:
        InvalidInputError: A value is invalid.
    """

    begin: datetime
    end: datetime | None = None
    limit: int | None = None
    coalesce: bool = True
    min_duration: timedelta | None = None
    max_duration: timedelta | None = None

    def __post_init__(self) -> None:
        if self.begin.tzinfo is None or (self.end is not None and self.end.tzinfo is None):
            raise InvalidInputError("The time must have a time zone")
        if self.end is not None and self.end <= self.begin:
            raise InvalidInputError("The end must be after the beginning")
        if self.limit is not None and self.limit < 1:
            raise InvalidInputError("The limit must be at least one")

    def apply(self, recordings: list[Recording]) -> list[Recording]:
        """Return the selected recordings, joined if they are to be."""
        return [
            recording for recording in (_join(recordings) if self.coalesce else recordings) if self._matches(recording)
        ]

    def _matches(self, recording: Recording) -> bool:
        return (
            (recording.end is None or recording.end > self.begin)
            and (self.end is None or recording.begin < self.end)
            and (self.min_duration is None or recording.duration >= self.min_duration)
            and (self.max_duration is None or recording.duration <= self.max_duration)
        )


async def list_videos(http: EagleEyeApi, camera_id: str, recording_filter: RecordingFilter) -> tuple[Recording, ...]:
    """Return recordings that overlap a time range, oldest first; see `Recordings.list_recordings`."""
    recordings: list[Recording] = []
    limit, apply = recording_filter.limit, recording_filter.apply
    cursor = recording_filter.begin - MAX_STORED_DURATION
    while len(recordings) < MAX_ENTRIES:
        # Recordings are joined here and not by `options=coalesce`: it is not documented whether `count` applies
        # before or after joining, so a short page would no longer mean that it is the last one.
        rows = await _fetch_rows(http, "video", _query(camera_id, cursor, recording_filter.end, PAGE_SIZE))
        added = [one for one in parse_recordings(camera_id, rows) if not recordings or one.begin > recordings[-1].begin]
        recordings += added
        # The last recording may continue on the next page, so it does not count if it can still be joined.
        enough = limit is not None and len(apply(recordings)) >= limit + recording_filter.coalesce
        if enough or not added or len(rows) < MIN_FULL_PAGE or recordings[-1].end is None:
            break
        cursor = recordings[-1].end
    return tuple(apply(recordings)[:limit])


async def last_video(http: EagleEyeApi, camera_id: str) -> Recording | None:
    """Return the latest recording, which a negative count selects; None if there is none."""
    query = {"id": camera_id, "start_timestamp": "now", "count": "-1", "options": "coalesce"}
    recordings = parse_recordings(camera_id, await _fetch_rows(http, "video", query))
    return recordings[-1] if recordings else None


async def list_images(
    http: EagleEyeApi, camera_id: str, recording_filter: RecordingFilter, asset_class: str
) -> tuple[datetime, ...]:
    """Return the times of stills, oldest first; see `Recordings.list_previews`."""
    times: list[datetime] = []
    begin, end = recording_filter.begin, recording_filter.end
    cursor = begin
    limit = MAX_ENTRIES if recording_filter.limit is None else min(recording_filter.limit, MAX_ENTRIES)
    while len(times) < limit:
        # One more than needed: the first still of a page may be the last one of the previous page.
        query = _query(camera_id, cursor, end, min(PAGE_SIZE, limit - len(times) + 1))
        rows = await _fetch_rows(http, "image", query | {"asset_class": asset_class})
        added = sorted(when for when in parse_times(rows) if when >= begin and when not in times[-1:])
        if not added:
            break
        times += added
        cursor = added[-1]
        if len(rows) < min(MIN_FULL_PAGE, int(query["count"])):
            break
    return tuple(when for when in times if end is None or when <= end)[:limit]


async def _fetch_rows(http: EagleEyeApi, kind: str, query: Mapping[str, str]) -> list[Any]:
    # 501 is no passing failure: this cloud has no such list.
    response = await http.get(f"asset/list/{kind}", query, accept=frozenset({501}))
    if response.status == 400:
        # Eagle Eye's response for a time before the camera was added.
        return []
    return http.parse_rows(response, "a list of recordings")


def _query(camera_id: str, begin: datetime, end: datetime | None, count: int) -> dict[str, str]:
    query = {"id": camera_id, "start_timestamp": format_timestamp(begin), "count": str(count)}
    if end is not None:
        query["end_timestamp"] = format_timestamp(end)
    return query


def parse_recordings(camera_id: str, rows: list[Any]) -> list[Recording]:
    """Return the recordings in the rows of a list, oldest first. Invalid rows are ignored."""
    recordings: dict[datetime, Recording] = {}
    for row in rows:
        raw = as_mapping(row)
        begin, end = _parse_time(raw, "s"), _parse_time(raw, "e")
        if begin is not None and (end is None or end >= begin):
            number = as_id(raw.get("id"))
            recordings.setdefault(begin, Recording(camera_id=camera_id, begin=begin, end=end, id=number, raw=raw))
    return sorted(recordings.values(), key=lambda recording: recording.begin)


def parse_times(rows: list[Any]) -> set[datetime]:
    """Return the times of the stills in the rows of a list. Invalid rows are ignored."""
    times = {_parse_time(as_mapping(row), "s") for row in rows}
    return {when for when in times if when is not None}


def _parse_time(raw: Mapping[str, Any], key: str) -> datetime | None:
    value = raw.get(key)
    return parse_timestamp(value) if isinstance(value, str) else None


def _join(recordings: list[Recording]) -> list[Recording]:
    """Return recordings with those joined that touch or overlap, as the parts on either side of a page break do."""
    joined: list[Recording] = []
    for recording in recordings:
        last = joined[-1] if joined else None
        if last is None or (last.end is not None and last.end < recording.begin):
            joined.append(recording)
        else:
            end = None if last.end is None or recording.end is None else max(last.end, recording.end)
            joined[-1] = Recording(camera_id=last.camera_id, begin=last.begin, end=end, id=last.id, raw=last.raw)
    return joined
