"""Helpers of tests that browse and search recordings."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.components.media_player import BrowseMedia, SearchMediaQuery
from homeassistant.components.media_source import async_search_media
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.carson.const import DOMAIN
from tests.support.recordings import BUILDING, LOBBY

ROOT = f"media-source://{DOMAIN}"
NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # in New York


def lobby(entry: MockConfigEntry, *parts: str) -> str:
    """Return the identifier of the lobby's recordings, or of a folder or file among them."""
    return "/".join((ROOT, entry.entry_id, BUILDING, LOBBY, *parts))


def titles(media: BrowseMedia) -> list[str]:
    """Return the titles in a folder."""
    return [child.title for child in media.children or ()]


async def search(hass: HomeAssistant, text: str, where: str = ROOT, **more: Any) -> list[BrowseMedia]:
    """Return what is found for a text."""
    return list((await async_search_media(hass, where, SearchMediaQuery(search_query=text, **more))).result)
