"""An HTTP client for the tests of the simulator."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import json
from typing import Any

import aiohttp
from yarl import URL

from simulator import Simulator

LOBBY = "1000a001"

TIMEOUT = 60.0
"""Seconds; only an upper bound, for busy machines."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A complete response."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The content type without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0]

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


async def wait_until(condition: Callable[[], object]) -> None:
    """Wait until a condition is true."""
    async with asyncio.timeout(TIMEOUT):
        while True:
            if condition():
                return
            await asyncio.sleep(0.005)


class HttpClient:
    """Client of both simulated clouds; does not follow redirects."""

    def __init__(self, sim: Simulator, session: aiohttp.ClientSession) -> None:
        """Initialize the client with a token and a session key of the default resident."""
        self.sim = sim
        self.session = session
        self.token = sim.mint_token("resident@example.com")
        self.subdomain = "c000"
        self.key = sim.sessions.open(sim.state.buildings["501"]).key

    def sign_in_as(self, email: str) -> None:
        """Use the token of another account."""
        self.token = self.sim.mint_token(email)

    async def carson(self, method: str, path: str, *, auth: str | None = None, **options: Any) -> HttpResponse:
        """Send a request to Carson."""
        headers = {"Authorization": f"JWT {self.token}" if auth is None else auth} | options.pop("headers", {})
        url = f"{self.sim.api_url}/v1.4.4/{path}"
        async with self.session.request(method, url, headers=headers, allow_redirects=False, **options) as response:
            return HttpResponse(response.status, response.headers, await response.read())

    def eagle_eye_url(self, path: str) -> str:
        """Return the URL of a path on the current sub-domain."""
        return f"{self.sim.eagle_eye_url.format(subdomain=self.subdomain)}/{path}"

    def cookie(self) -> dict[str, str]:
        """Return the header with the current session key."""
        return {"Cookie": f"auth_key={self.key}"}

    async def eagle_eye(self, path: str, *, method: str = "GET", **query: str) -> HttpResponse:
        """Send a request to Eagle Eye with the cookie."""
        url = URL(self.eagle_eye_url(path)).with_query(query)
        async with self.session.request(method, url, headers=self.cookie(), allow_redirects=False) as response:
            return HttpResponse(response.status, response.headers, await response.read())

    async def still(self, ref: str = "prev", camera: str = LOBBY, **query: str) -> HttpResponse:
        """Request a still; by default the newest preview."""
        parameters = {"id": camera, "timestamp": "now", "asset_class": "pre"} | query
        return await self.eagle_eye(f"asset/{ref}/image.jpeg", **parameters)

    def play(self, camera: str = LOBBY, milliseconds: int = 2000, **query: str) -> Any:
        """Return the context manager of a live stream."""
        parameters = {"id": camera, "start_timestamp": "stream_1", "end_timestamp": f"+{milliseconds}"} | query
        url = URL(self.eagle_eye_url("asset/play/video.flv")).with_query(parameters)
        return self.session.get(url, headers=self.cookie(), allow_redirects=False)
