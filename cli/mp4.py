"""Live video as MP4: the pictures and the sound of the FLV stay as they are, only the container changes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import io
from pathlib import Path
import queue
from typing import Any, BinaryIO, override

from aiocarson.files import PartialFile

from .exit_codes import CommandError, ExitCode
from .output_files import Write

_CODECS = {"h264", "aac"}
# So many chunks may wait for a slow disk.
_MAX_WAITING = 500
_PATIENCE_SECONDS = 0.1


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

    @property
    def is_full(self) -> bool:
        """Whether the thread is far behind."""
        return self._chunks.qsize() > _MAX_WAITING

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


class _Sink:
    """The file that is written, as PyAV uses it. It remembers why it could not be written: PyAV does not say."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell
        self.error: OSError | None = None

    def write(self, content: bytes) -> int:
        """Write some bytes."""
        try:
            return self._file.write(content)
        except OSError as err:
            self.error = err
            raise


@asynccontextmanager
async def open_mp4(target: Path, *, keep_partial: bool = False) -> AsyncGenerator[Write]:
    """Open an MP4 for writing chunks of an FLV; it appears under its name at the end.

    Args:
        target: Path of the file.
        keep_partial: Whether what could be written is kept after an error, instead of nothing. The MP4 then consists
            of fragments, which can be played without the end.

    Raises:
        OSError: It cannot be written.
        CommandError: The FLV holds no video that can be read, or that an MP4 can hold.
    """
    file = PartialFile(target)
    pipe = _Pipe()
    await asyncio.to_thread(file.open)
    worker = asyncio.create_task(asyncio.to_thread(_convert, pipe, file, fragmented=keep_partial))

    async def write(chunk: bytes) -> None:
        while pipe.is_full and not worker.done():
            await asyncio.wait([worker], timeout=_PATIENCE_SECONDS)
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
        worker.exception()  # it was raised above, or something else was
        if keep_partial:
            await asyncio.to_thread(file.publish_written)
        await asyncio.to_thread(file.discard)


def _convert(source: _Pipe, target: PartialFile, *, fragmented: bool) -> None:
    """Change the container of everything that comes out of the pipe."""
    import av

    sink = _Sink(target.file)
    options = {"movflags": "frag_keyframe+empty_moov"} if fragmented else {}
    try:
        with av.open(source, "r", format="flv") as flv:
            kept = [
                stream for stream in (*flv.streams.video, *flv.streams.audio) if stream.codec_context.name in _CODECS
            ]
            if not any(stream.type == "video" for stream in kept):
                raise CommandError("An MP4 cannot hold this video; save it as .flv", ExitCode.NOTHING_THERE)
            with av.open(sink, "w", format="mp4", options=options) as mp4:
                streams = {stream.index: mp4.add_stream_from_template(stream) for stream in kept}
                for packet in flv.demux(kept):
                    if packet.dts is not None:
                        packet.stream = streams[packet.stream.index]
                        mp4.mux(packet)
    except av.FFmpegError as err:
        if sink.error is not None:
            raise sink.error from None
        text = f"The live view cannot be read as a video ({type(err).__name__})"
        raise CommandError(text, ExitCode.NO_CONNECTION) from None
