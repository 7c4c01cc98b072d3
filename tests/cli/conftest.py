"""The command in this process, the simulator in a thread beside it: real sockets, real files."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
import json
import os
from pathlib import Path
import threading
from typing import Any, Self

import pytest

from cli.app import main
from cli.context import TIMEOUTS
from simulator import Simulator

EMAIL = "resident@example.com"
PASSWORD = "correct horse"
LOBBY = "1000a001"


class World:
    """A simulator in a loop of its own. What is changed in it is changed in that loop."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.sim = Simulator()
        self._thread = threading.Thread(target=self.loop.run_forever, name="world")

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.sim.start(), self.loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.sim.stop(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()

    def do[T](self, work: Callable[[Simulator], T]) -> T:
        """Change something, or look at it."""
        done: Future[T] = Future()

        def turn() -> None:
            try:
                done.set_result(work(self.sim))
            except BaseException as err:  # noqa: BLE001  # it goes to whoever waits
                done.set_exception(err)

        self.loop.call_soon_threadsafe(turn)
        return done.result(10)


@dataclass(frozen=True)
class Result:
    """What a command leaves behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.out.splitlines()]


type Carson = Callable[..., Result]


@pytest.fixture(autouse=True)
def home(socket_enabled: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and nothing of the environment that could meddle."""
    for name in list(os.environ):
        if name.startswith(("CARSON_", "XDG_")):
            monkeypatch.delenv(name)
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("TERM", "dumb")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return place


@pytest.fixture(autouse=True)
def timeouts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the client's durations that the marker `timeouts` names."""
    if (marker := request.node.get_closest_marker("timeouts")) is not None:
        monkeypatch.setattr("cli.context.TIMEOUTS", replace(TIMEOUTS, **marker.kwargs))


@pytest.fixture
def world() -> Iterator[World]:
    with World() as one:
        one.do(lambda sim: setattr(sim.settings.recordings, "mp4_pending", 0))
        yield one


@pytest.fixture
def sim(world: World) -> Simulator:
    return world.sim


@pytest.fixture
def at_world(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command find the simulator."""
    monkeypatch.setenv("CARSON_API_URL", world.sim.api_url)
    monkeypatch.setenv("CARSON_EAGLE_EYE_URL", world.sim.eagle_eye_url)


@pytest.fixture
def bare(at_world: None, capfd: pytest.CaptureFixture[str]) -> Carson:
    """The command, without any credentials."""

    def run(*arguments: str | Path) -> Result:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        told = capfd.readouterr()
        return Result(code, told.out, told.err)

    return run


@pytest.fixture
def carson(bare: Carson, monkeypatch: pytest.MonkeyPatch) -> Carson:
    """The command, with the resident's credentials in the environment."""
    monkeypatch.setenv("CARSON_EMAIL", EMAIL)
    monkeypatch.setenv("CARSON_PASSWORD", PASSWORD)
    return bare


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Let somebody answer questions, through a pipe."""
    files = []

    def answer(text: str) -> None:
        path = tmp_path / "typed"
        path.write_text(text)
        files.append(path.open())
        monkeypatch.setattr("sys.stdin", files[-1])

    yield answer
    for file in files:
        file.close()
