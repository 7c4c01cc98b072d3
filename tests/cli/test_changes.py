"""`changes`, `watch`."""

from datetime import datetime
import json
from pathlib import Path
import stat
import threading

import pytest

from simulator import Door, Simulator, Status

from .conftest import EMAIL, LOBBY, Carson, World


def alter(sim: Simulator) -> None:
    home = sim.state.buildings["501"]
    home.doors[0].name = "Main Door"
    home.doors[1].disabled = True
    home.doors.append(Door(id=7099, name="Cellar", external_id="9"))
    sim.set_status(LOBBY, Status.OFF)


def state_file(home: Path) -> Path:
    (path,) = (home / ".local" / "state" / "carson").iterdir()
    return path


def test_changes_since_last_time(carson: Carson, world: World, home: Path) -> None:
    first = carson("changes")
    assert first.code == 0
    assert "nothing yet to compare with" in first.err
    assert stat.S_IMODE(state_file(home).stat().st_mode) == 0o600
    assert carson("changes").err == "Nothing has changed.\n"
    world.do(alter)
    found = carson("changes", "--keep", "--json").json
    assert [(one["kind"], one["what"], one["name"], one["field"]) for one in found] == [
        ("added", "door", "Cellar", None),
        ("changed", "door", "Main Door", "name"),
        ("changed", "door", "Garage Gate", "disabled"),
        ("changed", "device", "Lobby", "state"),
        ("changed", "device", "Lobby", "is_recording"),
    ] or {one["name"] for one in found} == {"Cellar", "Main Door", "Garage Gate", "Lobby"}
    assert next(one for one in found if one["field"] == "state")["new"] == "off"
    lines = carson("changes").lines
    assert "door    Main Door    name Front Door → Main Door" in lines
    assert "door    Garage Gate  disabled no → yes" in lines
    assert "door    Cellar       added" in lines
    assert carson("changes", "--json").json == []


def test_changes_to_and_from_nothing(carson: Carson, world: World) -> None:
    carson("changes")
    world.do(lambda sim: setattr(sim.state.buildings["501"], "time_zone", None))
    world.do(lambda sim: sim.state.cameras[LOBBY].tags.append("new"))
    lines = carson("changes").lines
    assert any(line.endswith("time_zone America/New_York → nothing") for line in lines)
    assert any(line.endswith('tags ["lobby"] → ["lobby", "new"]') for line in lines)


@pytest.mark.timeouts(first_pause=0.001)
def test_changes_when_eagle_eye_is_away(carson: Carson, world: World) -> None:
    carson("changes")
    world.do(lambda sim: sim.faults.add("device_list", kind="status", status=503))
    assert carson("changes").code == 4
    world.do(lambda sim: sim.faults.clear())
    world.do(lambda sim: sim.set_status(LOBBY, Status.OFF))
    assert "state online → off" in carson("changes").out


@pytest.mark.parametrize("text", ["no json", "[]", '{"account": {}, "devices": {}}', '{"account": {"id": 1}}'])
def test_a_memory_that_makes_no_sense_begins_anew(carson: Carson, home: Path, text: str) -> None:
    carson("changes")
    state_file(home).write_text(text)
    assert "nothing yet to compare with" in carson("changes").err
    assert carson("changes").err == "Nothing has changed.\n"


def test_a_memory_that_cannot_be_read_or_written(
    carson: Carson, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    carson("changes")
    path = state_file(home)
    path.unlink()
    path.mkdir()
    assert "cannot be read" in carson("changes").err
    (tmp_path / "state").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert carson("changes").code in {2, 7}


def test_watch(carson: Carson, world: World) -> None:
    def later() -> None:
        def started(sim: Simulator) -> bool:
            return sim.counters.count("device_list") > 0

        while not world.do(started):
            pass
        world.do(alter)

    helper = threading.Thread(target=later)
    helper.start()
    result = carson("watch", "--for", "4s", "--interval", "1s")
    helper.join()
    assert result.code == 0
    assert [line[20:] for line in result.lines if "state" in line] == ["device Lobby: state online → off"]
    assert any(line.endswith("door Main Door: name Front Door → Main Door") for line in result.lines)


@pytest.mark.timeouts(first_pause=0.001)
def test_watch_all_as_json_lines(carson: Carson, world: World) -> None:

    def later() -> None:
        while not world.do(lambda sim: sim.counters.count("device_list")):
            pass
        world.do(lambda sim: setattr(sim.state.accounts[EMAIL], "first_name", "Ronja"))
        world.do(lambda sim: sim.faults.add("device_list", kind="status", status=404, times=1))

    helper = threading.Thread(target=later)
    helper.start()
    result = carson("watch", "--for", "3s", "--interval", "1s", "--all", "--json")
    helper.join()
    assert len(result.lines) == 1
    assert result.json["new"] == "Ronja"
    assert result.json["what"] == "account"
    assert "looking again later" in result.err


def test_watch_events(carson: Carson, world: World) -> None:
    """What happens at a camera is told at once, under the name that it has for the resident."""

    def later() -> None:
        while not world.do(lambda sim: sim.counters.count("poll")):
            pass
        world.do(lambda sim: sim.set_status(LOBBY, Status.ONLINE & ~Status.ON_BIT))

    helper = threading.Thread(target=later)
    helper.start()
    result = carson("watch", "--for", "3s", "--events", "--json")
    helper.join()
    assert result.code == 0
    told = next(one for one in map(json.loads, result.lines) if one["kind"] == "event" and one["code"] == "COFF")
    assert (told["name"], told["id"], told["event"]) == ("Lobby", LOBBY, "switched off")
    assert datetime.fromisoformat(told["at"]).utcoffset() is not None


def test_watch_without_events_for_this_account(carson: Carson, world: World) -> None:
    world.do(lambda sim: sim.faults.add("subscribe", kind="status", status=403))
    result = carson("watch", "--for", "1s", "--events")
    assert result.code == 0
    assert "Harbor House: Eagle Eye tells this account no events. Eagle Eye refused" in result.err


def test_watch_events_where_there_are_no_cameras(carson: Carson, world: World) -> None:
    world.do(lambda sim: sim.faults.add("device_list", kind="status", status=403))
    result = carson("watch", "--for", "1s", "--events")
    assert "what its cameras do is not known" in result.err
    assert world.do(lambda sim: sim.counters.count("subscribe")) == 0


def test_what_ends_a_watch_ends_all_of_it(carson: Carson, world: World) -> None:
    world.do(lambda sim: sim.faults.add("me", kind="status", status=403, skip=1))
    result = carson("watch", "--events")
    assert result.code != 0
    assert "refused /me/" in result.err


@pytest.mark.parametrize("arguments", [("--for", "never"), ("--interval", "0"), ("--interval", "0.2")])
def test_watch_with_times_that_make_no_sense(carson: Carson, arguments: tuple[str, ...]) -> None:
    assert carson("watch", *arguments).code == 2
