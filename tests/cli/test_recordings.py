"""`recordings`, `download`."""

from datetime import UTC, datetime, timedelta
import errno
import os
from pathlib import Path

from aiocarson.files import AtomicFile
import av
import pytest

from simulator import Simulator

from .conftest import LOBBY, Carson, SimulatorThread


@pytest.fixture(autouse=True)
def three_recordings(simulator: SimulatorThread) -> None:
    """Give the camera three recordings of 10, 20 and 5 seconds."""
    now = datetime.now(UTC).timestamp()
    found = [(now - 3000, now - 2990), (now - 2000, now - 1980), (now - 1000, now - 995)]
    simulator.call(lambda sim: setattr(sim.state.cameras[LOBBY], "recordings", found))


def seconds(path: Path) -> float:
    with av.open(path) as container:
        times = [float(frame.time or 0) for frame in container.decode(video=0)]
    return max(times) - min(times)


def test_recordings(carson: Carson) -> None:
    result = carson("recordings", "lobby")
    assert [line.split()[-1] for line in result.lines] == ["Length", "0:00:10", "0:00:20", "0:00:05"]
    found = carson("recordings", "lobby", "--json").json
    assert [one["duration"] for one in found] == pytest.approx([10, 20, 5], abs=0.01)
    begin = datetime.fromisoformat(found[0]["begin"])
    assert begin.utcoffset() in {timedelta(hours=-5), timedelta(hours=-4)}


def test_recordings_are_filtered(carson: Carson) -> None:
    def lengths(*arguments: str) -> list[int]:
        return [round(one["duration"]) for one in carson("recordings", "lobby", "--json", *arguments).json]

    assert lengths("--longer-than", "8s") == [10, 20]
    assert lengths("--shorter-than", "15s") == [10, 5]
    assert lengths("--since", "40m") == [20, 5]
    assert lengths("--until", "20m") == [10, 20]
    assert lengths("--limit", "1") == [5], "the newest"
    assert lengths("--last") == [5]


def test_no_recordings(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: setattr(sim.state.cameras[LOBBY], "recordings", []))
    for arguments in ((), ("--last",)):
        result = carson("recordings", "lobby", *arguments)
        assert (result.code, result.out, result.err) == (0, "", "No recordings in this time range.\n")
    assert carson("download", "lobby").err == "No recordings in this time range.\n"


def test_previews(carson: Carson) -> None:
    found = carson("recordings", "lobby", "--previews", "--since", "10m", "--limit", "5", "--json").json
    assert len(found) == 5
    assert found == sorted(found)
    assert carson("recordings", "lobby", "--previews", "--since", "10m", "--limit", "2").lines[0] == "Taken"


@pytest.mark.parametrize("command", ["recordings", "download"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("--since", "1h", "--until", "2h"),
        ("--until", "tomorrow"),
        ("--since", "gibberish"),
        ("--longer-than", "short"),
        ("--limit", "0"),
    ],
)
def test_invalid_options(carson: Carson, sim: Simulator, command: str, arguments: tuple[str, ...]) -> None:
    result = carson(command, "lobby", *arguments)
    assert result.code == 2
    assert result.out == ""
    assert sim.counters.count("list_videos") == 0


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


def test_recordings_without_permission(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.state.cameras[LOBBY].denied.add("recorded"))
    assert carson("recordings", "lobby").code == 1


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
