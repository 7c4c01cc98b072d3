"""`recordings`."""

from datetime import datetime, timedelta

import pytest

from simulator import Simulator

from .conftest import LOBBY, Carson, SimulatorThread

pytestmark = pytest.mark.usefixtures("three_recordings")


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


def test_recordings_without_permission(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.state.cameras[LOBBY].denied.add("recorded"))
    assert carson("recordings", "lobby").code == 1
