"""`--demo`: both clouds, simulated in this very process, with an invented resident."""

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

RESIDENT = Credentials(email="resident@example.com", password="correct horse")  # noqa: S106  # invented
# In the checkout the simulator stands beside this package, in the wheel inside of it.
_PLACES = (Path(__file__).parent.parent, Path(__file__).parent / "demo_world")


def _simulator() -> type[Simulator]:
    """Find the simulator.

    Raises:
        CommandError: It is not there, or lacks its packages.
    """
    place = next((place for place in _PLACES if (place / "simulator" / "server.py").is_file()), None)
    if place is None:
        raise CommandError("The simulator is not part of this installation; it is in the source checkout")
    if str(place) not in sys.path:
        sys.path.append(str(place))
    try:
        found: type[Simulator] = importlib.import_module("simulator").Simulator
    except ModuleNotFoundError as err:
        raise CommandError(f"The demo lacks the package {err.name}: pip install 'aiocarson[cli,demo]'") from None
    return found


@asynccontextmanager
async def demo_world() -> AsyncGenerator[Simulator]:
    """Run the simulator while the block lasts."""
    async with _simulator()() as simulator:
        simulator.settings.recordings.mp4_pending = 1
        yield simulator
