"""`live`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
import errno
import io
from pathlib import Path
import sys
from typing import Any, override

from aiocarson import CannotConnectError
from aiocarson.live.endless import open_endless
from aiocarson.live.timeouts import LiveTimeouts
import av
import pytest

from simulator import Simulator, Status
from tests.support.fake_camera import Behavior, FakeCamera, decode
from tests.support.virtual_clock import now, virtual

from .conftest import LOBBY, Carson, InterruptAfter, SimulatorThread, wait_until


def _flv_of_sorenson() -> bytes:
    """Return an FLV whose video is of another codec than H.264."""
    file = io.BytesIO()
    with av.open(file, "w", format="flv") as container:
        stream = container.add_stream("flv1", rate=10, options={})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode())
    return file.getvalue()


def test_live(carson: Carson) -> None:
    result = carson("live", "lobby", "--for", "1s", "-o", "live.flv")
    assert result.code == 0, result.err
    assert result.out.startswith("Saved live.flv: Lobby, 1 seconds, ")
    with av.open("live.flv") as container:
        frames = sum(1 for _ in container.decode(video=0))
    assert frames >= 10
    facts = carson("live", "lobby", "--for", "1", "--json").json
    assert facts["bytes"] == Path(facts["file"]).stat().st_size
    assert facts["file"].endswith(" live.flv")


@pytest.mark.parametrize("length", ["25h", "0s", "-5", "soon", "0.5s", "1y"])
def test_live_view_with_an_invalid_duration(carson: Carson, sim: Simulator, length: str) -> None:
    result = carson("live", "lobby", "--for", length)
    assert result.code == 2
    assert sim.counters.count("live") == 0


def test_interrupted_live_view_leaves_no_file(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.faults.add("live", kind="cut", at=0.5))
    result = carson("live", "lobby", "--for", "5s", "-o", "live.flv")
    assert result.code == 4
    assert list(Path().iterdir()) == []


def test_live_view_without_permission(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.state.cameras[LOBBY].denied.add("live"))
    result = carson("live", "lobby", "--for", "5s")
    assert (result.code, list(Path().iterdir())) == (1, [])
    simulator.call(lambda sim: sim.set_status(LOBBY, Status.OFF))
    assert carson("cameras").lines[1].split()[4] == "off"


def _video(path: Path) -> tuple[str, float, int]:
    """Return the container, the length in seconds, and the number of pictures of a video."""
    with av.open(str(path)) as container:
        times = [float(frame.time or 0) for frame in container.decode(video=0)]
        return container.format.name, max(times) - min(times), len(times)


def test_live_view_as_mp4(carson: Carson) -> None:
    result = carson("live", "lobby", "--for", "2s", "-o", "live.mp4")
    assert result.code == 0, result.err
    container, seconds, frames = _video(Path("live.mp4"))
    assert "mp4" in container
    assert seconds == pytest.approx(2, abs=1)
    assert frames >= 15
    assert f"{Path('live.mp4').stat().st_size} bytes" in result.out
    assert [path.name for path in Path().iterdir()] == ["live.mp4"]


def test_mp4_without_its_package(carson: Carson, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    result = carson("live", "lobby", "--for", "2s", "-o", "live.mp4")
    assert result.code == 2
    assert "aiocarson[cli,mp4]" in result.err
    assert not sim.counters.requests


def test_mp4_that_ends_early_is_not_kept(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.faults.add("live", kind="cut", at=0.5))
    assert carson("live", "lobby", "--for", "5s", "-o", "live.mp4").code == 4
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", ["live.flv", "live.mp4"])
def test_long_live_view_outlasts_the_server(
    carson: Carson, simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The server ends each stream after a second, and the file holds one video."""
    monkeypatch.setattr("cli.commands.live._LONGEST_PART", timedelta(seconds=1))
    simulator.call(lambda sim: setattr(sim.settings.live, "max_seconds", 1.0))
    result = carson("live", "lobby", "--for", "3s", "-o", name)
    assert result.code == 0, result.err
    _, seconds, _ = _video(Path(name))
    assert seconds > 1.5
    assert simulator.requests("live") >= 3


