"""The tests run with what users run: the versions that Home Assistant itself requires."""

from importlib.metadata import distributions
import json
from pathlib import Path
import re
import shutil

import pytest

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;#]+)", re.MULTILINE)


def pins(path: Path) -> dict[str, str]:
    """Return the exact versions in a file of requirements."""
    return {name.lower().replace("_", "-"): version for name, version in PIN.findall(path.read_text("utf-8"))}


def home_assistant(environment: str) -> Path:
    """Return the folder of the Home Assistant in an environment, whichever of them runs this test."""
    (folder,) = (ROOT / environment / "lib").glob("python*/site-packages/homeassistant")
    return folder


@pytest.mark.parametrize(
    ("name", "environment"), [("requirements_test.txt", ".venv"), ("requirements_next.txt", ".venv-next")]
)
def test_versions_are_those_of_home_assistant(name: str, environment: str) -> None:
    required = pins(home_assistant(environment) / "package_constraints.txt")
    ours = pins(ROOT / name)
    assert len(required.keys() & ours.keys()) > 50
    differing = {key: (ours[key], required[key]) for key in required.keys() & ours.keys() if ours[key] != required[key]}
    assert differing == {}, "ours, and Home Assistant's"


@pytest.mark.parametrize("environment", [".venv", ".venv-next"])
@pytest.mark.parametrize("component", ["assist_pipeline", "conversation", "frontend", "hassio", "stream"])
def test_components_that_the_page_loads_have_what_they_need(environment: str, component: str) -> None:
    """Otherwise, the page says nothing and waits; Home Assistant installs nothing in the tests and the demo."""
    if component == "assist_pipeline" and shutil.which("c++") is None:
        pytest.skip("It is compiled during installation, and there is no compiler")
    package = home_assistant(environment)
    manifest = json.loads((package / "components" / component / "manifest.json").read_text("utf-8"))
    installed = {
        f"{one.name}=={one.version}".lower().replace("_", "-") for one in distributions(path=[str(package.parent)])
    }
    assert manifest["requirements"]
    assert {requirement.lower() for requirement in manifest["requirements"]} - installed == set()
