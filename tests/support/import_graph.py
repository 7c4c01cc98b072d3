"""The import graph of a source tree, read from the files without importing anything."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import override


@dataclass(frozen=True, slots=True, order=True)
class Import:
    """One import of one module.

    Attributes:
        importer: Name of the module that imports.
        imported: Name of the module, or package, that is imported; absolute.
        names: Names taken from it; empty for a plain `import`.
        place: `file:line`, the file relative to the root of the tree.
        statement: The statement as it is written, in one line.
    """

    importer: str
    imported: str
    names: tuple[str, ...]
    place: str
    statement: str

    @override
    def __str__(self) -> str:
        return f"{self.place}: {self.statement}"


class ImportGraph:
    """All imports of some folders, those under TYPE_CHECKING and inside functions included.

    Args:
        root: The folder that absolute imports start from.
        folders: Folders below it, such as `custom_components/carson`.
    """

    def __init__(self, root: Path, *folders: str) -> None:
        self._files = {
            _module_name(file.relative_to(root)): file
            for folder in folders
            for file in sorted((root / folder).rglob("*.py"))
        }
        self._root = root
        self.imports = sorted(one for module, file in self._files.items() for one in self._read(module, file))

    @property
    def modules(self) -> set[str]:
        """Names of all modules in the folders."""
        return set(self._files)

    def within(self, package: str) -> list[Import]:
        """Return the imports by which modules of a package use other modules of it."""
        return [one for one in self.imports if is_in(one.importer, package) and is_in(one.imported, package)]

    def crossing(self, importers: Iterable[str], imported: Iterable[str]) -> list[Import]:
        """Return the imports that lead from some packages to others."""
        sources, targets = tuple(importers), tuple(imported)
        return [
            one
            for one in self.imports
            if any(is_in(one.importer, package) for package in sources)
            and any(is_in(one.imported, package) for package in targets)
        ]

    def circle(self, package: str) -> list[Import]:
        """Return the imports of one import circle in a package, in order; empty if there is none."""
        following: dict[str, list[Import]] = {}
        for one in self.within(package):
            following.setdefault(one.importer, []).append(one)
        done: set[str] = set()
        for module in sorted(following):
            if found := _circle_from(module, following, done, []):
                return found
        return []

    def _read(self, module: str, file: Path) -> Iterator[Import]:
        text = file.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            place = f"{file.relative_to(self._root).as_posix()}:{node.lineno}"
            statement = " ".join((ast.get_source_segment(text, node) or "").split())
            for imported, names in self._targets(module, file, node):
                yield Import(module, imported, names, place, statement)

    def _targets(
        self, module: str, file: Path, node: ast.Import | ast.ImportFrom
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield what a statement imports; a name that is a module of the tree counts as that module."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, ()
            return
        source = _absolute(module, node, is_package=file.name == "__init__.py")
        plain = []
        for alias in node.names:
            if (submodule := f"{source}.{alias.name}") in self._files:
                yield submodule, (alias.name,)
            else:
                plain.append(alias.name)
        if plain:
            yield source, tuple(plain)


def is_in(module: str, package: str) -> bool:
    """Return whether a module is a package or lies below it."""
    return module == package or module.startswith(f"{package}.")


def _module_name(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _absolute(module: str, node: ast.ImportFrom, *, is_package: bool) -> str:
    """Resolve the module of a `from` import."""
    if node.level == 0:
        return node.module or ""
    parts = module.split(".")
    above = node.level - 1 if is_package else node.level
    return ".".join([*parts[: len(parts) - above], *([node.module] if node.module else [])])


def _circle_from(module: str, following: dict[str, list[Import]], done: set[str], path: list[Import]) -> list[Import]:
    """Walk on from a module; return the imports from the first module that is met again to itself."""
    if module in done:
        return []
    on_path = [one.importer for one in path]
    if module in on_path:
        return path[on_path.index(module) :]
    for one in following.get(module, []):
        if found := _circle_from(one.imported, following, done, [*path, one]):
            return found
    done.add(module)
    return []
