"""The client against the simulator, over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from aiocarson import Carson, EagleEye, Timeouts
import aiohttp
from aiohttp import web
import pytest

from simulator import Simulator

EMAIL = "resident@example.com"
PASSWORD = "correct horse"
LOBBY = "1000a001"

type Respond = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Real sockets, to 127.0.0.1 only."""


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator() as simulator:
        yield simulator


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A session with an ordinary cookie jar, which accepts cookies of IP addresses."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client_session:
        yield client_session


@dataclass
class Pauses:
    """Pauses that take no time and are recorded."""

    taken: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.taken.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


type MakeCarson = Callable[..., Carson]


@pytest.fixture
def timeouts(request: pytest.FixtureRequest) -> Timeouts:
    """The client's durations, with those that the marker `timeouts` names."""
    marker = request.node.get_closest_marker("timeouts")
    return Timeouts() if marker is None else Timeouts(**marker.kwargs)


@pytest.fixture
async def make_carson(
    sim: Simulator, session: aiohttp.ClientSession, pauses: Pauses, timeouts: Timeouts
) -> AsyncIterator[MakeCarson]:
    """Return a function that creates clients of the simulator."""
    clients: list[Carson] = []

    def make(**arguments: object) -> Carson:
        given = {
            "api_url": sim.api_url,
            "eagle_eye_url": sim.eagle_eye_url,
            "sleep": pauses.sleep,
            "jitter": lambda: 0.5,
            "timeouts": timeouts,
            **arguments,
        }
        clients.append(Carson(session, **given))  # type: ignore[arg-type]
        return clients[-1]

    yield make
    for client in clients:
        await client.close()


@pytest.fixture
def carson(make_carson: MakeCarson) -> Carson:
    """A client with email address and password."""
    return make_carson(email=EMAIL, password=PASSWORD)


@dataclass
class ScriptedServer:
    """A server with scripted responses, for what the simulator cannot do."""

    url: str = ""
    responses: list[Respond] = field(default_factory=list)
    requests: list[web.Request] = field(default_factory=list)

    def then(self, response: Respond | web.Response) -> ScriptedServer:
        """Add a response; the last one is repeated."""

        async def fixed(_: web.Request) -> web.StreamResponse:
            assert isinstance(response, web.Response)
            return web.Response(status=response.status, body=response.body, headers=response.headers)

        self.responses.append(fixed if isinstance(response, web.Response) else response)
        return self

    async def handle(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self.requests.append(request)
        response = self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]
        return await response(request)


async def serve(server: ScriptedServer) -> web.AppRunner:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    return runner


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedServer]:
    server = ScriptedServer()
    runner = await serve(server)
    yield server
    await runner.cleanup()


@pytest.fixture
async def elsewhere() -> AsyncIterator[ScriptedServer]:
    """A second server, whose origin must not receive secrets."""
    server = ScriptedServer()
    runner = await serve(server)
    yield server
    await runner.cleanup()


def envelope(data: object, *, code: int = 0, status: int = 200) -> web.Response:
    """Return a response of Carson."""
    return web.json_response({"code": code, "status": "OK", "data": data, "msg": None}, status=status)


async def until(condition: Callable[[], object]) -> None:
    """Wait until a condition is true."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  # the counters of the simulator have no event
            await asyncio.sleep(0.005)


@pytest.fixture
def harbor(carson: Carson) -> EagleEye:
    """Return the Eagle Eye client of the default resident's building."""
    return carson.eagle_eye("501")


@pytest.fixture
def scripted_harbor(sim: Simulator, scripted: ScriptedServer, make_carson: MakeCarson) -> EagleEye:
    """Return an Eagle Eye client: Carson is simulated, Eagle Eye is the scripted server."""
    carson = make_carson(email=EMAIL, password=PASSWORD, eagle_eye_url=scripted.url + "/{subdomain}")
    return carson.eagle_eye("501")
