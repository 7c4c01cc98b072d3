"""`status`."""

from pathlib import Path

from .conftest import EMAIL, PASSWORD, Carson, SimulatorThread


def test_both_clouds_answer(carson: Carson, home: Path) -> None:
    result = carson("status")
    assert result.code == 0
    assert "a password" in result.out
    assert "8 cameras" in result.out
    assert EMAIL not in result.out
    assert PASSWORD not in result.out
    assert carson("login").code == 0
    status = carson("status", "--json").json
    assert status["saved_token"].endswith("token.json")
    assert status["eagle_eye"][0]["cameras"] == 8


def test_cloud_that_does_not_answer(carson: Carson, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: sim.faults.add("device_list", "status", status=403))
    result = carson("status")
    assert result.code == 1
    assert "status 403" in result.out
    simulator.call(lambda sim: sim.faults.add("me", "status", status=503))
    result = carson("status")
    assert result.code == 4
    assert "status 503" in result.out


def test_building_without_cameras(carson_without_credentials: Carson, simulator: SimulatorThread) -> None:
    token = simulator.call(lambda sim: sim.mint_token("noeye@example.com"))
    result = carson_without_credentials("--token", token, "status")
    assert result.code == 0
    assert "has no cameras of your buildings" in result.out
    assert token not in result.out


def test_account_with_two_buildings(carson_without_credentials: Carson, simulator: SimulatorThread) -> None:
    token = simulator.call(lambda sim: sim.mint_token("two@example.com"))
    result = carson_without_credentials("--token", token, "status")
    assert "Eagle Eye, building 2" in result.out
