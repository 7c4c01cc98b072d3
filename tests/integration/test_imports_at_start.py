"""What Home Assistant does not import at its start: large modules that most accounts never need."""

from pathlib import Path
import subprocess
import sys

import pytest

_REPOSITORY = Path(__file__).parents[2]
_PROGRAM = """
from importlib import import_module
import sys

for platform in ("", *(f".{name}" for name in import_module("custom_components.carson").PLATFORMS)):
    import_module(f"custom_components.carson{platform}")
print(*sorted(sys.modules))
"""


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """Return the modules that the integration and its platforms import."""
    program = subprocess.run(
        [sys.executable, "-c", _PROGRAM], cwd=_REPOSITORY, capture_output=True, check=True, text=True, timeout=120
    )
    return set(program.stdout.split())


@pytest.mark.parametrize(
    "name", ["custom_components.carson.aiocarson.probe", "custom_components.carson.media.placeholder"]
)
def test_what_few_need_is_imported_when_it_is_needed(imported: set[str], name: str) -> None:
    assert "custom_components.carson.camera" in imported
    assert name not in imported
    assert not any(module.startswith(f"{name}.") for module in imported)
