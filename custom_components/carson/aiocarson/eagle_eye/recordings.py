"""What a camera has recorded: lists of it, stills and clips from it (Protocol B.7, B.8)."""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import overload

from ..errors import CarsonError, InvalidInputError
from . import clips
from .api import EagleEyeApi
from .models import Still
from .recording_list import Recording, RecordingFilter, last_video, list_images, list_videos
from .stills import AssetClass, check_asset_class, check_camera_id, get_snapshot


class Recordings:
    """The recordings of a building's cameras.

    Every method may raise what requests to Eagle Eye meet; see `EagleEye`. Points in time must be aware.
    """

    def __init__(self, http: EagleEyeApi) -> None:
        self._http = http

    async def list_recordings(
        self,
        camera_id: str,
        *,
        begin: datetime,
        end: datetime | None = None,
        limit: int | None = None,
        coalesce: bool = True,
        min_duration: timedelta | None = None,
        max_duration: timedelta | None = None,
    ) -> tuple[Recording, ...]:
        """List recordings that overlap a time, oldest first.

        Args:
            camera_id: The ESN.
            begin: From when on.
            end: Until when; None is until now.
            limit: The most to hand out.
            coalesce: Make one of those that touch; otherwise they come as they are stored, five minutes at most.
            min_duration: Leave out shorter ones.
            max_duration: Leave out longer ones.

        Raises:
            InvalidInputError: An argument is wrong.
            PermissionDeniedError: The account may not see recordings.
        """
        wanted = RecordingFilter(
            begin=begin,
            end=end,
            limit=limit,
            coalesce=coalesce,
            min_duration=min_duration,
            max_duration=max_duration,
        )
        return await list_videos(self._http, check_camera_id(camera_id), wanted)

    async def list_previews(
        self,
        camera_id: str,
        *,
        begin: datetime,
        end: datetime | None = None,
        limit: int | None = None,
        asset_class: AssetClass = "pre",
    ) -> tuple[datetime, ...]:
        """List the times of preview pictures, oldest first: about one for each second.

        Raises:
            InvalidInputError: An argument is wrong, or there is neither an end nor a limit.
        """
        wanted = RecordingFilter(begin=begin, end=end, limit=limit)
        if end is None and limit is None:
            raise InvalidInputError("A list of previews needs an end or a limit")
        return await list_images(self._http, check_camera_id(camera_id), wanted, check_asset_class(asset_class))

    async def last_activity(self, camera_id: str) -> Recording | None:
        """Tell the camera's newest recording; None if there is none."""
        return await last_video(self._http, check_camera_id(camera_id))

    async def get_snapshot(self, camera_id: str, when: datetime) -> Still:
        """Get a full-size still, cut from the recording at or just before a time.

        `EagleEye.get_still` with a timestamp gets a preview picture of that time, which needs no recording.

        Raises:
            NotFoundError: Nothing is recorded there.
            OutsideRetentionError: It is no longer kept.
        """
        return await get_snapshot(self._http, check_camera_id(camera_id), when)

    def clip(
        self,
        camera_id: str,
        begin: datetime,
        end: datetime,
        *,
        form: clips.Form = "mp4",
        on_progress: Callable[[float], None] | None = None,
        limit: timedelta = clips.DEFAULT_LIMIT,
        byte_range: str | None = None,
        locate: bool = True,
    ) -> AbstractAsyncContextManager[clips.ClipStream]:
        """Open a clip: an async context manager that gives its bytes, once Eagle Eye has made it.

        Args:
            camera_id: The ESN.
            begin: From when on. Eagle Eye cuts at the key frame next to it.
            end: Until when; Eagle Eye asks for five minutes at a time, an hour is refused.
            form: MP4 is made on demand; FLV comes at once, where it comes at all.
            on_progress: Told how far the making is, from 0 to 1.
            limit: How long to wait for the making.
            byte_range: Value of a `Range` header with one range, passed through.
            locate: Look up which recording `begin` lies in, since only the very start of one may be asked for;
                False if `begin` is such a start.

        Raises:
            NotFoundError: Nothing is recorded then.
            OutsideRetentionError: It is no longer kept.
            FormatUnavailableError: Not to be had in this form.
            ApiError: Making it failed.
            CannotConnectError: It was not ready within the limit.
            InvalidInputError: An argument is wrong.
        """
        order = clips.ClipRequest(camera_id=camera_id, begin=begin, end=end)
        wish = clips.ClipOptions(form=form, on_progress=on_progress, limit=limit, byte_range=byte_range)
        clips.check(order, wish)
        return clips.open_clip(self._http, order, wish, self._stored if locate else None)

    @overload
    async def download_clip(
        self,
        camera_id: str,
        begin: datetime,
        end: datetime,
        target: Path,
        *,
        form: clips.Form = ...,
        on_progress: Callable[[float], None] | None = ...,
        limit: timedelta = ...,
    ) -> Path: ...
    @overload
    async def download_clip(
        self,
        camera_id: str,
        begin: datetime,
        end: datetime,
        target: None = None,
        *,
        form: clips.Form = ...,
        on_progress: Callable[[float], None] | None = ...,
        limit: timedelta = ...,
    ) -> bytes: ...
    async def download_clip(
        self,
        camera_id: str,
        begin: datetime,
        end: datetime,
        target: Path | None = None,
        *,
        form: clips.Form = "mp4",
        on_progress: Callable[[float], None] | None = None,
        limit: timedelta = clips.DEFAULT_LIMIT,
    ) -> Path | bytes:
        """Download a clip, to a file that is there whole or not at all, or into memory.

        Args:
            camera_id: The ESN.
            begin: From when on.
            end: Until when.
            target: File to write; None hands out the bytes, 256 MiB at most.
            form: As for `clip`, like the following.
            on_progress: Told how far the making is.
            limit: How long to wait for the making.

        Raises:
            CarsonError: As `clip` does.
            OSError: The file cannot be written.
        """
        async with self.clip(camera_id, begin, end, form=form, on_progress=on_progress, limit=limit) as stream:
            if target is None:
                return await clips.read_whole(stream)
            return await clips.write_whole(stream, target)

    async def download_clips(
        self,
        orders: Iterable[clips.ClipRequest],
        *,
        at_once: int = 3,
        on_done: Callable[[clips.ClipRequest, Path | Exception], None] | None = None,
        form: clips.Form = "mp4",
        limit: timedelta = clips.DEFAULT_LIMIT,
    ) -> tuple[Path | CarsonError | OSError, ...]:
        """Download many clips to files, a few at a time; one that fails does not harm the others.

        Args:
            orders: What to download; each needs a target.
            at_once: How many at a time.
            on_done: Told of each as it is done.
            form: As for `clip`.
            limit: As for `clip`, for each by itself.

        Returns:
            The file or the error of each, in the order given.

        Raises:
            InvalidInputError: An order has no target, or `at_once` is less than one.
        """

        async def download(order: clips.ClipRequest, target: Path) -> Path:
            return await self.download_clip(order.camera_id, order.begin, order.end, target, form=form, limit=limit)

        return await clips.download_all(orders, download, at_once, on_done)

    async def _stored(self, camera_id: str, begin: datetime, end: datetime) -> datetime | None:
        """Start of the stored piece in which `begin` lies, or of the first one after it."""
        pieces = await self.list_recordings(camera_id, begin=begin, end=end, limit=1, coalesce=False)
        return pieces[0].begin if pieces else None
