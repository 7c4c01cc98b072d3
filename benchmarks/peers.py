"""The work of this integration as most others do it: blocking, in order, with a new connection for each request.

Written for the comparison, without waits that it does not need: nothing is asked twice, and each request is as small as
ours.
"""

from collections.abc import Mapping
from http.client import HTTPConnection
import json
from typing import Any

from yarl import URL

_VERSION = "v1.4.4"
_TIMEOUT_SECONDS = 60
_CAMERAS = "/g/device/list"


class PeerClient:
    """A blocking client of both clouds.

    Args:
        api_url: Base URL of Carson.
        eagle_eye_url: Base URL of Eagle Eye with a placeholder for the subdomain.
        token: A token of Carson.
    """

    def __init__(self, api_url: str, eagle_eye_url: str, token: str) -> None:
        self._api = f"{api_url}/{_VERSION}"
        self._eagle_eye_url = eagle_eye_url
        self._headers = {"Authorization": f"JWT {token}"}
        self._sessions: dict[str, tuple[str, str]] = {}

    def account(self) -> dict[str, Any]:
        """Fetch the account."""
        data: dict[str, Any] = json.loads(_request("GET", f"{self._api}/me/", self._headers))["data"]
        return data

    def cameras(self, building_id: str) -> list[list[Any]]:
        """Fetch the list of cameras of a building, and a session key before if there is none."""
        rows: list[list[Any]] = json.loads(self._ask_eagle_eye(building_id, _CAMERAS))
        return rows

    def fetch_all(self) -> dict[str, list[list[Any]]]:
        """Fetch the account and the cameras of each building."""
        return {str(row["id"]): self.cameras(str(row["id"])) for row in self.account()["properties"]}

    def polled(self) -> list[tuple[str, dict[str, str]]]:
        """Return the URLs of the account and of each list of cameras, with the headers that they need."""
        return [
            (f"{self._api}/me/", self._headers),
            *(
                (self._eagle_eye_url.replace("{subdomain}", subdomain) + _CAMERAS, {"Cookie": f"auth_key={key}"})
                for subdomain, key in self._sessions.values()
            ),
        ]

    def open_door(self, door_id: str) -> None:
        """Open a door."""
        _request("POST", f"{self._api}/doors/{door_id}/open/", self._headers)

    def still(self, building_id: str, camera_id: str) -> bytes:
        """Fetch a picture."""
        path = f"/asset/prev/image.jpeg?id={camera_id}&timestamp=now&asset_class=pre"
        return self._ask_eagle_eye(building_id, path)

    def _ask_eagle_eye(self, building_id: str, path: str) -> bytes:
        if building_id not in self._sessions:
            url = f"{self._api}/properties/buildings/{building_id}/eagleeye/session/"
            session = json.loads(_request("GET", url, self._headers))["data"]
            self._sessions[building_id] = (session["activeBrandSubdomain"], session["sessionId"])
        subdomain, key = self._sessions[building_id]
        url = self._eagle_eye_url.replace("{subdomain}", subdomain) + path
        return _request("GET", url, {"Cookie": f"auth_key={key}"})


def _request(method: str, url: str, headers: Mapping[str, str]) -> bytes:
    """Send a request over a connection of its own, and return the body.

    Raises:
        OSError: The cloud cannot be reached, or responds with an error.
    """
    target = URL(url)
    connection = HTTPConnection(target.host or "", target.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request(method, target.raw_path_qs, headers={**headers, "Connection": "close"})
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status >= 400:
        raise OSError(f"{method} {target.path}: {response.status}")
    return body
