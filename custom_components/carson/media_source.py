"""Recordings in the media browser: account, building, camera, day, hour, recording.

For the identifiers see media/recordings/browse_path.py. An identifier that is malformed or names something unknown
is rejected before any request is sent.
"""

from collections.abc import Mapping
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
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .aiocarson import CarsonError
from .const import DOMAIN
from .data import CarsonData
from .errors import errors_in_own_language, log_error, recording_error, translated_message
from .identifiers import camera_unique_id
from .media.account import MediaAccount
from .media.recordings.browse_path import BrowsePath, async_parse_identifier
from .media.recordings.browser import RecordingBrowser
from .media.recordings.days import WEEKDAYS
from .media.recordings.resolver import async_resolve
from .media.recordings.search import SearchText, async_search_cameras, async_search_recordings
from .media.recordings.urls import thumbnail_path
from .media_accounts import async_loaded_accounts

MAX_RESULTS = 200
"""The most results of a search."""


async def async_get_media_source(hass: HomeAssistant) -> RecordingsSource:
    """Set up the media source of recordings."""
    return RecordingsSource(hass)


class RecordingsSource(MediaSource):
    """The recordings of all accounts."""

    name = "Carson Living"

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize the media source."""
        super().__init__(DOMAIN)
        self.hass = hass
        self._browser = RecordingBrowser(self._accounts, hass.loop.time)

    def _accounts(self) -> list[MediaAccount]:
        return async_loaded_accounts(self.hass)

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Return a level of the media browser and what is below it."""
        async with errors_in_own_language(self.hass):
            path = await self._async_parse(item, BrowseError)
            if path.segment is not None:
                raise translated_message(BrowseError, "unknown_recording")
            try:
                children = await self._async_children(path)
            except CarsonError as err:
                raise self._translated(BrowseError, path, err) from err
        node = self._node(path, path.title or self.name)
        node.children = children
        return node

    @override
    async def async_search_media(self, item: MediaSourceItem, query: SearchMediaQuery) -> SearchMedia:
        """Return the cameras whose names match, and their recordings when a day is given."""
        async with errors_in_own_language(self.hass):
            path = await self._async_parse(item, BrowseError)
        search = SearchText.parse(query.search_query)
        if search is None:
            return SearchMedia(result=[])
        found = await async_search_cameras(self._accounts, path, search)
        classes = query.media_filter_classes
        results = [] if classes else list(found)
        if not classes or MediaClass.VIDEO in classes:
            results += await async_search_recordings(self._browser, found)
        return SearchMedia(result=[self._node(one, self._result_title(one)) for one in results[:MAX_RESULTS]])

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return how to play a recording."""
        async with errors_in_own_language(self.hass):
            return await self._async_resolve(item)

    async def _async_resolve(self, item: MediaSourceItem) -> PlayMedia:
        path = await self._async_parse(item, Unresolvable)
        try:
            if path.hour is not None:
                # An hour plays from its first recording on.
                path = min(await self._browser.async_segments(path), key=lambda one: one.begin, default=path)
            if path.account is None or path.camera is None or path.segment is None:
                raise translated_message(Unresolvable, "unknown_recording")
            return await async_resolve(self.hass, path.account, path.camera, path.segment)
        except CarsonError as err:
            raise self._translated(Unresolvable, path, err) from err
        except OSError as err:
            raise translated_message(Unresolvable, "no_room", name=path.title) from err

    async def _async_parse(self, item: MediaSourceItem, error: type[HomeAssistantError]) -> BrowsePath:
        try:
            return await async_parse_identifier(self._accounts, item.identifier)
        except ValueError as err:
            raise translated_message(error, "unknown_recording") from err

    async def _async_children(self, path: BrowsePath) -> list[BrowseMediaSource]:
        if path.day is not None and path.hour is None:
            hours = await self._browser.async_hours(path)
            return [self._node(hour, hour.title, thumbnail=self._thumbnail(oldest)) for hour, oldest in hours]
        texts = await async_get_translations(self.hass, self.hass.config.language, "selector", [DOMAIN])
        return [
            self._node(child, self._day_title(child, texts) if child.segment is None else child.title)
            for child in await self._browser.async_children(path)
        ]

    def _result_title(self, path: BrowsePath) -> str:
        """Return the title among results, with the account if another one has a building of the same name."""
        if path.account is None or path.building is None:
            return path.full_title
        names = [building.name for account in self._accounts() for building in account.list_buildings()]
        return f"{path.full_title} ({path.account.title})" if names.count(path.building.name) > 1 else path.full_title

    def _day_title(self, path: BrowsePath, texts: Mapping[str, str]) -> str:
        """Return the title of a day, with its name in the language of Home Assistant; that of other paths as it is.

        The date comes first: narrow pages cut the end off.
        """
        if path.day is None:
            return path.title
        age = (dt_util.now(path.time_zone).date() - path.day).days
        key = ("today", "yesterday")[age] if age in {0, 1} else WEEKDAYS[path.day.weekday()]
        name = texts.get(f"component.{DOMAIN}.selector.recording_day.options.{key}")
        if name is None:
            return path.title
        return name if age in {0, 1} else f"{path.title}, {name}"

    def _translated(self, kind: type[HomeAssistantError], path: BrowsePath, error: CarsonError) -> HomeAssistantError:
        """Return the translated error."""
        log_error(error)
        return recording_error(error, path.camera.name if path.camera is not None else path.title, kind)

    def _thumbnail(self, path: BrowsePath) -> str | None:
        """Return the path of a recording's thumbnail, or of a camera's present picture."""
        if path.account is None or path.camera is None:
            return None
        if path.segment is not None:
            return thumbnail_path(path.account.id, path.camera.id, path.segment.begin)
        data: CarsonData = path.account.entry.runtime_data
        unique_id = camera_unique_id(data.account.data.id, path.camera.id)
        entity_id = er.async_get(self.hass).async_get_entity_id(CAMERA, DOMAIN, unique_id)
        return None if entity_id is None or path.day is not None else f"/api/camera_proxy/{entity_id}"

    def _node(self, path: BrowsePath, title: str, *, thumbnail: str | None = None) -> BrowseMediaSource:
        media_class = MediaClass.DIRECTORY
        # The page shows the pictures of videos in landscape, and those of other classes in portrait or not at all.
        is_camera = path.camera is not None and path.day is None
        if path.segment is not None or path.hour is not None or is_camera:
            media_class = MediaClass.VIDEO
        return BrowseMediaSource(
            domain=DOMAIN,
            identifier=path.identifier or None,
            media_class=media_class,
            media_content_type=MediaType.VIDEO,
            title=title,
            can_play=path.segment is not None or path.hour is not None,
            can_expand=path.segment is None,
            can_search=path.segment is None and path.hour is None,
            search_media_classes=[MediaClass.VIDEO],
            thumbnail=thumbnail or self._thumbnail(path),
        )
