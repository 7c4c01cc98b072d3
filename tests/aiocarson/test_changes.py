"""What is different between two readings, and a session of one's own."""

import asyncio
from collections.abc import AsyncIterator
import dataclasses
from datetime import timedelta

from aiocarson import (
    AuthenticationError,
    CannotConnectError,
    Carson,
    CarsonError,
    Change,
    ChangeKind,
    InvalidInputError,
)
from aiocarson.carson.parsing import parse_account
from aiocarson.changes import account_changes, device_changes, merge_accounts, merge_devices
import aiohttp
import pytest

from simulator import Door, Simulator, Status

from .conftest import EMAIL, LOBBY, PASSWORD, MakeCarson


def told(changes: tuple[Change, ...] | list[Change]) -> list[tuple[str, ...]]:
    return [(change.kind.value, change.what, change.name, change.field or "") for change in changes]


class TestOwnSession:
    async def test_it_is_opened_and_closed(self, sim: Simulator) -> None:
        carson = Carson(email=EMAIL, password=PASSWORD, api_url=sim.api_url, eagle_eye_url=sim.eagle_eye_url)
        with pytest.raises(CannotConnectError, match="not open yet"):
            await carson.get_account()
        async with carson as same:
            assert same is carson
            with pytest.raises(CarsonError, match="has not been fetched"):
                _ = carson.buildings
            await carson.get_account()
            assert [building.name for building in carson.buildings] == ["Harbor House"]
        with pytest.raises(CannotConnectError, match="closed"):
            await carson.get_account()
        async with carson:
            await carson.get_account()

    async def test_one_that_was_given_stays_open(self, carson: Carson, session: aiohttp.ClientSession) -> None:
        async with carson:
            await carson.get_account()
        assert not session.closed
        await carson.get_account()


class TestAccount:
    async def test_nothing(self, carson: Carson) -> None:
        assert account_changes(await carson.get_account(), await carson.get_account()) == ()

    async def test_doors_and_fields(self, sim: Simulator, carson: Carson) -> None:
        before = await carson.get_account()
        home = sim.state.buildings["501"]
        home.doors[0].name = "Main Door"
        home.doors[1].disabled = True
        del home.doors[3]
        home.doors.append(Door(id=7099, name="Cellar", external_id="9"))
        home.name = "Harbor Home"
        changes = account_changes(before, await carson.get_account())
        assert sorted(told(changes)) == sorted(
            [
                ("changed", "building", "Harbor Home", "name"),
                ("changed", "door", "Main Door", "name"),
                ("changed", "door", "Garage Gate", "disabled"),
                ("added", "door", "Cellar", ""),
                ("removed", "door", "Staff Entrance", ""),
            ]
        )
        renamed = next(change for change in changes if change.name == "Main Door")
        assert (renamed.id, renamed.building_id, renamed.old, renamed.new) == ("7001", "501", "Front Door", "Main Door")
        added = next(change for change in changes if change.kind is ChangeKind.ADDED)
        assert added.new.id == "7099"

    async def test_buildings_come_and_go(self, sim: Simulator, carson: Carson) -> None:
        before = await carson.get_account()
        sim.state.accounts[EMAIL].buildings = ["502"]
        assert told(account_changes(before, await carson.get_account())) == [
            ("added", "building", "Mill Lofts", ""),
            ("removed", "building", "Harbor House", ""),
        ]

    async def test_what_is_private_is_not_in_the_repr(self, sim: Simulator, carson: Carson) -> None:
        before = await carson.get_account()
        sim.state.accounts[EMAIL].first_name = "Ronja"
        (change,) = account_changes(before, await carson.get_account())
        assert (change.what, change.old, change.new) == ("account", "Robin", "Ronja")
        assert "Ronja" not in repr(change)

    async def test_what_an_incomplete_answer_lacks_is_not_gone(self, carson: Carson) -> None:
        before = await carson.get_account()
        home = before.buildings[0]
        part = dataclasses.replace(home, doors=home.doors[:1], complete=False)
        after = dataclasses.replace(before, buildings=(part,), complete=False)
        assert account_changes(before, after) == ()
        merged = merge_accounts(before, after)
        assert {door.id for door in merged.buildings[0].doors} == {door.id for door in home.doors}
        empty = dataclasses.replace(before, buildings=(), complete=False)
        assert account_changes(before, empty) == ()
        assert merge_accounts(before, empty).buildings == before.buildings
        assert merge_accounts(empty, dataclasses.replace(before, complete=False)).buildings == before.buildings
        whole = dataclasses.replace(before, complete=False)
        assert merge_accounts(before, whole).buildings == before.buildings
        assert merge_accounts(before, before) is before

    async def test_raw_answers_can_be_kept_and_compared(self, carson: Carson) -> None:
        account = await carson.get_account()
        again = parse_account(account.raw)
        assert again == account


