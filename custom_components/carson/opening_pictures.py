"""The pictures of last openings, kept over restarts. All functions but `async_` ones block."""

from contextlib import suppress
from datetime import UTC, datetime
import hashlib
import os
from pathlib import Path
import shutil

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import STORAGE_DIR

from .aiocarson.files import PartialFile
from .const import DOMAIN


class OpeningPicture:
    """The file of one door's picture; its modification time is that of the opening."""

    def __init__(self, hass: HomeAssistant, entry_id: str, door_id: str) -> None:
        """Initialize the picture; nothing is read yet."""
        self._hass = hass
        self._entry_id = entry_id
        self._door_id = door_id

    @property
    def _path(self) -> Path:
        # The id of a door comes from outside, and may not be a file name.
        name = hashlib.sha256(self._door_id.encode()).hexdigest()[:32]
        return _folder(self._hass, self._entry_id) / f"{name}.jpg"

    def read(self) -> tuple[bytes, datetime] | None:
        """Return the picture and the time of the opening; None if there is none."""
        try:
            path = self._path
            modified_at = path.stat().st_mtime
            return path.read_bytes(), datetime.fromtimestamp(modified_at, UTC)
        except OSError:
            return None

    def write(self, content: bytes, opened_at: datetime) -> None:
        """Replace the picture.

        Raises:
            OSError: It cannot be written.
        """
        path = self._path
        path.parent.mkdir(parents=True, exist_ok=True)
        file = PartialFile(path, mode=0o600)
        try:
            file.open()
            file.write(content)
            file.publish()
        finally:
            file.discard()
        os.utime(path, (opened_at.timestamp(), opened_at.timestamp()))

    def remove(self) -> None:
        """Remove the picture if there is one."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


async def async_remove_pictures(hass: HomeAssistant, entry_id: str) -> None:
    """Remove all pictures of an account."""
    await hass.async_add_executor_job(lambda: shutil.rmtree(_folder(hass, entry_id), ignore_errors=True))


def _folder(hass: HomeAssistant, entry_id: str) -> Path:
    return Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.openings", entry_id))
