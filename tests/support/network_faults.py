"""Network faults that a server cannot cause: requests are redirected to another host."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
import ipaddress
from pathlib import Path
import socket
import ssl
import threading
from typing import Any, override

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
import pytest
from yarl import URL

UNKNOWN_HOST = "nowhere.invalid"


def redirect_requests(patch: pytest.MonkeyPatch, port: int, *, path: str, to: URL) -> None:
    """Send requests for `port` whose path contains `path` to another origin."""
    original = aiohttp.ClientSession._request
    resolve = aiohttp.TCPConnector._resolve_host

    async def request(self: aiohttp.ClientSession, method: str, target: str | URL, **more: Any) -> Any:
        url = URL(target)
        if url.port == port and path in url.path:
            url = url.with_scheme(to.scheme).with_host(to.host or "").with_port(to.port)
        return await original(self, method, url, **more)

    async def resolver(self: aiohttp.TCPConnector, host: str, *rest: Any, **more: Any) -> Any:
        if host == UNKNOWN_HOST:
            raise OSError(socket.EAI_NONAME, "Name or service not known")
        return await resolve(self, host, *rest, **more)

    patch.setattr(aiohttp.ClientSession, "_request", request)
    patch.setattr(aiohttp.TCPConnector, "_resolve_host", resolver)


def closed_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def self_signed_context(folder: Path) -> ssl.SSLContext:
    """Return a TLS context with a self-signed certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain = folder / "self-signed.pem"
    chain.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context


@contextmanager
def untrusted_server(folder: Path) -> Generator[tuple[URL, list[str]]]:
    """Run a server with a self-signed certificate; yield its origin and the requests that it received.

    It runs in a thread of its own: a failed handshake on the loop would fail the test.
    """
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        @override
        def handle_one_request(self) -> None:
            requests.append(self.rfile.readline().decode())
            self.close_connection = True

    class Server(HTTPServer):
        @override
        def handle_error(self, request: object, client_address: object) -> None:
            """Ignore clients that reject the certificate."""

    server = Server(("127.0.0.1", 0), Handler)
    server.socket = self_signed_context(folder).wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield URL(f"https://127.0.0.1:{server.server_address[1]}"), requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
