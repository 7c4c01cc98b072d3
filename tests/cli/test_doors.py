"""`buildings`, `doors`, `open`, `raw`, and what applies to all commands."""

from collections.abc import Callable
import json
from pathlib import Path
import sys
from typing import Any

import aiocarson
import pytest

from simulator import Door, Simulator

from .conftest import Carson, SimulatorThread


def test_doors_as_a_table(carson: Carson) -> None:
    result = carson("doors")
    assert result.code == 0
    assert result.lines[0].split() == ["Building", "Door", "Id", "Kind", "Usable"]
    assert result.lines[1].split("  ")[0] == "Harbor House"
    assert "Staff Entrance  7004  staff only  yes" in result.lines[4]
    assert result.err == ""


def test_doors_as_json_with_the_option_before_or_after_the_command(carson: Carson) -> None:
    before, after = carson("--json", "doors"), carson("doors", "--json")
    assert before.json == after.json
    assert [door["name"] for door in after.json] == [
        "Front Door",
        "Garage Gate",
        "Roof Deck",
        "Staff Entrance",
        "Unit 12B",
    ]
    assert after.json[4] == {
        "id": "7005",
        "name": "Unit 12B",
        "building_id": "501",
        "building": "Harbor House",
        "provider": "smartair",
        "usable": True,
        "staff_only": False,
        "unit_door": True,
        "default": False,
    }


