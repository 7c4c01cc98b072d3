"""Fixtures that run the command in this process, and the simulator in a thread: real sockets, real files."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
import json
import os
from pathlib import Path
import signal
import threading
import time
from typing import Any, Self

import pytest

from cli.app import main
from cli.context import TIMEOUTS
from simulator import Simulator

EMAIL = "resident@example.com"
PASSWORD = "correct horse"
LOBBY = "1000a001"

# Long enough for a machine that is busy with something else; only a test that fails waits for so long.
PATIENCE = 120


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class SimulatorThread:
    """A simulator in an event loop of its own, in which everything that changes it runs."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.sim = Simulator()
        self._thread = threading.Thread(target=self.loop.run_forever, name="simulator")

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.sim.start(), self.loop).result(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.sim.stop(), self.loop).result(PATIENCE)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE)
        self.loop.close()

    def call[T](self, function: Callable[[Simulator], T]) -> T:
        """Call a function with the simulator in its event loop, and return the result."""
        future: Future[T] = Future()

        def call() -> None:
            try:
                future.set_result(function(self.sim))
            except BaseException as err:  # noqa: BLE001  # raised where the result is awaited
                future.set_exception(err)

        self.loop.call_soon_threadsafe(call)
        return future.result(PATIENCE)

    def requests(self, operation: str) -> int:
        """Return how often an operation has been requested."""
        return self.call(lambda sim: sim.counters.count(operation))

    def wait_for_first_request(self, operation: str) -> None:
        """Wait until an operation has been requested."""
        wait_until(lambda: self.requests(operation))

    def wait_for_requests(self, operation: str, number: int) -> None:
        """Wait for so many further requests of an operation."""
        wanted = self.requests(operation) + number
        wait_until(lambda: self.requests(operation) >= wanted)


@dataclass(frozen=True)
class Result:
    """Exit code and output of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.out.splitlines()]


def read_terminal(leader: int) -> str:
    """Return all that was written to a terminal that is closed by now, and close the other end."""
    shown = bytearray()
    # Linux reports the end as an error.
    with suppress(OSError):
        while part := os.read(leader, 65_536):
            shown += part
    os.close(leader)
    return shown.decode()


type Carson = Callable[..., Result]


@pytest.fixture(autouse=True)
def home(socket_enabled: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty home folder; no variable of the real environment is left."""
    for name in list(os.environ):
        if name.startswith(("CARSON_", "XDG_")):
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("TERM", "dumb")
    # What people see; without it, a command that is not in a terminal prints TSV.
    monkeypatch.setenv("CARSON_FORMAT", "table")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return folder


@pytest.fixture(autouse=True)
def timeouts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the client's durations that the marker `timeouts` names."""
    if (marker := request.node.get_closest_marker("timeouts")) is not None:
        monkeypatch.setattr("cli.context.TIMEOUTS", replace(TIMEOUTS, **marker.kwargs))


@pytest.fixture
def simulator() -> Iterator[SimulatorThread]:
    with SimulatorThread() as simulator:
        simulator.call(lambda sim: setattr(sim.settings.recordings, "mp4_pending", 0))
        yield simulator


@pytest.fixture
def three_recordings(simulator: SimulatorThread) -> None:
    """Give the camera three recordings of 10, 20 and 5 seconds."""
    now = datetime.now(UTC).timestamp()
    found = [(now - 3000, now - 2990), (now - 2000, now - 1980), (now - 1000, now - 995)]
    simulator.call(lambda sim: setattr(sim.state.cameras[LOBBY], "recordings", found))


@pytest.fixture
def sim(simulator: SimulatorThread) -> Simulator:
    return simulator.sim


@pytest.fixture
def simulator_urls(simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the command use the simulator."""
    monkeypatch.setenv("CARSON_API_URL", simulator.sim.api_url)
    monkeypatch.setenv("CARSON_EAGLE_EYE_URL", simulator.sim.eagle_eye_url)


@pytest.fixture
def carson_without_credentials(simulator_urls: None, capfd: pytest.CaptureFixture[str]) -> Carson:
    """Return the command, without any credentials."""

    def run(*arguments: str | Path) -> Result:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        output = capfd.readouterr()
        return Result(code, output.out, output.err)

    return run


@pytest.fixture
def carson(carson_without_credentials: Carson, monkeypatch: pytest.MonkeyPatch) -> Carson:
    """Return the command, with the resident's credentials in the environment."""
    monkeypatch.setenv("CARSON_EMAIL", EMAIL)
    monkeypatch.setenv("CARSON_PASSWORD", PASSWORD)
    return carson_without_credentials


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Handle SIGINT as in a terminal, even if the tests run in the background, where it is ignored."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


type InterruptAfter = Callable[[Callable[[], None]], None]


@pytest.fixture
def interrupt_after() -> Iterator[InterruptAfter]:
    """Interrupt the command in this process, as Ctrl-C does, as soon as a function in a thread has returned."""
    threads: list[threading.Thread] = []

    def start(function: Callable[[], None]) -> None:
        def run() -> None:
            try:
                function()
            finally:
                # With this handler, no command is running, and the signal would end pytest itself.
                if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
                    os.kill(os.getpid(), signal.SIGINT)

        threads.append(threading.Thread(target=run, name="interrupt"))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join(PATIENCE)


@pytest.fixture
def type_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Answer prompts through a pipe."""
    files = []

    def type_text(text: str) -> None:
        path = tmp_path / "input"
        path.write_text(text)
        files.append(path.open())
        monkeypatch.setattr("sys.stdin", files[-1])

    yield type_text
    for file in files:
        file.close()
