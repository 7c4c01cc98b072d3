"""The simulator as a program of its own, and the way to ask it what really happened."""

import asyncio
from collections.abc import Callable
import json
from typing import Any

import aiohttp

from .home_assistant import REPOSITORY
from .processes import Program, ProgramEndedError, free_port

PORT = 8770
START_PATIENCE = 30.0

EMAIL = "resident@example.com"
PASSWORD = "correct horse"  # noqa: S105  # known to the simulator only


class StandIn:
    """The simulator of both clouds, running beside us."""

    def __init__(self, program: Program, addresses: dict[str, str]) -> None:
        """Use `start`."""
        self.url = addresses["url"]
        self.api_url = addresses["api_url"]
        self.eagle_eye_url = addresses["eagle_eye_url"]
        self._program = program

    @classmethod
    async def start(cls, port: int = PORT) -> StandIn:
        """Start it on this port, or on a free one if that is taken, and wait until it listens."""
        arguments = ["-m", "simulator", "--port", str(free_port(port))]
        program = await Program.start("the simulator", arguments, cwd=REPOSITORY)
        try:
            async with asyncio.timeout(START_PATIENCE):
                return cls(program, await _addresses(program))
        except BaseException:
            await program.stop()
            raise

    @property
    def environment(self) -> dict[str, str]:
        """What leads the integration here."""
        return {"CARSON_API_URL": self.api_url, "CARSON_EAGLE_EYE_URL": self.eagle_eye_url}

    async def follow(self, tell: Callable[[str], None]) -> None:
        """Tell each line of its output, until it ends."""
        while (line := await self._program.line()) is not None:
            tell(line)

    async def counters(self, session: aiohttp.ClientSession) -> dict[str, Any]:
        """Ask what was asked of it."""
        return await self._control(session, "counters")

    async def state(self, session: aiohttp.ClientSession) -> dict[str, Any]:
        """Ask for the buildings as they are."""
        return await self._control(session, "state")

    async def openings(self, session: aiohttp.ClientSession) -> dict[str, int]:
        """Tell how often each door was opened, by the door's id; doors never opened are left out."""
        counters = await self.counters(session)
        return {str(door): int(times) for door, times in counters["openings"].items() if times}

    async def stop(self) -> None:
        """End it, and wait for that."""
        await self._program.stop()

    async def _control(self, session: aiohttp.ClientSession, what: str) -> dict[str, Any]:
        async with session.get(f"{self.url}/_control/{what}") as answer:
            answer.raise_for_status()
            content: dict[str, Any] = await answer.json()
            return content


async def _addresses(program: Program) -> dict[str, str]:
    first = await program.line()
    if first is None:
        raise ProgramEndedError(f"the simulator ended with {await program.wait()}")
    addresses: dict[str, str] = json.loads(first)
    return addresses
