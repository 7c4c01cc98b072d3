"""`python -m simulator`: serve until told to stop."""

import argparse
import asyncio
import json
import random
import signal

from simulator.counters import Opening
from simulator.server import Simulator
from simulator.settings import Settings


def _announce(opening: Opening) -> None:
    print(
        f"door opened: {opening.building_name} / {opening.door_name} (#{opening.number}) at {opening.at:%H:%M:%S}",
        flush=True,
    )


async def _serve(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    simulator = Simulator(arguments.host, arguments.port, settings=Settings(delay=arguments.delay))
    simulator.on_opening.append(_announce)
    async with simulator:
        urls = {"url": simulator.url, "api_url": simulator.api_url, "eagle_eye_url": simulator.eagle_eye_url}
        print(json.dumps(urls), flush=True)
        await stop.wait()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8770, help="0 takes a free one")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that every request takes at least")
    parser.add_argument("--seed", type=int, default=None, help="makes chance repeatable")
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    asyncio.run(_serve(arguments))


if __name__ == "__main__":
    main()
