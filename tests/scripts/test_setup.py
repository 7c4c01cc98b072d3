"""`scripts/setup` in a checkout with an awkward path, with replacements for uv and apt-get."""

from collections.abc import Mapping
import os
from pathlib import Path
import re
import shutil
import subprocess
import sys

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = (
    *("awk", "basename", "cat", "cksum", "command", "cp", "cut", "date", "dirname", "env", "flock", "grep", "kill"),
    *("ln", "mkdir", "mktemp", "mv", "rm", "sh", "sleep", "sort", "tail", "tr", "uname"),
)

UV = f"""#!/bin/sh
echo "uv $*" >>"$CALLS"
case "$1 $2" in
  "python find") echo "{sys.executable}" ;;
  venv*) for last; do :; done; "{sys.executable}" -m venv --without-pip "$last" ;;
  "pip install")
    echo "Resolved 3 packages in 12ms"
    echo "Downloading homeassistant (46.1MiB)"
    echo "Downloading numpy (16.0MiB)"
    echo " Downloaded numpy"
    sleep "${{SLOW:-0}}"
    echo " Downloaded homeassistant"
    exit "${{UV_EXIT:-0}}"
    ;;
esac
"""
APT_GET = """#!/bin/sh
echo "apt-get $*" >>"$CALLS"
echo "dlstatus:3:41.7000:Retrieving file 3 of 7 (12s remaining)"
sleep "${SLOW:-0}"
echo "pmstatus:chromium:90.0000:Installing chromium (amd64)"
"""


class Checkout:
    """A folder with the scripts, and a PATH on which nothing else is found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "carson für Gäste" / "carson"
        (self.folder / "custom_components" / "carson" / "aiocarson").mkdir(parents=True)
        shutil.copytree(ROOT / "scripts", self.folder / "scripts")
        for name in ("requirements_test.txt", "requirements_voice.txt"):
            (self.folder / name).touch()
        self.programs = folder / "bin"
        self.programs.mkdir()
        for name in TOOLS:
            if (found := shutil.which(name)) is not None:
                (self.programs / name).symlink_to(found)
        self.add_program("uv", UV)
        self.calls = folder / "calls"

    def add_program(self, name: str, text: str) -> None:
        path = self.programs / name
        path.write_text(text, "utf-8")
        path.chmod(0o755)

    def setup(self, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        self.calls.write_text("")
        return subprocess.run(
            [self.folder / "scripts" / "setup"],
            env={"PATH": str(self.programs), "CALLS": str(self.calls), **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_awkward_path_works(checkout: Checkout) -> None:
    result = checkout.setup()
    assert result.returncode == 0, result.stderr
    assert "setup: installing Home Assistant and the tools\n" in result.stderr
    (link,) = checkout.folder.glob(".venv/lib/*/site-packages/aiocarson")
    assert link.resolve() == checkout.folder / "custom_components" / "carson" / "aiocarson"


def test_each_step_says_how_long_it_took(checkout: Checkout) -> None:
    checkout.add_program("id", "#!/bin/sh\necho 0\n")
    checkout.add_program("apt-get", APT_GET)
    lines = checkout.setup({"SLOW": "1"}).stderr.splitlines()
    steps = [line for line in lines if line.startswith("setup: installing ") and ": " not in line[7:]]
    done = [re.sub(r"\d+ s$", "N s", line) for line in lines if ": done, " in line]
    assert sorted(done[:-1]) == sorted(f"{step}: done, N s" for step in steps)
    assert len(steps) == 2
    assert re.fullmatch(r"setup: everything: done, [1-9]\d* s", lines[-1])


def test_second_run_is_silent_and_does_nothing(checkout: Checkout) -> None:
    checkout.setup()
    result = checkout.setup()
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert checkout.calls.read_text() == ""


def test_moved_checkout_is_set_up_again(checkout: Checkout) -> None:
    checkout.setup()
    checkout.folder = checkout.folder.rename(checkout.folder.with_name("moved carson"))
    assert checkout.setup().returncode == 0
    assert "pip install" in checkout.calls.read_text()


def test_slow_download_is_reported_with_its_progress(checkout: Checkout) -> None:
    result = checkout.setup({"SLOW": "2", "PROGRESS_INTERVAL": "0.3"})
    assert result.returncode == 0
    text = "setup: installing Home Assistant and the tools: 1 of 2 large files downloaded, "
    assert len(re.findall(rf"^{text}\d s$", result.stderr, re.MULTILINE)) >= 2


def test_slow_installation_of_system_packages_is_reported_with_its_progress(checkout: Checkout) -> None:
    checkout.add_program("id", "#!/bin/sh\necho 0\n")
    checkout.add_program("apt-get", APT_GET)
    result = checkout.setup({"SLOW": "2", "PROGRESS_INTERVAL": "0.3"})
    assert result.returncode == 0, result.stderr
    assert re.search(
        r"^setup: installing chromium.*: Retrieving file 3 of 7 \(12s remaining\), 41 %, \d s$",
        result.stderr,
        re.MULTILINE,
    )
    assert "setup: no Chromium: the browser tests will be skipped" in result.stderr


def test_interval_is_below_ten_seconds() -> None:
    text = (ROOT / "scripts" / "with-progress").read_text("utf-8")
    (interval,) = re.findall(r"PROGRESS_INTERVAL:-(\d+)", text)
    assert int(interval) < 10


def test_failed_installation_shows_the_output_of_uv_and_is_repeated(checkout: Checkout) -> None:
    result = checkout.setup({"UV_EXIT": "3"})
    assert result.returncode == 3
    assert " Downloaded homeassistant\n" in result.stderr
    assert checkout.setup().returncode == 0
    assert "pip install" in checkout.calls.read_text()


def test_all_scripts_are_valid_shell() -> None:
    for script in (*(ROOT / "scripts").iterdir(), ROOT / ".ci" / "run"):
        if os.access(script, os.X_OK) and script.read_text("utf-8").startswith("#!/bin/sh"):
            subprocess.run(["sh", "-n", script], check=True)
