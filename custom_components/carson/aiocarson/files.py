"""Files that are written whole or not at all."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
import errno
import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
import uuid

_BUFFER = 1024 * 1024


class PartialFile:
    """A hidden file next to its target, which it replaces once it is complete. All methods block.

    Args:
        target: Path of the complete file; an existing file is replaced.
        mode: The permissions of the file, restricted by the umask.
    """

    def __init__(self, target: Path, *, mode: int = 0o666) -> None:
        """Initialize the partial file; nothing is created yet."""
        self._target = target
        self._mode = mode
        self._path = target.with_name(f".carson-{uuid.uuid4().hex}.part")
        self._file: BinaryIO | None = None

    def open(self) -> None:
        """Create the file.

        Raises:
            OSError: It cannot be created.
        """
        if self._target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "Is a directory", str(self._target))
        if self._target.exists() and not self._target.is_file():
            # A device must not be replaced by a file.
            raise FileExistsError(errno.EEXIST, "Is not a regular file", str(self._target))
        self._file = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, self._mode), "wb")

    @property
    def file(self) -> BinaryIO:
        """The open file."""
        assert self._file is not None  # noqa: S101
        return self._file

    def write(self, content: bytes | bytearray) -> None:
        """Append content.

        Raises:
            OSError: It cannot be written.
        """
        self.file.write(content)

    def publish(self) -> None:
        """Close the file and replace the target with it.

        Raises:
            OSError: The content cannot be written, or the target cannot be replaced.
        """
        self.file.close()
        self._path.replace(self._target)

    def publish_written(self) -> None:
        """Replace the target with what could be written, if that is anything; nothing happens after `publish`."""
        if self._file is None or not self._path.exists():
            return
        with suppress(OSError):  # of content that could not be written
            self._file.close()
        if self._path.stat().st_size:
            self._path.replace(self._target)

    def discard(self) -> None:
        """Remove the file, unless it has replaced the target."""
        if self._file is not None:
            with suppress(OSError):  # of content that could not be written
                self._file.close()
            self._path.unlink(missing_ok=True)


class AtomicFile:
    """A file that appears under its name once it is complete; the disk is accessed in an executor only.

    Args:
        target: Path of the file; an existing file is replaced.
        keep_partial: Whether what could be written is kept after an error, instead of nothing.
    """

    def __init__(self, target: Path, *, keep_partial: bool = False) -> None:
        """Initialize the file; nothing is created yet."""
        self._part = PartialFile(target)
        self._keep_partial = keep_partial
        self._buffer = bytearray()
        self._busy: asyncio.Future[object] | None = None

    async def __aenter__(self) -> Self:
        """Create the file under a hidden name.

        Raises:
            OSError: It cannot be created.
        """
        try:
            await self._in_executor(self._part.open)
        except BaseException:
            await self._discard()
            raise
        return self

    async def write(self, chunk: bytes) -> None:
        """Append a chunk.

        Raises:
            OSError: It cannot be written.
        """
        self._buffer += chunk
        if len(self._buffer) >= _BUFFER:
            await self._in_executor(self._flush)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the file its name, or remove it after an error."""
        try:
            if kind is None:
                await self._in_executor(self._publish)
        finally:
            await self._discard()

    async def _in_executor(self, function: Callable[[], object]) -> None:
        self._busy = asyncio.get_running_loop().run_in_executor(None, function)
        # A thread cannot be cancelled, so a cancelled task waits for it in _discard.
        await asyncio.shield(self._busy)

    async def _discard(self) -> None:
        if self._busy is not None and not self._busy.done():
            await asyncio.wait([self._busy])
        await asyncio.get_running_loop().run_in_executor(None, self._end)

    def _end(self) -> None:
        if self._keep_partial:
            with suppress(OSError, ValueError):  # of a full disk, or because it was published
                self._flush()
            self._part.publish_written()
        self._part.discard()

    def _flush(self) -> None:
        self._part.write(self._buffer)
        self._buffer.clear()

    def _publish(self) -> None:
        self._flush()
        self._part.publish()
