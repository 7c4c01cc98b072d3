"""Urls of Home Assistant's own views for players on the same machine."""

from homeassistant.core import HomeAssistant, callback
from yarl import URL

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}  # noqa: S104 - only compared, nothing is bound here


@callback
def local_url(hass: HomeAssistant, path: str) -> str:
    """Return the url of a path of Home Assistant's server for players on the same machine.

    Home Assistant's stream worker and its own go2rtc run on this machine, so the host is the
    address that the server is bound to, or the loopback address when it listens on all. An address
    instead of a name: both players accept any certificate for it.
    """
    server = hass.http
    hosts = server.server_host or ["127.0.0.1"]
    host = next((_ANY_ADDRESS[host] for host in hosts if host in _ANY_ADDRESS), hosts[0])
    scheme = "https" if server.ssl_certificate else "http"
    return str(URL.build(scheme=scheme, host=host, port=server.server_port, path=path))
