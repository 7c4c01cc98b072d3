"""`changes`, `watch`."""

from datetime import datetime
import json
from pathlib import Path
import stat
import sys

import pytest

from simulator import Door, Simulator, Status

from .conftest import EMAIL, LOBBY, Carson, InterruptAfter, SimulatorThread, wait_until


def change_things(sim: Simulator) -> None:
    home = sim.state.buildings["501"]
    home.doors[0].name = "Main Door"
    home.doors[1].disabled = True
    home.doors.append(Door(id=7099, name="Cellar", external_id="9"))
    sim.set_status(LOBBY, Status.OFF)


def state_file(home: Path) -> Path:
    (path,) = (home / ".local" / "state" / "carson").iterdir()
    return path


def test_changes_are_shown_once(carson: Carson, simulator: SimulatorThread, home: Path) -> None:
    first = carson("changes")
    assert first.code == 0
    assert "no saved state to compare with" in first.err
    assert stat.S_IMODE(state_file(home).stat().st_mode) == 0o600
    assert carson("changes").err == "No changes.\n"
    simulator.call(change_things)
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


def test_missing_values_and_lists_in_changes(carson: Carson, simulator: SimulatorThread) -> None:
    carson("changes")
    simulator.call(lambda sim: setattr(sim.state.buildings["501"], "time_zone", None))
    simulator.call(lambda sim: sim.state.cameras[LOBBY].tags.append("new"))
    lines = carson("changes").lines
    assert any(line.endswith("time_zone America/New_York → none") for line in lines)
    assert any(line.endswith('tags ["lobby"] → ["lobby", "new"]') for line in lines)


@pytest.mark.timeouts(first_pause=0.001)
def test_changes_after_an_outage_of_eagle_eye(carson: Carson, simulator: SimulatorThread) -> None:
    carson("changes")
    simulator.call(lambda sim: sim.faults.add("device_list", kind="status", status=503))
    assert carson("changes").code == 4
    simulator.call(lambda sim: sim.faults.clear())
    simulator.call(lambda sim: sim.set_status(LOBBY, Status.OFF))
    assert "state online → off" in carson("changes").out


@pytest.mark.parametrize("text", ["no json", "[]", '{"account": {}, "devices": {}}', '{"account": {"id": 1}}'])
def test_invalid_saved_state_is_replaced(carson: Carson, home: Path, text: str) -> None:
    carson("changes")
    state_file(home).write_text(text)
    assert "no saved state to compare with" in carson("changes").err
    assert carson("changes").err == "No changes.\n"


