"""Completion of names in the shell, from what earlier commands have saved."""

import json
from pathlib import Path
import stat
from typing import Protocol

import pytest

from simulator import Simulator

from .conftest import EMAIL, PASSWORD, Carson, SimulatorThread


class Complete(Protocol):
    """Completes a command line."""

    def __call__(self, line: str, shell: str = "zsh") -> list[str]:
        """Return what the shell offers."""
        ...


@pytest.fixture
def complete(carson: Carson, monkeypatch: pytest.MonkeyPatch) -> Complete:
    """Return a function that completes a command line as Zsh does, and returns what it offers."""

    def run(line: str, shell: str = "zsh") -> list[str]:
        with monkeypatch.context() as patch:
            patch.setenv("_CARSON_COMPLETE", f"complete_{shell}")
            patch.setenv("_TYPER_COMPLETE_ARGS", line)
            patch.setenv("COMP_WORDS", line)
            patch.setenv("COMP_CWORD", str(len(line.replace("\\ ", "_").split(" ")) - 1))
            return [text for text in carson().out.splitlines() if text]

    return run


def _cache(home: Path) -> Path:
    (path,) = (home / ".cache" / "carson").iterdir()
    return path


def test_names_are_completed_after_a_list(carson: Carson, complete: Complete, sim: Simulator, home: Path) -> None:
    assert not any("front door" in line.lower() for line in complete("carson open fr"))
    assert carson("doors").code == 0
    requests = sum(sim.counters.requests.values())
    assert any("front door" in line.lower() and "Harbor House" in line for line in complete("carson open fr"))
    assert any("lobby" in line.lower() for line in complete("carson still lo"))
    assert any("harbor house" in line.lower() for line in complete("carson doors --building h"))
    assert not any("front door" in line.lower() for line in complete("carson still fr"))
    assert sum(sim.counters.requests.values()) == requests
    assert stat.S_IMODE(_cache(home).stat().st_mode) == 0o600
    assert EMAIL not in _cache(home).read_text("utf-8")
    assert PASSWORD not in _cache(home).read_text("utf-8")


def test_bash_gets_quoted_names(carson: Carson, complete: Complete, simulator: SimulatorThread) -> None:
    simulator.call(lambda sim: setattr(sim.state.buildings["501"].doors[0], "name", "Bob's $HOME; Door"))
    assert carson("doors").code == 0
    assert complete("carson open bo", "bash") == ["bob\\'s\\ \\$HOME\\;\\ Door"]


def test_name_that_two_buildings_have(
    carson: Carson, complete: Complete, monkeypatch: pytest.MonkeyPatch, simulator: SimulatorThread
) -> None:
    monkeypatch.setenv("CARSON_EMAIL", "two@example.com")
    monkeypatch.setenv("CARSON_PASSWORD", "two buildings")
    simulator.call(lambda sim: setattr(sim.state.buildings["502"].doors[0], "name", "Front Door"))
    assert carson("doors").code == 0
    assert any("harbor House/Front Door" in line for line in complete("carson open harbor"))
    assert any("mill Lofts/Front Door" in line for line in complete("carson open mill"))
    assert not any("ront" in line for line in complete("carson open front"))


def test_other_account_has_its_own_names(
    carson: Carson, complete: Complete, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    assert carson("doors").code == 0
    monkeypatch.setenv("CARSON_EMAIL", "other@example.com")
    assert not any("front door" in line.lower() for line in complete("carson open fr"))


def test_names_follow_the_account(carson: Carson, complete: Complete, simulator: SimulatorThread) -> None:
    assert carson("doors").code == 0
    simulator.call(lambda sim: setattr(sim.state.buildings["501"].doors[0], "name", "Main Door"))
    assert carson("open", "main", "--yes").code == 0
    assert any("main door" in line.lower() for line in complete("carson open ma"))
    assert not any("front door" in line.lower() for line in complete("carson open fr"))


@pytest.mark.parametrize("content", ["", "[]", "{", '{"doors": [["a"], 5, [1, 2]], "buildings": 7}', "[" * 100_000])
def test_broken_cache_is_ignored(carson: Carson, complete: Complete, home: Path, content: str) -> None:
    assert carson("doors").code == 0
    _cache(home).write_text(content, "utf-8")
    assert not any("Door" in line for line in complete("carson open fr"))
    assert carson("doors").code == 0
    assert any("front door" in line.lower() for line in complete("carson open fr"))


def test_cache_that_cannot_be_written(carson: Carson, home: Path) -> None:
    (home / ".cache").write_text("a file", "utf-8")
    assert carson("open", "front", "--yes").code == 0


def test_demo_saves_no_names(carson_without_credentials: Carson, complete: Complete, home: Path) -> None:
    assert carson_without_credentials("--demo", "doors").code == 0
    assert not (home / ".cache").exists()
    assert complete("carson --demo open fr") == ["_files"]


def test_logout_forgets_the_names(carson: Carson, complete: Complete, home: Path) -> None:
    assert carson("doors").code == 0
    assert carson("logout").code == 0
    assert list((home / ".cache" / "carson").iterdir()) == []


def test_token_without_an_address(
    carson_without_credentials: Carson, complete: Complete, simulator: SimulatorThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = simulator.call(lambda sim: sim.mint_token(EMAIL))
    for name in ("CARSON_EMAIL", "CARSON_PASSWORD"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("CARSON_TOKEN", token)
    assert carson_without_credentials("doors").code == 0
    assert any("front door" in line.lower() for line in complete("carson open fr"))


def test_unreadable_ini_offers_nothing(carson: Carson, complete: Complete, tmp_path: Path) -> None:
    assert carson("doors").code == 0
    assert complete(f"carson --config {tmp_path / 'none.ini'} open fr") == ["_files"]
    assert json.loads(carson("doors", "--json").out)
