"""`scripts/demo` as a user runs it."""

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

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]

DEMO = str(REPOSITORY / "scripts" / "demo")
TIMEOUT = 600.0
"""Seconds; only an upper bound, for busy machines."""


async def test_smoke_checks_pass(socket_enabled: None) -> None:
    process = await asyncio.create_subprocess_exec(DEMO, "--smoke", stdout=PIPE, stderr=STDOUT)
    async with asyncio.timeout(TIMEOUT):
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    assert output.decode().rstrip().endswith("All checks passed")


async def test_ctrl_c_stops_everything_and_the_next_start_continues(socket_enabled: None, tmp_path: Path) -> None:
    async with _demo(tmp_path) as first, aiohttp.ClientSession() as session:
        api = await log_in(session, first.url)
        [entry] = await api.call("config_entries/get", domain=DOMAIN)
        buttons = [
            state["entity_id"] for state in await api.get("/api/states") if state["entity_id"].startswith("button.")
        ]
        await api.perform_action("button", "press", entity_id=buttons[0])
        await first.read_until(r"^Opened .+ \(opening 1\)")
    assert first.exit_code == 0
    assert not first.running_children()

    async with _demo(tmp_path) as second, aiohttp.ClientSession() as session:
        api = await log_in(session, second.url)
        [same] = await api.call("config_entries/get", domain=DOMAIN)
        assert same["entry_id"] == entry["entry_id"]
        assert same["state"] == "loaded"
        if sys.platform == "linux":  # only there children are terminated with their parent
            second.kill()
            await second.wait_until_ended()
            await asyncio.to_thread(psutil.wait_procs, second.children, timeout=TIMEOUT)
    assert not second.running_children()


class _Demo:
    """A running demo."""

    def __init__(self, process: Process) -> None:
        """Initialize the demo with its process."""
        self._process = process
        self.url = ""
        self.children: list[psutil.Process] = []
        self.exit_code: int | None = None

    async def wait_until_running(self) -> None:
        """Wait until it is running."""
        match = await self.read_until(r"^Home Assistant is running at (http://\S+)$")
        self.url = match[1]
        await self.read_until(r"^Sign in with user demo and password demo$")
        self.children = psutil.Process(self._process.pid).children(recursive=True)
        assert len(self.children) >= 2

    async def read_until(self, pattern: str) -> re.Match[str]:
        """Read its output up to a line that matches a pattern."""
        assert self._process.stdout
        lines = []
        async with asyncio.timeout(TIMEOUT):
            while line := (await self._process.stdout.readline()).decode():
                if match := re.search(pattern, line):
                    return match
                lines.append(line)
        raise AssertionError(f"No {pattern} in:\n{''.join(lines)}")

    def interrupt(self) -> None:
        """Interrupt it, as Ctrl-C does."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()

    async def wait_until_ended(self) -> None:
        """Wait until it ends."""
        async with asyncio.timeout(TIMEOUT):
            self.exit_code = await self._process.wait()

    def running_children(self) -> list[psutil.Process]:
        """Return its child processes that are still running."""
        return [child for child in self.children if child.is_running()]


@asynccontextmanager
async def _demo(state: Path) -> AsyncIterator[_Demo]:
    """Run the demo for as long as the context lasts, then interrupt it."""
    process = await asyncio.create_subprocess_exec(DEMO, "--state", str(state), stdout=PIPE, stderr=STDOUT)
    demo = _Demo(process)
    try:
        await demo.wait_until_running()
        yield demo
    finally:
        demo.interrupt()
        await demo.wait_until_ended()
