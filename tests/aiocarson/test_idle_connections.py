"""Commands are not sent over connections that something on the way may have forgotten."""

import asyncio
from datetime import timedelta

from aiocarson import Carson
from freezegun.api import FrozenDateTimeFactory
import pytest

from simulator import Simulator
from tests.support.middle_box import MiddleBox, middle_box

from .conftest import EMAIL, LOBBY, PASSWORD, MakeCarson

IDLE_SECONDS = (1, 3, 8, 13, 20, 70, 600)


async def test_middle_box_forgets_idle_connections(sim: Simulator, freezer: FrozenDateTimeFactory) -> None:
    async with middle_box(sim.api_url, 6) as box:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(box.url.split(":")[2].split("/")[0]))
        request = b"GET /api/v1.4.4/me/ HTTP/1.1\r\nHost: x\r\n\r\n"
        writer.write(request)
        assert await reader.readuntil(b"\r\n") == b"HTTP/1.1 401 Unauthorized\r\n"
        freezer.tick(timedelta(seconds=7))
        writer.write(request)
        while not box.swallowed:  # noqa: ASYNC110 - a longer pause would never end, as the clock is frozen
            await asyncio.sleep(0)
        assert box.swallowed == len(request)
        assert sim.counters.count("me") == 1
        writer.close()


@pytest.mark.parametrize("memory_seconds", [6, 60])
@pytest.mark.parametrize("idle_seconds", IDLE_SECONDS)
@pytest.mark.parametrize("between", ["nothing", "polls and stills"])
async def test_each_press_opens_once(
    sim: Simulator,
    make_carson: MakeCarson,
    freezer: FrozenDateTimeFactory,
    memory_seconds: int,
    idle_seconds: int,
    between: str,
) -> None:
    """The clock is frozen: a press that waited for anything but responses would never end."""
    async with middle_box(sim.api_url, memory_seconds) as box:
        carson = make_carson(email=EMAIL, password=PASSWORD, token=sim.mint_token(EMAIL), api_url=box.url)
        await carson.open_door("7001")
        for presses in range(2, 5):
            # A poll may wait in vain for an answer on a forgotten connection.
            polls = [asyncio.create_task(_poll(carson))] if between != "nothing" else []
            freezer.tick(timedelta(seconds=idle_seconds))
            await carson.open_door("7001")
            assert sim.openings == {"7001": presses}
            for poll in polls:
                poll.cancel()
            await asyncio.gather(*polls, return_exceptions=True)
        assert sim.counters.count("open_door") == presses


async def _poll(carson: Carson) -> None:
    await carson.get_account()
    await carson.eagle_eye("501").get_still(LOBBY)


async def _open_twice(carson: Carson, box: MiddleBox, freezer: FrozenDateTimeFactory, seconds: float) -> int:
    """Open a door twice; return the number of new connections for the second time."""
    await carson.open_door("7001")
    connections = box.connections
    freezer.tick(timedelta(seconds=seconds))
    await carson.open_door("7001")
    return box.connections - connections


@pytest.mark.parametrize(("seconds", "new_connections"), [(1.5, 0), (2.5, 1)])
async def test_connection_is_used_again_for_two_seconds(
    sim: Simulator,
    make_carson: MakeCarson,
    freezer: FrozenDateTimeFactory,
    seconds: float,
    new_connections: int,
) -> None:
    async with middle_box(sim.api_url, 3600) as box:
        carson = make_carson(email=EMAIL, password=PASSWORD, token=sim.mint_token(EMAIL), api_url=box.url)
        assert await _open_twice(carson, box, freezer, seconds) == new_connections
        await carson.close()


async def test_revoked_token_is_noticed_over_a_live_connection(
    sim: Simulator, make_carson: MakeCarson, freezer: FrozenDateTimeFactory
) -> None:
    """Neither the check of the token nor the sign-in uses an idle connection of polling."""
    async with middle_box(sim.api_url, 6) as box:
        carson = make_carson(email=EMAIL, password=PASSWORD, token=sim.mint_token(EMAIL), api_url=box.url)
        await carson.get_account()
        sim.tokens.revoke()
        freezer.tick(timedelta(seconds=8))
        await carson.open_door("7001")
        await carson.close()
        assert sim.openings == {"7001": 1}
        assert box.swallowed == 0


async def test_reads_do_not_use_the_connections_of_commands(
    sim: Simulator, make_carson: MakeCarson, freezer: FrozenDateTimeFactory
) -> None:
    async with middle_box(sim.api_url, 3600) as box:
        carson = make_carson(email=EMAIL, password=PASSWORD, token=sim.mint_token(EMAIL), api_url=box.url)
        await carson.open_door("7001")
        await carson.get_account()
        assert box.connections == 2
        await carson.close()
