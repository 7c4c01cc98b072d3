"""Names of an account's buildings, doors and cameras, saved for the completion in the shell."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from .exit_codes import CommandError
from .folders import cache_folder
from .options import Options
from .sources import api_url, find_credentials

if TYPE_CHECKING:
    from aiocarson import Building

_MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Names:
    """Names of an account, those of doors and cameras with the name of their building."""

    buildings: list[str] = field(default_factory=list)
    doors: list[tuple[str, str]] = field(default_factory=list)
    cameras: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, buildings: "Iterable[Building]") -> Self:
        """Return the names in the buildings of an account."""
        homes = list(buildings)
        return cls(
            [home.name for home in homes],
            [(door.name, home.name) for home in homes for door in home.doors],
            [(camera.name, home.name) for home in homes for camera in home.cameras if camera.is_eagle_eye],
        )


def save_names(options: Options, names: Names) -> None:
    """Save the names of an account; if that fails, they cannot be completed."""
    path = _path(options)
    if path is None or read_names(options) == names:
        return
    from .private_files import write_private

    with suppress(CommandError):
        write_private(path, json.dumps(asdict(names)))


def read_names(options: Options) -> Names:
    """Return the saved names of an account; none if there are none, or if the file is not ours."""
    path = _path(options)
    try:
        if path is None or path.stat().st_size > _MAX_BYTES:
            return Names()
        saved = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return Names()
    if not isinstance(saved, dict):
        return Names()
    buildings = saved.get("buildings")
    return Names(
        [name for name in buildings if isinstance(name, str)] if isinstance(buildings, list) else [],
        _pairs(saved.get("doors")),
        _pairs(saved.get("cameras")),
    )


def forget_names(options: Options) -> None:
    """Delete the saved names of an account."""
    if (path := _path(options)) is not None:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _pairs(value: Any) -> list[tuple[str, str]]:
    rows = value if isinstance(value, list) else []
    return [(row[0], row[1]) for row in rows if isinstance(row, list) and [*map(type, row)] == [str, str]]


def _path(options: Options) -> Path | None:
    """Return the path of the file for this account; None if the account is not known."""
    if options.demo:
        return None
    try:
        credentials = find_credentials(options)
    except CommandError:
        return None
    account = credentials.email or credentials.token
    if account is None:
        return None
    key = hashlib.sha256(f"{api_url(options)} {account.casefold()}".encode()).hexdigest()[:16]
    return cache_folder() / f"names-{key}.json"
