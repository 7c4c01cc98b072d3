"""Addresses of our own views for players that run beside Home Assistant."""

from homeassistant.core import HomeAssistant, callback
from yarl import URL

_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}  # noqa: S104 - only read, nothing is bound here


@callback
def local_url(hass: HomeAssistant, path: str) -> str:
    """Tell the address of a path of our own server for players on this very machine.

    Home Assistant's stream worker and its own go2rtc run beside it, so the address is
    the one the server is bound to, loopback where it listens everywhere. An address,
    not a name: both players accept any certificate for it.
    """
    server = hass.http
    hosts = server.server_host or ["127.0.0.1"]
    host = next((_EVERY_ADDRESS[host] for host in hosts if host in _EVERY_ADDRESS), hosts[0])
    scheme = "https" if server.ssl_certificate else "http"
    return str(URL.build(scheme=scheme, host=host, port=server.server_port, path=path))
