"""Child processes that end with this process."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
import os
from pathlib import Path
import signal
import socket
import sys

# Home Assistant writes its state before it ends.
STOP_TIMEOUT = 60.0


class ProcessEndedError(Exception):
    """A process ended unexpectedly."""


class ChildProcess:
    """A child process in its own process group, so that Ctrl-C in the terminal does not reach it directly."""

    def __init__(self, name: str, process: Process) -> None:
        """Initialize the child; use `start` instead."""
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
        python: Path | None = None,
    ) -> ChildProcess:
        """Start Python with some arguments; its output goes to a file, or to `line()`."""
        command = [str(python or sys.executable), str(Path(__file__).with_name("exec_tied_to_parent.py")), *arguments]
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
        """Id of the process and of its process group."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is running."""
        return self._process.returncode is None

    def check(self) -> None:
        """Raise ProcessEndedError if the process is not running."""
        if not self.running:
            raise ProcessEndedError(f"{self.name} ended with exit code {self._process.returncode}")

    async def line(self) -> str | None:
        """Return the next line of its output; None at the end."""
        if self._process.stdout is None:
            raise TypeError(f"The output of {self.name} goes to a file")
        line = await self._process.stdout.readline()
        return line.decode(errors="replace").rstrip("\n") if line else None

    async def wait(self) -> int:
        """Wait until it ends and return its exit code."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Terminate the process, and kill what is left of its group."""
        if self.running:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_TIMEOUT):
                    await self._process.wait()
        await self.kill()

    async def kill(self) -> None:
        """Kill the process and its group, as a power failure would."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()


def free_port(preferred: int = 0) -> int:
    """Return a free port of 127.0.0.1, the preferred one if possible."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("No free port on 127.0.0.1")
