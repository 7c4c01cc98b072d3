"""Temporary files that remain if Home Assistant is killed; they are removed at the next start. All functions block.

Files that are being written to a folder of the user are in a hidden folder of ours beside their target, so that they
can be renamed at once. A note in Home Assistant's storage says where that is.
"""

from contextlib import suppress
from pathlib import Path
import re
import shutil
import uuid

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import STORAGE_DIR

from .const import DOMAIN
from .media.temporary_folders import remove_temporary_folders

_FOLDER = re.compile(rf"\.{DOMAIN}-([0-9a-f]{{32}})")


class StagingFolder:
    """A hidden folder beside files that are to appear all at once."""

    def __init__(self, hass: HomeAssistant, parent: Path) -> None:
        """Initialize the folder; nothing is created yet."""
        key = uuid.uuid4().hex
        self.path = parent / f".{DOMAIN}-{key}"
        self._note = _notes(hass) / key

    def create(self) -> None:
        """Create the folder.

        Raises:
            OSError: It cannot be created.
        """
        self._note.parent.mkdir(parents=True, exist_ok=True)
        self._note.write_text(str(self.path), encoding="utf-8")
        self.path.mkdir(parents=True)

    def remove(self) -> None:
        """Remove the folder with everything in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        with suppress(OSError):
            self._note.unlink()


def remove_leftovers(hass: HomeAssistant) -> None:
    """Remove what an earlier run could not remove."""
    for note in _list(_notes(hass)):
        with suppress(OSError, ValueError):
            path = Path(note.read_text(encoding="utf-8"))
            match = _FOLDER.fullmatch(path.name)
            if match is not None and match.group(1) == note.name:
                shutil.rmtree(path, ignore_errors=True)
        with suppress(OSError):
            note.unlink()
    remove_temporary_folders(hass)
    for path in _storage(hass).glob(f"{DOMAIN}.openings/*/.*.part"):
        with suppress(OSError):
            path.unlink()


def _list(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _storage(hass: HomeAssistant) -> Path:
    return Path(hass.config.path(STORAGE_DIR))


def _notes(hass: HomeAssistant) -> Path:
    return _storage(hass) / f"{DOMAIN}.unfinished"
