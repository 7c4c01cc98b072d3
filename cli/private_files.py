"""Files that only their owner can read."""

import os
from pathlib import Path
import uuid

from .exit_codes import CommandError, ExitCode


def write_private(path: Path, text: str) -> None:
    """Write a whole file with mode 600, or leave it unchanged; create its folder if necessary.

    Raises:
        CommandError: It cannot be written.
    """
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as err:
        raise CommandError(f"{path}: Cannot be written ({err.strerror})", ExitCode.CANNOT_WRITE) from None
