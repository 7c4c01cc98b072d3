"""`scripts/demo`: a house to play with, until Ctrl-C; or the same with nobody there, `--smoke`."""

import argparse
import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
import shutil
import signal
import sys

import aiohttp

from .api import RefusedError
from .environment import House, furnish, open_house, sign_in, wait_until_loaded
from .home_assistant import REPOSITORY
from .onboarding import PASSWORD, USERNAME
from .processes import ProgramEndedError
from .smoke import smoke

STATE = REPOSITORY / ".demo"
FOLDER = "home-assistant"

EXIT_INTERRUPTED = 130


async def _show(folder: Path) -> bool:
    _say("Starting Home Assistant and the simulator …")
    try:
        async with open_house(folder) as house:
            await sign_in(house.api)
            await wait_until_loaded(house.api)
            await furnish(house.api)
            _say(f"\n  {house.home_assistant.url}   user: {USERNAME}   password: {PASSWORD}\n")
            _say("Doors that open are told here. Ctrl-C ends everything.")
            await _until_one_ends(house)
    except (ProgramEndedError, RefusedError, TimeoutError, aiohttp.ClientError) as error:
        _say(f"{type(error).__name__}: {error}\nThe log of Home Assistant: {folder / 'home-assistant.out'}")
        return False
    return True


async def _until_one_ends(house: House) -> None:
    """Tell the doors that open, while both programs run."""
    tasks = {
        asyncio.create_task(house.stand_in.follow(_say)),
        asyncio.create_task(house.home_assistant.serve()),
    }
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until_told(work: Coroutine[None, None, bool]) -> int:
    """Do the work until it is done, or until a signal asks to end; then let it clean up. Tell the exit code."""
    task = asyncio.create_task(work)

    def end() -> None:
        if not task.cancelling():  # an impatient second Ctrl-C must not cut the cleaning short
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, end)
    with suppress(asyncio.CancelledError):
        return 0 if await task else 1
    _say("\nEnded.")
    return EXIT_INTERRUPTED


def _say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    """Read the arguments and do it; 0 if all went well."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--state", type=Path, default=STATE, help="the folder that keeps everything (default: .demo)")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs left there")
    parser.add_argument("--smoke", action="store_true", help="check the whole way through in a throw-away instance")
    arguments = parser.parse_args()
    if arguments.smoke:
        return asyncio.run(_until_told(smoke()))
    if arguments.fresh:
        shutil.rmtree(arguments.state / FOLDER, ignore_errors=True)
    code = asyncio.run(_until_told(_show(arguments.state.resolve() / FOLDER)))
    return 0 if code == EXIT_INTERRUPTED else code  # Ctrl-C is how it is meant to end


if __name__ == "__main__":
    sys.exit(main())
