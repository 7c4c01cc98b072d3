"""The wheel: built, installed into an empty environment, and run."""

import os
from pathlib import Path
import subprocess
import sys
import venv
import zipfile

import pytest

ROOT = Path(__file__).parents[2]


def test_wheel_contains_library_and_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    packages = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {"aiocarson", "carson_cli"} <= packages
    assert not packages & {"cli", "custom_components", "simulator"}

    # The packages of the wheel, and the third-party packages of this environment.
    folder = tmp_path / "environment"
    venv.create(folder, with_pip=False, symlinks=True)
    site = next((folder / "lib").glob("python*")) / "site-packages"
    zipfile.ZipFile(wheel).extractall(site)
    (site / "others.pth").write_text(next(path for path in sys.path if path.endswith("site-packages")))
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    def run(*arguments: str) -> str:
        command = [str(folder / "bin" / "python"), *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    path = run("-c", "import aiocarson; print(aiocarson.__file__)")
    assert path.startswith(str(site))
    assert run("-m", "carson_cli", "--version").startswith("carson 0.")
    assert "Front Door" in run("-m", "carson_cli", "--demo", "doors")
    script = (next(site.glob("aiocarson-*.dist-info")) / "entry_points.txt").read_text()
    assert "carson = carson_cli.__main__:run" in script
