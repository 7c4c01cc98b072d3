"""How a command ends: real processes, pipes, terminals and signals."""

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

from .conftest import EMAIL, LOBBY, PASSWORD, PATIENCE, SimulatorThread, wait_until

ROOT = Path(__file__).parents[2]

type Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(simulator_urls: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start the command in a process of its own."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("CARSON_EMAIL", EMAIL)
    monkeypatch.setenv("CARSON_PASSWORD", PASSWORD)
    processes: list[subprocess.Popen[bytes]] = []

    def run(*arguments: str, **options: object) -> subprocess.Popen[bytes]:
        arguments_of_popen = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            **options,
        }
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-m", "cli", *arguments], **arguments_of_popen
        )  # type: ignore[call-overload]
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def test_separate_process(start: Start) -> None:
    process = start("doors", "--json")
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, b"")
    assert b"Front Door" in out


def test_full_disk_behind_standard_output(start: Start) -> None:
    with Path("/dev/full").open("wb") as full:
        process = start("doors", stdout=full)
        _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (7, b"carson: The disk is full.\n")


@pytest.mark.parametrize("arguments", [("doors",), ("watch", "--interval", "1s"), ("still", "lobby", "-o", "-")])
def test_broken_pipe(start: Start, simulator: SimulatorThread, arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start(*arguments, stdout=writing)
    os.close(writing)
    if arguments[0] == "watch":
        wait_until(lambda: simulator.sim.counters.count("device_list"))
        simulator.call(lambda sim: setattr(sim.state.buildings["501"].doors[0], "name", "Main Door"))
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (141, b"carson: The output was closed.\n")


@pytest.mark.parametrize(
    ("number", "code", "text"),
    [
        (signal.SIGINT, 130, b"carson: Interrupted. No incomplete files were kept.\n"),
        (signal.SIGTERM, 143, b"carson: Ended by SIGTERM. No incomplete files were kept.\n"),
        (signal.SIGHUP, 129, b"carson: Ended by SIGHUP. No incomplete files were kept.\n"),
    ],
)
def test_signals_leave_no_incomplete_file(start: Start, sim: Simulator, number: int, code: int, text: bytes) -> None:
    process = start("live", "lobby", "--for", "5m", "-o", "live.flv")
    wait_until(lambda: list(Path().iterdir()))
    process.send_signal(number)
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (code, text)
    assert list(Path().iterdir()) == []
    wait_until(lambda: sim.counters.live_streams_open == 0)


def test_ctrl_c_during_downloads_keeps_complete_files(start: Start, simulator: SimulatorThread) -> None:
    now = time.time()
    recorded = [(now - 900, now - 895), (now - 600, now - 500)]
    simulator.call(lambda sim: setattr(sim.state.cameras[LOBBY], "recordings", recorded))
    # The second download never ends.
    simulator.call(lambda sim: sim.faults.add("mp4", kind="drip", seconds=3600, skip=1))
    process = start("download", "lobby", "--at-once", "1")

    def second_is_being_written() -> bool:
        assert process.poll() is None, process.communicate()
        names = [path.suffix for path in Path().iterdir()]
        return sorted(names) == [".mp4", ".part"]

    wait_until(second_is_being_written)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    assert err == b"1 of 2 saved.\ncarson: Interrupted. No incomplete files were kept.\n"
    assert [path.suffix for path in Path().iterdir()] == [".mp4"]


class Terminal:
    """A terminal and its user."""

    def __init__(self) -> None:
        self.main, self.end = pty.openpty()
        self.output = b""

    def read_until(self, text: bytes) -> None:
        deadline = time.monotonic() + PATIENCE
        while text not in self.output:
            assert time.monotonic() < deadline, self.output
            try:
                if select.select([self.main], [], [], 1)[0]:
                    self.output += os.read(self.main, 4096)
            except OSError:
                assert text in self.output
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


def test_password_prompt_does_not_show_the_input(
    start: Start, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CARSON_EMAIL")
    monkeypatch.delenv("CARSON_PASSWORD")
    end = terminal.end
    process = start("whoami", stdin=end, stderr=end, start_new_session=True)
    terminal.read_until(b"Email or phone number: ")
    terminal.type(EMAIL.encode() + b"\n")
    terminal.read_until(b"Password: ")
    terminal.type(PASSWORD.encode() + b"\n")
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert b"Robin Sample" in out
    assert PASSWORD.encode() not in terminal.output


def test_ctrl_c_at_a_prompt(start: Start, terminal: Terminal, sim: Simulator) -> None:
    end = terminal.end
    process = start("open", "front", stdin=end, stderr=end, start_new_session=True)
    terminal.read_until(b"[y/N]: ")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert sim.openings == {}


def test_end_of_input_at_the_password_prompt(start: Start, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARSON_PASSWORD")
    end = terminal.end
    process = start("whoami", stdin=end, stderr=end, start_new_session=True)
    terminal.read_until(b"Password: ")
    terminal.type(b"\x04")
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 3


def test_progress_bar_on_a_terminal(start: Start, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    process = start("live", "lobby", "--for", "1s", "-o", "live.flv", stderr=terminal.end)
    terminal.read_until(b"bytes")
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert b"Lobby" in terminal.output


def test_closed_terminal(start: Start, terminal: Terminal, simulator: SimulatorThread) -> None:
    process = start("watch", "--interval", "1s", stdout=terminal.end)
    wait_until(lambda: simulator.sim.counters.count("device_list"))
    terminal.close()
    simulator.call(lambda sim: setattr(sim.state.buildings["501"].doors[0], "name", "Main Door"))
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 129
    assert err.startswith(b"carson: ")
    assert b"Traceback" not in err


def test_error_with_standard_error_closed(start: Start) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start("open", "nowhere", "--yes", stderr=writing)
    os.close(writing)
    out, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (2, b"")


def test_missing_packages_are_named(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "typer.py").write_text("raise ModuleNotFoundError(name='typer')")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    process = start("doors")
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert err == b"carson: The package typer is missing: pip install 'aiocarson[cli]'\n"


# The same in this process, so that its coverage is measured.


def _interrupt(simulator: SimulatorThread, *numbers: int) -> None:
    async def later() -> None:
        while not simulator.sim.counters.live_streams_open:  # noqa: ASYNC110  # the counter has no event
            await asyncio.sleep(0.01)
        for number in numbers:
            os.kill(os.getpid(), number)

    asyncio.run_coroutine_threadsafe(later(), simulator.loop)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGINT, ExitCode.INTERRUPTED),
        (signal.SIGTERM, ExitCode.TERMINATED),
        (signal.SIGHUP, ExitCode.HANGUP),
    ],
)
def test_signals_in_this_process(
    simulator: SimulatorThread, simulator_urls: None, monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    monkeypatch.setenv("CARSON_EMAIL", EMAIL)
    monkeypatch.setenv("CARSON_PASSWORD", PASSWORD)
    _interrupt(simulator, number)
    assert main(["live", "lobby", "--for", "5m"]) == code
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("error", "code"),
    [(BrokenPipeError(), ExitCode.BROKEN_PIPE), (OSError(5, "Input/output error"), ExitCode.HANGUP)],
)
def test_closed_output_in_this_process(
    simulator_urls: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: OSError, code: int
) -> None:
    monkeypatch.setenv("CARSON_EMAIL", EMAIL)
    monkeypatch.setenv("CARSON_PASSWORD", PASSWORD)

    class Closed(io.StringIO):
        @override
        def flush(self) -> None:
            raise error

    monkeypatch.setattr(sys, "stdout", Closed())
    assert main(["doors"]) == code
    assert capsys.readouterr().err.startswith("carson: ")


def test_prompt_outside_the_main_thread(
    simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch, simulator_urls: None
) -> None:
    monkeypatch.setenv("CARSON_EMAIL", EMAIL)
    monkeypatch.setenv("CARSON_PASSWORD", PASSWORD)

    with Path(os.devnull).open() as null, ThreadPoolExecutor(1) as threads:
        monkeypatch.setattr("sys.stdin", null)
        assert threads.submit(main, ["open", "front"]).result(PATIENCE) == ExitCode.REFUSED
    assert simulator.sim.openings == {}
