"""`download`."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
import errno
import os
from pathlib import Path
import pty
import re
import sys
import threading

from aiocarson.files import AtomicFile
import av
import pytest

from simulator import Simulator
from tests.support.recordings import GARAGE

from .conftest import LOBBY, Carson, SimulatorThread

pytestmark = pytest.mark.usefixtures("three_recordings")


def seconds(path: Path) -> float:
    with av.open(path) as container:
        times = [float(frame.time or 0) for frame in container.decode(video=0)]
    return max(times) - min(times)


def test_download(carson: Carson) -> None:
    result = carson("download", "lobby", "--to", "clips/new", "--json")
    assert result.code == 0, result.err
    files = [Path(name) for name in result.json["saved"]]
    assert sorted(files) == sorted(Path("clips/new").iterdir())
    assert [file.name.split()[0] for file in files] == ["Lobby"] * 3
    assert [seconds(file) for file in files] == pytest.approx([10, 20, 5], abs=0.5)


def test_repeated_download_continues(carson: Carson, sim: Simulator) -> None:
    first = carson("download", "lobby", "--limit", "2", "--json").json
    requests = sim.counters.count("mp4")
    before = {name: Path(name).stat().st_mtime_ns for name in first["saved"]}
    result = carson("download", "lobby")
    assert result.out == "1 saved, 2 skipped (already exist), 0 failed.\n"
    assert sim.counters.count("mp4") == requests + 1
    assert {name: Path(name).stat().st_mtime_ns for name in first["saved"]} == before


def test_download_is_filtered(carson: Carson) -> None:
    saved = carson("download", "lobby", "--longer-than", "15s", "--json").json["saved"]
    assert [seconds(Path(name)) for name in saved] == pytest.approx([20], abs=0.5)


def test_download_cut_to_the_exact_times(carson: Carson, simulator: SimulatorThread) -> None:
    found = carson("recordings", "lobby", "--json").json[1]
    begin = datetime.fromisoformat(found["begin"])
    since, until = (begin + timedelta(seconds=n) for n in (6, 12))
    result = carson(
        "download", "lobby", "--exact", "--since", since.isoformat(), "--until", until.isoformat(), "--json"
    )
    (name,) = result.json["saved"]
    assert name.endswith(" 6s.mp4")
    assert 4 < seconds(Path(name)) < 9


def test_download_of_flv(carson: Carson, simulator: SimulatorThread) -> None:
    (name,) = carson("download", "lobby", "--limit", "1", "--form", "flv", "--json").json["saved"]
    assert Path(name).read_bytes().startswith(b"FLV")
    simulator.call(lambda sim: setattr(sim.state.cameras[LOBBY], "recorded_flv", False))
    Path(name).unlink()
    result = carson("download", "lobby", "--limit", "1", "--form", "flv")
    assert result.code == 8


def test_failed_download_does_not_affect_the_others(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.faults.add("mp4", kind="job_failed", times=1))
    result = carson("download", "lobby", "--at-once", "1")
    assert result.code == 8
    assert result.out == "2 saved, 0 skipped (already exist), 1 failed.\n"
    assert "Eagle Eye failed to prepare the clip" in result.err
    assert len(list(Path().iterdir())) == 2
    assert carson("download", "lobby").out == "1 saved, 2 skipped (already exist), 0 failed.\n"


def test_interrupted_download_leaves_no_file(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.faults.add("mp4", kind="cut", times=1))
    assert carson("download", "lobby", "--limit", "1").code == 8
    assert list(Path().iterdir()) == []


def test_recording_in_progress_is_skipped(carson: Carson, simulator: SimulatorThread) -> None:
    now = datetime.now(UTC).timestamp()
    simulator.call(lambda sim: setattr(sim.state.cameras[LOBBY], "recordings", [(now - 60, now)]))
    result = carson("download", "lobby")
    assert result.out == "0 saved, 0 skipped (already exist), 0 failed.\n"
    assert "still in progress" in result.err


def test_target_that_is_not_a_folder(carson: Carson, sim: Simulator) -> None:
    Path("file").touch()
    result = carson("download", "lobby", "--to", "file")
    assert result.code == 7
    assert sim.counters.count("mp4") == 0
    assert carson("download", "lobby", "--to", "file/below").code == 7


def test_full_disk_ends_the_downloads(
    carson: Carson, simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing more is ordered and thrown away."""

    async def fail(self: AtomicFile, chunk: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(AtomicFile, "write", fail)
    result = carson("download", "lobby", "--since", "3h", "--at-once", "1")
    assert result.code == 7
    assert "The disk is full" in result.err
    assert "no further file can be saved" in result.err
    assert simulator.requests("mp4") == 1
    assert list(Path().iterdir()) == []


def test_folder_that_cannot_be_written_is_found_out_first(
    carson: Carson, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    result = carson("download", "lobby", "--to", "new/folder")
    assert result.code == 7
    assert "Cannot be written" in result.err
    assert not sim.counters.requests
    assert not Path("new").exists()


@pytest.fixture
def two_cameras(simulator: SimulatorThread) -> None:
    """Give another camera two recordings as well."""
    now = datetime.now(UTC).timestamp()
    found = [(now - 3000, now - 2990), (now - 2000, now - 1990)]
    simulator.call(lambda sim: setattr(sim.state.cameras[GARAGE], "recordings", found))


def test_download_of_several_cameras(two_cameras: None, carson: Carson, simulator: SimulatorThread) -> None:
    result = carson("download", "lobby", "garage", "lobby", "--to", "clips", "--at-once", "1")
    assert result.out == "5 saved, 0 skipped (already exist), 0 failed.\n"
    assert {path.name.split()[0] for path in Path("clips").iterdir()} == {"Lobby", "Garage"}
    assert simulator.requests("me") == 1
    assert carson("download", "--all", "--to", "clips").out == "0 saved, 5 skipped (already exist), 0 failed.\n"


def test_cameras_have_their_turn(two_cameras: None, carson: Carson, simulator: SimulatorThread) -> None:
    """A camera with many recordings does not keep the others waiting."""
    simulator.call(lambda sim: sim.faults.add("mp4", kind="job_failed", times=20))
    result = carson("download", "lobby", "garage", "--at-once", "1")
    order = [line.split()[0] for line in result.err.splitlines()]
    assert order == ["Lobby", "Garage", "Lobby", "Garage", "Lobby"]


def test_camera_whose_recordings_cannot_be_listed(
    two_cameras: None, carson: Carson, simulator: SimulatorThread
) -> None:
    simulator.call(lambda sim: sim.state.cameras[GARAGE].denied.add("recorded"))
    result = carson("download", "lobby", "garage", "--json")
    assert result.code == 8
    assert len(result.json["saved"]) == 3
    assert list(result.json["unlisted"]) == ["Garage"]
    assert result.err.startswith("Garage: ")


@pytest.mark.parametrize("arguments", [(), ("lobby", "--all")])
def test_cameras_are_named_or_all_are_meant(carson: Carson, sim: Simulator, arguments: tuple[str, ...]) -> None:
    result = carson("download", *arguments)
    assert result.code == 2
    assert "--all" in result.err
    assert not sim.counters.requests


def test_account_without_cameras(carson: Carson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARSON_EMAIL", "noeye@example.com")
    monkeypatch.setenv("CARSON_PASSWORD", "no cameras")
    assert carson("download", "--all").code == 6


def test_template(two_cameras: None, carson: Carson) -> None:
    template = "{building}/{camera}/{date}/{time} {seconds}s.{format}"
    result = carson("download", "--all", "--to", "clips", "-o", template)
    assert result.out == "5 saved, 0 skipped (already exist), 0 failed.\n"
    files = [path.relative_to("clips") for path in Path("clips").rglob("*.mp4")]
    assert {path.parts[:2] for path in files} == {("Harbor House", "Lobby"), ("Harbor House", "Garage")}
    assert all(len(path.parts) == 4 for path in files)
    again = carson("download", "--all", "--to", "clips", "-o", template)
    assert again.out == "0 saved, 5 skipped (already exist), 0 failed.\n"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{camera}/{when}.mp4", "Unknown field {when}"),
        ("{camera.__class__}.mp4", "Unknown field"),
        ("{camera!r}.mp4", "no format"),
        ("{camera:>9999999}.mp4", "no format"),
        ("{camera.mp4", "Invalid template"),
        ("../{camera}.mp4", "folder of --to"),
        ("{camera}/../../{time}.mp4", "folder of --to"),
        ("/{camera}.mp4", "folder of --to"),
        ("..\\{camera}.mp4", "folder of --to"),
        ("", "folder of --to"),
        ("{date}/{time}.mp4", "must name the camera"),
    ],
)
def test_invalid_template_is_refused_first(carson: Carson, sim: Simulator, template: str, reason: str) -> None:
    result = carson("download", "lobby", "-o", template)
    assert result.code == 2
    assert reason in result.err
    assert not sim.counters.requests
    assert list(Path().iterdir()) == []


def test_template_that_gives_two_files_one_name(carson: Carson, sim: Simulator) -> None:
    result = carson("download", "lobby", "-o", "{camera}.mp4")
    assert result.code == 2
    assert "Several recordings would be saved as Lobby.mp4" in result.err
    assert sim.counters.count("mp4") == 0
    assert carson("download", "lobby", "-o", "{camera}.mp4", "--limit", "1").code == 0


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("../../evil", "_.._evil"),
        ("..", "camera"),
        ("/etc/passwd", "_etc_passwd"),
        ("CON", "CON_"),
        ("a:b|c", "a_b_c"),
    ],
)
def test_names_never_lead_out_of_the_folder(carson: Carson, simulator: SimulatorThread, name: str, folder: str) -> None:
    cameras = simulator.sim.state.buildings["501"].cameras
    assert cameras
    simulator.call(lambda _: setattr(cameras[0], "name", name))
    result = carson("download", LOBBY, "--limit", "1", "--to", "clips", "-o", "{camera}/{time}.mp4")
    assert result.code == 0, result.err
    (file,) = Path("clips").rglob("*.mp4")
    assert file.parts[1] == folder
    assert [path.name for path in Path().iterdir()] == ["clips"]


