"""Lists as a table, TSV or JSON, chosen fields, and errors as JSON."""

import json
import os
from pathlib import Path
import pty
import sys

import pytest

from .conftest import EMAIL, PASSWORD, Carson, SimulatorThread, read_terminal

_FRONT = "7001\tFront Door\t501\tHarbor House\tsmartair\ttrue\tfalse\tfalse\ttrue"


def test_tsv_is_printed_where_there_is_no_terminal(carson: Carson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARSON_FORMAT")
    assert carson("doors").lines[0] == _FRONT
    assert carson("doors", "--format", "table").lines[0].startswith("Building ")
    assert carson("--format", "json", "doors").json[0]["name"] == "Front Door"
    assert carson("doors", "--format", "table", "--json").json[0]["name"] == "Front Door"
    assert carson("reservations").lines[0].startswith("9002\t301\tGym\t501\t")
    assert carson("cameras").lines[2].split("\t")[4:7] == ["", "", ""]


def test_table_is_printed_on_a_terminal(
    carson: Carson, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CARSON_FORMAT")
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        assert carson("doors").code == 0
        monkeypatch.undo()
    shown = read_terminal(leader)
    assert "Front Door" in shown
    assert "\t" not in shown


@pytest.mark.parametrize("form", ["table", "tsv", "json"])
def test_chosen_fields(carson: Carson, form: str) -> None:
    result = carson("doors", "--fields", "name, id", "--format", form)
    assert result.code == 0
    if form == "json":
        assert result.json[0] == {"name": "Front Door", "id": "7001"}
    elif form == "tsv":
        assert result.lines[0] == "Front Door\t7001"
    else:
        assert [line.split() for line in result.lines[:2]] == [["name", "id"], ["Front", "Door", "7001"]]


def test_unknown_field_is_refused_with_the_known_ones(carson: Carson) -> None:
    result = carson("doors", "--fields", "id,nmae")
    assert result.code == 2
    assert "'nmae'" in result.err
    assert "id, name, building_id" in result.err
    assert result.out == ""
    result = carson("recordings", "lobby", "--previews", "--since", "1m", "--fields", "id")
    assert result.code == 2
    assert "no fields" in result.err


def test_chosen_fields_of_a_single_object(carson: Carson) -> None:
    assert carson("whoami", "--fields", "id", "--json").json == {"id": "1001"}
    assert carson("whoami", "--fields", "id,buildings").lines == ["id\t1001", "buildings\tHarbor House"]
    assert "Unknown field 'x'" in carson("whoami", "--fields", "x").err


def test_values_of_tsv_stay_in_their_column(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: setattr(sim.state.buildings["501"].doors[0], "name", "A\tB\nC\u202e\x9b"))
    (line,) = [one for one in carson("doors", "--format", "tsv").lines if one.startswith("7001")]
    assert line.count("\t") == 8
    assert line.split("\t")[1].startswith("A B C")
    assert carson("free", "gym", "tomorrow", "--format", "tsv").lines[0].count("\t") == 1
    fields = carson("status", "--format", "tsv").lines
    assert any(one.startswith("eagle_eye\t[{") for one in fields)


def test_empty_list_prints_nothing_but_a_message(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.state.buildings["501"].doors.clear())
    result = carson("doors", "--format", "tsv", "--fields", "anything")
    assert (result.code, result.out, result.err) == (0, "", "No doors.\n")


@pytest.mark.parametrize("form", ["xml", ""])
def test_unknown_format(carson: Carson, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert carson("doors", "--format", form).code == 2
    monkeypatch.setenv("CARSON_FORMAT", "xml")
    assert carson("doors").code == 2


def test_errors_are_json_as_well(carson: Carson, simulator: SimulatorThread) -> None:
    result = carson("open", "nowhere", "--json", "--yes")
    error = json.loads(result.err)["error"]
    assert (result.code, result.out) == (2, "")
    assert (error["kind"], error["exit_code"]) == ("bad_input", 2)
    assert "nowhere" in error["message"]
    simulator.call(lambda sim: sim.faults.add("me", "status", status=418))
    error = json.loads(carson("--json", "doors").err)["error"]
    assert (error["http_status"], error["exit_code"]) == (418, 1)


def test_usage_errors_are_json_as_well(carson: Carson) -> None:
    for arguments in (("doors", "--json", "--nonsense"), ("--json", "nonsense"), ("open", "--json")):
        result = carson(*arguments)
        assert result.code == 2
        assert json.loads(result.err)["error"]["kind"] == "bad_input"
    assert carson("--json", "doors", "--help").code == 0


def test_errors_in_json_are_ascii_where_the_stream_is(
    carson: Carson, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "errors").open("w", encoding="latin-1") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        assert carson("open", "Tür 🚪", "--json", "--yes").code == 2
        monkeypatch.undo()
    error = json.loads((tmp_path / "errors").read_text("ascii"))["error"]
    assert "Tür 🚪" in error["message"]
    assert EMAIL not in error["message"]
    assert PASSWORD not in error["message"]
