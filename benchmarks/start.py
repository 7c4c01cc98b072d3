"""How long the command `carson` takes to start: CPU time, compared with a program that only prints a version."""

import os
from pathlib import Path
import subprocess
import sys
import tempfile

from benchmarks.common import REPOSITORY, print_table

_RUNS = 15
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


def _cpu_seconds(arguments: list[str], environment: dict[str, str]) -> float:
    before = os.times()
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, *arguments],
        check=False,
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    """Measure the programs in turn, so that what else the machine does affects all of them."""
    with tempfile.TemporaryDirectory() as folder:
        smallest = Path(folder) / "smallest.py"
        smallest.write_text(_SMALLEST, "utf-8")
        programs: dict[str, tuple[list[str], dict[str, str]]] = {
            "a typer program that prints a version": ([str(smallest), "--version"], {}),
            "carson --version": (["-m", "cli", "--version"], {}),
            "carson --help": (["-m", "cli", "--help"], {}),
            "Tab after `carson open fr`": (["-m", "cli"], _NAMES),
        }
        seconds: dict[str, list[float]] = {name: [] for name in programs}
        for _ in range(_RUNS):
            for name, (arguments, environment) in programs.items():
                seconds[name].append(_cpu_seconds(arguments, environment))
    medians = {name: sorted(values)[_RUNS // 2] for name, values in seconds.items()}
    floor = next(iter(medians.values()))
    print_table(
        f"CPU time of {_RUNS} starts each",
        ("Program", "Median", "Ratio"),
        [(name, f"{1000 * median:.0f} ms", f"{median / floor:.2f}") for name, median in medians.items()],
    )


if __name__ == "__main__":
    main()
