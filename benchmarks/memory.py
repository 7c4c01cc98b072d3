"""Memory of a loaded account, beyond that of Home Assistant's own objects for as many devices and entities.

Each is measured in a process of its own: `python -m benchmarks.memory BUILDINGS`, with the inventory of the bare
integration in standard input; without one, it is ours.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
import gc
import json
import logging
import sys
import tracemalloc
from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .bench import Bench
from .common import REPOSITORY, clouds, count
from .home import Inventory, home_assistant, set_up_bare, set_up_ours, settle, wait_for_events
from .rows import Row, figure
from .town import EMAIL, PER_BUILDING
from .week import week_row

_GOAL_KIB = 4.0


async def measure(bench: Bench) -> AsyncIterator[Row]:
    """Yield two rows for each size, and that of a week, but none in a quick run.

    A busy machine does not matter for bytes, so the week passes meanwhile.
    """
    if bench.is_quick:
        return
    async with asyncio.TaskGroup() as group:
        week = group.create_task(week_row())
        rows = [row for buildings in (1, 10, 50) for row in await _rows(buildings)]
    for row in rows:
        yield row
    yield week.result()


async def _rows(buildings: int) -> list[Row]:
    ours = await _run(buildings, "")
    bare = await _run(buildings, json.dumps(ours["inventory"]))
    own, least = ours["used"], bare["used"]
    things = 2 * PER_BUILDING * buildings
    beyond = (own - least) / things / 1024
    return [
        Row(
            measure=f"memory per door or camera, {count(buildings)}",
            unit="KiB",
            floor=figure([least / things / 1024]),
            ours=figure([own / things / 1024]),
            series="Memory per door or camera, KiB",
            buildings=buildings,
        ),
        Row(
            measure=f"that beyond Home Assistant's own, {count(buildings)}",
            unit="KiB",
            ours=figure([beyond]),
            goal=_GOAL_KIB,
            series="Memory per door or camera beyond Home Assistant's own, KiB",
            buildings=buildings,
        ),
    ]


async def _run(buildings: int, inventory: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.memory", str(buildings)),
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate(inventory.encode())
    result: dict[str, Any] = json.loads(output)
    return result


async def _measure(buildings: int, inventory: Inventory | None) -> dict[str, Any]:
    """Return the bytes that a set-up has taken and kept, and what it has registered."""
    async with clouds(delay_seconds=0, buildings=buildings) as cloud:
        token = (await cloud.control("token", email=EMAIL))["token"]

        async def set_up(hass: HomeAssistant) -> MockConfigEntry:
            if inventory is not None:
                return await set_up_bare(hass, inventory)
            entry = await set_up_ours(hass, cloud, token)
            await entry.runtime_data.account.async_refresh()
            await entry.runtime_data.cameras.async_refresh()
            await wait_for_events(entry)
            await settle(hass, entry)
            return entry

        # Not counted: what the first set-up imports and keeps for good.
        async with home_assistant() as hass:
            found = Inventory.of(hass, await set_up(hass))
        tracemalloc.start()
        async with home_assistant() as hass:
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            await set_up(hass)
            await hass.async_block_till_done()
            gc.collect()
            return {"used": tracemalloc.get_traced_memory()[0] - before, "inventory": asdict(found)}


def main() -> None:
    """Measure in this process."""
    logging.basicConfig(level=logging.ERROR)
    given = sys.stdin.read()
    inventory = Inventory(**json.loads(given)) if given else None
    print(json.dumps(asyncio.run(_measure(int(sys.argv[1]), inventory))))


if __name__ == "__main__":
    main()
