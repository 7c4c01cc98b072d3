"""The HTTP view of thumbnails."""

import asyncio
from collections import OrderedDict
from datetime import datetime
from http import HTTPStatus
import re

from aiohttp import hdrs, web
from homeassistant.helpers.http import HomeAssistantView

from ...aiocarson import BuildingCamera, CarsonError, NotFoundError, Still
from ..account import Accounts, MediaAccount, find_camera
from .byte_ranges import WholeBody, select_range, supported_range
from .error_responses import error_response
from .segments import from_milliseconds
from .urls import THUMBNAIL_URL

MAX_REQUESTS = 4
"""The most thumbnails that are fetched at once."""
_CACHE_SIZE = 200
_MOMENT = re.compile(r"[0-9]{13}", re.ASCII)


class ThumbnailView(HomeAssistantView):
    """A small picture of a camera at a moment."""

    url = THUMBNAIL_URL
    name = "api:carson:thumbnail"

    def __init__(self, accounts: Accounts) -> None:
        """Initialize the view with an empty cache."""
        self._accounts = accounts
        self._semaphore = asyncio.Semaphore(MAX_REQUESTS)
        self._cache: OrderedDict[tuple[str, str, str], Still] = OrderedDict()

    async def get(self, request: web.Request, entry_id: str, camera_id: str, moment: str) -> web.Response:
        """Send the picture."""
        found = find_camera(self._accounts, entry_id, camera_id)
        if found is None or _MOMENT.fullmatch(moment) is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        account, camera = found
        try:
            async with asyncio.timeout(account.timeouts.recordings.thumbnail):
                still = await self._get_still(account, camera, moment)
        except TimeoutError:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        except CarsonError as err:
            return error_response(err)
        selected = select_range(supported_range(request.headers.get(hdrs.RANGE)), WholeBody(len(still.content)))
        return web.Response(
            status=selected.status,
            body=still.content[selected.skip :][: selected.length],
            content_type=still.content_type,
            headers={**selected.headers, hdrs.CACHE_CONTROL: "private, max-age=86400"},
        )

    async def head(self, request: web.Request, entry_id: str, camera_id: str, moment: str) -> web.Response:
        """Send what `get` sends, without the picture."""
        return await self.get(request, entry_id, camera_id, moment)

    async def _get_still(self, account: MediaAccount, camera: BuildingCamera, moment: str) -> Still:
        key = (account.id, camera.id, moment)
        # A browser requests all thumbnails of a page at once; Eagle Eye gets a few at a time.
        async with self._semaphore:
            if (still := self._cache.get(key)) is None:
                still = self._cache[key] = await _fetch_still(account, camera, from_milliseconds(int(moment)))
        self._cache.move_to_end(key)
        while len(self._cache) > _CACHE_SIZE:
            self._cache.popitem(last=False)
        return still


async def _fetch_still(account: MediaAccount, camera: BuildingCamera, moment: datetime) -> Still:
    """Fetch the first preview at or after a moment, or the last one before it when there is none."""
    eagle_eye = account.eagle_eye(camera.building_id)
    try:
        return await eagle_eye.get_still(camera.id, reference="after", timestamp=moment)
    except NotFoundError:
        return await eagle_eye.get_still(camera.id, reference="prev", timestamp=moment)
