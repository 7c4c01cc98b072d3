"""Client of Home Assistant's public API over HTTP and websocket."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import aiohttp

type Json = Any

REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=180)


class ApiError(Exception):
    """Home Assistant responded with an error."""


class HomeAssistantApi:
    """Client of one instance, signed in as one user."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        """Initialize the client with an access token; see `onboarding`."""
        self.url = url
        self._session = session
        self._token = token

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Json:
        """Return the JSON response to a GET request."""
        content, _ = await self._request("GET", path, params=params)
        return content

    async def post(self, path: str, body: Json = None) -> Json:
        """Return the JSON response to a POST request."""
        content, _ = await self._request("POST", path, json=body if body is not None else {})
        return content

    async def fetch(self, path: str, params: Mapping[str, str] | None = None) -> tuple[bytes, str]:
        """Return the content of a path and its type."""
        content, content_type = await self._request("GET", path, params=params)
        return (content if isinstance(content, bytes) else str(content).encode()), content_type

    async def perform_action(self, domain: str, action: str, **data: Json) -> None:
        """Perform an action and wait until it is finished."""
        await self.post(f"/api/services/{domain}/{action}", data)

    async def state(self, entity_id: str) -> Json:
        """Return the state of an entity with its attributes."""
        return await self.get(f"/api/states/{entity_id}")

    @asynccontextmanager
    async def websocket(self) -> AsyncIterator[Websocket]:
        """Open an authenticated websocket."""
        async with self._session.ws_connect(f"{self.url}/api/websocket", max_msg_size=0) as connection:
            await connection.receive_json()
            await connection.send_json({"type": "auth", "access_token": self._token})
            response = await connection.receive_json()
            if response["type"] != "auth_ok":
                raise ApiError(f"websocket: {response}")
            yield Websocket(connection)

    async def call(self, command: str, **fields: Json) -> Json:
        """Return the result of one command, sent over its own websocket."""
        async with self.websocket() as websocket:
            return await websocket.call(command, **fields)

    async def _request(self, method: str, path: str, **arguments: Json) -> tuple[Json, str]:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.request(
            method, self.url + path, headers=headers, timeout=REQUEST_TIMEOUT, **arguments
        ) as response:
            if not response.ok:
                raise ApiError(f"{method} {path.partition('?')[0]}: {response.status} {await response.text()}")
            if response.content_type == "application/json":
                return await response.json(), response.content_type
            return await response.read(), response.content_type


class Websocket:
    """An open websocket to Home Assistant; one request at a time."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        """Initialize the websocket with an authenticated connection."""
        self._connection = connection
        self._ids = count(1)

    async def call(self, command: str, **fields: Json) -> Json:
        """Send a command and return its result.

        Raises:
            ApiError: The command failed.
        """
        number = next(self._ids)
        await self._connection.send_json({"id": number, "type": command, **fields})
        while True:
            response = await self._connection.receive_json(timeout=REQUEST_TIMEOUT.total)
            if response.get("id") == number and response["type"] == "result":
                break
        if not response["success"]:
            raise ApiError(f"{command}: {response['error']['message']}")
        return response["result"]
