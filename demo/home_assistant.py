"""A Home Assistant instance of its own: its folder, its start and its end."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
import json
from pathlib import Path
import re
import shutil
from typing import Any

import aiohttp

from .api import ApiError, HomeAssistantApi
from .onboarding import STEPS, log_in, onboard
from .processes import ChildProcess, free_port

REPOSITORY = Path(__file__).resolve().parent.parent
PORT = 8123
RESTART_CODE = 100
START_TIMEOUT = 180.0

# `default_config` would search for radios, speakers and a supervisor.
CONFIGURATION = """\
config:
frontend:
history:
logbook:
logger:
  default: warning
  logs:
    custom_components.carson: info
my:
stream:
"""

_LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \S+ ([A-Z]+) \(.*?\) \[([^\]]+)\] (.*)")


@dataclass(slots=True)
class LogRecord:
    """One record of the log; its message may have several lines."""

    level: str
    logger: str
    message: str

    @property
    def is_error(self) -> bool:
        """Whether the record is an error."""
        return self.level in {"ERROR", "CRITICAL"}


def parse_log(text: str) -> list[LogRecord]:
    """Return the records of a log."""
    records: list[LogRecord] = []
    for line in text.splitlines():
        if (match := _LOG_LINE.match(line)) is not None:
            records.append(LogRecord(*match.groups()))
        elif records:
            records[-1].message += f"\n{line}"
        else:
            records.append(LogRecord("", "", line))
    return records


class HomeAssistant:
    """An instance in a folder, which may be new or used before."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        port: int = PORT,
        *,
        configuration: str = CONFIGURATION,
        python: Path | None = None,
    ) -> None:
        """Initialize the instance.

        Args:
            folder: Folder of the configuration.
            environment: Environment variables for the integration.
            port: Preferred port.
            configuration: The content of configuration.yaml.
            python: The Python of another environment; by default the one that is running.
        """
        self.folder = folder
        self.log = folder / "home-assistant.out"
        self.url = ""
        self._port = port
        self._configuration = configuration
        self._python = python
        self._environment = dict(environment)
        self._process: ChildProcess | None = None

    def prepare(self, port: int) -> None:
        """Write the files that are needed before the start; existing ones are kept, except for the port."""
        storage = self.folder / ".storage"
        if not self._is_onboarded:
            shutil.rmtree(self.folder, ignore_errors=True)
        storage.mkdir(parents=True, exist_ok=True)
        self.url = f"http://127.0.0.1:{port}"
        (self.folder / "configuration.yaml").write_text(self._configuration)
        self.log.unlink(missing_ok=True)
        components = self.folder / "custom_components"
        if not components.is_symlink() and not components.exists():
            components.symlink_to(REPOSITORY / "custom_components", target_is_directory=True)
        # In configuration.yaml the server's address would be a trial that is reverted after minutes.
        _write_storage(storage / "http", 2, 2, {"stable": _server(port), "pending": None, "yaml_migration_done": True})
        if not self._is_onboarded:
            # This step would set up integrations that need the internet.
            _write_storage(storage / "onboarding", 4, 1, {"done": ["core_config"]})

    async def start(self, session: aiohttp.ClientSession) -> HomeAssistantApi:
        """Start the instance, sign in, and wait until it is running; a new instance gets its first user."""
        self.prepare(free_port(self._port))
        await self._launch()
        async with asyncio.timeout(START_TIMEOUT):
            if self._is_onboarded:
                await self._wait_until_served(session, "/auth/providers")
                api = await log_in(session, self.url)
            else:
                await self._wait_until_served(session, "/api/onboarding")
                api = await onboard(session, self.url)
            await self._wait_until_running(api)
        return api

    async def serve(self) -> int:
        """Wait until the instance ends and return its exit code; start it again if a user restarts it."""
        while True:
            code = await self._started_process.wait()
            if code != RESTART_CODE:
                return code
            await self._launch()

    async def stop(self) -> None:
        """Stop the instance."""
        if self._process is not None:
            await self._process.stop()

    async def kill(self) -> None:
        """Kill the instance: it writes nothing any more."""
        await self._started_process.kill()

    def log_records(self) -> list[LogRecord]:
        """Return the records of its log."""
        return parse_log(self.log.read_text(errors="replace")) if self.log.exists() else []

    async def _launch(self) -> None:
        arguments = ["-m", "homeassistant", "--config", str(self.folder), "--skip-pip"]
        self._process = await ChildProcess.start(
            "Home Assistant",
            arguments,
            cwd=self.folder,
            environment=self._environment,
            output=self.log,
            python=self._python,
        )

    @property
    def _is_onboarded(self) -> bool:
        """Whether an earlier run completed the onboarding."""
        with suppress(OSError, ValueError, LookupError):
            stored = json.loads((self.folder / ".storage" / "onboarding").read_text())
            return set(STEPS) <= set(stored["data"]["done"])
        return False

    async def _wait_until_served(self, session: aiohttp.ClientSession, path: str) -> None:
        """Wait until a path is served: during the start, paths become available one by one."""
        while True:
            self._started_process.check()
            with suppress(aiohttp.ClientError):
                async with session.get(self.url + path) as response:
                    if response.ok:
                        return
            await asyncio.sleep(0.1)

    async def _wait_until_running(self, api: HomeAssistantApi) -> None:
        """Wait until everything is set up."""
        while True:
            self._started_process.check()
            with suppress(aiohttp.ClientError, ApiError):
                if (await api.get("/api/config"))["state"] == "RUNNING":
                    return
            await asyncio.sleep(0.1)

    @property
    def _started_process(self) -> ChildProcess:
        if self._process is None:
            raise RuntimeError("Home Assistant has not been started")
        return self._process


def _server(port: int) -> dict[str, Any]:
    return {
        "server_host": ["127.0.0.1"],
        "server_port": port,
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": True,
        "ssl_profile": "modern",
        "use_x_frame_options": True,
        "created_at": datetime.now(UTC).isoformat(),
        "error": None,
        "error_message": None,
    }


def _write_storage(path: Path, version: int, minor_version: int, data: Mapping[str, Any]) -> None:
    path.write_text(
        json.dumps({"version": version, "minor_version": minor_version, "key": path.name, "data": data}, indent=2)
    )
