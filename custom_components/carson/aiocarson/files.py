"""Writing a file so that it is there whole or not at all."""

import asyncio
from collections.abc import Callable
import errno
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
import uuid

_BUFFER = 1024 * 1024


class AtomicFile:
    """A file that appears under its name once it is complete; every touch of the disk is in an executor.

    Args:
        target: Where it shall be; replaced if it is there already.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self._part = target.with_name(f".{uuid.uuid4().hex}.part")
        self._file: BinaryIO | None = None
        self._buffer = bytearray()
        self._busy: asyncio.Future[object] | None = None

    async def __aenter__(self) -> Self:
        """Create the file under a hidden name beside its target.

        Raises:
            OSError: It cannot be created.
        """
        try:
            await self._in_thread(self._open)
        except BaseException:
            await self._discard()
            raise
        return self

    async def write(self, chunk: bytes) -> None:
        """Add some bytes.

        Raises:
            OSError: They cannot be written.
        """
        self._buffer += chunk
        if len(self._buffer) >= _BUFFER:
            await self._in_thread(self._flush)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the file its name, or remove it after an error."""
        try:
            if kind is None:
                await self._in_thread(self._finish)
        finally:
            await self._discard()

    async def _in_thread(self, work: Callable[[], object]) -> None:
        self._busy = asyncio.get_running_loop().run_in_executor(None, work)
        # A thread cannot be cancelled: whoever is cancelled meanwhile waits for it in _discard.
        await asyncio.shield(self._busy)

    async def _discard(self) -> None:
        if self._busy is not None and not self._busy.done():
            await asyncio.wait([self._busy])
        await asyncio.get_running_loop().run_in_executor(None, self._remove)

    def _open(self) -> None:
        if self._target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "Is a directory", str(self._target))
        if self._target.exists() and not self._target.is_file():
            # A device must not be replaced by a file.
            raise FileExistsError(errno.EEXIST, "Is no ordinary file", str(self._target))
        self._file = self._part.open("xb")

    def _flush(self) -> None:
        assert self._file is not None  # noqa: S101
        self._file.write(self._buffer)
        self._buffer.clear()

    def _finish(self) -> None:
        self._flush()
        assert self._file is not None  # noqa: S101
        self._file.close()
        self._part.replace(self._target)

    def _remove(self) -> None:
        if self._file is not None:
            self._file.close()
            self._part.unlink(missing_ok=True)
