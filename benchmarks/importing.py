"""CPU time of imports: of the integration after Home Assistant is loaded, and of the command line."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
import os
from pathlib import Path
import sys
from tempfile import TemporaryDirectory

from .bench import Bench
from .common import REPOSITORY
from .machine import Kind
from .rows import Row, figure

_GOAL_MS = 60.0
_COMPILED = TemporaryDirectory()
_INTEGRATION = """
from importlib import import_module
import sys
import time

ours = ("custom_components",)
names = ["custom_components.carson"]


def load():
    from custom_components.carson import PLATFORMS
    for platform in (*PLATFORMS, "config_flow"):
        import_module(f"custom_components.carson.{platform}")


if sys.argv[1:] == ["list"]:
    load()
    print(*(name for name in sys.modules if not name.startswith(ours)))
else:
    for name in sys.stdin.read().split():
        try:
            import_module(name)
        except ImportError:
            pass
    started = time.process_time()
    load()
    print(time.process_time() - started)
"""
_SMALLEST = """
import typer

app = typer.Typer(rich_markup_mode=None)


def print_version(requested: bool) -> None:
    if requested:
        print("1.0")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(version: bool = typer.Option(False, "--version", is_eager=True, callback=print_version)) -> None:
    pass


app()
"""
_NAMES = {"_CARSON_COMPLETE": "complete_bash", "COMP_WORDS": "carson open fr", "COMP_CWORD": "2"}


async def measure(bench: Bench) -> AsyncIterator[Row]:
    """Yield the row of the integration, and those of the command line beside the smallest program of its library."""
    number = bench.choose(1, 11)
    others = await _run(["-c", _INTEGRATION, "list"])

    async def integration() -> float:
        return float(await _run(["-c", _INTEGRATION], standard_input=others))

    # Not counted: it compiles.
    await integration()
    yield Row(
        measure="import of the integration after Home Assistant",
        unit="ms",
        ours=figure(await bench.machine.samples(integration, number, Kind.CPU_TIME), 1000),
        goal=_GOAL_MS,
    )
    with TemporaryDirectory() as folder:
        smallest = Path(folder) / "smallest.py"
        smallest.write_text(_SMALLEST, "utf-8")
        await _run(["-m", "cli", "--help"])
        await _run([str(smallest), "--version"])
        floor = await bench.machine.samples(
            lambda: _cpu_seconds([str(smallest), "--version"], {}), number, Kind.CPU_TIME
        )
        for title, arguments, environment in (
            ("carson --version", ["--version"], {}),
            ("carson --help", ["--help"], {}),
            ("Tab after `carson open fr`", [], _NAMES),
        )[: bench.choose(1, 3)]:
            start = partial(_cpu_seconds, ["-m", "cli", *arguments], environment)
            ours = await bench.machine.samples(start, number, Kind.CPU_TIME)
            yield Row(measure=f"start of {title}", unit="ms", floor=figure(floor, 1000), ours=figure(ours, 1000))


async def _run(arguments: list[str], *, standard_input: str = "", environment: dict[str, str] | None = None) -> str:
    # Compiled files are written, as in an installation, but not into the repository.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=REPOSITORY,
        env=inherited | {"PYTHONPATH": str(REPOSITORY), "PYTHONPYCACHEPREFIX": _COMPILED.name} | (environment or {}),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    output, _ = await process.communicate(standard_input.encode())
    return output.decode()


async def _cpu_seconds(arguments: list[str], environment: dict[str, str]) -> float:
    """Return the CPU time of a program."""
    before = os.times()
    await _run(arguments, environment=environment)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system
