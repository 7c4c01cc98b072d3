"""Run the simulator of the Carson and Eagle Eye clouds until it is stopped."""

import argparse
import asyncio
import json
from pathlib import Path
import random
import signal

from simulator.counters import Opening
from simulator.like import InvalidReportError, behave_like, read_report
from simulator.server import Simulator
from simulator.settings import Settings


def _print_opening(opening: Opening) -> None:
    print(
        f"Opened {opening.door_name} in {opening.building_name} at {opening.at:%H:%M:%S} (opening {opening.number})",
        flush=True,
    )


async def _serve(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop.set)
    simulator = Simulator(arguments.host, arguments.port, settings=Settings(delay=arguments.delay))
    if arguments.like is not None:
        behave_like(simulator, read_report(arguments.like))
    simulator.on_opening.append(_print_opening)
    async with simulator:
        urls = {"url": simulator.url, "api_url": simulator.api_url, "eagle_eye_url": simulator.eagle_eye_url}
        print(json.dumps(urls), flush=True)
        await stop.wait()


def main() -> None:
    """Run the simulator with the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=8770, help="port to listen on; 0 for any free port (default: %(default)s)"
    )
    parser.add_argument("--delay", type=float, default=0.0, help="minimum duration of every request in seconds")
    parser.add_argument("--seed", type=int, default=None, help="seed for repeatable random numbers")
    parser.add_argument(
        "--like", type=Path, metavar="FILE", help="behave as this report of a self-check, or diagnostics file, says"
    )
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    try:
        asyncio.run(_serve(arguments))
    except (InvalidReportError, OSError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
