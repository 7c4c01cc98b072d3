"""What docs/cli.md shows, done as it stands."""

from pathlib import Path
import re

import pytest

from cli.app import app, main
from cli.exit_codes import ExitCode

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """For the demo's simulator."""


def test_examples(capfd: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"^```console\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    steps = re.split(r"^\$ carson ", block, flags=re.MULTILINE)[1:]
    assert len(steps) == 3
    for step in steps:
        command, _, expected = step.partition("\n")
        assert main(command.split()) == 0
        told = [line.rstrip() for line in capfd.readouterr().out.splitlines()]
        assert told == expected.splitlines()


def test_every_exit_code_and_command_is_described() -> None:
    text = PAGE.read_text("utf-8")
    described = {int(code) for cell in re.findall(r"^\| ([\d, ]+) \|", text, re.MULTILINE) for code in cell.split(",")}
    assert described == set(ExitCode)
    assert {command.name for command in app.registered_commands} <= set(re.findall(r"`([a-z]+)[ `]", text))
