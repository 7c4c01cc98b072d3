"""Draws what the command `carson` prints in a terminal: `scripts/terminal-picture` writes docs/images/carson.svg."""

import os
from pathlib import Path
import pty
import shlex
import subprocess
import sys
import tempfile

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "carson.svg"
COLUMNS = 88
COMMANDS = (
    "doors",
    "open front --yes",
    "cameras",
    "still lobby -o lobby.jpg",
    "recordings lobby --limit 3",
    "download lobby --limit 2 --to clips",
    "doors --fields id,name --format json | head -4",
)


def _run(command: str, folder: Path) -> str:
    """Run a command in a terminal of its own, and return what it shows."""
    leader, follower = pty.openpty()
    program, pipe, rest = command.partition(" | ")
    words = [sys.executable, "-m", "cli", "--demo", *shlex.split(program)]
    line = shlex.join(words) + pipe + rest
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    environment |= {"HOME": str(folder), "NO_COLOR": ""}
    with subprocess.Popen(  # noqa: S602 - our own command line
        line, shell=True, cwd=folder, env=environment, stdout=follower, stderr=subprocess.DEVNULL
    ) as process:
        os.close(follower)
        shown = bytearray()
        while True:
            try:
                part = os.read(leader, 65_536)
            except OSError:
                break
            if not part:
                break
            shown += part
        os.close(leader)
        process.wait()
    return shown.decode().replace("\r\n", "\n")


def main() -> None:
    """Draw the picture."""
    console = Console(record=True, width=COLUMNS, force_terminal=True, file=Path(os.devnull).open("w"))  # noqa: SIM115
    with tempfile.TemporaryDirectory() as folder:
        for command in COMMANDS:
            console.print(Text.assemble(("$ ", "green"), (f"carson {command}", "bold")))
            console.print(Text.from_ansi(_run(command, Path(folder))))
    console.file.close()
    PICTURE.write_text(console.export_svg(title="carson", unique_id="carson"), encoding="utf-8")
    print(f"Saved {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
