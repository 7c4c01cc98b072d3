"""One Home Assistant of our own: its folder, its start, its end."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
import json
from pathlib import Path
import shutil
from typing import Any

import aiohttp

from .api import HomeAssistantApi, RefusedError
from .onboarding import STEPS, log_in, onboard
from .processes import Program, free_port

REPOSITORY = Path(__file__).resolve().parent.parent
PORT = 8123
RESTART_CODE = 100
START_PATIENCE = 90.0

# The quietest that shows everything: `default_config` would look for radios, speakers and a supervisor.
CONFIGURATION = """\
config:
frontend:
history:
logbook:
logger:
  default: warning
  logs:
    custom_components.carson: info
stream:
"""


class HomeAssistant:
    """A real instance in a folder; the folder may be new, or one that was used before."""

    def __init__(self, folder: Path, environment: Mapping[str, str], port: int = PORT) -> None:
        """Take the folder, what the integration shall find in its environment, and the port it should have."""
        self.folder = folder
        self.log = folder / "home-assistant.out"
        self.url = ""
        self._port = port
        self._environment = dict(environment)
        self._program: Program | None = None

    def prepare(self, port: int) -> None:
        """Write what must be there before the start; what is there already stays, but for the port."""
        storage = self.folder / ".storage"
        if not self._onboarded:
            shutil.rmtree(self.folder, ignore_errors=True)
        storage.mkdir(parents=True, exist_ok=True)
        self.url = f"http://127.0.0.1:{port}"
        (self.folder / "configuration.yaml").write_text(CONFIGURATION)
        self.log.unlink(missing_ok=True)
        components = self.folder / "custom_components"
        if not components.is_symlink():
            components.symlink_to(REPOSITORY / "custom_components", target_is_directory=True)
        # The place of the server is not for configuration.yaml: there it counts as a trial that ends after minutes.
        _write_stored(storage / "http", 2, 2, {"stable": _server(port), "pending": None, "yaml_migration_done": True})
        if not self._onboarded:
            # This step would set up integrations that ask the internet.
            _write_stored(storage / "onboarding", 4, 1, {"done": ["core_config"]})

    async def start(self, session: aiohttp.ClientSession) -> HomeAssistantApi:
        """Start it, and return when it runs and we are signed in; a new instance gets its first user."""
        self.prepare(free_port(self._port))
        await self._launch()
        async with asyncio.timeout(START_PATIENCE):
            if self._onboarded:
                await self._serving(session, "/auth/providers")
                api = await log_in(session, self.url)
            else:
                await self._serving(session, "/api/onboarding")
                api = await onboard(session, self.url)
            await self._running(api)
        return api

    async def serve(self) -> int:
        """Wait until it ends; when a user asks for a restart on its page, start it again."""
        while True:
            code = await self._running_program.wait()
            if code != RESTART_CODE:
                return code
            await self._launch()

    async def stop(self) -> None:
        """End it, and wait for that."""
        if self._program is not None:
            await self._program.stop()

    def log_tail(self, lines: int = 30) -> str:
        """Tell the last lines of its log."""
        return "\n".join(self.log_lines()[-lines:])

    def log_lines(self) -> list[str]:
        """Read its log."""
        return self.log.read_text(errors="replace").splitlines() if self.log.exists() else []

    async def _launch(self) -> None:
        arguments = ["-m", "homeassistant", "--config", str(self.folder), "--skip-pip"]
        self._program = await Program.start(
            "Home Assistant", arguments, cwd=self.folder, environment=self._environment, output=self.log
        )

    @property
    def _onboarded(self) -> bool:
        """Whether an earlier run got as far as a finished instance; half of one is worth nothing."""
        with suppress(OSError, ValueError, LookupError):
            stored = json.loads((self.folder / ".storage" / "onboarding").read_text())
            return set(STEPS) <= set(stored["data"]["done"])
        return False

    async def _serving(self, session: aiohttp.ClientSession, path: str) -> None:
        """Wait until a page is there: pages come one by one while it starts."""
        while True:
            self._running_program.check()
            with suppress(aiohttp.ClientError):
                async with session.get(self.url + path) as answer:
                    if answer.ok:
                        return
            await asyncio.sleep(0.1)

    async def _running(self, api: HomeAssistantApi) -> None:
        """Wait until everything is set up."""
        while True:
            self._running_program.check()
            with suppress(aiohttp.ClientError, RefusedError):
                if (await api.get("/api/config"))["state"] == "RUNNING":
                    return
            await asyncio.sleep(0.1)

    @property
    def _running_program(self) -> Program:
        if self._program is None:
            raise RuntimeError("not started")
        return self._program


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


def _write_stored(path: Path, version: int, minor_version: int, data: Mapping[str, Any]) -> None:
    path.write_text(
        json.dumps({"version": version, "minor_version": minor_version, "key": path.name, "data": data}, indent=2)
    )
