"""`scripts/demo` as a user runs it, in processes of its own."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
import re
import signal
import sys

import aiohttp
import psutil
import pytest

from demo.dashboard import DOMAIN
from demo.home_assistant import REPOSITORY
from demo.onboarding import log_in

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(300)]

DEMO = str(REPOSITORY / "scripts" / "demo")


async def test_smoke(socket_enabled: None) -> None:
    process = await asyncio.create_subprocess_exec(DEMO, "--smoke", stdout=PIPE, stderr=STDOUT)
    async with asyncio.timeout(240):
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    assert output.decode().rstrip().endswith("all well")


async def test_ctrl_c_and_a_second_start(socket_enabled: None, tmp_path: Path) -> None:
    async with _demo(tmp_path) as first, aiohttp.ClientSession() as session:
        api = await log_in(session, first.url)
        [entry] = await api.call("config_entries/get", domain=DOMAIN)
        buttons = [state["entity_id"] for state in await api.get("/api/states") if "button." in state["entity_id"]]
        await api.act("button", "press", entity_id=buttons[0])
        await first.read_until(r"^door opened: .+ \(#1\)")
    assert first.exit_code == 0
    assert not first.left_behind()

    async with _demo(tmp_path) as second, aiohttp.ClientSession() as session:
        api = await log_in(session, second.url)
        [same] = await api.call("config_entries/get", domain=DOMAIN)
        assert same["entry_id"] == entry["entry_id"]
        assert same["state"] == "loaded"
        if sys.platform == "linux":  # which tells a child that its parent is gone
            second.kill()
            await second.ended()
            await asyncio.to_thread(psutil.wait_procs, second.programs, timeout=40)
    assert not second.left_behind()


class _Demo:
    """A demo that runs."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.url = ""
        self.programs: list[psutil.Process] = []
        self.exit_code: int | None = None

    async def ready(self) -> None:
        """Wait for its one line with the address, and remember which programs it started."""
        match = await self.read_until(r"(http://\S+)\s+user: demo\s+password: demo")
        self.url = match[1]
        self.programs = psutil.Process(self._process.pid).children(recursive=True)
        assert len(self.programs) >= 2

    async def read_until(self, pattern: str) -> re.Match[str]:
        """Read its output up to a line like this."""
        assert self._process.stdout
        seen = []
        async with asyncio.timeout(120):
            while line := (await self._process.stdout.readline()).decode():
                if match := re.search(pattern, line):
                    return match
                seen.append(line)
        raise AssertionError(f"no {pattern} in:\n{''.join(seen)}")

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """End it without a warning."""
        self._process.kill()

    async def ended(self) -> None:
        """Wait for its end."""
        async with asyncio.timeout(60):
            self.exit_code = await self._process.wait()

    def left_behind(self) -> list[psutil.Process]:
        """List the programs that are still running."""
        return [program for program in self.programs if program.is_running()]


@asynccontextmanager
async def _demo(state: Path) -> AsyncIterator[_Demo]:
    """Start the demo, wait for its address, and press Ctrl-C in the end."""
    process = await asyncio.create_subprocess_exec(DEMO, "--state", str(state), stdout=PIPE, stderr=STDOUT)
    demo = _Demo(process)
    try:
        await demo.ready()
        yield demo
    finally:
        demo.interrupt()
        await demo.ended()
