"""Tables, messages and progress bars of a terminal."""

from collections.abc import Iterable, Sequence
import sys
from typing import TextIO, override

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn
from rich.table import Column, Table
from rich.text import Text

_PIPE_WIDTH = 200
# Below this width, a table that does not fit is printed row by row.
_NARROW = 60


class _Console(Console):
    """Console that leaves the handling of a closed pipe to the command."""

    @override
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def open_console(stream: TextIO, *, soft_wrap: bool = False) -> Console:
    """Return a console that prints to a stream as it is, without markup."""
    width = None if stream.isatty() or stream is sys.stderr else _PIPE_WIDTH
    return _Console(file=stream, highlight=False, markup=False, emoji=False, width=width, soft_wrap=soft_wrap)


def print_text(console: Console, text: str) -> None:
    """Print a text, whose lines are broken by the terminal only."""
    console.print(Text(text), soft_wrap=True)


def print_table(console: Console, rows: Iterable[Sequence[object]], columns: Sequence[str] = ()) -> None:
    """Print rows below the titles of their columns; without titles, the first column is the title of each row."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=bool(columns))
    if columns:
        for column in columns:
            table.add_column(column, overflow="fold")
    else:
        table.add_column(style="bold")
        table.add_column(overflow="fold")
    lines = [[_cell(value) for value in row] for row in rows]
    for line in lines:
        table.add_row(*line)
    if columns and console.width < _NARROW and table.__rich_measure__(console, console.options).maximum > console.width:
        _print_blocks(console, lines, columns)
    else:
        console.print(table)


def _print_blocks(console: Console, lines: Sequence[Sequence[Text]], columns: Sequence[str]) -> None:
    """Print each row as lines of its own, because a table of so many columns cannot be read."""
    for number, line in enumerate(lines):
        if number:
            console.print()
        print_table(console, zip(columns, line, strict=True))


def open_progress(console: Console, *columns: ProgressColumn) -> Progress:
    """Return progress bars, which are shown only on a terminal."""
    return Progress(*columns, console=console, transient=False, expand=False, disable=not console.is_terminal)


def transfer_columns() -> tuple[ProgressColumn, ...]:
    """Return what is shown of a transfer: its name, which gives way on a narrow terminal, a bar, and its size."""
    return (
        TextColumn("{task.description}", table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
        BarColumn(bar_width=16),
        TextColumn("{task.fields[transfer]}", justify="right"),
    )


def _cell(value: object) -> Text:
    if isinstance(value, Text):
        return value
    if value is None:
        return Text("-", style="dim")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    return Text(", ".join(map(str, value)) if isinstance(value, list) else str(value))
