"""The simulator with a town, in a process of its own: `python -m benchmarks.server`.

Each line of standard input is an order, in JSON, and is answered with a line:

    {"change": 0.01}    give this share of the doors another provider; the answer is their number
"""

import argparse
import asyncio
import json
import logging
import sys
from typing import Any

from simulator.server import Simulator
from simulator.settings import Settings

from .town import add_town, change_doors


class Orders:
    """Carries out the orders of the benchmark."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._changes = 0

    def carry_out(self, order: dict[str, Any]) -> Any:
        """Carry out an order, and return the answer."""
        self._changes += 1
        return change_doors(self._simulator.state, order["change"], f"provider {self._changes}")


async def serve(arguments: argparse.Namespace) -> None:
    """Serve until standard input ends."""
    settings = Settings(delay=arguments.delay, connection_delay=arguments.connection_delay)
    async with Simulator(port=0, settings=settings) as simulator:
        if arguments.buildings:
            add_town(simulator.state, arguments.buildings, simulator.clock.time())
        orders = Orders(simulator)
        urls = {"url": simulator.url, "api_url": simulator.api_url, "eagle_eye_url": simulator.eagle_eye_url}
        print(json.dumps(urls), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(orders.carry_out(json.loads(line))), flush=True)


def main() -> None:
    """Run the server."""
    # Clients that end while they are being answered are no error here.
    logging.basicConfig(level=logging.CRITICAL)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds of a round trip")
    parser.add_argument("--connection-delay", type=float, default=0.0, help="more seconds for a new connection")
    parser.add_argument("--buildings", type=int, default=0, help="buildings of the town")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
