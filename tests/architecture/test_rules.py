"""The structure of the product, and for each rule a made-up tree that breaks it."""

import ast
import subprocess
import sys

import aiocarson
import pytest

from tests.architecture import rules
from tests.architecture.conftest import ROOT, MakeTree
from tests.support.import_graph import Import, ImportGraph

PACKAGES = (rules.CLIENT, rules.INTEGRATION, "simulator", "cli", "demo")
MOST_PUBLIC_NAMES = 40

CARSON = "custom_components/carson"


def lines(breaches: list[Import]) -> list[str]:
    """Return the offending statements with their places."""
    return [str(one) for one in breaches]


def report(breaches: list[Import]) -> str:
    """Return the same as one text, which pytest shows whole."""
    return "\n".join(lines(breaches))


@pytest.mark.parametrize("package", PACKAGES)
def test_there_is_no_import_circle(product: ImportGraph, package: str) -> None:
    assert report(rules.circles(product, package)) == ""


def test_a_circle_is_found_under_type_checking(make_tree: MakeTree) -> None:
    tree = make_tree(
        {
            "demo/__init__.py": "from . import first\n",
            "demo/first.py": "import os\nfrom .rest import second\n",
            "demo/rest/__init__.py": "",
            "demo/rest/second.py": "if TYPE_CHECKING:\n    from ..first import Name\n",
        }
    )
    assert lines(rules.circles(tree, "demo")) == [
        "demo/first.py:2: from .rest import second",
        "demo/rest/second.py:2: from ..first import Name",
    ]


def test_a_circle_is_found_through_the_package_itself(make_tree: MakeTree) -> None:
    tree = make_tree(
        {
            "demo/__init__.py": "from .first import value\nCONSTANT = 1\n",
            "demo/first.py": "def value() -> int:\n    from . import CONSTANT\n    return CONSTANT\n",
        }
    )
    assert lines(rules.circles(tree, "demo")) == [
        "demo/__init__.py:1: from .first import value",
        "demo/first.py:2: from . import CONSTANT",
    ]


def test_the_client_has_levels(product: ImportGraph) -> None:
    assert report(rules.upward_imports(product)) == ""


def test_an_import_upwards_is_found(make_tree: MakeTree) -> None:
    client = f"{CARSON}/aiocarson"
    tree = make_tree(
        {
            f"{client}/__init__.py": "from .client import Carson\n",
            f"{client}/client.py": "from .carson.api import Api\nfrom .eagle_eye import live\n",
            f"{client}/carson/api.py": "from ..eagle_eye.session_key import Key\nfrom ..eagle_eye.live import Live\n",
            f"{client}/eagle_eye/live.py": "from ..http import transport\nfrom ..carson import api\n",
            f"{client}/eagle_eye/session_key.py": "",
            f"{client}/http/transport.py": "from ..errors import CarsonError\n",
            f"{client}/errors.py": "from . import Carson\n",
        }
    )
    assert lines(rules.upward_imports(tree)) == [
        f"{client}/carson/api.py:2: from ..eagle_eye.live import Live",
        f"{client}/eagle_eye/live.py:2: from ..carson import api",
        f"{client}/errors.py:1: from . import Carson",
    ]


def test_the_simulator_has_levels(product: ImportGraph) -> None:
    assert report(rules.upward_imports_of_the_simulator(product)) == ""


def test_an_import_upwards_in_the_simulator_is_found(make_tree: MakeTree) -> None:
    tree = make_tree(
        {
            "simulator/__init__.py": "from simulator.core import Core\n",
            "simulator/core.py": "from simulator.state.model import State\n",
            "simulator/state/model.py": "from simulator.media import flv\nfrom simulator.clock import Clock\n",
            "simulator/media/flv.py": "from simulator.core import Core\n",
            "simulator/clock.py": "",
        }
    )
    assert lines(rules.upward_imports_of_the_simulator(tree)) == [
        "simulator/media/flv.py:1: from simulator.core import Core",
        "simulator/state/model.py:1: from simulator.media import flv",
    ]


def test_media_uses_the_client_only(product: ImportGraph) -> None:
    assert report(rules.imports_of_media(product)) == ""


