"""docs/cli-json.md describes what the commands really print."""

from datetime import datetime
import json
from pathlib import Path
import re
from typing import Any

from aiocarson.changes import Change, ChangeKind
import pytest

from cli.app import main
from cli.command_list import COMMANDS
from cli.commands.changes import change_as_json

PAGE = Path(__file__).parents[2] / "docs" / "cli-json.md"

# What prints each shape; a folder stands for `{}`.
EXAMPLES = {
    "buildings": "buildings",
    "doors": "doors",
    "cameras": "cameras",
    "recordings": "recordings lobby --since 1d",
    "amenities": "amenities",
    "reservations": "reservations",
    "whoami": "whoami",
    "status": "status",
    # Late in the evening, today is full.
    "free": "free gym tomorrow",
    "login": "login",
    "logout": "logout",
    "open": "open front --yes",
    "still": "still lobby -o {}/still.jpg",
    "live": "live lobby --for 1s -o {}/live.flv",
    "download": "download lobby --since 3h --limit 1 --to {}",
}


def _sections() -> dict[str, dict[str, str]]:
    """Return the documented fields of each command, with their types."""
    found: dict[str, dict[str, str]] = {}
    for name, text in re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE):
        found[name] = dict(re.findall(r"^\| `(\w+)` \| ([\w ]+) \|", text, re.MULTILINE))
    return found


def _is_time(value: object) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None


def _fits(value: object, kind: str) -> bool:
    if kind == "any" or (value is None and kind.startswith("optional ")):
        return True
    match kind.removeprefix("optional "):
        case "text":
            return isinstance(value, str)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "time":
            return _is_time(value)
        case "list of text":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case "list":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
    return False


@pytest.fixture(autouse=True)
def _home(socket_enabled: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize("name", EXAMPLES)
def test_printed_fields_are_the_documented_ones(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    fields = _sections()[name]
    assert main(["--demo", "--json", *EXAMPLES[name].format(tmp_path).split()]) == 0
    printed: Any = json.loads(capfd.readouterr().out)
    rows = printed if isinstance(printed, list) else [printed]
    assert rows
    for row in rows:
        assert list(row) == list(fields)
        assert {field: row[field] for field, kind in fields.items() if not _fits(row[field], kind)} == {}


def test_changes_are_documented() -> None:
    change = Change(kind=ChangeKind.REMOVED, what="door", id="1", name="A", building_id="2")
    assert list(change_as_json(change)) == list(_sections()["changes"])


def test_each_command_is_documented() -> None:
    text = PAGE.read_text("utf-8")
    assert {name for name in COMMANDS if f"`{name}`" not in text} == set()
