"""The scripts of docs/recipes.md do what the page says, with the simulator and small servers as the receiving ends."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import json
import os
from pathlib import Path
import re
import subprocess
import sys
import threading
from typing import override
from zoneinfo import ZoneInfo

import pytest

from simulator import Simulator
from tests.cli.conftest import EMAIL, PASSWORD, SimulatorThread, wait_until
from tests.support.recordings import LOBBY

ROOT = Path(__file__).parents[2]
NEW_YORK = ZoneInfo("America/New_York")
PAGE = ROOT / "docs" / "recipes.md"

# Programs that a machine need not have: they write down what they were given.
_RECORDER = """import json, sys
with open({path!r}, "a", encoding="utf-8") as file:
    json.dump({{"program": {name!r}, "arguments": sys.argv[1:], "input": sys.stdin.read()}}, file)
    file.write("\\n")
"""


@dataclass(frozen=True)
class Machine:
    """A computer with the command and the scripts of the page."""

    folder: Path
    environment: dict[str, str]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a program."""
        return subprocess.Popen(
            arguments, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run a program; return its exit code and its messages."""
        process = self.start(*arguments)
        _, messages = process.communicate(timeout=150)
        return process.returncode, messages

    def recorded(self) -> list[dict[str, object]]:
        """Return what the recorded programs were given."""
        path = self.folder / "recorded"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


@pytest.fixture
def simulator(socket_enabled: None) -> Iterator[SimulatorThread]:
    with SimulatorThread() as simulator:
        simulator.call(lambda sim: setattr(sim.settings.recordings, "mp4_pending", 0))
        yield simulator


@pytest.fixture
def machine(tmp_path: Path, simulator: SimulatorThread) -> Machine:
    """Return a machine with all scripts of the page."""
    programs = tmp_path / "bin"
    programs.mkdir()
    recorded = str(tmp_path / "recorded")
    for name in ("curl", "mosquitto_pub"):
        script = tmp_path / f"{name}.py"
        script.write_text(_RECORDER.format(path=recorded, name=name), "utf-8")
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n', "utf-8")
    (programs / "carson").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli "$@"\n', "utf-8")
    for program in programs.iterdir():
        program.chmod(0o755)
    scripts = re.compile(r"^```(?:sh|python)\n# (\S+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
    for name, script in scripts.findall(PAGE.read_text("utf-8")):
        (tmp_path / name).write_text(script, "utf-8")
    environment = {
        "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "CARSON_EMAIL": EMAIL,
        "CARSON_PASSWORD": PASSWORD,
        "CARSON_API_URL": simulator.sim.api_url,
        "CARSON_EAGLE_EYE_URL": simulator.sim.eagle_eye_url,
    }
    return Machine(tmp_path, environment)


def _watch(machine: Machine, simulator: SimulatorThread, program: str, is_done: Callable[[], object]) -> None:
    """Watch until a renamed door was reported."""
    process = machine.start("carson", "watch", "--interval", "1s", "--exec", program)
    try:
        simulator.wait_for_first_request("device_list")
        simulator.call(lambda sim: setattr(sim.state.buildings["501"].doors[0], "name", "Main Door"))
        wait_until(is_done)
    finally:
        process.terminate()
        process.communicate(timeout=150)


def test_webhook(machine: Machine, simulator: SimulatorThread) -> None:
    machine.environment["WEBHOOK_URL"] = "https://example.com/hooks/carson"
    _watch(machine, simulator, "sh webhook.sh", machine.recorded)
    (call,) = machine.recorded()
    assert call["arguments"][-1] == "https://example.com/hooks/carson"  # type: ignore[index]
    assert json.loads(str(call["input"]))["new"] == "Main Door"


def test_mqtt(machine: Machine, simulator: SimulatorThread) -> None:
    machine.environment["MQTT_HOST"] = "192.168.1.10"
    _watch(machine, simulator, "sh mqtt.sh", machine.recorded)
    (call,) = machine.recorded()
    assert call["arguments"] == ["-h", "192.168.1.10", "-t", "carson/changes", "-s"]
    assert json.loads(str(call["input"]))["old"] == "Front Door"


def test_ntfy(machine: Machine, simulator: SimulatorThread) -> None:
    received: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.append((body, self.headers["Title"]))
            self.send_response(200)
            self.end_headers()

        @override
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        machine.environment["NTFY_URL"] = f"http://127.0.0.1:{server.server_port}/topic"
        _watch(machine, simulator, "python3 ntfy.py", lambda: received)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert received == [("door Main Door: name Front Door → Main Door", "Carson")]


def test_stills(machine: Machine) -> None:
    old = machine.folder / "stills" / "old.jpg"
    old.parent.mkdir()
    old.touch()
    os.utime(old, (0, 0))
    assert machine.run("sh", "stills.sh", "stills") == (0, "")
    (still,) = old.parent.iterdir()
    assert still.read_bytes().startswith(b"\xff\xd8")


def test_archive(machine: Machine, simulator: SimulatorThread) -> None:
    # Days are those of the building, which may have another date than UTC.
    noon = (datetime.now(NEW_YORK) - timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    recorded = [(noon.timestamp(), noon.timestamp() + 5)]

    def record(sim: Simulator) -> None:
        for esn, camera in sim.state.cameras.items():
            camera.recordings = recorded if esn == LOBBY else []

    simulator.call(record)
    code, messages = machine.run("sh", "archive.sh", "archive")
    assert code == 0, messages
    files = [path.relative_to(machine.folder / "archive") for path in (machine.folder / "archive").rglob("*.mp4")]
    assert [path for path in files if path.parts[:2] == ("Harbor House", "Lobby")]
    requests = simulator.requests("mp4")
    assert machine.run("sh", "archive.sh", "archive")[0] == 0
    assert simulator.requests("mp4") == requests


def test_open(machine: Machine, simulator: SimulatorThread) -> None:
    assert machine.run("sh", "open.sh") == (0, "")
    simulator.call(lambda sim: sim.faults.add("open_door", "reset"))
    code, messages = machine.run("sh", "open.sh", "garage")
    assert "Check the door" in messages
    assert code == 0
    assert simulator.requests("open_door") == 2
