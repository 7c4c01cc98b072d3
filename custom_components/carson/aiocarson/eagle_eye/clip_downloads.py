"""Downloads of clips to memory and to files."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from ..errors import CarsonError, InvalidInputError
from ..files import AtomicFile
from .clips import ClipRequest, ClipStream

MAX_IN_MEMORY = 256 * 1024 * 1024

type Result = Path | CarsonError | OSError


async def read_clip(stream: ClipStream) -> bytes:
    """Return the whole clip.

    Raises:
        InvalidInputError: The clip is larger than 256 MiB.
        CannotConnectError: The connection was lost.
    """
    body = bytearray()
    async for chunk in stream.chunks():
        body += chunk
        if len(body) > MAX_IN_MEMORY:
            raise InvalidInputError("The clip is too large for memory; download it to a file")
    return bytes(body)


async def write_clip(stream: ClipStream, target: Path) -> Path:
    """Write the clip to a file, which is complete or does not exist, and return its path.

    Raises:
        OSError: The file cannot be written.
        CannotConnectError: The connection was lost.
    """
    async with AtomicFile(target) as file:
        async for chunk in stream.chunks():
            await file.write(chunk)
    return target


async def download_all(
    requests: Iterable[ClipRequest],
    download: Callable[[ClipRequest, Path], Awaitable[Path]],
    parallel: int,
    on_done: Callable[[ClipRequest, Path | Exception], None] | None,
) -> tuple[Result, ...]:
    """Download clips with a limited number of parallel downloads; see `Recordings.download_clips`."""
    if parallel < 1:
        raise InvalidInputError("The number of parallel downloads must be at least one")
    slots = asyncio.Semaphore(parallel)

    async def download_one(request: ClipRequest, target: Path) -> Result:
        result: Result
        async with slots:
            try:
                result = await download(request, target)
            except (CarsonError, OSError) as err:
                result = err
        if on_done is not None:
            on_done(request, result)
        return result

    with_targets = [(request, _target(request)) for request in requests]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(download_one(request, target)) for request, target in with_targets]
    return tuple(task.result() for task in tasks)


def _target(request: ClipRequest) -> Path:
    if request.target is None:
        raise InvalidInputError("Each clip to download must have a target")
    return request.target
