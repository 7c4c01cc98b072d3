"""Completion of names in the shell. It reads what earlier commands have saved, and requests nothing."""

from collections import Counter
from collections.abc import Iterable
import os

import typer

from .credentials import Credentials
from .name_cache import Names, read_names
from .options import Options


def complete_door(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return the names of doors that begin with a text, and their buildings."""
    return _matching(_names(context).doors, incomplete)


def complete_camera(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return the names of cameras that begin with a text, and their buildings."""
    return _matching(_names(context).cameras, incomplete)


def complete_building(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return the names of buildings that begin with a text."""
    return _matching([(name, "") for name in _names(context).buildings], incomplete)


def _names(context: typer.Context) -> Names:
    given = context.find_root().params
    return read_names(
        Options(
            credentials=Credentials(email=given.get("email"), token=given.get("token")),
            config=given.get("config"),
            demo=bool(given.get("demo")),
            api_url=given.get("api_url"),
        )
    )


def _matching(names: Iterable[tuple[str, str]], incomplete: str) -> list[tuple[str, str]]:
    """Return the names that begin with a text; one that several doors or cameras have comes with its building.

    Upper and lower case do not matter, but what was typed stays as it is: shells drop everything else.
    """
    known = list(dict.fromkeys(names))
    counts = Counter(name for name, _ in known)
    candidates = [(f"{building}/{name}" if counts[name] > 1 else name, building) for name, building in known]
    return [
        (incomplete + _quoted(name[len(incomplete) :]), building)
        for name, building in candidates
        if name.casefold().startswith(incomplete.casefold())
    ]


def _quoted(text: str) -> str:
    """Return a text as Bash must insert it; the other shells quote what they insert themselves."""
    if not os.environ.get("_CARSON_COMPLETE", "").endswith("_bash"):
        return text
    return "".join(letter if letter.isalnum() or letter in "-_./" else f"\\{letter}" for letter in text)
