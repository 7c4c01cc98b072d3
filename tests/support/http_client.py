"""A plain client for the tests of the simulator: it knows paths and headers, nothing more."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import json
from typing import Any

import aiohttp
from yarl import URL

from simulator import Simulator

LOBBY = "1000a001"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

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


async def eventually(condition: Callable[[], object]) -> None:
    """Wait, at most a few seconds, until something is true."""
    async with asyncio.timeout(5):
        while True:
            if condition():
                return
            await asyncio.sleep(0.005)


class Wire:
    """Asks the simulator without following redirects."""

    def __init__(self, sim: Simulator, session: aiohttp.ClientSession) -> None:
        self.sim = sim
        self.session = session
        self.token = sim.mint_token("resident@example.com")
        self.subdomain = "c000"
        self.key = sim.sessions.open(sim.state.buildings["501"]).key

    def be(self, email: str) -> None:
        """Go on as another account."""
        self.token = self.sim.mint_token(email)

    async def carson(self, method: str, path: str, *, auth: str | None = None, **more: Any) -> Answer:
        """Ask Carson."""
        headers = {"Authorization": f"JWT {self.token}" if auth is None else auth} | more.pop("headers", {})
        url = f"{self.sim.api_url}/v1.4.4/{path}"
        async with self.session.request(method, url, headers=headers, allow_redirects=False, **more) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    def eagle_eye_url(self, path: str) -> str:
        """Return the url of a path on the present sub-domain."""
        return f"{self.sim.eagle_eye_url.format(subdomain=self.subdomain)}/{path}"

    def cookie(self) -> dict[str, str]:
        """Return the header with the present key."""
        return {"Cookie": f"auth_key={self.key}"}

    async def eagle_eye(self, path: str, *, method: str = "GET", **query: str) -> Answer:
        """Ask Eagle Eye with the cookie."""
        url = URL(self.eagle_eye_url(path)).with_query(query)
        async with self.session.request(method, url, headers=self.cookie(), allow_redirects=False) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def still(self, ref: str = "prev", camera: str = LOBBY, **query: str) -> Answer:
        """Ask for a still; by default the newest preview."""
        wanted = {"id": camera, "timestamp": "now", "asset_class": "pre"} | query
        return await self.eagle_eye(f"asset/{ref}/image.jpeg", **wanted)

    def play(self, camera: str = LOBBY, milliseconds: int = 2000, **query: str) -> Any:
        """Return the context manager of a live body."""
        wanted = {"id": camera, "start_timestamp": "stream_1", "end_timestamp": f"+{milliseconds}"} | query
        url = URL(self.eagle_eye_url("asset/play/video.flv")).with_query(wanted)
        return self.session.get(url, headers=self.cookie(), allow_redirects=False)
