"""Home Assistant is killed in the middle of something: the next start removes what was left behind."""

import os
from pathlib import Path
import tempfile

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.carson.leftovers import StagingFolder, remove_leftovers
from custom_components.carson.media.temporary_folders import create_temporary_folder


@pytest.fixture
def storage(real_sockets: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return Home Assistant's storage."""
    folder = tmp_path / "storage"
    folder.mkdir()
    monkeypatch.setattr("custom_components.carson.leftovers.STORAGE_DIR", str(folder))
    return folder


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_files_of_a_killed_save_are_removed(
    hass: HomeAssistant, tmp_path: Path, storage: Path, loaded: MockConfigEntry
) -> None:
    target = tmp_path / "videos"
    target.mkdir()
    (target / "kept.mp4").write_bytes(b"video")
    (target / ".carson-0123").mkdir()
    staging = StagingFolder(hass, target)
    staging.create()
    (staging.path / "door.mp4").write_bytes(b"half")
    assert len(names(target)) == 3
    assert await hass.config_entries.async_unload(loaded.entry_id)
    remove_leftovers(hass)
    assert names(target) == {"kept.mp4", ".carson-0123"}
    assert names(storage / "carson.unfinished") == set()


async def test_note_that_leads_elsewhere_removes_nothing(hass: HomeAssistant, tmp_path: Path, storage: Path) -> None:
    """Whatever stands in the notes, only folders with our own names are removed."""
    precious = tmp_path / "precious"
    precious.mkdir()
    notes = storage / "carson.unfinished"
    notes.mkdir(parents=True)
    (notes / "one").write_text(str(precious))
    (notes / "two").write_bytes(b"\xff\x00")
    (notes / ("0" * 32)).write_text(str(tmp_path / f".carson-{'1' * 32}"))
    remove_leftovers(hass)
    assert precious.exists()
    assert names(notes) == set()


async def test_replays_and_pictures_of_a_killed_start_are_removed(hass: HomeAssistant, storage: Path) -> None:
    temporary = Path(tempfile.gettempdir())
    replay = create_temporary_folder(hass)
    (replay / "recording.flv").write_bytes(b"FLV")
    (temporary / "carson-of-another").mkdir()
    pictures = storage / "carson.openings" / "entry"
    pictures.mkdir(parents=True)
    (pictures / "door.jpg").write_bytes(b"picture")
    (pictures / ".carson-12.part").write_bytes(b"half")
    remove_leftovers(hass)
    assert names(temporary) == {"carson-of-another"}
    assert names(pictures) == {"door.jpg"}


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="No symbolic links here")
async def test_symbolic_link_is_not_followed(hass: HomeAssistant, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    folder = create_temporary_folder(hass)
    folder.rmdir()
    folder.symlink_to(precious)
    remove_leftovers(hass)
    assert precious.exists()
