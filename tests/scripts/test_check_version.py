"""`scripts/check-version`: manifest, changelog, and tag agree before something is released."""

import json
from pathlib import Path
import shutil
import subprocess
import sys

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "check-version"


def check(folder: Path, manifest: str, changelog: str, *arguments: str) -> tuple[int, str]:
    """Run the script in a folder with such files; return its exit code and its messages."""
    (folder / "scripts").mkdir()
    script = shutil.copy(SCRIPT, folder / "scripts")
    (folder / "custom_components" / "carson").mkdir(parents=True)
    (folder / "custom_components" / "carson" / "manifest.json").write_text(json.dumps({"version": manifest}), "utf-8")
    (folder / "CHANGELOG.md").write_text(changelog, "utf-8")
    result = subprocess.run(
        [sys.executable, script, *arguments], capture_output=True, check=False, text=True, timeout=60
    )
    return result.returncode, result.stderr


@pytest.mark.parametrize(
    ("changelog", "tag"),
    [
        ("# Changelog\n\n## Unreleased\n", ()),
        ("# Changelog\n\n## Unreleased\n\n## 1.2.0\n\n## 1.1.0\n", ()),
        ("# Changelog\n\n## [1.2.0] - 2026-11-30\n", ("v1.2.0",)),
    ],
)
def test_versions_that_agree(tmp_path: Path, changelog: str, tag: tuple[str, ...]) -> None:
    assert check(tmp_path, "1.2.0", changelog, *tag) == (0, "")


@pytest.mark.parametrize(
    ("changelog", "tag", "message"),
    [
        ("# Changelog\n\n## 1.3.0\n", (), "CHANGELOG.md:3: version 1.3.0, but manifest.json says 1.2.0"),
        ("# Changelog\n\n## 1.2.0\n", ("v1.3.0",), "the tag is v1.3.0"),
        ("# Changelog\n\n## 1.2.0\n", ("1.2.0",), "the tag is 1.2.0"),
        ("# Changelog\n\n## Unreleased\n", ("v1.2.0",), "no section for 1.2.0"),
    ],
)
def test_versions_that_differ_are_named(tmp_path: Path, changelog: str, tag: tuple[str, ...], message: str) -> None:
    code, messages = check(tmp_path, "1.2.0", changelog, *tag)
    assert code == 1
    assert message in messages


def test_this_checkout_agrees() -> None:
    assert subprocess.run([sys.executable, SCRIPT], check=False, timeout=60).returncode == 0
