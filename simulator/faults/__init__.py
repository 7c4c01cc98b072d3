"""Kinds of faults that the simulator can inject (Protocol C)."""

from simulator.faults import bodies, connections, contents, responses, streams
from simulator.faults.base import KINDS, AlteringFault, Delay, Fault, ReplacingFault, StreamFault, create_fault

__all__ = [
    "KINDS",
    "AlteringFault",
    "Delay",
    "Fault",
    "ReplacingFault",
    "StreamFault",
    "bodies",
    "connections",
    "contents",
    "create_fault",
    "responses",
    "streams",
]
