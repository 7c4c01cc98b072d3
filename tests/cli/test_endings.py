"""How a command ends when its surroundings do: real processes, pipes, terminals and signals."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
import io
import os
from pathlib import Path
import pty
import select
import signal
import subprocess
import sys
import time
from typing import override

import pytest

from cli.app import main
from cli.exit_codes import ExitCode
from simulator import Simulator

from .conftest import EMAIL, LOBBY, PASSWORD, World

ROOT = Path(__file__).parents[2]

type Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(at_world: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start the command as a process of its own."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("CARSON_EMAIL", EMAIL)
    monkeypatch.setenv("CARSON_PASSWORD", PASSWORD)
    running: list[subprocess.Popen[bytes]] = []

    def run(*arguments: str, **how: object) -> subprocess.Popen[bytes]:
        given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
        process: subprocess.Popen[bytes] = subprocess.Popen([sys.executable, "-m", "cli", *arguments], **given)  # type: ignore[call-overload]
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.communicate()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_process_of_its_own(start: Start) -> None:
    process = start("doors", "--json")
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")
    assert b"Front Door" in out


def test_a_full_disk_behind_standard_output(start: Start) -> None:
    with Path("/dev/full").open("wb") as full:
        process = start("doors", stdout=full)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (7, b"carson: The disk is full, nothing was kept.\n")


@pytest.mark.parametrize("arguments", [("doors",), ("watch", "--interval", "1s"), ("still", "lobby", "-o", "-")])
def test_a_broken_pipe(start: Start, world: World, arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start(*arguments, stdout=writing)
    os.close(writing)
    if arguments[0] == "watch":
        until(lambda: world.sim.counters.count("device_list"))
        world.do(lambda sim: setattr(sim.state.buildings["501"].doors[0], "name", "Main Door"))
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (141, b"carson: Nobody reads the output any more.\n")


@pytest.mark.parametrize(
    ("number", "code", "text"),
    [
        (signal.SIGINT, 130, b"carson: Interrupted; nothing is left half-done.\n"),
        (signal.SIGTERM, 143, b"carson: Ended by SIGTERM; nothing is left half-done.\n"),
        (signal.SIGHUP, 129, b"carson: Ended by SIGHUP; nothing is left half-done.\n"),
    ],
)
def test_signals_leave_no_half_file(start: Start, sim: Simulator, number: int, code: int, text: bytes) -> None:
    process = start("live", "lobby", "--for", "5m", "-o", "live.flv")
    until(lambda: list(Path().iterdir()))
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (code, text)
    assert list(Path().iterdir()) == []
    until(lambda: sim.counters.live_streams_open == 0)


def test_ctrl_c_during_downloads_keeps_what_is_complete(start: Start, world: World) -> None:
    now = time.time()
    world.do(lambda sim: setattr(sim.state.cameras[LOBBY], "spans", [(now - 900, now - 895), (now - 600, now - 500)]))
    world.do(lambda sim: sim.faults.add("mp4", kind="drip", seconds=60, skip=1))
    process = start("download", "lobby", "--at-once", "1")
    until(lambda: [one for one in Path().iterdir() if one.suffix == ".mp4"] and len(list(Path().iterdir())) == 2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert [one.suffix for one in Path().iterdir()] == [".mp4"]


class Terminal:
    """A terminal with somebody at it."""

    def __init__(self) -> None:
        self.main, self.end = pty.openpty()
        self.seen = b""

    def read_until(self, text: bytes) -> None:
        until_time = time.monotonic() + 30
        while text not in self.seen:
            assert time.monotonic() < until_time, self.seen
            try:
                if select.select([self.main], [], [], 1)[0]:
                    self.seen += os.read(self.main, 4096)
            except OSError:
                assert text in self.seen
                return

    def type(self, text: bytes) -> None:
        os.write(self.main, text)

    def close(self) -> None:
        for number in (self.main, self.end):
            with suppress(OSError):
                os.close(number)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    one = Terminal()
    yield one
    one.close()


def test_passwords_are_asked_for_and_not_shown(
    start: Start, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CARSON_EMAIL")
    monkeypatch.delenv("CARSON_PASSWORD")
    end = terminal.end
    process = start("whoami", stdin=end, stderr=end, start_new_session=True)
    terminal.read_until(b"E-mail: ")
    terminal.type(EMAIL.encode() + b"\n")
    terminal.read_until(b"Password: ")
    terminal.type(PASSWORD.encode() + b"\n")
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert b"Robin Sample" in out
    assert PASSWORD.encode() not in terminal.seen


def test_ctrl_c_at_a_question(start: Start, terminal: Terminal, sim: Simulator) -> None:
    end = terminal.end
    process = start("open", "front", stdin=end, stderr=end, start_new_session=True)
    terminal.read_until(b"[y/N]: ")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert sim.openings == {}


def test_nobody_left_at_a_question_for_a_password(
    start: Start, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CARSON_PASSWORD")
    end = terminal.end
    process = start("whoami", stdin=end, stderr=end, start_new_session=True)
    terminal.read_until(b"Password: ")
    terminal.type(b"\x04")
    process.communicate(timeout=30)
    assert process.returncode == 3


def test_bars_on_a_terminal(start: Start, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    process = start("live", "lobby", "--for", "1s", "-o", "live.flv", stderr=terminal.end)
    terminal.read_until(b"bytes")
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert b"Lobby" in terminal.seen


def test_a_closed_terminal(start: Start, terminal: Terminal, world: World) -> None:
    process = start("watch", "--interval", "1s", stdout=terminal.end)
    until(lambda: world.sim.counters.count("device_list"))
    terminal.close()
    world.do(lambda sim: setattr(sim.state.buildings["501"].doors[0], "name", "Main Door"))
    _, err = process.communicate(timeout=30)
    assert process.returncode == 129
    assert err.startswith(b"carson: ")
    assert b"Traceback" not in err


def test_errors_that_nobody_can_be_told(start: Start) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start("open", "nowhere", "--yes", stderr=writing)
    os.close(writing)
    out, _ = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, b"")


def test_it_needs_its_extra(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "typer.py").write_text("raise ModuleNotFoundError(name='typer')")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    process = start("doors")
    _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert err == b"carson: The package typer is missing: pip install 'aiocarson[cli]'\n"


# The same once more in this process, where its ways can be followed.


def _interrupt(world: World, *numbers: int) -> None:
    async def later() -> None:
        while not world.sim.counters.live_streams_open:  # noqa: ASYNC110  # it is another's counter
            await asyncio.sleep(0.01)
        for number in numbers:
            os.kill(os.getpid(), number)

    asyncio.run_coroutine_threadsafe(later(), world.loop)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGINT, ExitCode.INTERRUPTED),
        (signal.SIGTERM, ExitCode.TERMINATED),
        (signal.SIGHUP, ExitCode.HANGUP),
    ],
)
def test_signals_in_this_process(
    world: World, at_world: None, monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    monkeypatch.setenv("CARSON_EMAIL", EMAIL)
    monkeypatch.setenv("CARSON_PASSWORD", PASSWORD)
    _interrupt(world, number)
    assert main(["live", "lobby", "--for", "5m"]) == code
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("error", "code"),
    [(BrokenPipeError(), ExitCode.BROKEN_PIPE), (OSError(5, "Input/output error"), ExitCode.HANGUP)],
)
def test_output_that_nobody_takes(
    at_world: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: OSError, code: int
) -> None:
    monkeypatch.setenv("CARSON_EMAIL", EMAIL)
    monkeypatch.setenv("CARSON_PASSWORD", PASSWORD)

    class Refusing(io.StringIO):
        @override
        def flush(self) -> None:
            raise error

    monkeypatch.setattr(sys, "stdout", Refusing())
    assert main(["doors"]) == code
    assert capsys.readouterr().err.startswith("carson: ")


def test_questions_beside_the_main_thread(world: World, monkeypatch: pytest.MonkeyPatch, at_world: None) -> None:
    monkeypatch.setenv("CARSON_EMAIL", EMAIL)
    monkeypatch.setenv("CARSON_PASSWORD", PASSWORD)

    with Path(os.devnull).open() as nobody, ThreadPoolExecutor(1) as threads:
        monkeypatch.setattr("sys.stdin", nobody)
        assert threads.submit(main, ["open", "front"]).result(30) == ExitCode.REFUSED
    assert world.sim.openings == {}
