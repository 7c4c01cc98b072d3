"""Random worlds: clouds that answer in unexpected ways. `python -m tests.fuzz.worlds --count 5000` tries many.

In every world, the set-up raises nothing but documented errors, a door that can be opened is opened exactly once, and
the self-check ends in time, with a report that identifies nobody.
"""

import argparse
import asyncio
from dataclasses import dataclass
import json
import random
import re
import sys
from typing import Any

from aiocarson import Carson, CarsonError, OutcomeUnclearError, Timeouts, join_cameras
from aiocarson.probe.check import SelfCheckOptions
from aiocarson.probe.sending import MAX_REQUESTS

from simulator import Simulator
from simulator.state.model import ABSENT

EMAIL, PASSWORD = "resident@example.com", "correct horse"
DOOR = "7001"

_OPERATIONS = (
    "login",
    "me",
    "session",
    "isauth",
    "device_list",
    "device",
    "image",
    "list_images",
    "list_videos",
    "subscribe",
    "poll",
    "live",
)
_STATUSES = (301, 400, 401, 402, 403, 404, 405, 410, 412, 422, 429, 460, 500, 502, 503, 504)
_KINDS = ("html", "ok_html", "ok_empty", "zero_length", "truncate", "reset", "missing_key", "bare401", "junk_rows")
_ME_FIELDS = ("firstName", "contactInfo", "properties", "photo", "id", "pmcRole")
_BUILDING_FIELDS = ("name", "doors", "cameras", "units", "propertyLevel", "timezone", "area")
_VALUES: tuple[Any, ...] = (None, ABSENT, [], {}, "", 0, -1, True, "text", [None], [[]], {"x": [1, {"y": None}]})
_LEVELS = ("building", "unit", "portfolio", "management", "", None, 7)
_TIMEOUTS = Timeouts(
    connect=2, read=2, login=2, command=2, open_door=2, session=2, still=2, waiting_still=2, token_probe=2
)


class BrokenPromiseError(Exception):
    """A world in which something happened that must never happen."""


@dataclass(frozen=True, slots=True)
class World:
    """What happened in a world."""

    opened: bool
    devices: int
    report: dict[str, Any]


def spoil(sim: Simulator, seed: int) -> None:
    """Make the clouds behave in a random way."""
    chance = random.Random(seed)
    secret = f"Robin Sample of Harbor House, {EMAIL}, 1000a001, +15550100001"
    for operation in _OPERATIONS:
        if chance.random() > 0.2:
            continue
        if chance.random() < 0.6:
            body = chance.choice(("", secret, json.dumps({"message": secret, "code": 7}), f"<p>{secret}</p>"))
            content_type = "application/json" if body.startswith("{") else "text/html"
            status = chance.choice(_STATUSES)
            sim.faults.add(operation, "status", status=status, body=body, content_type=content_type)
        else:
            sim.faults.add(operation, chance.choice(_KINDS))
    sessions = sim.settings.sessions
    sessions.key_form = chance.choice(("cluster", "cluster", "jwt", "hex"))
    sessions.answer = chance.choice(("v2", "v2", "v2", "v3", "null"))
    sessions.subdomain_form = chance.choice(("label", "label", "host", "url", "dotted", "foreign"))
    sessions.refuse_keys = chance.random() < 0.1
    sessions.new_key_each_call = chance.random() < 0.5
    sessions.revoke_previous = chance.random() < 0.3
    account, building = sim.state.accounts[EMAIL], sim.state.buildings["501"]
    if chance.random() < 0.3:
        account.overrides[chance.choice(_ME_FIELDS)] = chance.choice(_VALUES)
    if chance.random() < 0.3:
        building.overrides[chance.choice(_BUILDING_FIELDS)] = chance.choice(_VALUES)
    if chance.random() < 0.2:
        building.overrides["propertyLevel"] = chance.choice(_LEVELS)
    for device in sim.state.devices:
        device.preview_interval_ms = 50
        if chance.random() < 0.1:
            device.preview_mode = chance.choice(("on_demand", "background", "event"))
        if chance.random() < 0.1:
            device.denied = {"preview"}
    sim.settings.next_hold = 0.5
    sim.settings.poll.hold = 0.5