class _FullDisk(io.FileIO):
    """A file on a disk with little space."""

    @override
    def write(self, content: Any) -> int:
        if self.tell() + len(content) > 60_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(content)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each file have 60 kB at most, and write without delay."""

    def open_small(number: int, mode: str) -> io.FileIO:
        return _FullDisk(number, mode)

    monkeypatch.setattr("aiocarson.files.os.fdopen", open_small)
    monkeypatch.setattr("aiocarson.files._BUFFER", 1000)


@pytest.mark.parametrize("name", ["live.flv", "live.mp4"])
def test_full_disk(full_disk: None, carson: Carson, name: str) -> None:
    result = carson("live", "lobby", "--for", "8s", "-o", name)
    assert result.code == 7
    assert "The disk is full" in result.err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", ["live.flv", "live.mp4"])
def test_long_live_view_survives_a_full_disk(
    full_disk: None, carson: Carson, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("cli.commands.live._LONGEST_PART", timedelta(seconds=1))
    result = carson("live", "lobby", "--for", "1h", "-o", name)
    assert result.code == 7
    assert "The disk is full" in result.err
    assert f"Saved {name}" in result.out
    with av.open(name) as container:
        assert next(container.decode(video=0)).width
    assert [path.name for path in Path().iterdir()] == [name]


def test_ctrl_c_keeps_a_long_live_view(
    carson: Carson, sim: Simulator, interrupt_after: InterruptAfter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.commands.live._LONGEST_PART", timedelta(seconds=1))
    monkeypatch.setattr("aiocarson.files._BUFFER", 1000)

    def wait_for_some_video() -> None:
        wait_until(lambda: any(path.stat().st_size > 30_000 for path in Path().glob(".carson-*")))

    interrupt_after(wait_for_some_video)
    result = carson("live", "lobby", "--for", "1h", "-o", "live.flv")
    assert result.code == 130
    assert result.err == "carson: Interrupted. Lobby was saved to live.flv until then.\n"
    assert _video(Path("live.flv"))[2] > 5


@pytest.mark.parametrize(
    ("video", "reason", "code"),
    [
        (b"FLV\x01\x01\0\0\0\x09\0\0\0\0", "cannot be read as a video", 4),
        (_flv_of_sorenson(), "save it as .flv", 6),
    ],
    ids=["nothing", "another codec"],
)
def test_live_view_that_no_mp4_can_hold(
    carson: Carson, monkeypatch: pytest.MonkeyPatch, video: bytes, reason: str, code: int
) -> None:
    """It is said, and a file that was there stays."""

    @asynccontextmanager
    async def live(*_: object, **__: object) -> AsyncIterator[AsyncIterator[bytes]]:
        async def chunks() -> AsyncIterator[bytes]:
            yield video

        yield chunks()

    monkeypatch.setattr("aiocarson.EagleEye.live", live)
    Path("live.mp4").write_bytes(b"before")
    result = carson("live", "lobby", "--for", "5s", "-o", "live.mp4")
    assert (result.code, result.out) == (code, "")
    assert reason in result.err
    assert Path("live.mp4").read_bytes() == b"before"


def test_long_live_view_is_kept_if_it_ends_early(
    carson: Carson, simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.commands.live._LONGEST_PART", timedelta(seconds=1))
    simulator.call(lambda sim: setattr(sim.settings.live, "max_seconds", 1.0))
    simulator.call(lambda sim: sim.faults.add("live", kind="status", status=503, skip=1))
    limits = LiveTimeouts(outage=0.5, first_pause=0.1, longest_pause=0.1)
    monkeypatch.setattr("aiocarson.live.relay.LiveTimeouts", lambda: limits)
    result = carson("live", "lobby", "--for", "1h", "-o", "live.flv")
    assert result.code == 4
    assert "ended early" in result.err
    assert _video(Path("live.flv"))[1] > 0.5


def test_long_live_view_that_never_begins(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.state.cameras[LOBBY].denied.add("live"))
    assert carson("live", "lobby", "--for", "1h", "-o", "live.flv").code == 1
    assert list(Path().iterdir()) == []


@virtual
async def test_endless_live_view_loses_no_picture() -> None:
    """Ten minutes of video over ten ends of the server's streams, each picture once."""
    camera = FakeCamera(seconds=60)
    received = bytearray()
    async with open_endless(camera.open, segment_length=timedelta(seconds=60), name="Lobby") as stream:
        async for chunk in stream:
            received += chunk
            if now() > 600:
                break
    video = decode(bytes(received))
    assert video.is_gapless
    assert len(video.numbers) > 590 * 12
    assert camera.open_now == 0
    assert len(camera.opened) > 10


@virtual
async def test_endless_live_view_ends_with_its_error() -> None:
    camera = FakeCamera(default=Behavior(error=CannotConnectError("down")))

    async def read() -> None:
        async with open_endless(camera.open, segment_length=timedelta(seconds=60), name="Lobby") as stream:
            async for _ in stream:
                pass

    with pytest.raises(CannotConnectError):
        await read()
    assert camera.open_now == 0
