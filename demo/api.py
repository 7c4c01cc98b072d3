"""Home Assistant's public API, as any program outside of it would use it: HTTP and websocket."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import aiohttp

type Json = Any

ATTEMPT = aiohttp.ClientTimeout(total=30)


class RefusedError(Exception):
    """Home Assistant answered, and said no."""


class HomeAssistantApi:
    """One instance and one user on it."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        """Take a bearer token, see `onboarding`."""
        self.url = url
        self._session = session
        self._token = token

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Json:
        """GET something that answers JSON."""
        content, _ = await self._request("GET", path, params=params)
        return content

    async def post(self, path: str, body: Json = None) -> Json:
        """POST JSON and take JSON."""
        content, _ = await self._request("POST", path, json=body if body is not None else {})
        return content

    async def fetch(self, path: str, params: Mapping[str, str] | None = None) -> tuple[bytes, str]:
        """GET content of any kind, and its type."""
        content, content_type = await self._request("GET", path, params=params)
        return (content if isinstance(content, bytes) else str(content).encode()), content_type

    async def act(self, domain: str, action: str, **data: Json) -> None:
        """Perform an action, and wait until it is done."""
        await self.post(f"/api/services/{domain}/{action}", data)

    async def state(self, entity_id: str) -> Json:
        """Tell the state and the attributes of one entity."""
        return await self.get(f"/api/states/{entity_id}")

    @asynccontextmanager
    async def websocket(self) -> AsyncIterator[Websocket]:
        """Open a websocket, signed in."""
        async with self._session.ws_connect(f"{self.url}/api/websocket", max_msg_size=0) as connection:
            await connection.receive_json()
            await connection.send_json({"type": "auth", "access_token": self._token})
            answer = await connection.receive_json()
            if answer["type"] != "auth_ok":
                raise RefusedError(f"websocket: {answer}")
            yield Websocket(connection)

    async def call(self, kind: str, **fields: Json) -> Json:
        """Ask one thing over a websocket of its own."""
        async with self.websocket() as websocket:
            return await websocket.call(kind, **fields)

    async def _request(self, method: str, path: str, **arguments: Json) -> tuple[Json, str]:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.request(
            method, self.url + path, headers=headers, timeout=ATTEMPT, **arguments
        ) as answer:
            if not answer.ok:
                raise RefusedError(f"{method} {path.partition('?')[0]}: {answer.status} {await answer.text()}")
            if answer.content_type == "application/json":
                return await answer.json(), answer.content_type
            return await answer.read(), answer.content_type


class Websocket:
    """An open websocket to Home Assistant; one request at a time."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        """Take a connection that is signed in."""
        self._connection = connection
        self._ids = count(1)

    async def call(self, kind: str, **fields: Json) -> Json:
        """Send one command and wait for its result; raises RefusedError."""
        number = next(self._ids)
        await self._connection.send_json({"id": number, "type": kind, **fields})
        while True:
            answer = await self._connection.receive_json(timeout=ATTEMPT.total)
            if answer.get("id") == number and answer["type"] == "result":
                break
        if not answer["success"]:
            raise RefusedError(f"{kind}: {answer['error']['message']}")
        return answer["result"]
