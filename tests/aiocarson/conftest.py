"""The client against the simulator, over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from aiocarson import Carson, Timeouts
import aiohttp
from aiohttp import web
import pytest

from simulator import Simulator

EMAIL = "resident@example.com"
PASSWORD = "correct horse"
LOBBY = "1000a001"

type Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Real sockets, to 127.0.0.1 only."""


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator() as simulator:
        yield simulator


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A session as anybody would make it, with a common cookie jar that takes cookies of addresses, too."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client_session:
        yield client_session


@dataclass
class Pauses:
    """Pauses that take no time, and are remembered."""

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
def make_carson(sim: Simulator, session: aiohttp.ClientSession, pauses: Pauses, timeouts: Timeouts) -> MakeCarson:
    """Make a client of the simulator; anything may be given otherwise."""

    def make(**arguments: object) -> Carson:
        given = {
            "api_url": sim.api_url,
            "eagle_eye_url": sim.eagle_eye_url,
            "sleep": pauses.sleep,
            "jitter": lambda: 0.5,
            "timeouts": timeouts,
            **arguments,
        }
        return Carson(session, **given)  # type: ignore[arg-type]

    return make


@pytest.fixture
def carson(make_carson: MakeCarson) -> Carson:
    """The resident with e-mail address and password."""
    return make_carson(email=EMAIL, password=PASSWORD)


@dataclass
class Scripted:
    """A server that does what a test tells it, for what the simulator does not do."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    requests: list[web.Request] = field(default_factory=list)

    def then(self, answer: Answer | web.Response) -> Scripted:
        """Answer the next request so; the last answer is repeated."""

        async def fixed(_: web.Request) -> web.StreamResponse:
            assert isinstance(answer, web.Response)
            return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

        self.answers.append(fixed if isinstance(answer, web.Response) else answer)
        return self

    async def handle(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await answer(request)


async def serve(scripted: Scripted) -> web.AppRunner:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", scripted.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    scripted.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    return runner


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    server = Scripted()
    runner = await serve(server)
    yield server
    await runner.cleanup()


@pytest.fixture
async def elsewhere() -> AsyncIterator[Scripted]:
    """A second such server: another origin, where no secret may go."""
    server = Scripted()
    runner = await serve(server)
    yield server
    await runner.cleanup()


def envelope(data: object, *, code: int = 0, status: int = 200) -> web.Response:
    """An answer of Carson."""
    return web.json_response({"code": code, "status": "OK", "data": data, "msg": None}, status=status)


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that happens at the other end of a socket."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  # what is waited for lies in another's counters
            await asyncio.sleep(0.005)
