"""Folders and signals of other operating systems, and what waiting looks like."""

import asyncio
import io
import json
import os
from pathlib import Path
import pty
import subprocess
import sys
from typing import Any, override

import pytest

from cli import folders
from cli.sign_of_life import SECONDS, SignOfLife
from tests.support.virtual_clock import VirtualLoop

from .conftest import EMAIL, PASSWORD, Carson, SimulatorThread, read_terminal


def test_folders_of_the_system_are_used(
    carson: Carson, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    assert carson("login").code == 0
    assert carson("changes").code == 0
    assert json.loads((tmp_path / "config" / "carson" / "token.json").read_text("utf-8"))["email"] == EMAIL
    assert len(list((tmp_path / "state" / "carson").iterdir())) == 1
    assert len(list((tmp_path / "cache" / "carson").iterdir())) == 1
    assert list(home.iterdir()) == []


def test_folder_of_an_earlier_version_stays_in_use(
    carson_without_credentials: Carson, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On macOS and Windows, the folder of the system is another one than an earlier version has used."""
    earlier = home / ".config" / "carson"
    earlier.mkdir(parents=True)
    (earlier / "carson.ini").write_text(f"[carson]\nemail = {EMAIL}\npassword = {PASSWORD}\n", "utf-8")
    (earlier / "carson.ini").chmod(0o600)
    other = tmp_path / "Library" / "carson"
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: other)
    assert carson_without_credentials("whoami", "--json").json["email"] == EMAIL
    other.mkdir(parents=True)
    assert carson_without_credentials("whoami").code == 3


_WITHOUT_SIGNALS = """
import asyncio, signal, sys

def refuse(*_):
    raise NotImplementedError

del signal.SIGHUP, signal.SIGPIPE
asyncio.SelectorEventLoop.add_signal_handler = refuse
asyncio.SelectorEventLoop.remove_signal_handler = refuse
from cli.app import main
sys.exit(main(sys.argv[1:]))
"""


def test_system_without_these_signals(simulator: SimulatorThread, home: Path) -> None:
    """Windows has no SIGHUP, and its event loops handle no signals."""
    environment = {
        "PYTHONPATH": str(Path(folders.__file__).parents[1]),
        "HOME": str(home),
        "CARSON_EMAIL": EMAIL,
        "CARSON_PASSWORD": PASSWORD,
        "CARSON_API_URL": simulator.sim.api_url,
        "CARSON_EAGLE_EYE_URL": simulator.sim.eagle_eye_url,
    }
    result = subprocess.run(
        [sys.executable, "-c", _WITHOUT_SIGNALS, "open", "front", "--yes"],
        capture_output=True,
        check=False,
        env=environment,
        text=True,
        timeout=120,
    )
    assert (result.returncode, result.stdout) == (0, "Opened Front Door in Harbor House.\n"), result.stderr
    assert simulator.requests("open_door") == 1


def test_limit_of_each_request(carson: Carson, simulator: SimulatorThread) -> None:
    assert carson("--timeout", "60", "doors").code == 0
    assert carson("--timeout", "0", "doors").code == 2
    simulator.call(lambda sim: sim.faults.add("me", "silence"))
    result = carson("--timeout", "1", "doors")
    assert result.code == 4
    assert simulator.requests("open_door") == 0


def test_limit_leaves_a_door_that_may_be_open_unclear(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.faults.add("open_door", "silence"))
    result = carson("--timeout", "1", "open", "front", "--yes")
    assert result.code == 5
    assert simulator.requests("open_door") == 1


class _Terminal(io.StringIO):
    @override
    def isatty(self) -> bool:
        return True


def _watch(terminal: _Terminal, *steps: Any) -> None:
    """Run the message for the steps: numbers are seconds that pass, others are called."""

    async def run() -> None:
        life = SignOfLife(terminal)
        task = asyncio.create_task(life.run())
        for step in steps:
            if isinstance(step, int | float):
                await asyncio.sleep(step)
            else:
                step(life)
        task.cancel()
        await asyncio.wait([task])

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(run())


def test_message_appears_while_nothing_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal = _Terminal()
    _watch(terminal, SECONDS - 0.1)
    assert terminal.getvalue() == ""
    _watch(terminal, SECONDS + 0.1, 60)
    assert terminal.getvalue() == "Waiting for an answer ..."


def test_message_disappears_before_something_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal = _Terminal()
    _watch(terminal, SECONDS + 0.1, SignOfLife.clear, lambda _: terminal.write("Opened.\n"), SECONDS - 0.1)
    assert terminal.getvalue() == "Waiting for an answer ...\r\x1b[2KOpened.\n"
    terminal = _Terminal()
    _watch(terminal, SignOfLife.end, 60)
    assert terminal.getvalue() == ""


def test_terminal_that_reads_aloud_gets_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    terminal = _Terminal()
    _watch(terminal, SECONDS + 0.1, SignOfLife.clear)
    assert terminal.getvalue() == "Waiting for an answer ...\n"


def test_message_of_a_slow_command(carson: Carson, simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("cli.sign_of_life.SECONDS", 0.3)
    simulator.call(lambda sim: sim.faults.add("me", "delay", seconds=1))
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        assert carson("open", "front", "--yes").code == 0
        monkeypatch.undo()
    shown = read_terminal(leader)
    assert shown == "Waiting for an answer ...\r\x1b[2K"
