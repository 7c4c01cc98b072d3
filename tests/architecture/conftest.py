"""Fixtures: the import graph of the product, and of trees that a test makes up."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.import_graph import ImportGraph

ROOT = Path(__file__).parents[2]
FOLDERS = ("custom_components/carson", "simulator", "cli", "demo", "benchmarks", "tests")

type MakeTree = Callable[[dict[str, str]], ImportGraph]


@pytest.fixture(scope="session")
def product() -> ImportGraph:
    """Return the import graph of everything in the repository."""
    return ImportGraph(ROOT, *FOLDERS)


@pytest.fixture
def make_tree(tmp_path: Path) -> MakeTree:
    """Return a function that writes files, given by path and text, and reads their import graph."""

    def make(files: dict[str, str]) -> ImportGraph:
        for path, text in files.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return ImportGraph(tmp_path, *{path.partition("/")[0] for path in files})

    return make