def test_cameras_of_the_same_name_are_told_apart(two_cameras: None, carson: Carson, simulator: SimulatorThread) -> None:
    cameras = simulator.sim.state.buildings["501"].cameras
    assert cameras
    simulator.call(lambda _: setattr(cameras[1], "name", "lobby"))
    result = carson("download", LOBBY, GARAGE, "--limit", "1")
    assert result.code == 0, result.err
    assert {path.name.split(" 2026")[0].lower() for path in Path().iterdir()} == {
        f"lobby ({LOBBY})",
        f"lobby ({GARAGE})",
    }


def test_camera_of_the_same_name_has_its_own_files_in_every_run(
    two_cameras: None, carson: Carson, simulator: SimulatorThread
) -> None:
    """The second run would take the files of the first for its own."""
    cameras = simulator.sim.state.buildings["501"].cameras
    assert cameras
    simulator.call(lambda _: setattr(cameras[1], "name", "lobby"))
    assert carson("download", LOBBY, "-o", "{camera}/{time}.mp4").out.startswith("3 saved, 0 skipped")
    assert carson("download", GARAGE, "-o", "{camera}/{time}.mp4").out.startswith("2 saved, 0 skipped")
    assert carson("download", GARAGE).out.startswith("2 saved, 0 skipped")
    assert carson("download", LOBBY, GARAGE).out.startswith("3 saved, 2 skipped")


