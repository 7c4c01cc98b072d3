"""`scripts/with-progress` on its own."""

from pathlib import Path
import subprocess

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "with-progress"


@pytest.mark.parametrize("ascii_characters", range(96, 101))
def test_long_line_is_shortened_between_characters(ascii_characters: int) -> None:
    line = "x" * ascii_characters + "…" * 5
    done = subprocess.run(
        [SCRIPT, "copying", "sh", "-c", f"echo '{line}'; sleep 1"],
        env={"PATH": "/usr/bin:/bin", "PROGRESS_INTERVAL": "0.2"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    text = done.stderr.decode()
    assert text.startswith(f"copying: {'x' * ascii_characters}")
    assert len(text.splitlines()[0].partition(", ")[0].encode()) <= len("copying: ") + 100
