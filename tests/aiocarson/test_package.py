"""The client as a package that stands by itself."""

import ast
from pathlib import Path
import sys

import aiocarson
import pytest

FOLDER = Path(aiocarson.__file__).parent
DEPENDENCIES = {"aiohttp", "jwt", "orjson", "yarl"}


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.py")), ids=lambda file: file.name)
def test_imports_are_relative_or_of_a_dependency(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level < 2, "nothing above the package"
            names = [node.module or ""] if node.level == 0 else []
        for name in names:
            root = name.partition(".")[0]
            assert root in DEPENDENCIES or root in sys.stdlib_module_names, name


def test_it_is_typed() -> None:
    assert (FOLDER / "py.typed").exists()


def test_public_names_exist_and_are_in_order() -> None:
    assert list(aiocarson.__all__) == sorted(
        aiocarson.__all__, key=lambda name: (not name.isupper(), name[0].islower(), name)
    )
    assert all(hasattr(aiocarson, name) for name in aiocarson.__all__)


def test_one_error_tree() -> None:
    errors = {name: getattr(aiocarson, name) for name in aiocarson.__all__ if name.endswith("Error")}
    assert len(errors) >= 16
    assert all(issubclass(error, aiocarson.CarsonError) for error in errors.values())
    assert not issubclass(aiocarson.SessionRejectedError, aiocarson.AuthenticationError)
    assert not issubclass(aiocarson.OutcomeUnclearError, aiocarson.CannotConnectError)
    assert issubclass(aiocarson.InvalidInputError, ValueError)
