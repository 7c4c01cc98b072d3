"""A simulator of both clouds, Carson and Eagle Eye, on 127.0.0.1."""

from simulator.clock import Clock
from simulator.server import Simulator
from simulator.settings import Settings
from simulator.state.model import ABSENT, Account, Building, CarsonCamera, Device, Door, State, Status, Unit

__all__ = [
    "ABSENT",
    "Account",
    "Building",
    "CarsonCamera",
    "Clock",
    "Device",
    "Door",
    "Settings",
    "Simulator",
    "State",
    "Status",
    "Unit",
]
