"""Tests that run the examples of docs/library.md in order against the simulator."""

import ast
from collections.abc import AsyncIterator
from contextlib import redirect_stdout
from functools import partial
import inspect
import io
from pathlib import Path
import re
import types

import aiocarson
import pytest

from simulator import Simulator

PAGE = Path(__file__).parents[2] / "docs" / "library.md"
EXAMPLE = re.compile(r"^```python\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)


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
    names: dict[str, object] = {"simulator": simulator}
    examples = EXAMPLE.findall(PAGE.read_text("utf-8"))
    assert len(examples) > 8
    try:
        for example, expected in examples:
            assert await run(example, names) == expected, example
    finally:
        carson = names.get("carson")
        if isinstance(carson, real):
            await carson.__aexit__(None, None, None)
