"""Tests that run the examples of docs/library.md in order against the simulator, and check their types."""

import ast
import asyncio
from collections.abc import AsyncIterator
from contextlib import redirect_stdout
from functools import partial
import inspect
import io
from pathlib import Path
import re
import subprocess
import sys
import textwrap
import types

import aiocarson
import pytest

from simulator import Simulator, Status
from tests.support.recordings import LOBBY

PAGE = Path(__file__).parents[2] / "docs" / "library.md"
EXAMPLE = re.compile(r"^```python\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)


def _rename_door(simulator: Simulator) -> None:
    simulator.state.buildings["501"].doors[0].name = "Main Door"


def _turn_camera_off(simulator: Simulator) -> None:
    simulator.set_status(LOBBY, Status.OFF)


# What happens in the building while an example waits for it.
_MEANWHILE = {"carson.watch(": _rename_door, "eagle_eye.events(": _turn_camera_off}


@pytest.fixture
async def simulator(socket_enabled: None) -> AsyncIterator[Simulator]:
    async with Simulator() as simulator:
        simulator.settings.recordings.mp4_pending = 0
        simulator.state.buildings["501"].doors[0].provider = "smartair"
        yield simulator


async def run(example: str, names: dict[str, object]) -> str:
    """Run code with top-level await and return what it prints."""
    output = io.StringIO()
    code = compile(example, str(PAGE), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    with redirect_stdout(output):
        result = types.FunctionType(code, names)()
        if inspect.iscoroutine(result):
            await result
    return output.getvalue()


async def test_examples(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    real = aiocarson.Carson
    here = partial(real, api_url=simulator.api_url, eagle_eye_url=simulator.eagle_eye_url)
    monkeypatch.setattr(aiocarson, "Carson", here)
    names: dict[str, object] = {}
    examples = EXAMPLE.findall(PAGE.read_text("utf-8"))
    assert len(examples) > 8
    try:
        for example, expected in examples:
            for call, change in _MEANWHILE.items():
                if call in example:
                    asyncio.get_running_loop().call_later(0.5, change, simulator)
            assert await run(example, names) == expected, example
    finally:
        carson = names.get("carson")
        if isinstance(carson, real):
            await carson.__aexit__(None, None, None)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Return all examples as one program."""
    examples = "\n".join(example for example, _ in EXAMPLE.findall(PAGE.read_text("utf-8")))
    path = tmp_path / "examples.py"
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}', "utf-8")
    path.write_text(f"async def main() -> None:\n{textwrap.indent(examples, '    ')}", "utf-8")
    return path


@pytest.mark.parametrize(
    "command",
    [
        ["mypy", "--strict", "--no-incremental", "--config-file="],
        ["basedpyright", "--level", "error", "--pythonpath", sys.executable],
    ],
    ids=lambda command: command[0],
)
def test_types_of_examples(program: Path, command: list[str]) -> None:
    result = subprocess.run(
        [Path(sys.executable).parent / command[0], *command[1:], program],
        cwd=program.parent,
        capture_output=True,
        check=False,
        text=True,
        timeout=170,
    )
    assert result.returncode == 0, result.stdout + result.stderr