def secrets_of(sim: Simulator) -> set[str]:
    """Return what no report may hold."""
    texts: set[str] = {EMAIL, PASSWORD, "Robin", "Sample", "+15550100001", "intercom.example.com", "1001"}
    for building in sim.state.buildings.values():
        texts |= {building.name, *(door.name for door in building.doors), *(str(door.id) for door in building.doors)}
        texts |= {unit.name for unit in building.units}
        texts |= {camera.name for camera in building.cameras or []}
    for device in sim.state.devices:
        texts |= {device.name, device.esn or "", device.account or ""}
    texts |= set(sim.sessions.issued)
    # Words that the report uses for something else.
    return {text for text in texts if len(text) > 2} - {"Bridge"}


def check_report(report: dict[str, Any], secrets: set[str]) -> None:
    """Check that a report keeps what was promised.

    Raises:
        BrokenPromiseError: It does not.
    """
    text = json.dumps(report)
    found = [one for one in secrets if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text)]
    if found:
        raise BrokenPromiseError(f"The report holds {found}: {text}")
    if report["requests"] > MAX_REQUESTS:
        raise BrokenPromiseError(f"{report['requests']} requests")


async def _no_pause(_: float) -> None:
    await asyncio.sleep(0)


async def visit(seed: int) -> World:
    """Set up an account in a random world, open a door, and run the self-check.

    Raises:
        BrokenPromiseError: Something happened that must never happen.
        Exception: Likewise.
    """
    async with Simulator() as sim:
        spoil(sim, seed)
        async with Carson(
            email=EMAIL,
            password=PASSWORD,
            api_url=sim.api_url,
            eagle_eye_url=sim.eagle_eye_url,
            timeouts=_TIMEOUTS,
            sleep=_no_pause,
        ) as carson:
            devices = await _set_up(carson)
            opened = await _open(carson, sim)
            options = SelfCheckOptions(
                live=seed % 5 == 0, v3=True, request_seconds=2, seconds=30, secrets=(EMAIL, PASSWORD)
            )
            report = await carson.self_check(options)
        check_report(report, secrets_of(sim))
        if sim.counters.openings.get(DOOR, 0) > 1:
            raise BrokenPromiseError("The door was opened twice")
        return World(opened=opened, devices=devices, report=report)


async def _set_up(carson: Carson) -> int:
    try:
        account = await carson.get_account()
    except CarsonError:
        return 0
    count = 0
    for building in account.buildings:
        try:
            devices = await carson.eagle_eye(building.id).get_devices()
        except CarsonError:
            continue
        count += len(join_cameras(building, devices))
    return count


async def _open(carson: Carson, sim: Simulator) -> bool:
    """Open a door; a success is one opening, a certain failure none."""
    try:
        await carson.open_door(DOOR)
    except OutcomeUnclearError:
        return False
    except CarsonError:
        if sim.counters.openings.get(DOOR, 0):
            raise BrokenPromiseError("A door that was opened is called closed") from None
        return False
    if sim.counters.openings.get(DOOR, 0) != 1:
        raise BrokenPromiseError("A door that was not opened is called open")
    return True


async def visit_all(first: int, count: int) -> int:
    """Visit many worlds, and return in how many the door was opened."""
    opened = 0
    for seed in range(first, first + count):
        try:
            opened += (await visit(seed)).opened
        except Exception:
            sys.stderr.write(f"World {seed}:\n")
            raise
    return opened


def main() -> int:
    """Visit worlds and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.worlds", description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="the first world (default: 0)")
    parser.add_argument("--count", type=int, default=500, help="how many worlds (default: 500)")
    arguments = parser.parse_args()
    opened = asyncio.run(visit_all(arguments.first, arguments.count))
    sys.stdout.write(f"{arguments.count} worlds, {opened} opened doors, no broken promise\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
