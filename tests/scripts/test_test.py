"""`scripts/test --ha`: the version is named, so that nobody takes one for another."""

from pathlib import Path
import subprocess

ROOT = Path(__file__).parents[2]


def test_unknown_version_is_refused() -> None:
    result = subprocess.run(
        [ROOT / "scripts" / "test", "--ha", "2020.1.0"], capture_output=True, check=False, text=True, timeout=300
    )
    assert result.returncode == 2
    assert "The next version of Home Assistant is 20" in result.stderr
