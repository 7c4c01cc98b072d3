"""Huge responses: the rest is ignored, and other tasks always get their turn."""

import asyncio
import json
import time
from typing import Any

from aiocarson import Carson, InvalidResponseError
from aiocarson.http.bounds import MAX_ROWS, MAX_VALUES, RowBounds, RowKind, run_in_pieces
from aiocarson.http.request import Response
from multidict import CIMultiDict
import pytest

from simulator import Simulator

from ..support.waiting import until
from .conftest import EMAIL, MakeCarson, ScriptedServer, envelope


def building(number: int, *, doors: int = 0) -> dict[str, Any]:
    rows = [{"id": f"{number}-{door}", "name": f"Door {door}"} for door in range(doors)]
    return {"id": number, "name": f"Building {number}", "doors": rows, "cameras": [], "units": []}


def me(*buildings: dict[str, Any]) -> dict[str, Any]:
    return {"id": 1001, "properties": list(buildings)}


@pytest.fixture
def scripted_carson(scripted: ScriptedServer, make_carson: MakeCarson) -> Carson:
    return make_carson(token="a.b.c", api_url=scripted.url)


async def test_buildings_beyond_the_bound_are_ignored(
    scripted: ScriptedServer, scripted_carson: Carson, caplog: pytest.LogCaptureFixture
) -> None:
    """One line in the log, a note in the statistics, and no proof that anything is gone."""
    most = MAX_ROWS[RowKind.BUILDING]
    scripted.then(envelope(me(*(building(number) for number in range(most + 7)))))
    for _ in range(3):
        account = await scripted_carson.get_account()
        assert len(account.buildings) == most
        assert not account.buildings_complete
    assert caplog.text.count("too many rows") == 1
    assert scripted_carson.stats.as_dict()["carson"]["ignored_rows"] == {"building": 7}


async def test_doors_are_bounded_for_the_whole_account(scripted: ScriptedServer, scripted_carson: Carson) -> None:
    most = MAX_ROWS[RowKind.DOOR]
    scripted.then(envelope(me(building(1, doors=most - 10), building(2, doors=30), building(3, doors=5))))
    account = await scripted_carson.get_account()
    assert [len(one.doors) for one in account.buildings] == [most - 10, 10, 0]
    assert [one.doors_complete for one in account.buildings] == [True, False, False]
    assert scripted_carson.stats.as_dict()["carson"]["ignored_rows"] == {"door": 25}


async def test_devices_are_bounded(sim: Simulator, carson: Carson) -> None:
    most = MAX_ROWS[RowKind.DEVICE]
    rows = [["00007aaa", f"{number:08x}", "Camera", "camera"] for number in range(most + 3)]
    body = json.dumps(rows)
    sim.faults.add("device_list", "status", status=200, body=body, content_type="application/json")
    devices = await carson.eagle_eye("501").list_devices()
    assert (len(devices.items), devices.complete) == (most, False)
    assert carson.stats.as_dict()["eagle_eye"]["ignored_rows"] == {"device": 3}


@pytest.mark.parametrize("paged", [False, True])
async def test_reservations_are_bounded(scripted: ScriptedServer, scripted_carson: Carson, paged: bool) -> None:
    """A list that never ends is read only so far, and proves no cancellation."""
    most = MAX_ROWS[RowKind.RESERVATION]
    row = {"amenity": {"id": 1, "timezone": "UTC"}, "date": "2026-11-27", "startTime": "10:00", "endTime": "11:00"}
    rows = [{**row, "id": number} for number in range(most + 5)]
    page = {"results": rows[:400], "next": "http://x/?offset=400"} if paged else rows
    scripted.then(envelope(page))
    found = await scripted_carson.amenities("501").list_reservations()
    assert (len(found.items), found.complete) == (400 if paged else most, False)
    assert scripted_carson.stats.as_dict()["carson"]["ignored_rows"] == {"reservation": 200 if paged else 5}


async def test_response_with_too_many_values_is_not_decoded(scripted: ScriptedServer, scripted_carson: Carson) -> None:
    """Like a few kilobytes of compressed data that hold hundreds of thousands of buildings."""
    scripted.then(envelope({"id": 1001, "properties": [{}] * MAX_VALUES}))
    with pytest.raises(InvalidResponseError, match="more than"):
        await scripted_carson.get_account()


def test_invalid_text_is_decoded_leniently_only_if_it_is_small() -> None:
    def decode(count: int) -> object:
        return Response("a response", 200, CIMultiDict(), b'["\xff"' + b",1" * count + b"]").json()

    assert decode(10) == ["\ufffd", *[1] * 10]
    with pytest.raises(InvalidResponseError, match="not JSON"):
        decode(200_000)


async def test_other_tasks_get_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the computer is, a long computation is interrupted again and again."""
    clock = iter(range(10_000))
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    def steps() -> Any:
        for _ in range(100):
            yield
        return "done"

    task = asyncio.create_task(other())
    await asyncio.sleep(0)
    assert await run_in_pieces(steps()) == "done"
    task.cancel()
    assert turns >= 95


def test_rows_within_the_bounds_are_not_copied() -> None:
    rows = [1, 2, 3]
    bounds = RowBounds()
    assert bounds.take(RowKind.CONTACT, rows) is rows
    assert not bounds.ignored


async def test_account_is_usable_while_a_huge_one_is_fetched(
    sim: Simulator, make_carson: MakeCarson, scripted: ScriptedServer
) -> None:
    """A door opens while another account's response is being parsed."""
    scripted.then(envelope(me(*(building(number, doors=5) for number in range(900)))))
    huge, own = make_carson(token="a.b.c", api_url=scripted.url), make_carson(token=sim.mint_token(EMAIL))
    fetching = asyncio.create_task(huge.get_account())
    await until(lambda: scripted.requests)
    await own.open_door("7001")
    assert sim.openings == {"7001": 1}
    assert len((await fetching).buildings) == 900
