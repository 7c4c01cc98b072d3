"""Files that actions write: where they may be, and several of them all together or not at all."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
import logging
import os
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import TemplateError
from homeassistant.helpers.template import Template
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..errors import action_failed, invalid_input
from ..leftovers import StagingFolder

_LOGGER = logging.getLogger(__name__)

# In bytes; file systems allow 255, and the number of a file is still to be added.
_MAX_NAME_LENGTH = 240

# The paths that are being written: two cameras must not write the same one.
_DATA_BUSY_PATHS: HassKey[set[Path]] = HassKey(f"{DOMAIN}_busy_paths")


async def async_render_path(hass: HomeAssistant, template: Template, **variables: str | datetime) -> Path:
    """Return the path that a template renders to.

    Raises:
        ServiceValidationError: It is not an absolute path of a file, or Home Assistant may not write there.
    """
    try:
        path: str = template.async_render(variables, parse_result=False)
    except TemplateError as err:
        raise invalid_input("bad_filename", path=template.template) from err
    return await hass.async_add_executor_job(_check_path, hass, path)


async def async_default_path(hass: HomeAssistant, folder: str, name: str) -> Path:
    """Return the path of a file in a folder of ours, in the first media folder, which needs no configuration.

    Raises:
        ServiceValidationError: Home Assistant may not write there.
    """
    media = hass.config.media_dirs.get("local") or next(
        iter(hass.config.media_dirs.values()), hass.config.path("media")
    )
    return await hass.async_add_executor_job(_check_path, hass, str(Path(media, DOMAIN, folder, name)))


def numbered_path(path: Path, number: int, count: int) -> Path:
    """Return the path of one of several files: `door.mp4` becomes `door_01.mp4`."""
    return path if count == 1 else path.with_name(f"{path.stem}_{number:02}{path.suffix}")


@asynccontextmanager
async def async_staged_files(hass: HomeAssistant, paths: Sequence[Path]) -> AsyncGenerator[dict[Path, Path]]:
    """Provide a path in a hidden folder beside the files for each path, to write the file to.

    At the end all written files are moved to their paths; after an error none is, and folders that were made
    for them are removed.

    Raises:
        ServiceValidationError: One of the files is being written by another action.
        HomeAssistantError: A file cannot be written.
    """
    busy = hass.data.setdefault(_DATA_BUSY_PATHS, set())
    if not busy.isdisjoint(paths):
        raise invalid_input("file_busy", path=str(paths[0]))
    run = hass.async_add_executor_job
    folder = StagingFolder(hass, paths[0].parent)
    staged = {path: folder.path / path.name for path in paths}
    new_folders: list[Path] = []
    busy.update(paths)
    try:
        new_folders = await run(_make_folder, paths[0].parent)
        await run(folder.create)
        yield staged
        await run(_publish, staged)
        new_folders = []
    except OSError as err:
        _LOGGER.warning("Failed to write %s: %s", paths[0], err)
        raise action_failed("cannot_write", path=str(paths[0]), reason=err.strerror or "") from err
    finally:
        await run(_clean_up, folder, new_folders)
        busy.difference_update(paths)


def _check_path(hass: HomeAssistant, text: str) -> Path:
    path = Path(text)
    try:
        is_too_long = any(len(os.fsencode(part)) > _MAX_NAME_LENGTH for part in path.parts)
        if not path.is_absolute() or path.name in {"", ".."} or "\0" in text or is_too_long or path.is_dir():
            raise invalid_input("bad_filename", path=text)
        if not hass.config.is_allowed_path(text):
            raise invalid_input("path_not_allowed", path=text)
        return path.parent.resolve() / path.name
    except (OSError, ValueError) as err:
        raise invalid_input("bad_filename", path=text) from err


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder; return it and its parents as far as they were missing."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _publish(staged: dict[Path, Path]) -> None:
    for path, staged_path in staged.items():
        if staged_path.exists():
            staged_path.replace(path)


def _clean_up(staging: StagingFolder, folders: Iterable[Path]) -> None:
    staging.remove()
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
