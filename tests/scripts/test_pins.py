"""The tests run with what users run: the versions that Home Assistant itself requires."""

from pathlib import Path
import re

import pytest

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;#]+)", re.MULTILINE)


def pins(path: Path) -> dict[str, str]:
    """Return the exact versions in a file of requirements."""
    return {name.lower().replace("_", "-"): version for name, version in PIN.findall(path.read_text("utf-8"))}


def constraints(environment: str) -> Path:
    """Return what the Home Assistant in an environment requires, whichever of them runs this test."""
    (path,) = (ROOT / environment / "lib").glob("python*/site-packages/homeassistant/package_constraints.txt")
    return path


@pytest.mark.parametrize(
    ("name", "environment"), [("requirements_test.txt", ".venv"), ("requirements_next.txt", ".venv-next")]
)
def test_versions_are_those_of_home_assistant(name: str, environment: str) -> None:
    required = pins(constraints(environment))
    ours = pins(ROOT / name)
    assert len(required.keys() & ours.keys()) > 50
    differing = {key: (ours[key], required[key]) for key in required.keys() & ours.keys() if ours[key] != required[key]}
    assert differing == {}, "ours, and Home Assistant's"
