"""The workflows run only what was looked at: actions are pinned to a commit, since others can move a tag."""

from pathlib import Path
import re
import subprocess

import pytest

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
USES = re.compile(r"^\s*(?:- )?uses:\s*(.*)$", re.MULTILINE)
PINNED = re.compile(r"[\w.-]+(?:/[\w.-]+)+@[0-9a-f]{40} # (?:v\d+\.\d+\.\d+|main|master)")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_and_say_which_version_they_are(path: Path) -> None:
    actions = USES.findall(path.read_text("utf-8"))
    assert actions
    assert [action for action in actions if not PINNED.fullmatch(action)] == []


def test_versions_of_an_action_are_the_same_everywhere() -> None:
    actions = {action for path in WORKFLOWS for action in USES.findall(path.read_text("utf-8"))}
    names = [action.partition("@")[0] for action in actions]
    assert len(names) == len({*names})


def test_all_parts_of_the_checks_run_for_a_pull_request() -> None:
    ci = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    unknown = subprocess.run([ROOT / ".ci" / "run", "test", "none"], capture_output=True, check=False, text=True)
    assert (unknown.returncode, unknown.stdout) == (2, "")
    (known,) = re.findall(r"^There is no part none: ([a-z ]+)$", unknown.stderr, re.MULTILINE)
    (run,) = re.findall(r"^ +part: \[(.*)\]$", ci, re.MULTILINE)
    assert run.split(", ") == known.split()
    assert re.search(r"^  pull_request:$", ci, re.MULTILINE)
    assert "run: .ci/run ${{ matrix.part }}" in ci
