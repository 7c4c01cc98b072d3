"""A short run of the fuzzer, and the fuzzer itself; `scripts/fuzz` runs it long."""

from collections.abc import Sequence
from random import Random
import sys

import pytest

from tests.fuzz import __main__ as program
from tests.fuzz.mutation import HOSTILE, mutate_bytes, mutate_json, pieces
from tests.fuzz.runner import MOST_SHOWN, run
from tests.fuzz.targets import TARGETS, Target

CASES = 2000
SEED = 20_261_120


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_no_reader_fails_on_damaged_input(target: Target) -> None:
    outcome = run(target, seed=SEED, cases=CASES, seconds=120)
    assert outcome.failures == {}
    assert outcome.cases == CASES


def _picky(dice: Random) -> None:
    assert dice.random() < 0.9


def test_failures_are_told_and_can_be_had_again() -> None:
    target = Target("picky", _picky)
    outcome = run(target, seed=1, cases=500, seconds=60)
    assert outcome.cases == 500
    assert 20 < outcome.failed < 100
    assert len(outcome.failures) == MOST_SHOWN
    again = run(target, seed=1, cases=500, seconds=60)
    assert list(again.failures) == list(outcome.failures)
    assert list(run(target, seed=2, cases=500, seconds=60).failures) != list(outcome.failures)


def test_time_is_bounded() -> None:
    ticks = iter(range(1000))
    outcome = run(Target("easy", lambda dice: None), seed=1, cases=500, seconds=10, clock=lambda: next(ticks))
    assert 5 < outcome.cases < 12


def _call(monkeypatch: pytest.MonkeyPatch, *arguments: str, targets: Sequence[Target] = TARGETS) -> int:
    monkeypatch.setattr(program, "TARGETS", tuple(targets))
    monkeypatch.setattr(sys, "argv", ["fuzz", *arguments])
    return program.main()


def test_the_program_tells_the_seed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call(monkeypatch, "--cases", "5", "--only", "amf") == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("seed ")
    assert told[2].split()[:2] == ["amf", "5"]


def test_the_program_fails_when_a_reader_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    picky = [Target("picky", _picky)]
    assert _call(monkeypatch, "--cases", "200", "--seed", "1", targets=picky) == 1
    shown = next(line for line in capsys.readouterr().out.splitlines() if "--case" in line)
    number = shown.split("--case ")[1].split(":")[0]
    with pytest.raises(AssertionError):
        _call(monkeypatch, "--seed", "1", "--case", number, targets=picky)
    assert _call(monkeypatch, "--seed", "1", "--case", "0", targets=[Target("easy", lambda dice: None)]) == 0


def test_damage_leaves_what_it_is_made_from_alone() -> None:
    before = repr(HOSTILE)
    seed = {"list": [1, {"inner": "text"}], "other": None}
    damaged = [mutate_json(Random(number), seed) for number in range(300)]
    assert seed == {"list": [1, {"inner": "text"}], "other": None}
    assert repr(HOSTILE) == before
    assert sum(one != seed for one in damaged) > 200


def test_bytes_that_are_to_be_kept_are_kept() -> None:
    body = bytes(range(200))
    for number in range(300):
        damaged = mutate_bytes(Random(number), body, keep=50)
        assert damaged[:50] == body[: min(50, len(damaged))]
        assert b"".join(pieces(Random(number), damaged)) == damaged
