"""`probe`."""

from dataclasses import replace
import json
from pathlib import Path

from aiocarson.files import AtomicFile
import pytest

from cli import context
from simulator import Simulator

from .conftest import EMAIL, Carson, SimulatorThread


@pytest.fixture(autouse=True)
def quick(simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses of the check take no time."""
    monkeypatch.setattr(context, "TIMEOUTS", replace(context.TIMEOUTS, self_check_key=0, self_check_still=0.1))

    def make_quick(sim: Simulator) -> None:
        for device in sim.state.devices:
            device.preview_interval_ms = 50

    simulator.call(make_quick)


def test_report_as_a_table(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.faults.add("device_list", "status", status=403))
    result = carson("probe")
    assert result.code == 0
    assert result.lines[0].split() == ["belief", "result"]
    assert result.lines[1].split() == ["eagle_eye.device_list", "different"]
    assert "1 different" in result.lines[-1]
    assert "Checking devices …" in result.err


def test_report_as_json(carson: Carson) -> None:
    result = carson("probe", "--json")
    assert "different" not in result.json["beliefs"].values()
    assert result.json["version"]
    assert EMAIL not in result.out


def test_report_in_a_file(carson: Carson) -> None:
    result = carson("probe", "-o", "report.json")
    assert result.code == 0
    assert json.loads(Path("report.json").read_text())["facts"]["me.status"] == 200
    assert "Saved report.json" in result.err


def test_report_on_standard_output(carson: Carson) -> None:
    assert carson("probe", "-o", "-").json["format"] == 1


def test_target_that_cannot_be_written_is_found_out_first(carson: Carson, simulator: SimulatorThread) -> None:
    result = carson("probe", "-o", "missing/report.json")
    assert result.code == 7
    assert simulator.requests("me") == 0


def test_report_is_not_lost_on_a_full_disk(carson: Carson, monkeypatch: pytest.MonkeyPatch) -> None:
    """It took a minute to make, so it is printed instead."""

    async def fail(self: AtomicFile, chunk: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(AtomicFile, "write", fail)
    result = carson("probe", "--json", "-o", "report.json")
    assert result.code == 7
    assert "No space left on device" in result.err
    assert '"format": 1' in result.out
    assert not Path("report.json").exists()
