"""Measures everything, prints one table, and writes it as JSON: `scripts/bench`."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
import importlib
import json
import logging
import os
from pathlib import Path
import platform
import sys
import time
from typing import Any

from rich.console import Console
from rich.table import Table

from .bench import Bench
from .common import ROUND_TRIP
from .machine import Machine
from .rows import COLUMNS, Row

MEASURES = (
    "fetching",
    "setting_up",
    "starting",
    "updates",
    "doors_under_load",
    "stills",
    "live_view",
    "memory",
    "importing",
    "idle_traffic",
    "live_events",
    "presses",
    "bounds",
)
_THREADS = 64
_PATIENCE = (8.0, 90.0)
"""How long all repetitions together may take, in seconds: in a quick run, and in a whole one."""


def main() -> None:
    """Measure what the arguments say."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"what to measure (default: everything); what the file has of the others stays: {', '.join(MEASURES)}",
    )
    parser.add_argument("--quick", action="store_true", help="fewer and smaller samples, in a minute")
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        default=Path("artifacts/performance.json"),
        help="where to write (default: %(default)s)",
    )
    parser.add_argument(
        "--patience",
        type=float,
        metavar="SECONDS",
        help=f"how long disturbed samples may be taken again (default: {_PATIENCE[1]:g}; quick: {_PATIENCE[0]:g})",
    )
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(MEASURES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; choose from {', '.join(MEASURES)}")
    logging.basicConfig(level=logging.ERROR)
    names = [name for name in MEASURES if not arguments.names or name in arguments.names]
    patience = arguments.patience if arguments.patience is not None else _PATIENCE[not arguments.quick]
    with Machine(patience) as machine:
        found = asyncio.run(_measure(Bench(machine, arguments.quick), names))
    report = read_report(arguments.json) if arguments.names else {}
    report.update(found)
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    ordered = {name: report[name] for name in MEASURES if name in report}
    arguments.json.write_text(json.dumps(ordered, indent=1) + "\n", "utf-8")
    _print_rows([Row.from_json(row) for name in names for row in found[name]["rows"]])
    seconds = {name: found[name]["conditions"]["seconds"] for name in names}
    print(f"Took {sum(seconds.values())} s: {', '.join(f'{name} {took}' for name, took in seconds.items())}")
    print(f"Written to {arguments.json}")
    if machine.missing:
        print(f"The machine was too busy for {machine.missing} samples; they are left out.")


def read_report(path: Path) -> dict[str, Any]:
    """Return what was measured before, by name; nothing if there is no such file."""
    with suppress(FileNotFoundError):
        report: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return report
    return {}


async def _measure(bench: Bench, names: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    # For what blocks. Home Assistant has as many.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS))
    began = time.monotonic()
    for name in names:
        rows: list[Row] = []
        started = time.monotonic()
        repeated, missing = bench.machine.repeated, bench.machine.missing
        measure: Callable[[Bench], AsyncIterator[Row]] = importlib.import_module(f"benchmarks.{name}").measure
        async for row in measure(bench):
            rows.append(row)
            print(f"{time.monotonic() - began:4.0f} s  {' | '.join(row.cells())}", file=sys.stderr)
        conditions = _conditions(bench.is_quick) | {
            "seconds": round(time.monotonic() - started),
            "samples_repeated": bench.machine.repeated - repeated,
            "samples_missing": bench.machine.missing - missing,
        }
        found[name] = {"conditions": conditions, "rows": [row.as_json() for row in rows]}
    return found


def _print_rows(rows: Sequence[Row]) -> None:
    """Print the table."""
    table = Table(title="Performance (R: a round trip; in brackets the smallest and the largest sample)")
    for number, column in enumerate(COLUMNS):
        table.add_column(column, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row.cells())
    console = Console()
    (console if console.is_terminal else Console(width=150)).print(table)


def _conditions(is_quick: bool) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processors": os.process_cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "round_trip_seconds": ROUND_TRIP,
        "quick": is_quick,
    }


if __name__ == "__main__":
    main()
