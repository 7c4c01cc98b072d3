"""The simulator in its own process, and access to its counters and state."""

import asyncio
from collections.abc import Callable
import json
from typing import Any

import aiohttp

from .home_assistant import REPOSITORY
from .processes import ChildProcess, ProcessEndedError, free_port

PORT = 8770
START_TIMEOUT = 180.0

EMAIL = "resident@example.com"
PASSWORD = "correct horse"  # noqa: S105  # exists in the simulator only


class SimulatorProcess:
    """The simulator of both clouds, running in a child process."""

    def __init__(self, process: ChildProcess, urls: dict[str, str]) -> None:
        """Initialize the process; use `start` instead."""
        self.url = urls["url"]
        self.api_url = urls["api_url"]
        self.eagle_eye_url = urls["eagle_eye_url"]
        self._process = process

    @classmethod
    async def start(cls, port: int = PORT) -> SimulatorProcess:
        """Start the simulator on a port, or on any free one if that is in use, and wait until it listens."""
        arguments = ["-m", "simulator", "--port", str(free_port(port))]
        process = await ChildProcess.start("The simulator", arguments, cwd=REPOSITORY)
        try:
            async with asyncio.timeout(START_TIMEOUT):
                return cls(process, await _read_urls(process))
        except BaseException:
            await process.stop()
            raise

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that make the integration use the simulator."""
        return {"CARSON_API_URL": self.api_url, "CARSON_EAGLE_EYE_URL": self.eagle_eye_url}

    async def follow_output(self, on_line: Callable[[str], None]) -> None:
        """Pass each line of its output to a callback until it ends."""
        while (line := await self._process.line()) is not None:
            on_line(line)

    async def counters(self, session: aiohttp.ClientSession) -> dict[str, Any]:
        """Return its counters."""
        return await self._control(session, "counters")

    async def state(self, session: aiohttp.ClientSession) -> dict[str, Any]:
        """Return its state."""
        return await self._control(session, "state")

    async def openings(self, session: aiohttp.ClientSession) -> dict[str, int]:
        """Return how often each door was opened, by door id, without doors that were not opened."""
        counters = await self.counters(session)
        return {str(door): int(times) for door, times in counters["openings"].items() if times}

    async def add_fault(self, session: aiohttp.ClientSession, **rule: object) -> None:
        """Add a fault; the arguments are those of the simulator's control endpoint."""
        async with session.post(f"{self.url}/_control/faults", json=rule) as response:
            response.raise_for_status()

    async def change_camera(self, session: aiohttp.ClientSession, esn: str, **attributes: object) -> None:
        """Change attributes of a camera; see `simulator.control`."""
        async with session.post(f"{self.url}/_control/camera/{esn}", json=attributes) as response:
            response.raise_for_status()

    async def add_tower(self, session: aiohttp.ClientSession, doors: int, cameras: int) -> None:
        """Add doors and cameras to the first building until it has as many as given."""
        body = {"doors": doors, "cameras": cameras}
        async with session.post(f"{self.url}/_control/tower", json=body) as response:
            response.raise_for_status()

    async def stop(self) -> None:
        """Stop the simulator."""
        await self._process.stop()

    async def _control(self, session: aiohttp.ClientSession, path: str) -> dict[str, Any]:
        async with session.get(f"{self.url}/_control/{path}") as response:
            response.raise_for_status()
            content: dict[str, Any] = await response.json()
            return content


async def _read_urls(process: ChildProcess) -> dict[str, str]:
    line = await process.line()
    if line is None:
        raise ProcessEndedError(f"The simulator ended with exit code {await process.wait()}")
    urls: dict[str, str] = json.loads(line)
    return urls
