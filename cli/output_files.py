"""Targets of stills and video: a file that is written whole or not at all, a device, or standard output."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
import os
from pathlib import Path
import sys

from aiocarson.files import AtomicFile

from .exit_codes import CommandError, ExitCode

STANDARD_OUTPUT = Path("-")

type Write = Callable[[bytes], Awaitable[None]]


def is_standard_output(target: Path) -> bool:
    """Return whether the target is standard output, so that nothing else may be printed there."""
    return target == STANDARD_OUTPUT


def check_target(target: Path) -> None:
    """Check that a target can be written, before anything is requested.

    Raises:
        CommandError: It cannot be written.
    """
    if is_standard_output(target):
        if sys.stdout.isatty():
            raise CommandError("Stills and video cannot be written to a terminal. Name a file, or use a pipe")
        return
    folder = target.parent
    if target.is_dir():
        raise CommandError(f"{target}: Is a directory", ExitCode.CANNOT_WRITE)
    if not folder.is_dir():
        raise CommandError(f"{folder}: No such directory", ExitCode.CANNOT_WRITE)
    if not os.access(target if _is_device(target) else folder, os.W_OK):
        raise CommandError(f"{target}: Cannot be written", ExitCode.CANNOT_WRITE)


def check_folder(folder: Path) -> None:
    """Check that a folder can be written, or created, before anything is requested.

    Raises:
        CommandError: It cannot.
    """
    if folder.exists() and not folder.is_dir():
        raise CommandError(f"{folder}: Is not a directory", ExitCode.CANNOT_WRITE)
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        raise CommandError(f"{existing}: Cannot be written", ExitCode.CANNOT_WRITE)


def _is_device(target: Path) -> bool:
    return target.exists() and not target.is_file()


@asynccontextmanager
async def open_target(target: Path, *, keep_partial: bool = False) -> AsyncGenerator[Write]:
    """Open a target for writing; with `keep_partial`, what could be written is kept after an error.

    Raises:
        OSError: It cannot be written.
    """
    if is_standard_output(target) or _is_device(target):
        with nullcontext(sys.stdout.buffer) if is_standard_output(target) else target.open("wb") as file:

            async def write(chunk: bytes) -> None:  # awaitable, as AtomicFile.write is
                file.write(chunk)

            yield write
            file.flush()
        return
    async with AtomicFile(target, keep_partial=keep_partial) as atomic_file:
        yield atomic_file.write


async def write_target(target: Path, content: bytes) -> None:
    """Write content to a target.

    Raises:
        OSError: It cannot be written.
    """
    async with open_target(target) as write:
        await write(content)
