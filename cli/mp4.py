"""Live video as MP4: the pictures and the sound of the FLV stay as they are, only the container changes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import io
from pathlib import Path
import queue
from typing import Any, override

from aiocarson.files import PartialFile

from .exit_codes import CommandError
from .output_files import Write

_CODECS = {"h264", "aac"}


def check_mp4() -> None:
    """Check that MP4 can be written.

    Raises:
        CommandError: The package for it is missing.
    """
    try:
        import av  # noqa: F401
    except ImportError:
        raise CommandError("MP4 needs the package av: pip install 'aiocarson[cli,mp4]', or save it as .flv") from None


class _Pipe(io.RawIOBase):
    """A file that a thread reads while chunks are still being added."""

    def __init__(self) -> None:
        super().__init__()
        self._chunks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        """Add a chunk; an empty one is the end."""
        self._chunks.put(chunk)

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = self._chunks.get()
            if not self._rest:
                self._chunks.put(b"")
                return 0
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


@asynccontextmanager
async def open_mp4(target: Path) -> AsyncGenerator[Write]:
    """Open an MP4 for writing chunks of an FLV; it appears under its name once it is complete.

    Raises:
        OSError: It cannot be written, or the video cannot be read.
    """
    file = PartialFile(target)
    pipe = _Pipe()
    await asyncio.to_thread(file.open)
    worker = asyncio.create_task(asyncio.to_thread(_convert, pipe, file))

    async def write(chunk: bytes) -> None:
        if worker.done():
            await worker
        pipe.feed(chunk)

    try:
        yield write
        pipe.feed(b"")
        await asyncio.shield(worker)
        await asyncio.to_thread(file.publish)
    finally:
        pipe.feed(b"")
        await asyncio.wait([worker])
        await asyncio.to_thread(file.discard)


def _convert(source: _Pipe, target: PartialFile) -> None:
    import av

    with av.open(source, "r", format="flv") as flv, av.open(target.file, "w", format="mp4") as mp4:
        streams = {
            stream.index: mp4.add_stream_from_template(stream)
            for stream in (*flv.streams.video, *flv.streams.audio)
            if stream.codec_context.name in _CODECS
        }
        for packet in flv.demux():
            if packet.dts is not None and packet.stream.index in streams:
                packet.stream = streams[packet.stream.index]
                mp4.mux(packet)
