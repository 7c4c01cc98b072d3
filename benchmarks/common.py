"""What the benchmarks share: a simulator in a process of its own, and tables."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from pathlib import Path
import sys
from typing import Any

import aiohttp
from rich.console import Console
from rich.table import Table

from custom_components.carson.aiocarson import Carson

REPOSITORY = Path(__file__).parent.parent
EMAIL = "resident@example.com"
PASSWORD = "correct horse"  # noqa: S105 - opens only simulated doors
BUILDING = "501"
CAMERAS = ("1000a001", "1000a002", "1000a003", "1000a004")


@dataclass(frozen=True, slots=True)
class Clouds:
    """The simulated clouds, and a session to reach them."""

    url: str
    api_url: str
    eagle_eye_url: str
    session: aiohttp.ClientSession

    def client(self) -> Carson:
        """Make a client that signs in by itself."""
        return Carson(
            self.session, email=EMAIL, password=PASSWORD, api_url=self.api_url, eagle_eye_url=self.eagle_eye_url
        )

    async def counters(self) -> dict[str, Any]:
        """Ask for the counts of everything."""
        async with self.session.get(f"{self.url}/_control/counters") as response:
            counts: dict[str, Any] = await response.json()
            return counts


@asynccontextmanager
async def clouds(*, delay_seconds: float) -> AsyncGenerator[Clouds]:
    """Run the simulator beside this process, so that it takes no share of what is measured."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulator", "--port", "0", "--delay", str(delay_seconds)),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        urls = json.loads(await process.stdout.readline())
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), connector=connector) as session:
            yield Clouds(urls["url"], urls["api_url"], urls["eagle_eye_url"], session)
    finally:
        process.terminate()
        await process.wait()


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table."""
    table = Table(title=title, title_justify="left", title_style="bold", min_width=min(110, len(title)))
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*row)
    Console(width=120).print(table)


def percentile(values: Sequence[float], share: float) -> float:
    """Tell the value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def milliseconds(seconds: float) -> str:
    """Word a time."""
    return f"{1000 * seconds:.1f} ms"