def test_an_import_of_media_from_the_integration_is_found(make_tree: MakeTree) -> None:
    tree = make_tree(
        {
            f"{CARSON}/const.py": "",
            f"{CARSON}/media/live/a.py": "from ...aiocarson import A\nfrom ..flv import b\nfrom ...const import C\n",
        }
    )
    assert lines(rules.imports_of_media(tree)) == [f"{CARSON}/media/live/a.py:3: from ...const import C"]


def test_no_platform_is_imported(product: ImportGraph) -> None:
    assert report(rules.imports_of_platforms(product)) == ""


def test_an_import_of_a_platform_is_found(make_tree: MakeTree) -> None:
    tree = make_tree(
        {
            f"{CARSON}/lock.py": "from homeassistant.components import button\nfrom . import button\n",
            f"{CARSON}/button.py": "from .entity import DoorEntity\n",
        }
    )
    assert lines(rules.imports_of_platforms(tree)) == [f"{CARSON}/lock.py:2: from . import button"]


def test_simulator_and_integration_are_strangers(product: ImportGraph) -> None:
    assert report(rules.imports_between_strangers(product)) == ""


def test_an_import_between_simulator_and_integration_is_found(make_tree: MakeTree) -> None:
    tree = make_tree(
        {
            "simulator/faults.py": "import json\nimport aiocarson.errors\n",
            f"{CARSON}/const.py": "from simulator import Simulator\n",
            "demo/smoke.py": "from simulator import Simulator\n",
        }
    )
    assert lines(rules.imports_between_strangers(tree)) == [
        "simulator/faults.py:2: import aiocarson.errors",
        f"{CARSON}/const.py:1: from simulator import Simulator",
    ]


def test_the_client_and_its_tests_need_no_home_assistant(product: ImportGraph) -> None:
    assert report(rules.imports_of_home_assistant(product)) == ""


def test_an_import_of_home_assistant_by_way_of_another_module_is_found(make_tree: MakeTree) -> None:
    tree = make_tree(
        {
            "tests/aiocarson/test_client.py": "from tests.support.places import A\n",
            "tests/support/places.py": "from homeassistant import const\n",
            "tests/integration/test_init.py": "from homeassistant import const\n",
        }
    )
    assert lines(rules.imports_of_home_assistant(tree)) == [
        "tests/support/places.py:1: from homeassistant import const"
    ]


def test_importing_the_client_loads_no_home_assistant() -> None:
    """Every module of the client is imported in a fresh process."""
    program = (
        "import importlib, pkgutil, sys, aiocarson\n"
        "for module in pkgutil.walk_packages(aiocarson.__path__, 'aiocarson.'): importlib.import_module(module.name)\n"
        "print([name for name in sys.modules if name.startswith(('homeassistant', 'custom_components'))])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert ast.literal_eval(run.stdout) == []


def test_only_public_names_of_the_client_are_used(product: ImportGraph) -> None:
    assert report(rules.private_imports(product)) == ""


def test_an_import_of_a_private_name_is_found(make_tree: MakeTree) -> None:
    tree = make_tree(
        {
            f"{CARSON}/aiocarson/http/urls.py": "from .coerce import _text\n",
            f"{CARSON}/coordinator.py": "from .aiocarson import Carson\nfrom .aiocarson.http.urls import _host\n",
            "cli/output.py": "import aiocarson._private\n",
        }
    )
    assert lines(rules.private_imports(tree)) == [
        "cli/output.py:1: import aiocarson._private",
        f"{CARSON}/coordinator.py:2: from .aiocarson.http.urls import _host",
    ]


def test_the_type_of_entries_is_used(product: ImportGraph) -> None:
    assert report(rules.untyped_entries(product)) == ""


def test_an_entry_without_the_type_of_its_data_is_found(make_tree: MakeTree) -> None:
    entry = "from homeassistant.config_entries import ConfigEntry, ConfigEntryState\n"
    tree = make_tree(
        {
            f"{CARSON}/coordinator.py": entry,
            f"{CARSON}/data.py": f"{entry}from .coordinator import CarsonCoordinator\n",
            f"{CARSON}/migration/takeover.py": entry,
            f"{CARSON}/lock.py": "from homeassistant.config_entries import ConfigEntryState\n",
            f"{CARSON}/services/update.py": entry,
        }
    )
    assert lines(rules.untyped_entries(tree)) == [f"{CARSON}/services/update.py:1: {entry.strip()}"]


def test_client_has_few_public_names() -> None:
    assert len(aiocarson.__all__) <= MOST_PUBLIC_NAMES
