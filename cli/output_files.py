"""Where files go: to a file that is there whole or not at all, to a device, or to standard output."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
import os
from pathlib import Path
import sys

from .client import aiocarson
from .exit_codes import CommandError, ExitCode

STANDARD_OUTPUT = Path("-")

type Write = Callable[[bytes], Awaitable[None]]


def is_standard_output(target: Path) -> bool:
    """Whether the bytes go to standard output, so that nothing else may."""
    return target == STANDARD_OUTPUT


def check_target(target: Path) -> None:
    """Find out that a target cannot be written before anything is asked for.

    Raises:
        CommandError: It cannot.
    """
    if is_standard_output(target):
        if sys.stdout.isatty():
            raise CommandError("Pictures and video are not shown on a terminal: name a file, or send it on with a pipe")
        return
    folder = target.parent
    if target.is_dir():
        raise CommandError(f"{target}: Is a directory", ExitCode.CANNOT_WRITE)
    if not folder.is_dir():
        raise CommandError(f"{folder}: There is no such directory", ExitCode.CANNOT_WRITE)
    if not os.access(target if _is_device(target) else folder, os.W_OK):
        raise CommandError(f"{target}: It cannot be written", ExitCode.CANNOT_WRITE)


def _is_device(target: Path) -> bool:
    return target.exists() and not target.is_file()


@asynccontextmanager
async def opened_target(target: Path) -> AsyncGenerator[Write]:
    """Open a target for writing.

    Raises:
        OSError: It cannot be written.
    """
    if is_standard_output(target) or _is_device(target):
        with nullcontext(sys.stdout.buffer) if is_standard_output(target) else target.open("wb") as file:

            async def write(chunk: bytes) -> None:  # as of a file
                file.write(chunk)

            yield write
            file.flush()
        return
    async with aiocarson.AtomicFile(target) as whole:
        yield whole.write


async def write_target(target: Path, content: bytes) -> None:
    """Write everything to a target.

    Raises:
        OSError: It cannot be written.
    """
    async with opened_target(target) as write:
        await write(content)
