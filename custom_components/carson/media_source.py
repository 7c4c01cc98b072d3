"""Recordings in the media browser: account, building, camera, day, hour, recording.

Identifiers, each level adding one part to the one above it:

    (nothing)       all accounts
    /<entry>        an account: id of its entry
    /<building>     a building: Carson's id
    /<camera>       a camera: its ESN
    /<day>          a day of the building's calendar: YYYY-MM-DD
    /<hour>         an hour of it: HH, or HHb for the second one of its name when clocks are set back
    /<piece>        a recording, in place of the hour: <begin>-<end> in milliseconds since the epoch

Nothing else is an identifier: whatever does not match, names something that this Home
Assistant does not know, or a piece that is too long, is refused before anything is asked for.

All levels are always there, with one account and one building too: what is one today may be
two tomorrow, and a favourite stays what it is.

Recordings are shown as Eagle Eye stores them: in pieces of five minutes at most, which is what
it asks for at a time and the only unit that it plays without having to look for a place in it
(Protocol B.8). Someone who looks for a moment thus gets it without having to wait for an hour
of video to be made first. They are sorted into hours, because a day may have 300 of them.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
import logging
import re
from typing import override

from homeassistant.components.camera.const import DOMAIN as CAMERA
from homeassistant.components.media_player.browse_media import SearchMedia, SearchMediaQuery
from homeassistant.components.media_player.const import MediaClass, MediaType
from homeassistant.components.media_player.errors import BrowseError
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.components.stream.const import DOMAIN as STREAM, FORMAT_CONTENT_TYPE, HLS_PROVIDER
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from .aiocarson import AuthenticationError, CarsonError, InvalidInputError, NotFoundError, RateLimitError, Recording
from .aiocarson.errors import OutsideRetentionError, PermissionDeniedError
from .const import DOMAIN
from .entity import camera_unique_id, translated
from .media.local_url import local_url
from .media.recordings.browse_path import (
    BrowsePath,
    accounts,
    async_cameras_below,
    async_find,
    begin_of,
    buildings,
    cameras,
)
from .media.recordings.hls import DATA_REPLAYS
from .media.recordings.segments import Hour, day_span, parse_day, pieces_of
from .media.recordings.views import MP4, recording_path, replay_path, thumbnail_path

_LOGGER = logging.getLogger(__name__)

# How long a click waits for Eagle Eye's worker before the other form is tried.
MAKING_SECONDS = 60.0
# What Eagle Eye keeps if nobody ordered more (Protocol B.8), and the most that is shown of it.
USUAL_DAYS = 14
MOST_DAYS = 92
MOST_RESULTS = 200
MOST_CAMERAS_SEARCHED = 8
# A camera that refused is not asked again by each click.
REFUSAL_SECONDS = 600.0

_DOTTED_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", re.ASCII)
# What the other form may help against: not what is so for any form.
_FINAL = (
    AuthenticationError,
    InvalidInputError,
    NotFoundError,
    OutsideRetentionError,
    RateLimitError,
)


async def async_get_media_source(hass: HomeAssistant) -> RecordingsSource:
    """Set up the source of recordings."""
    return RecordingsSource(hass)


class RecordingsSource(MediaSource):
    """The recordings of all accounts."""

    name = "Carson Living"

    def __init__(self, hass: HomeAssistant) -> None:
        """Know of no refusal yet."""
        super().__init__(DOMAIN)
        self.hass = hass
        self._refused: dict[str, float] = {}

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Show what is inside of something."""
        place = await self._find(item, BrowseError)
        if place.piece is not None:
            raise _error(BrowseError, "unknown_recording")
        try:
            children = await self._children(place)
        except CarsonError as err:
            raise self._told(BrowseError, place, err) from err
        node = self._node(place, place.title or "Carson Living")
        node.children = children
        return node

    @override
    async def async_search_media(self, item: MediaSourceItem, query: SearchMediaQuery) -> SearchMedia:
        """Find cameras by words of their names, and recordings by a date besides: `lobby 2026-11-20`.

        A date is YYYY-MM-DD, DD.MM.YYYY, `today` or `yesterday`, on the calendar of the
        building. Without any, cameras are found, or within a day the recordings of that day.
        """
        place = await self._find(item, BrowseError)
        words = query.search_query.casefold().split()
        names = [word for word in words if not _is_day(word)]
        dates = [word for word in words if _is_day(word)]
        if not words or len(dates) > 1:
            return SearchMedia(result=[])
        found = [one for one in await async_cameras_below(self.hass, place) if _matches(one, names)]
        if dates:
            found = [replace(one, day=_read_day(dates[0], one.zone)) for one in found]
        elif place.day is not None:
            found = [replace(one, day=place.day) for one in found]
        classes = query.media_filter_classes
        result = [] if classes else [self._node(one, one.full_title) for one in found]
        if not classes or MediaClass.VIDEO in classes:
            dated = [one for one in found if one.day is not None][:MOST_CAMERAS_SEARCHED]
            days = await asyncio.gather(*(self._quietly(one) for one in dated))
            pieces = sorted((one for day in days for one in day), key=begin_of, reverse=True)
            result += [self._node(one, one.full_title) for one in pieces]
        return SearchMedia(result=result[:MOST_RESULTS])

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Tell where a recording is played: our own view as soon as Eagle Eye has made the MP4.

        Whoever clicked waits here, not in a player, because only here a text can say what is wrong.
        """
        place = await self._find(item, Unresolvable)
        if place.entry is None or place.camera is None or place.piece is None:
            raise _error(Unresolvable, "unknown_recording")
        piece = place.piece
        try:
            async with place.recordings.clip(
                place.camera.id,
                piece.begin,
                piece.end,
                limit=timedelta(seconds=MAKING_SECONDS),
                byte_range="bytes=0-0",
            ):
                return PlayMedia(recording_path(place.entry.entry_id, place.camera.id, piece), MP4)
        except _FINAL as err:
            raise self._told(Unresolvable, place, err) from err
        except CarsonError as err:
            if STREAM not in self.hass.config.components:
                raise self._told(Unresolvable, place, err) from err
            _LOGGER.debug("No MP4 of a recording, its FLV is tried: %s", err)
        try:
            url = await self.hass.data[DATA_REPLAYS].async_start(
                place.entry,
                place.camera,
                piece,
                lambda secret: local_url(self.hass, replay_path(secret)),
            )
        except CarsonError as err:
            raise self._told(Unresolvable, place, err) from err
        except OSError as err:
            raise _error(Unresolvable, "no_room", place.title) from err
        return PlayMedia(url, FORMAT_CONTENT_TYPE[HLS_PROVIDER])

    async def _find(self, item: MediaSourceItem, kind: type[HomeAssistantError]) -> BrowsePath:
        try:
            return await async_find(self.hass, item.identifier)
        except ValueError as err:
            raise _error(kind, "unknown_recording") from err

    async def _children(self, place: BrowsePath) -> list[BrowseMediaSource]:
        if place.day is not None:
            pieces = await self._pieces(place)
            if place.hour is None:
                hours = {Hour.of(begin_of(one), one.zone): one for one in pieces}
                return [
                    self._node(replace(one, hour=hour, piece=None), hour.title, thumbnail=self._thumbnail(one))
                    for hour, one in hours.items()
                ]
            below: Iterable[BrowsePath] = pieces
        elif place.camera is not None:
            below = await self._days(place)
        elif place.building is not None:
            below = cameras(place)
        elif place.entry is not None:
            below = buildings(place)
        else:
            below = accounts(self.hass)
        return [self._node(one, one.title) for one in below]

    async def _days(self, place: BrowsePath) -> list[BrowsePath]:
        """List the days from today back to the oldest recording."""
        now = dt_util.utcnow()
        oldest = await self._list(place, now - timedelta(days=MOST_DAYS), now, limit=1)
        if oldest:
            first = oldest[0].begin
        elif await self._list(place, now - timedelta(days=USUAL_DAYS), now, limit=1):
            # Eagle Eye may refuse to look at a time in which the camera did not exist.
            first = now - timedelta(days=USUAL_DAYS)
        else:
            return []
        today = now.astimezone(place.zone).date()
        count = (today - first.astimezone(place.zone).date()).days + 1
        return [replace(place, day=today - timedelta(days=back)) for back in range(min(count, MOST_DAYS))]

    async def _pieces(self, place: BrowsePath) -> list[BrowsePath]:
        """List the recordings of a day, or of one hour of it, newest first."""
        if place.day is None:
            return []
        now = dt_util.utcnow()
        begin, end = day_span(place.day, place.zone)
        if place.hour is not None:
            first, last = place.hour.span(place.day, place.zone)
            begin, end = max(begin, first), min(end, last)
        if begin >= min(end, now):
            return []
        found = pieces_of(await self._list(place, begin, min(end, now)), begin, end, now)
        return [
            replace(place, hour=None, piece=piece)
            for piece in found
            if place.hour is None or Hour.of(piece.begin, place.zone) == place.hour
        ]

    async def _quietly(self, place: BrowsePath) -> list[BrowsePath]:
        try:
            return await self._pieces(place)
        except CarsonError as err:
            _LOGGER.debug("A camera is left out of a search: %s", err)
            return []

    async def _list(
        self, place: BrowsePath, begin: datetime, end: datetime, limit: int | None = None
    ) -> tuple[Recording, ...]:
        if place.camera is None:
            return ()
        if self._refused.get(place.camera.id, 0.0) > self.hass.loop.time():
            raise PermissionDeniedError("Eagle Eye refused a list of recordings a while ago", status=403)
        try:
            return await place.recordings.list_recordings(
                place.camera.id, begin=begin, end=end, limit=limit, coalesce=False
            )
        except PermissionDeniedError:
            if place.camera.id not in self._refused:
                _LOGGER.info("This account may not see the recordings of camera %s", place.camera.id)
            self._refused[place.camera.id] = self.hass.loop.time() + REFUSAL_SECONDS
            raise

    def _told(self, kind: type[HomeAssistantError], place: BrowsePath, error: CarsonError) -> HomeAssistantError:
        """Word an error."""
        name = place.camera.name if place.camera is not None else place.title
        if isinstance(error, PermissionDeniedError):
            return _error(kind, "recordings_refused", name)
        if isinstance(error, AuthenticationError) and place.entry is not None:
            place.entry.async_start_reauth(self.hass)
        if isinstance(error, NotFoundError | OutsideRetentionError):
            return _error(kind, "recording_gone", name)
        text = translated(error, name)
        return kind(
            translation_domain=DOMAIN,
            translation_key=text.translation_key,
            translation_placeholders=text.translation_placeholders,
        )

    def _thumbnail(self, place: BrowsePath) -> str | None:
        """Tell where there is a picture of a recording, or what Home Assistant shows of a camera."""
        if place.entry is None or place.camera is None:
            return None
        if place.piece is not None:
            return thumbnail_path(place.entry.entry_id, place.camera.id, place.piece.begin)
        unique_id = camera_unique_id(place.entry.runtime_data, place.camera)
        entity_id = er.async_get(self.hass).async_get_entity_id(CAMERA, DOMAIN, unique_id)
        return None if entity_id is None or place.day is not None else f"/api/camera_proxy/{entity_id}"

    def _node(self, place: BrowsePath, title: str, *, thumbnail: str | None = None) -> BrowseMediaSource:
        media_class = MediaClass.DIRECTORY
        if place.piece is not None:
            media_class = MediaClass.VIDEO
        elif place.camera is not None and place.day is None:
            media_class = MediaClass.CHANNEL
        return BrowseMediaSource(
            domain=DOMAIN,
            identifier=place.identifier or None,
            media_class=media_class,
            media_content_type=MediaType.VIDEO,
            title=title,
            can_play=place.piece is not None,
            can_expand=place.piece is None,
            can_search=place.piece is None and place.hour is None,
            search_media_classes=[MediaClass.VIDEO],
            thumbnail=thumbnail or self._thumbnail(place),
        )


def _error(kind: type[HomeAssistantError], key: str, name: str = "") -> HomeAssistantError:
    return kind(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders={"name": name} if name else None
    )


def _matches(place: BrowsePath, names: list[str]) -> bool:
    text = " ".join(part.name for part in (place.camera, place.building) if part is not None).casefold()
    return all(name in text for name in names)


def _is_day(word: str) -> bool:
    try:
        _read_day(word, dt_util.UTC)
    except ValueError:
        return False
    return True


def _read_day(word: str, zone: tzinfo) -> date:
    """Read a date as people write it.

    Raises:
        ValueError: It is none.
    """
    if word in {"today", "yesterday"}:
        return dt_util.now(zone).date() - timedelta(days=word == "yesterday")
    if match := _DOTTED_DAY.fullmatch(word):
        day, month, year = match.groups()
        word = f"{year}-{month:0>2}-{day:0>2}"
    return parse_day(word)
