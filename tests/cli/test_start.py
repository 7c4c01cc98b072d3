"""What starting the command costs: the help, the version and the completion need nothing that is slow to import."""

from pathlib import Path
import subprocess
import sys

import pytest

from cli.app import main
from cli.command_list import COMMANDS

_ROOT = Path(__file__).parents[2]
_SLOW = {"aiohttp", "av", "dateparser", "jwt", "orjson", "rich", "yarl"}
_PROGRAM = """
import sys
from cli.app import main
code = main(sys.argv[1:])
sys.stdout.flush()
print(code, *sorted(sys.modules), file=sys.stderr)
"""


def _loaded(*arguments: str, **environment: str) -> tuple[int, str, set[str]]:
    """Return the exit code, the output, and the names of the modules that were imported."""
    result = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments],
        capture_output=True,
        check=True,
        text=True,
        timeout=120,
        env={"PYTHONPATH": str(_ROOT), **environment},
    )
    code, *names = result.stderr.split()
    return int(code), result.stdout, {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("open", "--help"), ("download", "-h")])
def test_help_and_version_import_nothing_slow(arguments: tuple[str, ...]) -> None:
    code, output, names = _loaded(*arguments)
    assert code == 0
    assert output
    assert not names & _SLOW
    assert "asyncio" not in names or arguments != ("--version",)


@pytest.mark.parametrize("words", ["carson d", "carson open fr", "carson open --b"])
def test_completion_imports_nothing_slow(words: str) -> None:
    environment = {"_CARSON_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    _, _, names = _loaded(**environment, HOME="/nonexistent", CARSON_EMAIL="resident@example.com")
    assert "typer" in names
    assert not names & _SLOW


def test_each_command_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    """A command whose module cannot be imported would only be missed by who uses it."""
    for name in COMMANDS:
        assert main([name, "--help"]) == 0
        assert f"Usage: carson {name}" in capsys.readouterr().out
