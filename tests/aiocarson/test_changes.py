"""Differences wait_until_sleeping two accounts or device lists."""

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
import pytest

from simulator import Door, Simulator, Status

from .conftest import EMAIL, LOBBY, PASSWORD, MakeCarson


def summary(changes: tuple[Change, ...] | list[Change]) -> list[tuple[str, ...]]:
    return [(change.kind.value, change.what, change.name, change.field or "") for change in changes]


class TestAccountChanges:
    async def test_equal_accounts_have_no_changes(self, carson: Carson) -> None:
        assert account_changes(await carson.get_account(), await carson.get_account()) == ()

    async def test_changes_of_doors_and_fields(self, sim: Simulator, carson: Carson) -> None:
        before = await carson.get_account()
        home = sim.state.buildings["501"]
        home.doors[0].name = "Main Door"
        home.doors[1].disabled = True
        del home.doors[3]
        home.doors.append(Door(id=7099, name="Cellar", external_id="9"))
        home.name = "Harbor Home"
        changes = account_changes(before, await carson.get_account())
        assert sorted(summary(changes)) == sorted(
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

    async def test_added_and_removed_buildings(self, sim: Simulator, carson: Carson) -> None:
        before = await carson.get_account()
        sim.state.accounts[EMAIL].buildings = ["502"]
        assert summary(account_changes(before, await carson.get_account())) == [
            ("added", "building", "Mill Lofts", ""),
            ("removed", "building", "Harbor House", ""),
        ]

    async def test_private_values_are_not_in_the_repr(self, sim: Simulator, carson: Carson) -> None:
        before = await carson.get_account()
        sim.state.accounts[EMAIL].first_name = "Ronja"
        (change,) = account_changes(before, await carson.get_account())
        assert (change.what, change.old, change.new) == ("account", "Robin", "Ronja")
        assert "Ronja" not in repr(change)

    async def test_incomplete_account_removes_nothing(self, carson: Carson) -> None:
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

    async def test_raw_account_can_be_parsed_again(self, carson: Carson) -> None:
        account = await carson.get_account()
        again = parse_account(account.raw)
        assert again == account


class TestDeviceChanges:
    async def test_changes_of_state_and_recording(self, sim: Simulator, carson: Carson) -> None:
        await carson.get_account()
        eagle_eye = carson.eagle_eye("501")
        before = await eagle_eye.get_devices()
        sim.set_status(LOBBY, Status.OFF)
        sim.state.cameras["1000a002"].tags.append("cars")
        changes = device_changes("501", before, await eagle_eye.get_devices())
        assert summary(changes) == [
            ("changed", "device", "Lobby", "state"),
            ("changed", "device", "Lobby", "is_recording"),
            ("changed", "device", "Garage", "tags"),
        ]
        assert (changes[0].old, changes[0].new) == ("online", "off")

    async def test_empty_status_is_no_change(self, sim: Simulator, carson: Carson) -> None:
        await carson.get_account()
        eagle_eye = carson.eagle_eye("501")
        before = await eagle_eye.get_devices()
        sim.state.cameras[LOBBY].status = Status.EMPTY
        after = await eagle_eye.get_devices()
        assert device_changes("501", before, after) == ()
        kept = merge_devices(before, after)
        assert next(one for one in kept if one.id == LOBBY).status == before[0].status


class SteppedSleep:
    """A sleep that lasts until the test continues it."""

    def __init__(self) -> None:
        self.sleeping = asyncio.Event()
        self.resume = asyncio.Event()
        self.seconds: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.sleeping.set()
        await self.resume.wait()
        self.resume.clear()

    async def wait_until_sleeping(self) -> None:
        async with asyncio.timeout(60):
            await self.sleeping.wait()
        self.sleeping.clear()


@pytest.fixture
def steps() -> SteppedSleep:
    return SteppedSleep()


@pytest.fixture
def watching(make_carson: MakeCarson, steps: SteppedSleep) -> Carson:
    return make_carson(email=EMAIL, password=PASSWORD, sleep=steps.sleep)


async def first_change(changes: AsyncIterator[Change], steps: SteppedSleep) -> asyncio.Task[Change]:
    task = asyncio.ensure_future(anext(changes))
    await steps.wait_until_sleeping()
    return task


class TestChangePoller:
    async def test_changes_are_yielded_after_each_poll(
        self, sim: Simulator, watching: Carson, steps: SteppedSleep
    ) -> None:
        changes = watching.changes()
        first = await first_change(changes, steps)
        assert not first.done()
        sim.state.buildings["501"].doors[0].name = "Main Door"
        steps.resume.set()
        assert (await first).new == "Main Door"
        second = await first_change(changes, steps)
        sim.set_status(LOBBY, Status.OFF)
        steps.resume.set()
        assert (await second).field == "state"
        assert set(steps.seconds) == {60.0}

    async def test_watch_omits_account_buildings_and_units(
        self, sim: Simulator, watching: Carson, steps: SteppedSleep
    ) -> None:
        changes = watching.watch(interval=timedelta(seconds=5))
        first = await first_change(changes, steps)
        sim.state.accounts[EMAIL].first_name = "Ronja"
        sim.state.buildings["501"].doors[0].disabled = True
        steps.resume.set()
        assert (await first).what == "door"
        assert steps.seconds == [5.0]

    async def test_without_devices_eagle_eye_is_not_polled(
        self, sim: Simulator, watching: Carson, steps: SteppedSleep
    ) -> None:
        task = await first_change(watching.changes(devices=False), steps)
        assert sim.counters.count("session") == 0
        task.cancel()

    async def test_temporary_errors_are_passed_to_the_callback(
        self, sim: Simulator, watching: Carson, steps: SteppedSleep
    ) -> None:
        errors: list[CarsonError] = []
        changes = watching.changes(on_error=errors.append)
        task = await first_change(changes, steps)
        sim.faults.add("me", kind="code", code=5, times=1)
        sim.faults.clear()
        sim.faults.add("me", kind="html", status=200, times=1)
        steps.resume.set()
        await steps.wait_until_sleeping()
        assert isinstance(errors.pop(), CannotConnectError)
        sim.faults.add("device_list", kind="status", status=404, times=1)
        sim.state.buildings["501"].doors[0].name = "Main Door"
        steps.resume.set()
        assert (await task).new == "Main Door"
        assert len(errors) == 1

    async def test_error_without_callback_ends_the_iterator(
        self, sim: Simulator, watching: Carson, steps: SteppedSleep
    ) -> None:
        sim.faults.add("me", kind="html", status=200, times=1)
        with pytest.raises(CannotConnectError):
            await anext(watching.changes())

    async def test_rejected_token_ends_the_iterator(self, sim: Simulator, make_carson: MakeCarson) -> None:
        errors: list[CarsonError] = []
        with pytest.raises(AuthenticationError):
            await anext(make_carson(token="no.such.token").changes(on_error=errors.append))
        assert errors == []

    async def test_too_short_interval(self, watching: Carson) -> None:
        with pytest.raises(InvalidInputError):
            watching.changes(interval=timedelta(milliseconds=1))

    async def test_buildings_without_eagle_eye_are_not_polled(
        self, sim: Simulator, make_carson: MakeCarson, steps: SteppedSleep
    ) -> None:
        carson = make_carson(email="noeye@example.com", password="no cameras", sleep=steps.sleep)
        task = await first_change(carson.changes(), steps)
        assert sim.counters.count("session") == 0
        task.cancel()
