"""Files that only their owner can read."""

from pathlib import Path

from aiocarson.files import PartialFile

from .exit_codes import CommandError, ExitCode


def write_private(path: Path, text: str) -> None:
    """Write a whole file with mode 600, or leave it unchanged; create its folder if necessary.

    Raises:
        CommandError: It cannot be written.
    """
    file = PartialFile(path, mode=0o600)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            file.open()
            file.write(text.encode())
            file.publish()
        finally:
            file.discard()
    except OSError as err:
        raise CommandError(f"{path}: Cannot be written ({err.strerror})", ExitCode.CANNOT_WRITE) from None
