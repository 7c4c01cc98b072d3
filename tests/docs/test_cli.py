"""Tests of the examples and tables in docs/cli.md."""

from pathlib import Path
import re

import pytest

from cli.app import main
from cli.command_list import COMMANDS, EXIT_CODES
from cli.exit_codes import ExitCode

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Allow sockets, for the simulator of the demo."""


def test_examples(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARSON_FORMAT", "table")  # as on a terminal
    (block,) = re.findall(r"^```console\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    steps = re.split(r"^\$ carson ", block, flags=re.MULTILINE)[1:]
    assert len(steps) == 3
    for step in steps:
        command, _, expected = step.partition("\n")
        assert main(command.split()) == 0
        output = [line.rstrip() for line in capfd.readouterr().out.splitlines()]
        assert output == expected.splitlines()


def test_every_exit_code_and_command_is_described() -> None:
    text = PAGE.read_text("utf-8")
    described = {int(code) for cell in re.findall(r"^\| ([\d, ]+) \|", text, re.MULTILINE) for code in cell.split(",")}
    assert described == set(ExitCode)
    assert {int(code) for codes, _ in EXIT_CODES for code in codes.split(",")} == set(ExitCode), "in the help as well"
    assert set(COMMANDS) <= set(re.findall(r"`([a-z]+)[ `]", text))
