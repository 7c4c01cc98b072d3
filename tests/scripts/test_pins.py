"""The tests run with what users run: the versions that Home Assistant itself requires."""

from pathlib import Path
import re

import homeassistant
import pytest

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;#]+)", re.MULTILINE)


def pins(path: Path) -> dict[str, str]:
    """Return the exact versions in a file of requirements."""
    return {name.lower().replace("_", "-"): version for name, version in PIN.findall(path.read_text("utf-8"))}


def next_home_assistant() -> Path:
    """Return the folder of the next version's package."""
    (folder,) = (ROOT / ".venv-next" / "lib").glob("python*/site-packages/homeassistant")
    return folder


@pytest.mark.parametrize("name", ["requirements_test.txt", "requirements_next.txt"])
def test_versions_are_those_of_home_assistant(name: str) -> None:
    package = Path(homeassistant.__file__).parent if name == "requirements_test.txt" else next_home_assistant()
    required = pins(package / "package_constraints.txt")
    ours = pins(ROOT / name)
    assert len(required.keys() & ours.keys()) > 50
    differing = {key: (ours[key], required[key]) for key in required.keys() & ours.keys() if ours[key] != required[key]}
    assert differing == {}, "ours, and Home Assistant's"