def test_saved_state_that_cannot_be_read_or_written(
    carson: Carson, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    carson("changes")
    path = state_file(home)
    path.unlink()
    path.mkdir()
    assert "Cannot be read" in carson("changes").err
    (tmp_path / "state").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert carson("changes").code in {2, 7}


def test_watch_prints_changes(carson: Carson, simulator: SimulatorThread, interrupt_after: InterruptAfter) -> None:
    def change_and_wait() -> None:
        simulator.wait_for_first_request("device_list")
        simulator.call(change_things)
        simulator.wait_for_requests("device_list", 3)

    interrupt_after(change_and_wait)
    result = carson("watch", "--interval", "1s")
    assert result.code == 130
    assert [line[20:] for line in result.lines if "state" in line] == ["device Lobby: state online → off"]
    assert any(line.endswith("door Main Door: name Front Door → Main Door") for line in result.lines)


def test_watch_ends_by_itself(carson: Carson) -> None:
    result = carson("watch", "--for", "1s", "--interval", "1s")
    assert (result.code, result.out, result.err) == (0, "", "")


@pytest.mark.timeouts(first_pause=0.001)
def test_watch_all_prints_json_lines(
    carson: Carson, simulator: SimulatorThread, interrupt_after: InterruptAfter
) -> None:
    def change_and_wait() -> None:
        simulator.wait_for_first_request("device_list")
        simulator.call(lambda sim: setattr(sim.state.accounts[EMAIL], "first_name", "Ronja"))
        simulator.call(lambda sim: sim.faults.add("device_list", kind="status", status=404, times=1))
        simulator.wait_for_requests("device_list", 3)

    interrupt_after(change_and_wait)
    result = carson("watch", "--interval", "1s", "--all", "--json")
    assert result.code == 130
    assert len(result.lines) == 1
    assert result.json["new"] == "Ronja"
    assert result.json["what"] == "account"
    assert "Trying again later." in result.err


@pytest.mark.parametrize("way", ["listen", "poll"])
def test_watch_prints_events_with_the_name_that_carson_shows(
    carson: Carson, simulator: SimulatorThread, interrupt_after: InterruptAfter, way: str
) -> None:
    """Over the websocket, or by polling where Eagle Eye refuses that."""
    simulator.call(lambda sim: setattr(sim.settings.poll, "hold", 1.0))
    if way == "poll":
        simulator.call(lambda sim: sim.faults.add("listen", kind="status", status=403))
    seen = Path("seen")

    def switch_off_and_wait() -> None:
        simulator.wait_for_first_request(way)
        simulator.call(lambda sim: sim.set_status(LOBBY, Status.ONLINE & ~Status.ON_BIT))
        wait_until(lambda: seen.exists() and "COFF" in seen.read_text("utf-8"))

    interrupt_after(switch_off_and_wait)
    result = carson("watch", "--events", "--json", "--exec", "tee -a seen")
    assert result.code == 130
    event = next(one for one in map(json.loads, result.lines) if one["kind"] == "event" and one["code"] == "COFF")
    assert (event["name"], event["id"], event["event"]) == ("Lobby", LOBBY, "switched off")
    assert datetime.fromisoformat(event["at"]).utcoffset() is not None


def test_watch_goes_on_without_events_if_the_account_gets_none(
    carson: Carson, simulator: SimulatorThread, interrupt_after: InterruptAfter
) -> None:
    for operation in ("listen", "subscribe"):
        simulator.call(lambda sim: sim.faults.add(operation, kind="status", status=403))  # noqa: B023 - called at once

    def wait_for_polls() -> None:
        simulator.wait_for_first_request("subscribe")
        simulator.wait_for_requests("me", 2)

    interrupt_after(wait_for_polls)
    result = carson("watch", "--interval", "1s", "--events")
    assert result.code == 130
    assert "Harbor House: events are not available to this account. Eagle Eye " in result.err


def test_watch_subscribes_to_no_events_without_cameras(
    carson: Carson, simulator: SimulatorThread, interrupt_after: InterruptAfter
) -> None:
    simulator.call(lambda sim: sim.faults.add("device_list", kind="status", status=403))
    interrupt_after(lambda: simulator.wait_for_requests("device_list", 3))
    result = carson("watch", "--interval", "1s", "--events")
    assert "the state of the cameras is unknown" in result.err
    assert simulator.requests("subscribe") == 0


def test_watch_ends_with_the_first_error_that_is_not_temporary(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.faults.add("me", kind="status", status=403, skip=1))
    result = carson("watch", "--events")
    assert result.code == 1
    assert result.err.startswith("carson: Carson")
    assert "/me/" in result.err


@pytest.mark.parametrize("arguments", [("--for", "never"), ("--interval", "0"), ("--interval", "0.2")])
def test_watch_with_an_invalid_duration(carson: Carson, arguments: tuple[str, ...]) -> None:
    assert carson("watch", *arguments).code == 2


def test_watch_tells_a_program(
    carson: Carson, simulator: SimulatorThread, interrupt_after: InterruptAfter, tmp_path: Path
) -> None:
    """One line of JSON for each change; a program that fails does not end the watching."""
    program = tmp_path / "program.py"
    told = tmp_path / "told"
    program.write_text(f"import sys; open({str(told)!r}, 'a').write(sys.stdin.read()); sys.exit(3)")

    def is_told() -> bool:
        return told.exists() and told.read_text().count("\n") >= 2

    def change() -> None:
        simulator.wait_for_requests("me", 2)
        simulator.call(change_things)
        wait_until(is_told)

    interrupt_after(change)
    result = carson("watch", "--interval", "1s", "--exec", f"'{sys.executable}' '{program}'")
    assert "ended with exit code 3. Watching goes on." in result.err
    lines = [json.loads(line) for line in told.read_text().splitlines()]
    assert {"Main Door", "Garage Gate"} & {line["name"] for line in lines}


def test_watch_with_a_program_that_does_not_exist(
    carson: Carson, simulator: SimulatorThread, interrupt_after: InterruptAfter
) -> None:
    def change() -> None:
        simulator.wait_for_requests("me", 2)
        simulator.call(change_things)
        simulator.wait_for_requests("me", 3)

    interrupt_after(change)
    assert "cannot be run" in carson("watch", "--interval", "1s", "--exec", "/nowhere/program").err


@pytest.mark.parametrize("program", ["", "'unclosed"])
def test_watch_with_a_program_that_cannot_be_parsed(carson: Carson, simulator: SimulatorThread, program: str) -> None:
    assert carson("watch", "--exec", program).code == 2
    assert simulator.requests("me") == 0
