"""Run Home Assistant with the integration and simulated doors and cameras."""

import argparse
import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
import shutil
import signal
import sys

import aiohttp

from .api import ApiError
from .environment import Environment, run_environment, set_up
from .home_assistant import REPOSITORY
from .onboarding import PASSWORD, USERNAME
from .processes import ProcessEndedError
from .smoke import smoke

STATE = REPOSITORY / ".demo"
FOLDER = "home-assistant"

EXIT_INTERRUPTED = 130


async def _run(folder: Path) -> bool:
    """Run the demo until it is interrupted and return whether it succeeded."""
    _print("Starting Home Assistant and the simulator…")
    try:
        async with run_environment(folder) as environment:
            await set_up(environment.api)
            _print(
                f"\nHome Assistant is running at {environment.home_assistant.url}\n"
                f"Sign in with user {USERNAME} and password {PASSWORD}\n\n"
                "Doors that open are listed below. Press Ctrl-C to stop."
            )
            await _follow(environment)
    except (ProcessEndedError, ApiError, TimeoutError, aiohttp.ClientError) as error:
        _print(f"{type(error).__name__}: {error}\nThe log of Home Assistant is {folder / 'home-assistant.out'}")
        return False
    return True


async def _follow(environment: Environment) -> None:
    """Print the doors that open, until Home Assistant or the simulator ends."""
    tasks = {
        asyncio.create_task(environment.simulator.follow_output(_print)),
        asyncio.create_task(environment.home_assistant.serve()),
    }
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run_until_interrupted(program: Coroutine[None, None, bool]) -> int:
    """Run a program until it ends or a signal interrupts it, and return the exit code."""
    task = asyncio.create_task(program)

    def interrupt() -> None:
        if not task.cancelling():  # a second Ctrl-C must not interrupt the cleanup
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, interrupt)
    with suppress(asyncio.CancelledError):
        return 0 if await task else 1
    _print("\nStopped.")
    return EXIT_INTERRUPTED


def _print(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    """Run the demo or its checks and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument(
        "--state",
        type=Path,
        default=STATE,
        metavar="FOLDER",
        help="folder for the data of Home Assistant (default: .demo)",
    )
    parser.add_argument("--fresh", action="store_true", help="delete the data of earlier runs first")
    parser.add_argument("--smoke", action="store_true", help="check a new instance without interaction, then exit")
    arguments = parser.parse_args()
    if arguments.smoke:
        return asyncio.run(_run_until_interrupted(smoke()))
    if arguments.fresh:
        shutil.rmtree(arguments.state / FOLDER, ignore_errors=True)
    code = asyncio.run(_run_until_interrupted(_run(arguments.state.resolve() / FOLDER)))
    return 0 if code == EXIT_INTERRUPTED else code  # Ctrl-C is the regular way to stop the demo


if __name__ == "__main__":
    sys.exit(main())
