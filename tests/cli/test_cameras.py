"""`cameras`, `still`, `live`."""

from datetime import UTC, datetime, timedelta
import io
from pathlib import Path
import re

from PIL import Image
import pytest

from simulator import Simulator, Status

from .conftest import LOBBY, Carson, SimulatorThread


def image_size(content: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return image.size


def test_cameras(carson: Carson) -> None:
    result = carson("cameras")
    assert result.lines[1] == "Harbor House  Lobby         1000a001  online  yes        lobby"
    assert len(result.lines) == 4
    found = carson("cameras", "--all", "--json").json
    assert len(found) == 9
    assert found[0] == {
        "id": LOBBY,
        "name": "Lobby",
        "building_id": "501",
        "building": "Harbor House",
        "state": "online",
        "recording": True,
        "tags": ["lobby"],
        "staff_only": False,
        "shown": True,
    }
    assert found[2]["state"] is None


def test_cameras_are_filtered(carson: Carson) -> None:
    def names(*arguments: str) -> list[str]:
        return [one["name"] for one in carson("cameras", "--json", "--all", *arguments).json]

    assert names("--tag", "lobby") == ["Lobby"]
    assert names("--online") == ["Lobby", "Garage", "Roof", "Mail Room"]
    assert "Gym" in names("--offline")
    assert carson("cameras", "--tag", "none").err == "No matching cameras.\n"


@pytest.mark.timeouts(first_pause=0.001)
def test_cameras_during_an_outage_of_eagle_eye(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.faults.add("device_list", kind="status", status=503))
    result = carson("cameras")
    assert result.code == 4
    assert "Harbor House: the state of the cameras is unknown" in result.err
    assert "Lobby" in result.out


def test_account_without_cameras(carson: Carson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARSON_EMAIL", "noeye@example.com")
    monkeypatch.setenv("CARSON_PASSWORD", "no cameras")
    assert carson("cameras").err == "No matching cameras.\n"
    result = carson("still", "lobby")
    assert (result.code, "No camera matches 'lobby'; there are none" in result.err) == (2, True)


def test_still(carson: Carson) -> None:
    result = carson("still", "lobby", "-o", "now.jpg")
    assert result.code == 0
    assert result.out.startswith("Saved now.jpg: Lobby, taken 20")
    content = Path("now.jpg").read_bytes()
    assert image_size(content) == (320, 240)
    facts = carson("still", "lobby", "-o", "now.jpg", "--json").json
    assert facts["id"] == LOBBY
    taken = datetime.fromisoformat(facts["taken_at"])
    assert datetime.now(UTC) - taken < timedelta(minutes=1)
    assert [one.name for one in Path().iterdir()] == ["now.jpg"]


def set_status(simulator: SimulatorThread, status: int) -> None:
    def change(sim: Simulator) -> None:
        camera = sim.state.cameras[LOBBY]
        camera.status = status
        camera.frames_stop_at = sim.clock.time() - 3 * 3600

    simulator.call(change)


def test_still_of_a_camera_that_is_offline(carson: Carson, simulator: SimulatorThread) -> None:
    set_status(simulator, Status.OFFLINE)
    result = carson("still", "lobby", "-o", "now.jpg")
    assert result.code == 1
    assert "Lobby is offline, so there is no new picture." in result.err
    assert not Path("now.jpg").exists()


def test_still_of_a_camera_that_is_off(carson: Carson, simulator: SimulatorThread) -> None:
    """Eagle Eye has an old picture, and the age is told."""
    set_status(simulator, Status.OFF)
    result = carson("still", "lobby", "-o", "now.jpg")
    assert result.code == 0
    assert "The picture is 3:00:0" in result.err
    assert "old: the camera is off." in result.err
    simulator.call(lambda sim: sim.faults.add("device_list", "status", status=403))
    result = carson("still", "lobby", "-o", "now.jpg")
    assert result.code == 0
    assert result.err.endswith("old.\n")


def test_still_that_fails_for_another_reason(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.faults.add("image", "status", status=403))
    result = carson("still", "lobby", "-o", "now.jpg")
    assert result.code == 1
    assert "status 403" in result.err


def test_still_needs_three_requests(carson: Carson, simulator: SimulatorThread) -> None:
    """The account, a session key, the picture: no list, whose failure would be told as that of the picture."""
    assert carson("login").code == 0
    simulator.call(lambda sim: sim.faults.add("device_list", "status", status=503))
    before = simulator.call(lambda sim: sum(sim.counters.requests.values()))
    assert carson("still", "lobby", "-o", "now.jpg").code == 0
    assert simulator.call(lambda sim: sum(sim.counters.requests.values())) - before == 3


def test_times_have_a_zone(carson: Carson) -> None:
    assert re.search(r"taken 20.{17} E[SD]T,", carson("still", "lobby", "-o", "now.jpg").out)


def test_still_of_an_earlier_time(carson: Carson) -> None:
    facts = carson("still", "1000a002", "--at", "2h", "--json").json
    ago = datetime.now(UTC) - datetime.fromisoformat(facts["taken_at"])
    assert timedelta(hours=1.9) < ago < timedelta(hours=2.1)
    assert facts["file"].startswith("Garage 20")
    assert image_size(Path(facts["file"]).read_bytes())


def test_still_in_full_resolution(carson: Carson, simulator: SimulatorThread) -> None:
    now = datetime.now(UTC).timestamp()
    simulator.call(lambda sim: setattr(sim.state.cameras[LOBBY], "recordings", [(now - 600, now - 500)]))
    assert carson("still", "lobby", "--full").code == 2
    assert carson("still", "lobby", "--at", "9m", "--full", "-o", "full.jpg").code == 0
    assert image_size(Path("full.jpg").read_bytes())[0] > 320


def test_hidden_cameras_are_found_by_name_if_no_other_camera_matches(carson: Carson) -> None:
    assert carson("still", "mail", "-o", "mail.jpg").code == 0
    result = carson("still", "lo")
    assert result.code == 2
    assert "Harbor House / Loading Dock (1000a0ff)" in result.err
    assert carson("still", "Pool").code == 2
    assert "Mail Room" not in carson("still", "Pool").err


def test_two_hidden_cameras_with_the_same_name(carson: Carson, simulator: SimulatorThread) -> None:
    def rename(sim: Simulator) -> None:
        for number in (3, 4):
            sim.state.cameras[f"1000a00{number}"].name = "Attic"

    simulator.call(rename)
    result = carson("still", "attic")
    assert result.code == 2
    assert "Attic (1000a003)" in result.err


def test_still_to_standard_output(carson: Carson, simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch) -> None:
    class Binary(io.TextIOWrapper):
        def __init__(self) -> None:
            self.bytes = io.BytesIO()
            super().__init__(self.bytes)

    stream = Binary()
    monkeypatch.setattr("sys.stdout", stream)
    assert carson("still", "lobby", "-o", "-").code == 0
    assert image_size(stream.bytes.getvalue()) == (320, 240)
    monkeypatch.setattr(stream, "isatty", lambda: True)
    result = carson("still", "lobby", "-o", "-")
    assert result.code == 2
    assert "cannot be written to a terminal" in result.err


@pytest.mark.parametrize("at", ["tomorrow", "in 3 hours", "2999-01-01", "nonsense", "5", "", "99999999999h"])
def test_invalid_time_of_a_still(carson: Carson, at: str) -> None:
    result = carson("still", "lobby", "--at", at)
    assert result.code == 2
    assert f"{at!r}" in result.err
    assert list(Path().iterdir()) == []


def test_missing_still(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.faults.add("image", kind="status", status=404))
    result = carson("still", "lobby", "-o", "none.jpg")
    assert result.code == 6
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("command", ["still", "live"])
def test_targets_that_cannot_be_written(carson: Carson, sim: Simulator, command: str) -> None:
    Path("folder").mkdir()
    for target, text in (
        ("folder", "Is a directory"),
        ("missing/now.jpg", "No such directory"),
        ("/proc/now.jpg", ""),
    ):
        result = carson(command, "lobby", "-o", target)
        assert result.code == 7, target
        assert text in result.err
        assert result.out == ""
    assert sim.counters.count("image") <= 1
    assert [one.name for one in Path().iterdir()] == ["folder"]


def test_target_without_permission(carson: Carson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    result = carson("still", "lobby", "-o", "now.jpg")
    assert result.code == 7
    assert "Cannot be written" in result.err


def test_full_disk(carson: Carson) -> None:
    result = carson("still", "lobby", "-o", "/dev/full")
    assert result.code == 7
    assert "The disk is full" in result.err
    assert Path("/dev/full").is_char_device()
