"""The client, its command line and the simulator run on older versions of Python than Home Assistant needs."""

import ast
from pathlib import Path
import tomllib

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("custom_components/carson/aiocarson", "cli", "simulator")


def oldest_version() -> tuple[int, int]:
    """Return the oldest version that the package declares."""
    required = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    major, minor = required.removeprefix(">=").split(".")
    return int(major), int(minor)


def test_oldest_version_is_checked_everywhere() -> None:
    """What the linters assume is what the package declares."""
    version = "".join(map(str, oldest_version()))
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["per-file-target-version"]
    assert ruff == {f"{folder}/**": f"py{version}" for folder in FOLDERS}
    assert f"--python-version {'.'.join(map(str, oldest_version()))}" in (ROOT / "scripts" / "lint").read_text()


@pytest.mark.parametrize("folder", FOLDERS)
def test_syntax_of_the_oldest_version(folder: str) -> None:
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    for file in files:
        ast.parse(file.read_text("utf-8"), filename=str(file), feature_version=oldest_version())
