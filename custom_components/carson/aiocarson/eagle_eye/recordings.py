"""Recordings of cameras: lists, stills and clips (Protocol B.7, B.8)."""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import overload

from ..errors import ApiError, CarsonError, InvalidInputError, NoEagleEyeError
from ..http.arguments import CameraLike
from . import clip_downloads, clips
from .api import EagleEyeApi
from .models import Still
from .recording_list import Recording, RecordingFilter, last_video, list_images, list_videos
from .stills import AssetClass, check_asset_class, check_camera_id, get_snapshot

_LIST_REFUSED = frozenset({403, 404, 405, 501})


def is_list_refused(error: ApiError) -> bool:
    """Return whether Eagle Eye refuses to list recordings, which says nothing about playing them."""
    return error.status in _LIST_REFUSED and not isinstance(error, NoEagleEyeError)


class Recordings:
    """The recordings of a building's cameras.

    Each method may also raise the errors of requests to Eagle Eye; see `EagleEye`. Times must be aware.
    """

    def __init__(self, http: EagleEyeApi) -> None:
        self._http = http

    async def list_recordings(
        self,
        camera: CameraLike,
        *,
        begin: datetime,
        end: datetime | None = None,
        limit: int | None = None,
        coalesce: bool = True,
        min_duration: timedelta | None = None,
        max_duration: timedelta | None = None,
    ) -> tuple[Recording, ...]:
        """Return recordings that overlap a time range, oldest first.

        Args:
            camera: The camera, or its id.
            begin: The beginning of the range.
            end: The end of the range; None for now.
            limit: Maximum number of recordings to return.
            coalesce: Join recordings that touch. Otherwise, they are returned as stored, five minutes at most each.
            min_duration: Omit shorter recordings.
            max_duration: Omit longer recordings.

        Raises:
            InvalidInputError: An argument is invalid.
            PermissionDeniedError: The account may not see recordings.
        """
        recording_filter = RecordingFilter(
            begin=begin,
            end=end,
            limit=limit,
            coalesce=coalesce,
            min_duration=min_duration,
            max_duration=max_duration,
        )
        return await list_videos(self._http, check_camera_id(camera), recording_filter)

    async def list_previews(
        self,
        camera: CameraLike,
        *,
        begin: datetime,
        end: datetime | None = None,
        limit: int | None = None,
        asset_class: AssetClass = "pre",
    ) -> tuple[datetime, ...]:
        """Return the times of previews, oldest first. There is about one preview per second.

        Raises:
            InvalidInputError: An argument is invalid, or there is neither an end nor a limit.
        """
        recording_filter = RecordingFilter(begin=begin, end=end, limit=limit)
        if end is None and limit is None:
            raise InvalidInputError("A list of previews must have an end or a limit")
        return await list_images(self._http, check_camera_id(camera), recording_filter, check_asset_class(asset_class))

    async def last_activity(self, camera: CameraLike) -> Recording | None:
        """Return the latest recording of a camera; None if there is none."""
        return await last_video(self._http, check_camera_id(camera))

    async def get_snapshot(self, camera: CameraLike, when: datetime) -> Still:
        """Return a full-size still from the recording at or just before a time.

        `EagleEye.get_still` with a timestamp returns a preview, which needs no recording.

        Raises:
            NotFoundError: There is no recording.
            OutsideRetentionError: The recording is no longer kept.
        """
        return await get_snapshot(self._http, check_camera_id(camera), when)

    def clip(
        self,
        camera: CameraLike,
        begin: datetime,
        end: datetime,
        *,
        video_format: clips.VideoFormat = "mp4",
        on_progress: Callable[[float], None] | None = None,
        limit: timedelta = clips.DEFAULT_LIMIT,
        byte_range: str | None = None,
        locate: bool = True,
    ) -> AbstractAsyncContextManager[clips.ClipStream]:
        """Return an asynchronous context manager that opens a clip, once Eagle Eye has prepared it.

        Args:
            camera: The camera, or its id.
            begin: The beginning. Eagle Eye cuts at the nearest key frame.
            end: The end. Eagle Eye recommends five minutes per clip; more than an hour is an error.
            video_format: MP4 is prepared on request. FLV is available at once, if at all.
            on_progress: Called with the progress of the preparation, from 0 to 1.
            limit: Maximum time to wait for the preparation.
            byte_range: Value of a `Range` header with a single range; sent to Eagle Eye as it is.
            locate: Find the recording that contains `begin`, since Eagle Eye only accepts the start of a recording.
                False if `begin` is the start of one.

        Raises:
            NotFoundError: There is no recording at that time.
            OutsideRetentionError: The recording is no longer kept.
            FormatUnavailableError: The recording is not available in this format.
            ApiError: Eagle Eye failed to prepare the clip.
            CannotConnectError: The clip was not ready within the limit.
            InvalidInputError: An argument is invalid.
        """
        request = clips.ClipRequest(camera_id=check_camera_id(camera), begin=begin, end=end)
        options = clips.ClipOptions(
            video_format=video_format, on_progress=on_progress, limit=limit, byte_range=byte_range
        )
        clips.check(request, options)
        return clips.open_clip(self._http, request, options, self._find_start if locate else None)

    async def clip_path(
        self, camera: CameraLike, begin: datetime, end: datetime, video_format: clips.VideoFormat
    ) -> tuple[str, dict[str, str]]:
        """Return the path and the query of a clip; `EagleEye.clip_url` makes a URL of them.

        Raises:
            CarsonError: As for `clip`.
        """
        request = clips.ClipRequest(camera_id=check_camera_id(camera), begin=begin, end=end)
        options = clips.ClipOptions(
            video_format=video_format, on_progress=None, limit=clips.DEFAULT_LIMIT, byte_range=None
        )
        clips.check(request, options)
        return await clips.clip_path(self._http, request, video_format, self._find_start)

    @overload
    async def download_clip(
        self,
        camera: CameraLike,
        begin: datetime,
        end: datetime,
        target: Path | str,
        *,
        video_format: clips.VideoFormat = ...,
        on_progress: Callable[[float], None] | None = ...,
        limit: timedelta = ...,
    ) -> Path: ...
    @overload
    async def download_clip(
        self,
        camera: CameraLike,
        begin: datetime,
        end: datetime,
        target: None = None,
        *,
        video_format: clips.VideoFormat = ...,
        on_progress: Callable[[float], None] | None = ...,
        limit: timedelta = ...,
    ) -> bytes: ...
    async def download_clip(
        self,
        camera: CameraLike,
        begin: datetime,
        end: datetime,
        target: Path | str | None = None,
        *,
        video_format: clips.VideoFormat = "mp4",
        on_progress: Callable[[float], None] | None = None,
        limit: timedelta = clips.DEFAULT_LIMIT,
    ) -> Path | bytes:
        """Download a clip to memory, or to a file, which is complete or does not exist.

        Args:
            camera: The camera, or its id.
            begin: The beginning.
            end: The end.
            target: The file to write; None returns the bytes, 256 MiB at most.
            video_format: As for `clip`.
            on_progress: As for `clip`.
            limit: As for `clip`.

        Raises:
            CarsonError: As for `clip`.
            OSError: The file cannot be written.
        """
        clip = self.clip(camera, begin, end, video_format=video_format, on_progress=on_progress, limit=limit)
        async with clip as stream:
            if target is None:
                return await clip_downloads.read_clip(stream)
            return await clip_downloads.write_clip(stream, Path(target))

    async def download_clips(
        self,
        requests: Iterable[clips.ClipRequest],
        *,
        parallel: int = 3,
        on_done: Callable[[clips.ClipRequest, Path | Exception], None] | None = None,
        video_format: clips.VideoFormat = "mp4",
        limit: timedelta = clips.DEFAULT_LIMIT,
    ) -> tuple[Path | CarsonError | OSError, ...]:
        """Download clips to files. The failure of one does not affect the others.

        Args:
            requests: The clips to download; each must have a target.
            parallel: Maximum number of parallel downloads.
            on_done: Called with each request and its result.
            video_format: As for `clip`.
            limit: As for `clip`, for each clip.

        Returns:
            The file or the error of each request, in the given order.

        Raises:
            InvalidInputError: A request has no target, or `parallel` is less than one.
        """

        async def download(request: clips.ClipRequest, target: Path) -> Path:
            return await self.download_clip(
                request.camera_id, request.begin, request.end, target, video_format=video_format, limit=limit
            )

        return await clip_downloads.download_all(requests, download, parallel, on_done)

    async def _find_start(self, camera_id: str, begin: datetime, end: datetime) -> datetime | None:
        """Return the start of the stored recording that contains `begin`, or of the first one after it.

        Where the list is refused, recordings may be played all the same.
        """
        try:
            recordings = await self.list_recordings(camera_id, begin=begin, end=end, limit=1, coalesce=False)
        except ApiError as err:
            if not is_list_refused(err):
                raise
            return begin
        return recordings[0].begin if recordings else None
