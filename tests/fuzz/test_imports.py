"""The client's part of the fuzzer and the benchmarks runs without Home Assistant."""

from pathlib import Path
import subprocess
import sys

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import importlib, sys
importlib.import_module(sys.argv[1])
print(sorted(name for name in sys.modules if name.partition(".")[0] == "homeassistant"))
"""


@pytest.mark.parametrize(
    "module", ["aiocarson", "tests.fuzz.client_targets", "tests.aiocarson.conftest", "benchmarks.common"]
)
def test_client_is_imported_without_home_assistant(module: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, module], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert result.stdout.strip() == "[]"
