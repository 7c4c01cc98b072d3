"""A short run of the fuzzer, and tests of the fuzzer. `scripts/fuzz` runs it for longer."""

from collections.abc import Sequence
from random import Random
import sys

import pytest

from tests.fuzz import __main__ as program
from tests.fuzz.mutation import HOSTILE, chunks, mutate_bytes, mutate_json
from tests.fuzz.runner import MAX_SHOWN, run
from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS

CASES = 2000
SEED = 20_261_120


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_mutated_input_is_handled(target: Target) -> None:
    result = run(target, seed=SEED, cases=CASES, seconds=120)
    assert result.failures == {}
    assert result.cases == CASES


def _picky(dice: Random) -> None:
    assert dice.random() < 0.9


def test_failures_are_reported_and_reproducible() -> None:
    target = Target("picky", _picky)
    result = run(target, seed=1, cases=500, seconds=60)
    assert result.cases == 500
    assert 20 < result.failed < 100
    assert len(result.failures) == MAX_SHOWN
    again = run(target, seed=1, cases=500, seconds=60)
    assert list(again.failures) == list(result.failures)
    assert list(run(target, seed=2, cases=500, seconds=60).failures) != list(result.failures)


def test_duration_is_limited() -> None:
    ticks = iter(range(1000))
    result = run(Target("easy", lambda dice: None), seed=1, cases=500, seconds=10, clock=lambda: next(ticks))
    assert 5 < result.cases < 12


def _call(monkeypatch: pytest.MonkeyPatch, *arguments: str, targets: Sequence[Target] = TARGETS) -> int:
    monkeypatch.setattr(program, "TARGETS", tuple(targets))
    monkeypatch.setattr(sys, "argv", ["fuzz", *arguments])
    return program.main()


def test_program_prints_the_seed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call(monkeypatch, "--cases", "5", "--only", "amf") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("seed ")
    assert lines[2].split()[:2] == ["amf", "5"]


def test_program_fails_if_a_target_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    picky = [Target("picky", _picky)]
    assert _call(monkeypatch, "--cases", "200", "--seed", "1", targets=picky) == 1
    shown = next(line for line in capsys.readouterr().out.splitlines() if "--case" in line)
    number = shown.split("--case ")[1].split(":")[0]
    with pytest.raises(AssertionError):
        _call(monkeypatch, "--seed", "1", "--case", number, targets=picky)
    assert _call(monkeypatch, "--seed", "1", "--case", "0", targets=[Target("easy", lambda dice: None)]) == 0


def test_mutation_does_not_change_its_input() -> None:
    before = repr(HOSTILE)
    seed = {"list": [1, {"inner": "text"}], "other": None}
    mutated = [mutate_json(Random(number), seed) for number in range(300)]
    assert seed == {"list": [1, {"inner": "text"}], "other": None}
    assert repr(HOSTILE) == before
    assert sum(one != seed for one in mutated) > 200


def test_kept_bytes_are_not_changed() -> None:
    body = bytes(range(200))
    for number in range(300):
        mutated = mutate_bytes(Random(number), body, keep=50)
        assert mutated[:50] == body[: min(50, len(mutated))]
        assert b"".join(chunks(Random(number), mutated)) == mutated