def test_buildings(carson: Carson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARSON_EMAIL", "two@example.com")
    monkeypatch.setenv("CARSON_PASSWORD", "two buildings")
    assert "Mill Lofts    502" in carson("buildings").lines[2]
    found = carson("buildings", "--json").json
    assert [one["name"] for one in found] == ["Harbor House", "Mill Lofts"]
    assert "raw" not in found[0]
    assert [door["building"] for door in carson("doors", "-b", "mill", "--json").json] == ["Mill Lofts"] * 2


def test_no_doors(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.state.buildings["501"].doors.clear())
    result = carson("doors")
    assert (result.code, result.out, result.err) == (0, "", "No doors.\n")
    assert carson("doors", "--json").json == []


def test_open(carson: Carson, sim: Simulator) -> None:
    result = carson("open", "Front Door", "--yes")
    assert (result.code, result.out) == (0, "Opened Front Door in Harbor House.\n")
    assert sim.openings == {"7001": 1}
    assert carson("open", "unit", "-y", "--json").json == {
        "opened": True,
        "id": "7005",
        "name": "Unit 12B",
        "building_id": "501",
        "building": "Harbor House",
    }
    assert carson("open", "harbor/garage", "-y").code == 0
    assert sim.openings == {"7001": 1, "7005": 1, "7002": 1}


@pytest.mark.parametrize(("text", "code", "times"), [("y\n", 0, 1), ("n\n", 1, 0), ("\n", 1, 0), ("", 1, 0)])
def test_open_requires_confirmation(
    carson: Carson, sim: Simulator, type_input: Callable[[str], None], text: str, code: int, times: int
) -> None:
    type_input(text)
    result = carson("open", "front")
    assert result.code == code
    assert "Open Front Door in Harbor House?" in result.err
    assert sim.openings.get("7001", 0) == times
    assert ("was not opened" in result.err) is (code == 1)


@pytest.mark.parametrize("kind", ["reset", "truncate", "ok_html"])
def test_unclear_outcome_is_reported_and_not_repeated(
    carson: Carson, sim: Simulator, simulator: SimulatorThread, kind: str
) -> None:
    simulator.call(lambda sim: sim.faults.add("open_door", kind=kind, when="after"))
    result = carson("open", "front", "--yes")
    assert result.code == 5
    assert (
        "Front Door in Harbor House: the request was sent but not confirmed. The door may or may not have opened"
        in result.err
    )
    assert result.out == ""
    assert sim.counters.count("open_door") == 1


def test_rejected_request(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.faults.add("open_door", kind="code", code=7))
    result = carson("open", "front", "--yes")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("carson: Front Door in Harbor House was not opened. ")


def test_unknown_and_ambiguous_names_list_the_candidates(
    carson: Carson, sim: Simulator, simulator: SimulatorThread
) -> None:
    unknown = carson("open", "Cellar", "--yes")
    assert unknown.code == 2
    assert "No door matches 'Cellar'. Did you mean: Harbor House / Front Door (7001), " in unknown.err
    simulator.call(
        lambda sim: sim.state.buildings["501"].doors.append(Door(id=7098, name="Front Door", external_id="8"))
    )
    several = carson("open", "Front Door", "--yes")
    assert several.code == 2
    assert "Harbor House / Front Door (7098)" in several.err
    assert "Garage" not in several.err
    assert carson("open", "7098", "--yes").code == 0
    assert sim.openings == {"7098": 1}
    assert carson("open", "tower/front", "--yes").code == 2


def test_raw(carson: Carson) -> None:
    response = carson("raw", "/me").json
    assert response["id"] == 1001
    assert response["properties"][0]["doors"]
    assert carson("raw", "visitors/").code == 6
    assert carson("raw", "a b").code == 2


def test_trace_is_numbered_and_holds_no_secret(carson: Carson) -> None:
    result = carson("doors", "-v")
    lines = result.err.splitlines()
    assert lines[0].startswith("#1 POST /api/v1.4.4/auth/login/ → 200 in ")
    assert lines[1].startswith("#2 GET /api/v1.4.4/me/ → 200 in ")
    assert lines[1].endswith(" ms")
    assert "correct horse" not in result.err
    assert "resident@" not in result.err
    assert carson("-v", "doors").out == result.out
    assert carson("doors").err == ""


def test_names_are_printed_unchanged(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: setattr(sim.state.buildings["501"].doors[0], "name", "[red]Däm [/] :smile:"))
    assert "[red]Däm [/] :smile:" in carson("doors").out
    assert "Däm" in carson("doors", "--json").out


@pytest.mark.parametrize(
    ("kind", "details", "code"),
    [
        ("status", {"status": 500}, 4),
        ("html", {"status": 502}, 4),
        ("ok_html", {}, 4),
        ("reset", {}, 4),
        ("status", {"status": 404}, 1),
        ("code", {"code": 3}, 1),
    ],
)
@pytest.mark.timeouts(first_pause=0.001)
def test_errors_of_the_cloud(
    carson: Carson, simulator: SimulatorThread, kind: str, details: dict[str, Any], code: int
) -> None:
    simulator.call(lambda sim: sim.faults.add("me", kind=kind, **details))
    result = carson("doors")
    assert (result.code, result.out) == (code, "")
    assert result.err.startswith("carson: ")
    assert result.err.endswith(".\n")
    assert result.err.count("\n") == 1


def test_usage_errors_and_help(carson: Carson) -> None:
    assert carson("doors", "nonsense").code == 2
    assert carson("--version").lines[0].startswith("carson 0.")
    help_text = carson("--help").out
    assert help_text.index("Account:") < help_text.index("Doors:") < help_text.index("Exit codes:")
    assert "carson open front" in help_text
    assert "--building" in carson("open", "-h").out
    result = carson("nonsense")
    assert result.code == 2
    assert "Traceback" not in result.err


def test_completion(carson: Carson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_CARSON_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "carson do")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert set(carson().out.split()) >= {"doors", "download"}


def test_demo(carson_without_credentials: Carson, monkeypatch: pytest.MonkeyPatch) -> None:
    assert json.loads(carson_without_credentials("--demo", "doors", "--json").out)[0]["name"] == "Front Door"
    assert "No token is saved" in carson_without_credentials("--demo", "login").out


def test_demo_without_the_simulator(carson_without_credentials: Carson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.demo._FOLDERS", ())
    result = carson_without_credentials("--demo", "doors")
    assert result.code == 2
    assert "not part of this installation" in result.err


def test_demo_without_its_packages(carson_without_credentials: Carson, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name="av")

    monkeypatch.setattr("cli.demo.importlib.import_module", missing)
    result = carson_without_credentials("--demo", "doors")
    assert result.code == 2
    assert "needs the package av" in result.err


def test_demo_finds_the_simulator_from_any_folder(
    carson_without_credentials: Carson, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(__file__).parents[2]
    monkeypatch.setattr(sys, "path", [place for place in sys.path if place and Path(place).resolve() != root])
    assert "Front Door" in carson_without_credentials("--demo", "doors").out
    assert str(root) in sys.path


def test_client_is_the_one_inside_the_integration() -> None:
    root = Path(__file__).parents[2]
    assert Path(aiocarson.__file__).resolve().parent == root / "custom_components" / "carson" / "aiocarson"


def test_characters_that_control_the_terminal_are_escaped(carson: Carson, simulator: SimulatorThread) -> None:
    name = "Front\u202e\x9b31mDoor\x7f"
    simulator.call(lambda sim: setattr(sim.state.doors["7001"], "name", name))
    result = carson("raw", "me")
    assert result.json["properties"][0]["doors"][0]["name"] == name
    assert not {"\u202e", "\x9b", "\x7f"} & set(result.out)
