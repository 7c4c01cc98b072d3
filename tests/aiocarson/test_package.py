"""The client as a package of its own."""

import ast
import inspect
from pathlib import Path
import subprocess
import sys

import aiocarson
from aiocarson import errors
import pytest

FOLDER = Path(aiocarson.__file__).parent
DEPENDENCIES = {"aiohttp", "jwt", "multidict", "orjson", "yarl"}


@pytest.mark.parametrize("file", sorted(FOLDER.rglob("*.py")), ids=lambda file: file.relative_to(FOLDER).as_posix())
def test_imports_are_relative_or_of_a_dependency(file: Path) -> None:
    depth = len(file.relative_to(FOLDER).parts)
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level <= depth, "an import from above the package"
            names = [node.module or ""] if node.level == 0 else []
        for name in names:
            root = name.partition(".")[0]
            assert root in DEPENDENCIES or root in sys.stdlib_module_names, name


def test_importing_the_client_loads_nothing_of_home_assistant() -> None:
    code = "import sys, aiocarson; print(*(name for name in sys.modules if 'homeassistant' in name))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=60)
    assert result.stdout.strip() == ""


def test_package_is_typed() -> None:
    assert (FOLDER / "py.typed").exists()


def test_public_names_exist_and_are_sorted() -> None:
    assert list(aiocarson.__all__) == sorted(
        aiocarson.__all__, key=lambda name: (not name.isupper(), name[0].islower(), name)
    )
    assert all(hasattr(aiocarson, name) for name in aiocarson.__all__)
    assert len(aiocarson.__all__) <= 40, "they fit on one screen"


def test_all_errors_are_in_one_tree() -> None:
    found = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, Exception)]
    assert len(found) >= 18
    assert all(issubclass(error, errors.CarsonError) for error in found)
    assert not issubclass(errors.SessionRejectedError, errors.AuthenticationError)
    assert not issubclass(errors.OutcomeUnclearError, errors.CannotConnectError)
    assert issubclass(errors.InvalidInputError, ValueError)
