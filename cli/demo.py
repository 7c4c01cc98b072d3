"""`--demo`: both clouds, simulated in this process, with a fictitious resident."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import importlib
from pathlib import Path
import sys
from typing import TYPE_CHECKING

from .credentials import Credentials
from .exit_codes import CommandError

if TYPE_CHECKING:
    from simulator import Simulator

RESIDENT = Credentials(email="resident@example.com", password="correct horse")  # noqa: S106  # of the simulator
# The simulator is beside this package in the checkout, and inside it in the wheel.
_FOLDERS = (Path(__file__).parent.parent, Path(__file__).parent / "demo_world")


def _simulator() -> "type[Simulator]":
    """Import the simulator.

    Raises:
        CommandError: It is not installed, or one of its packages is missing.
    """
    folder = next((folder for folder in _FOLDERS if (folder / "simulator" / "server.py").is_file()), None)
    if folder is None:
        raise CommandError("The demo is not part of this installation. Run it from the source checkout")
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    try:
        simulator: type[Simulator] = importlib.import_module("simulator").Simulator
    except ModuleNotFoundError as err:
        raise CommandError(f"The demo needs the package {err.name}: pip install 'aiocarson[cli,demo]'") from None
    return simulator


@asynccontextmanager
async def demo_clouds() -> "AsyncGenerator[Simulator]":
    """Run the simulator inside the block."""
    async with _simulator()() as simulator:
        simulator.settings.recordings.mp4_pending = 1
        yield simulator
