"""Programs that end when they are told to, and when whoever started them is gone."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
import os
from pathlib import Path
import signal
import socket
import sys

# What Home Assistant may take to write its last state down.
STOP_PATIENCE = 20.0


class ProgramEndedError(Exception):
    """A program ended that should be running."""


class Program:
    """A child in a process group of its own: a Ctrl-C at the terminal reaches it only through us."""

    def __init__(self, name: str, process: Process) -> None:
        """Use `start`."""
        self.name = name
        self._process = process

    @classmethod
    async def start(
        cls,
        name: str,
        arguments: Sequence[str],
        *,
        cwd: Path,
        environment: Mapping[str, str] | None = None,
        output: Path | None = None,
    ) -> Program:
        """Start Python with these arguments; its output goes to a file, or to `lines()`."""
        command = [sys.executable, str(Path(__file__).with_name("exec_tied_to_parent.py")), *arguments]
        variables = {**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})}
        if output is None:
            process = await asyncio.create_subprocess_exec(
                *command, cwd=cwd, env=variables, stdin=asyncio.subprocess.DEVNULL, stdout=PIPE, start_new_session=True
            )
        else:
            with output.open("ab") as file:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    cwd=cwd,
                    env=variables,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=file,
                    stderr=STDOUT,
                    start_new_session=True,
                )
        return cls(name, process)

    @property
    def pid(self) -> int:
        """The process id, which is its group's as well."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.returncode is None

    def check(self) -> None:
        """Raise ProgramEndedError if it is not running."""
        if not self.running:
            raise ProgramEndedError(f"{self.name} ended with {self._process.returncode}")

    async def line(self) -> str | None:
        """Wait for the next line of its output; None when there will be no more."""
        if self._process.stdout is None:
            raise TypeError(f"the output of {self.name} goes to a file")
        line = await self._process.stdout.readline()
        return line.decode(errors="replace").rstrip("\n") if line else None

    async def wait(self) -> int:
        """Wait until it ends, and tell its exit code."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Ask it to end, and make it end if it does not; then nothing of its group is left."""
        if self.running:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_PATIENCE):
                    await self._process.wait()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()


def free_port(preferred: int = 0) -> int:
    """Find a port of 127.0.0.1 that nobody listens on: the preferred one, if possible."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")
