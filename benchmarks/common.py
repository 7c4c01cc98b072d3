"""Helpers for benchmarks: the simulator in a separate process, and tables."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
from pathlib import Path
import sys
from typing import Any

import aiohttp
from rich.console import Console
from rich.table import Table

REPOSITORY = Path(__file__).parent.parent
EMAIL = "resident@example.com"
PASSWORD = "correct horse"  # noqa: S105 - opens only simulated doors
BUILDING = "501"
CAMERAS = ("1000a001", "1000a002", "1000a003", "1000a004")


@dataclass(frozen=True, slots=True)
class Clouds:
    """The simulated clouds and an HTTP session for them."""

    url: str
    api_url: str
    eagle_eye_url: str
    session: aiohttp.ClientSession

    def client[ClientT](self, client_class: Callable[..., ClientT]) -> ClientT:
        """Return a client that signs in by itself, of the class `Carson`: its own, or the integration's copy."""
        return client_class(
            self.session, email=EMAIL, password=PASSWORD, api_url=self.api_url, eagle_eye_url=self.eagle_eye_url
        )

    async def counters(self) -> dict[str, Any]:
        """Fetch the counters of the simulator."""
        async with self.session.get(f"{self.url}/_control/counters") as response:
            counts: dict[str, Any] = await response.json()
            return counts


@asynccontextmanager
async def clouds(*, delay_seconds: float) -> AsyncGenerator[Clouds]:
    """Run the simulator in a separate process, so that it does not affect the measurements."""
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


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table."""
    table = Table(title=title, title_justify="left", title_style="bold", min_width=min(110, len(title)))
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*row)
    Console(width=120).print(table)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def milliseconds(seconds: float) -> str:
    """Return a duration as text."""
    return f"{1000 * seconds:.1f} ms"
