"""The benchmarks: a sample that other programs disturb is taken again, and a figure without samples is not printed.

Requests and the messages of websockets are counted on the way to the clouds.
"""

from collections.abc import Iterator
import itertools
from pathlib import Path
import subprocess
import sys

import aiohttp
from aiohttp import web
import pytest

from benchmarks.counting_proxy import counting_proxy
from benchmarks.machine import Kind, Machine
from benchmarks.rows import Row, exact, figure, markdown

ROOT = Path(__file__).parents[2]


class Sleeper:
    """Says how late a program is woken."""

    def __init__(self, *lateness: float) -> None:
        self._lateness = iter(lateness)

    def mean_lateness(self) -> float:
        return next(self._lateness)

    def close(self) -> None:
        """There is nothing to end."""


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Return a machine on which work always takes the same time."""
    monkeypatch.setattr("benchmarks.machine._work_seconds", lambda _: 1.0)
    monkeypatch.setattr("benchmarks.machine._PAUSE_SECONDS", 0)
    with Machine(60) as found:
        found._sleeper.close()
        yield found


def _counter() -> Iterator[int]:
    return itertools.count(1)


@pytest.mark.parametrize(
    ("kind", "taken"), [(Kind.TIME, [3, 4]), (Kind.ROUND_TRIPS, [2, 3]), (Kind.CPU_TIME, [1, 2]), (Kind.COUNT, [1, 2])]
)
async def test_disturbed_samples_are_taken_again(machine: Machine, kind: Kind, taken: list[int]) -> None:
    # Before and after each sample: the first is disturbed much, the second a little.
    machine._sleeper = Sleeper(0, 1, 0, 0.001, 0, 0, 0, 0)
    numbers = _counter()

    async def take() -> int:
        return next(numbers)

    assert await machine.samples(take, 2, kind) == taken
    assert machine.repeated == taken[0] - 1
    assert machine.missing == 0


async def test_machine_that_stays_busy_gets_no_figure(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine._sleeper = Sleeper(*itertools.repeat(1, 100))

    async def take() -> float:
        return 12.5

    samples = await machine.samples(take, 2)
    assert samples == []
    assert machine.missing == 2
    assert "The machine is busy" in capsys.readouterr().err
    row = Row(measure="a measure", unit="R", floor=exact(3), ours=figure(samples))
    assert markdown([row]).splitlines()[-1] == "| a measure | 3 R | - | - | - | - |  |"


def test_rows_survive_the_file() -> None:
    row = Row(measure="a measure", unit="ms", floor=exact(2), peers=figure([8, 9, 13]), ours=figure([4, 3]), goal=4)
    assert Row.from_json(row.as_json()) == row
    assert row.cells() == ["a measure", "2 ms", "9 ms (8 to 13)", "3.5 ms (3 to 4)", "1.75", "2.57", "≤ 4 ms"]


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536, 200_000])
async def test_messages_of_websockets_are_counted(length: int, socket_enabled: None) -> None:
    async def echo(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data)
        return socket

    app = web.Application()
    app.router.add_get("/", echo)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with (
            counting_proxy(f"http://127.0.0.1:{runner.addresses[0][1]}") as (port, traffic),
            aiohttp.ClientSession() as session,
            session.ws_connect(f"http://127.0.0.1:{port}/", max_msg_size=0) as socket,
        ):
            for _ in range(3):
                await socket.send_str(length * "a")
                await socket.receive()
            assert traffic.requests == 1
            assert traffic.messages == 6
            # At most eight bytes for a longer length, two others of each, and a mask for what is sent.
            assert 6 * length <= traffic.message_bytes - 6 * 2 - 3 * 4 <= 6 * (length + 8)
            assert 0 < traffic.request_bytes < 1000
    finally:
        await runner.cleanup()


def test_unknown_name_measures_nothing(tmp_path: Path) -> None:
    file = tmp_path / "performance.json"
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", "nothing", "--json", file],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert result.returncode == 2
    assert "unknown: nothing" in result.stderr
    assert not file.exists()
