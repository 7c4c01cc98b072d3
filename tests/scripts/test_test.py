"""`scripts/test --ha`: the version is named, so that nobody takes one for another, and what depends on it is run."""

from pathlib import Path
import re
import subprocess

ROOT = Path(__file__).parents[2]
IMPORT = re.compile(r"^\s*from (homeassistant|custom_components|pytest_homeassistant)", re.MULTILINE)
WITH_ALL_ONLY = {"test_false_responses.py", "test_matrix.py", "test_simulated_week.py"}
"""Tests of reliability that vary what the clouds answer, and take too long."""


def test_unknown_version_is_refused() -> None:
    result = subprocess.run(
        [ROOT / "scripts" / "test", "--ha", "2020.1.0"], capture_output=True, check=False, text=True, timeout=300
    )
    assert result.returncode == 2
    assert "The next version of Home Assistant is 20" in result.stderr


def test_whatever_depends_on_home_assistant_runs_with_the_next_version() -> None:
    script = (ROOT / "scripts" / "test").read_text("utf-8")
    (default,) = re.findall(r'^    ""\)\n(.*?);;', script, re.MULTILINE | re.DOTALL)
    chosen = [ROOT / path for path in re.findall(r"tests/[\w/.]+", default)]
    assert len(chosen) > 5
    assert [path for path in chosen if not path.exists()] == []
    # These read files, or start programs with an environment of their own.
    others = {ROOT / "tests" / name for name in ("architecture", "cli", "docs", "end_to_end", "scripts", "support")}
    found = [path for path in (ROOT / "tests").rglob("test_*.py") if others.isdisjoint(path.parents)]
    depending = [path for path in found if IMPORT.search(path.read_text("utf-8"))]
    assert len(depending) > 50
    left_out = {path.name for path in depending if not any(path.is_relative_to(folder) for folder in chosen)}
    assert left_out == WITH_ALL_ONLY
