"""Files that are written whole or not at all."""

import errno
import io
from pathlib import Path
import stat
from typing import override

from aiocarson.files import PartialFile
import pytest


class FullDisk(io.BytesIO):
    """A file on a disk that is full."""

    @override
    def write(self, _: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    @override
    def close(self) -> None:
        was_closed = self.closed
        super().close()
        if not was_closed:
            raise OSError(errno.ENOSPC, "No space left on device")


def test_target_is_replaced_by_the_complete_file(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    file = PartialFile(target, mode=0o600)
    file.open()
    file.write(b"new")
    assert target.read_text() == "old"
    file.publish()
    file.discard()
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [target]


def test_discarded_file_is_removed_even_if_it_cannot_be_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = PartialFile(tmp_path / "file")
    file.open()
    monkeypatch.setattr(file, "_file", FullDisk())
    with pytest.raises(OSError, match="No space left"):
        file.write(b"new")
    file.discard()
    assert list(tmp_path.iterdir()) == []


def test_target_that_is_not_a_regular_file(tmp_path: Path) -> None:
    for target in (tmp_path, Path("/dev/null")):
        file = PartialFile(target)
        with pytest.raises(OSError, match=r"Is a directory|Is not a regular file"):
            file.open()
        file.discard()