def test_long_names_keep_the_end_of_the_path(carson: Carson, simulator: SimulatorThread) -> None:
    cameras = simulator.sim.state.buildings["501"].cameras
    assert cameras
    simulator.call(lambda sim: setattr(sim.state.buildings["501"], "name", "B" * 100))
    simulator.call(lambda _: setattr(cameras[0], "name", "C" * 100))
    template = "{building} {camera} {date} {time}{offset}.mp4"
    (name,) = carson("download", LOBBY, "--limit", "1", "-o", template, "--json").json["saved"]
    assert re.fullmatch(r"B{80} C{80} \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d[+-]\d{4}\.mp4", name)


def test_file_in_the_place_of_a_folder_concerns_its_own_camera_only(two_cameras: None, carson: Carson) -> None:
    Path("Garage").touch()
    result = carson("download", "lobby", "garage", "-o", "{camera}/{time}.mp4")
    assert result.code == 8
    assert result.out == "3 saved, 0 skipped (already exist), 2 failed.\n"


def test_progress_fits_a_narrow_terminal(two_cameras: None, carson: Carson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    leader, follower = pty.openpty()
    shown: list[bytes] = []

    def read() -> None:
        with suppress(OSError):
            while part := os.read(leader, 10_000):
                shown.append(part)

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(follower, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        assert carson("download", "lobby", "garage").code == 0
        monkeypatch.undo()
    reader.join()
    os.close(leader)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", b"".join(shown).decode())
    assert "5 of 5" in text
    assert "MB/s" in text
    assert all(len(line) <= 40 for line in re.split(r"[\r\n]+", text))
