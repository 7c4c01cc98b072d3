"""Each script says what it does."""

from pathlib import Path
import subprocess

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.mark.parametrize("name", sorted(path.name for path in SCRIPTS.iterdir()))
def test_help(name: str, tmp_path: Path) -> None:
    """The help needs no network and changes nothing."""
    result = subprocess.run(
        [SCRIPTS / name, "--help"], cwd=tmp_path, capture_output=True, check=False, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    assert len(result.stdout) > 40
    assert not result.stdout.startswith("#")
