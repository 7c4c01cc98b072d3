"""What people and scripts get to read: tables or JSON on standard output, everything else on standard error."""

from collections.abc import Iterable, Mapping, Sequence
import dataclasses
from datetime import datetime, timedelta
from enum import Enum
import json
import os
from pathlib import Path
import sys
from typing import Any, override

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

_PIPE_WIDTH = 200


class _Console(Console):
    """Leaves it to the command how it ends when nobody reads it any more."""

    @override
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class Output:
    """Both channels.

    Args:
        as_json: Whether standard output is for scripts.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        width = None if sys.stdout.isatty() else _PIPE_WIDTH
        self._out = _Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=width)
        self.err = _Console(file=sys.stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """Tell people something; scripts get data instead."""
        if not self.as_json:
            self._out.print(Text(text), soft_wrap=True)

    def note(self, text: str) -> None:
        """Tell something that belongs not to the result."""
        self.err.print(Text(text))

    def data(self, value: object) -> None:
        """Give scripts their JSON; people have been told otherwise."""
        if self.as_json:
            sys.stdout.write(json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n")

    def line(self, value: object, text: str) -> None:
        """Give one line of many, at once: JSON in one line, or a text."""
        sys.stdout.write((json.dumps(plain(value), ensure_ascii=False) if self.as_json else text) + "\n")
        sys.stdout.flush()

    def show(self, value: object, columns: Sequence[str], rows: Iterable[Sequence[object]], *, none: str) -> None:
        """Give a list: JSON, a table, or a sentence if there is nothing in it."""
        if self.as_json:
            self.data(value)
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        if table.row_count:
            self._out.print(table)
        else:
            self.note(none)

    def facts(self, value: object, rows: Mapping[str, object]) -> None:
        """Give the attributes of one thing."""
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(style="bold")
        table.add_column(overflow="fold")
        for name, fact in rows.items():
            table.add_row(name, _cell(fact))
        if self.as_json:
            self.data(value)
        else:
            self._out.print(table)

    def progress(self, *columns: Any) -> Progress:
        """Make bars on standard error, which show only on a terminal."""
        return Progress(*columns, console=self.err, transient=False, disable=not self.err.is_terminal)

    def flush(self) -> None:
        """Bring everything out.

        Raises:
            OSError: There is nobody or no room to take it.
        """
        sys.stdout.flush()


def _cell(value: object) -> Text:
    if value is None:
        return Text("-", style="dim")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    return Text(str(value))


def plain(value: object) -> Any:
    """Turn anything into what JSON can hold; `raw` answers are left out of models."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value) if item.name != "raw"}
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def give_up_stdout() -> None:
    """Let nothing more be written to standard output if nobody takes it: a reader is gone, or its disk is full."""
    try:
        sys.stdout.flush()
    except OSError, ValueError:
        pass
    else:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    except OSError, ValueError:
        pass  # it is no real file
    finally:
        os.close(nowhere)


def clock(when: datetime | None) -> str | None:
    """Write a point in time for people, to the second."""
    return None if when is None else f"{when:%Y-%m-%d %H:%M:%S}"


def span(length: timedelta) -> str:
    """Write a length of time for people: `1:02:03`."""
    return str(timedelta(seconds=round(length.total_seconds())))


def safe_name(text: str) -> str:
    """Make a name fit to be part of a file's name, anywhere."""
    kept = "".join(letter if letter.isalnum() or letter in " -_." else "_" for letter in text)
    return kept.strip(" .")[:80] or "camera"


def size_of(path: Path) -> int:
    """Bytes of a file; 0 if it is not there."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
