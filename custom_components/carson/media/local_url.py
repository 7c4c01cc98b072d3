"""URLs of Home Assistant's own views for players on the same machine."""

from collections.abc import Mapping

from homeassistant.core import HomeAssistant, callback
from yarl import URL

# By preference, the loopback address for each address that means all of them.
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only compared, nothing is bound here


@callback
def local_url(hass: HomeAssistant, path: str, query: Mapping[str, str]) -> str:
    """Return the URL of a path of Home Assistant's server for players on the same machine.

    Home Assistant's stream worker and its own go2rtc run on this machine, so the host is the
    address that the server is bound to, or the loopback address when it listens on all. An address
    instead of a name: both players accept any certificate for it.
    """
    server = hass.http
    hosts = server.server_host or ["127.0.0.1"]
    host = next((loopback for address, loopback in _LOOPBACK.items() if address in hosts), hosts[0])
    scheme = "https" if server.ssl_certificate else "http"
    return str(URL.build(scheme=scheme, host=host, port=server.server_port, path=path, query=query))
