"""Folders for files that are used for a while. All functions block."""

from contextlib import suppress
import hashlib
import os
from pathlib import Path
import shutil
import tempfile

from homeassistant.core import HomeAssistant


def create_temporary_folder(hass: HomeAssistant) -> Path:
    """Create a folder that only this user can read."""
    return Path(tempfile.mkdtemp(prefix=_prefix(hass)))


def remove_temporary_folders(hass: HomeAssistant) -> None:
    """Remove the folders that an earlier run could not remove, because it was killed."""
    for path in Path(tempfile.gettempdir()).glob(f"{_prefix(hass)}*"):
        with suppress(OSError):
            if not path.is_symlink() and path.stat().st_uid == _user_id():
                shutil.rmtree(path, ignore_errors=True)


def _prefix(hass: HomeAssistant) -> str:
    # Another Home Assistant on the same computer has another one.
    return f"carson-{hashlib.sha256(hass.config.config_dir.encode()).hexdigest()[:12]}-"


def _user_id() -> int:
    # Windows has no such function; there, `stat` reports 0.
    return os.getuid() if hasattr(os, "getuid") else 0
