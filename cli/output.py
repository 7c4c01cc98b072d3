"""Output: results on standard output as text or JSON, everything else on standard error."""

from collections.abc import Iterable, Mapping, Sequence
import dataclasses
from datetime import datetime, timedelta
from enum import Enum
import io
import json
import os
from pathlib import Path
import re
import sys
from typing import Any, override

from rich.console import Console
from rich.progress import Progress, ProgressColumn
from rich.table import Table
from rich.text import Text

_PIPE_WIDTH = 200
# JSON itself escapes only those below U+0020.
_CONTROLS = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class _Console(Console):
    """Console that leaves the handling of a closed pipe to the command."""

    @override
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class Output:
    """Standard output and standard error of a command."""

    def __init__(self, *, as_json: bool) -> None:
        """Initialize the output; with as_json, standard output holds nothing but JSON."""
        self.as_json = as_json
        width = None if sys.stdout.isatty() else _PIPE_WIDTH
        self._stdout = _Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=width)
        self._stderr = _Console(file=sys.stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def print(self, text: str) -> None:
        """Print a result, unless the output is JSON."""
        if not self.as_json:
            self._stdout.print(Text(text), soft_wrap=True)

    def status(self, text: str) -> None:
        """Print a message that is not part of the result to standard error."""
        self._stderr.print(Text(text))

    def json(self, value: object) -> None:
        """Print a result as JSON, if the output is JSON."""
        if self.as_json:
            sys.stdout.write(f"{as_json_text(value, indent=2)}\n")

    def json_line(self, value: object, text: str) -> None:
        """Print one line of a continuous output at once: the value as JSON, or the text."""
        sys.stdout.write(f"{as_json_text(value) if self.as_json else text}\n")
        sys.stdout.flush()

    def table(self, value: object, columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
        """Print a list: the value as JSON, or a table; without rows, a message."""
        if self.as_json:
            self.json(value)
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        if table.row_count:
            self._stdout.print(table)
        else:
            self.status(empty)

    def details(self, value: object, rows: Mapping[str, object]) -> None:
        """Print the attributes of one object: the value as JSON, or one row per attribute."""
        if self.as_json:
            self.json(value)
            return
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(style="bold")
        table.add_column(overflow="fold")
        for name, attribute in rows.items():
            table.add_row(name, _cell(attribute))
        self._stdout.print(table)

    def progress(self, *columns: ProgressColumn) -> Progress:
        """Return progress bars on standard error, which are shown only on a terminal."""
        return Progress(*columns, console=self._stderr, transient=False, disable=not self._stderr.is_terminal)


def prepare_streams() -> None:
    """Make standard output and standard error show what their encoding cannot, instead of raising an error."""
    # A stream that was closed before the start is missing.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - until the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def as_json_text(value: object, *, indent: int | None = None) -> str:
    """Return a value as JSON that any terminal can show: without characters that control it."""
    text = json.dumps(as_plain(value), ensure_ascii=_needs_ascii(), indent=indent)
    return _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _needs_ascii() -> bool:
    """Return whether standard output cannot show every letter."""
    return (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") != "utf8"


def _cell(value: object) -> Text:
    if value is None:
        return Text("-", style="dim")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    return Text(str(value))


def as_plain(value: object) -> Any:
    """Return a value as JSON can represent it; the field `raw` of models is left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value) if field.name != "raw"]
        return {name: as_plain(getattr(value, name)) for name in names}
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def discard_stdout() -> None:
    """Redirect standard output to nowhere if it can no longer be written: a closed pipe, or a full disk."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        pass
    else:
        return
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, sys.stdout.fileno())
    except (OSError, ValueError):
        pass  # not a real file
    finally:
        os.close(null)


def format_time(when: datetime | None) -> str | None:
    """Return a point in time as text, to the second, with its time zone."""
    return None if when is None else f"{when:%Y-%m-%d %H:%M:%S %Z}".rstrip()


def format_duration(duration: timedelta) -> str:
    """Return a duration as text, to the second: `1:02:03`."""
    return str(timedelta(seconds=round(duration.total_seconds())))


def safe_name(text: str) -> str:
    """Return a name as it can be part of a file name on any system."""
    kept = "".join(letter if letter.isalnum() or letter in " -_." else "_" for letter in text)
    return kept.strip(" .")[:80] or "camera"


def file_size(path: Path) -> int:
    """Return the size of a file in bytes, or 0 if it does not exist."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