class TestDevices:
    async def test_state_and_recording(self, sim: Simulator, carson: Carson) -> None:
        await carson.get_account()
        eagle_eye = carson.eagle_eye("501")
        before = await eagle_eye.get_devices()
        sim.set_status(LOBBY, Status.OFF)
        sim.state.cameras["1000a002"].tags.append("cars")
        changes = device_changes("501", before, await eagle_eye.get_devices())
        assert told(changes) == [
            ("changed", "device", "Lobby", "state"),
            ("changed", "device", "Lobby", "is_recording"),
            ("changed", "device", "Garage", "tags"),
        ]
        assert (changes[0].old, changes[0].new) == ("online", "off")

    async def test_an_empty_status_is_no_news(self, sim: Simulator, carson: Carson) -> None:
        await carson.get_account()
        eagle_eye = carson.eagle_eye("501")
        before = await eagle_eye.get_devices()
        sim.state.cameras[LOBBY].status = Status.EMPTY
        after = await eagle_eye.get_devices()
        assert device_changes("501", before, after) == ()
        kept = merge_devices(before, after)
        assert next(one for one in kept if one.id == LOBBY).status == before[0].status


class Turns:
    """Lets a test do something between two readings, and no real time pass."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.go = asyncio.Event()
        self.seconds: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.asked.set()
        await self.go.wait()
        self.go.clear()

    async def between(self) -> None:
        async with asyncio.timeout(10):
            await self.asked.wait()
        self.asked.clear()


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def watching(make_carson: MakeCarson, turns: Turns) -> Carson:
    return make_carson(email=EMAIL, password=PASSWORD, sleep=turns.sleep)


async def following(changes: AsyncIterator[Change], turns: Turns) -> asyncio.Task[Change]:
    task = asyncio.ensure_future(anext(changes))
    await turns.between()
    return task


class TestIterator:
    async def test_changes_as_they_are_seen(self, sim: Simulator, watching: Carson, turns: Turns) -> None:
        changes = watching.changes()
        first = await following(changes, turns)
        assert not first.done()
        sim.state.buildings["501"].doors[0].name = "Main Door"
        turns.go.set()
        assert (await first).new == "Main Door"
        second = await following(changes, turns)
        sim.set_status(LOBBY, Status.OFF)
        turns.go.set()
        assert (await second).field == "state"
        assert set(turns.seconds) == {60.0}

    async def test_watch_leaves_the_rest_out(self, sim: Simulator, watching: Carson, turns: Turns) -> None:
        changes = watching.watch(interval=timedelta(seconds=5))
        first = await following(changes, turns)
        sim.state.accounts[EMAIL].first_name = "Ronja"
        sim.state.buildings["501"].doors[0].disabled = True
        turns.go.set()
        assert (await first).what == "door"
        assert turns.seconds == [5.0]

    async def test_without_devices_eagle_eye_is_not_asked(self, sim: Simulator, watching: Carson, turns: Turns) -> None:
        task = await following(watching.changes(devices=False), turns)
        assert sim.counters.count("session") == 0
        task.cancel()

    async def test_failures_that_pass_are_told(self, sim: Simulator, watching: Carson, turns: Turns) -> None:
        errors: list[CarsonError] = []
        changes = watching.changes(on_error=errors.append)
        task = await following(changes, turns)
        sim.faults.add("me", kind="code", code=5, times=1)
        sim.faults.clear()
        sim.faults.add("me", kind="html", status=200, times=1)
        turns.go.set()
        await turns.between()
        assert isinstance(errors.pop(), CannotConnectError)
        sim.faults.add("device_list", kind="status", status=404, times=1)
        sim.state.buildings["501"].doors[0].name = "Main Door"
        turns.go.set()
        assert (await task).new == "Main Door"
        assert len(errors) == 1

    async def test_a_failure_ends_it_otherwise(self, sim: Simulator, watching: Carson, turns: Turns) -> None:
        sim.faults.add("me", kind="html", status=200, times=1)
        with pytest.raises(CannotConnectError):
            await anext(watching.changes())

    async def test_a_refused_token_ends_it(self, sim: Simulator, make_carson: MakeCarson) -> None:
        errors: list[CarsonError] = []
        with pytest.raises(AuthenticationError):
            await anext(make_carson(token="no.such.token").changes(on_error=errors.append))
        assert errors == []

    async def test_too_often(self, watching: Carson) -> None:
        with pytest.raises(InvalidInputError):
            watching.changes(interval=timedelta(milliseconds=1))

    async def test_buildings_without_eagle_eye(self, sim: Simulator, make_carson: MakeCarson, turns: Turns) -> None:
        carson = make_carson(email="noeye@example.com", password="no cameras", sleep=turns.sleep)
        task = await following(carson.changes(), turns)
        assert sim.counters.count("session") == 0
        task.cancel()
