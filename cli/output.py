"""Output: results on standard output as a table, TSV or JSON, everything else on standard error."""

from collections.abc import Iterable, Mapping, Sequence
import dataclasses
from datetime import datetime, timedelta
from enum import Enum
from functools import cached_property
import io
import json
import os
from pathlib import Path
import re
import sys
from typing import TYPE_CHECKING, Any, TextIO

from .exit_codes import CommandError
from .sign_of_life import SignOfLife

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn

# JSON itself escapes only those below U+0020.
_CONTROLS = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# Names of devices on Windows, with any extension.
_RESERVED = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]", re.IGNORECASE)
# As above, and what separates the values and the lines of TSV.
_NOT_IN_TSV = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


class Output:
    """Standard output and standard error of a command.

    Args:
        form: `table`, `tsv` or `json`; with `json`, standard output holds nothing but JSON. By default, a table on a
            terminal, and TSV elsewhere.
        fields: The names of the fields of a list that are printed, separated by commas; None for all.
    """

    def __init__(self, *, form: str | None = None, fields: str | None = None) -> None:
        self.form = form or ("table" if sys.stdout.isatty() else "tsv")
        self.sign_of_life = SignOfLife(sys.stderr)
        self._fields = None if fields is None else [name.strip() for name in fields.split(",") if name.strip()]

    @property
    def as_json(self) -> bool:
        """Whether the output is JSON."""
        return self.form == "json"

    @property
    def _stdout(self) -> "Console":
        self.sign_of_life.clear()
        return self._consoles[0]

    @property
    def _stderr(self) -> "Console":
        self.sign_of_life.clear()
        return self._consoles[1]

    @cached_property
    def _consoles(self) -> "tuple[Console, Console]":
        from .console import open_console

        return open_console(sys.stdout), open_console(sys.stderr, soft_wrap=True)

    def _write(self, text: str) -> None:
        self.sign_of_life.clear()
        sys.stdout.write(text)

    def _write_tsv(self, lines: Iterable[Iterable[object]]) -> None:
        for line in lines:
            self._write("\t".join(map(_tsv_text, line)) + "\n")

    def print(self, text: str) -> None:
        """Print a result, unless the output is JSON."""
        if not self.as_json:
            from .console import print_text

            print_text(self._stdout, text)

    def status(self, text: str) -> None:
        """Print a message that is not part of the result to standard error."""
        from .console import print_text

        print_text(self._stderr, text)

    def json(self, value: object) -> None:
        """Print a result as JSON, if the output is JSON."""
        if self.as_json:
            self._write(f"{as_json_text(value, indent=2)}\n")

    def json_line(self, value: object, text: str) -> None:
        """Print one line of a continuous output at once: the value as JSON, or the text."""
        self._write(f"{as_json_text(value) if self.as_json else text}\n")
        sys.stdout.flush()

    def table(self, value: object, columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
        """Print a list.

        Args:
            value: The list as JSON; for TSV and with chosen fields, the objects in it are the rows.
            columns: The titles of the columns of the table.
            rows: The rows of the table.
            empty: The message if there is no row.

        Raises:
            CommandError: A chosen field does not exist.
        """
        objects = _objects_of(as_plain(value))
        chosen = self._choose_fields(objects)
        if self.as_json:
            self.json(value if chosen is None or objects is None else [_picked(one, chosen) for one in objects])
            return
        lines = [list(row) for row in rows]
        if objects is not None and chosen is not None:
            columns, lines = chosen, [list(_picked(one, chosen).values()) for one in objects]
        elif objects is not None and self.form == "tsv":
            lines = [list(_picked(one, _flat_fields(objects)).values()) for one in objects]
        if not lines:
            self.status(empty)
        elif self.form == "tsv":
            self._write_tsv(lines)
        else:
            from .console import print_table

            print_table(self._stdout, lines, columns)

    def details(self, value: object, rows: Mapping[str, object]) -> None:
        """Print the attributes of one object: the value as JSON or its fields as TSV, or one row per attribute.

        Raises:
            CommandError: A chosen field does not exist.
        """
        plain = as_plain(value)
        chosen = self._choose_fields([plain])
        if chosen is not None:
            plain = _picked(plain, chosen)
        if self.as_json:
            self.json(plain)
        elif self.form == "tsv" or chosen is not None:
            self._write_tsv([[name, field] for name, field in plain.items()])
        else:
            from .console import print_table

            print_table(self._stdout, rows.items())

    def progress(self, *columns: "ProgressColumn") -> "Progress":
        """Return progress bars on standard error, which are shown only on a terminal."""
        from .console import open_progress

        self.sign_of_life.end()
        return open_progress(self._stderr, *columns)

    def _choose_fields(self, objects: list[dict[str, Any]] | None) -> list[str] | None:
        if self._fields is None:
            return None
        if objects is None:
            raise CommandError("This output has no fields to choose from")
        known = list(dict.fromkeys(name for one in objects for name in one))
        if objects and (unknown := [name for name in self._fields if name not in known]):
            raise CommandError(f"Unknown field {unknown[0]!r}. Known fields: {', '.join(known)}")
        return self._fields


def _objects_of(plain: Any) -> list[dict[str, Any]] | None:
    """Return the objects of a list; None if it is something else."""
    return plain if isinstance(plain, list) and all(isinstance(one, dict) for one in plain) else None


def _picked(one: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: one.get(name) for name in names}


def _flat_fields(objects: list[dict[str, Any]]) -> list[str]:
    """Return the names of the fields that fit into one column: no objects, and no lists of them."""
    nested = {
        name
        for one in objects
        for name, value in one.items()
        if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value))
    }
    return [name for name in dict.fromkeys(name for one in objects for name in one) if name not in nested]


def _tsv_text(value: object) -> str:
    plain = as_plain(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, list) and not any(isinstance(item, dict | list) for item in plain):
        plain = ",".join(map(_tsv_text, plain))
    return _NOT_IN_TSV.sub(" ", plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False))


def prepare_streams() -> None:
    """Make standard output and standard error show what their encoding cannot, instead of raising an error."""
    # A stream that was closed before the start is missing.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - until the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def as_json_text(value: object, *, indent: int | None = None, stream: TextIO | None = None) -> str:
    """Return a value as JSON that any terminal can show: without characters that control it.

    Args:
        value: The value.
        indent: The number of spaces of each level; None for a single line.
        stream: Where it is printed; None for standard output.
    """
    text = json.dumps(as_plain(value), ensure_ascii=_needs_ascii(stream or sys.stdout), indent=indent)
    return _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _needs_ascii(stream: TextIO) -> bool:
    """Return whether a stream cannot show every letter."""
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "") != "utf8"


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


def safe_name(text: str, longest: int | None = 80) -> str:
    """Return a name as it can be the name of a file or folder on any system, cut to a number of letters."""
    kept = "".join(letter if letter.isalnum() or letter in " -_.()+" else "_" for letter in text)
    name = kept.strip(" .")[:longest].rstrip(" .") or "camera"
    return f"{name}_" if _RESERVED.fullmatch(name.partition(".")[0]) else name


def file_size(path: Path) -> int:
    """Return the size of a file in bytes, or 0 if it does not exist."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
