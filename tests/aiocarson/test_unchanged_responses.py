"""A response with the same bytes is not parsed again: the same object is returned."""

from aiocarson import Carson, EagleEye
import pytest

from simulator import Simulator, Status
from tests.aiocarson.conftest import MakeCarson
from tests.support.recordings import LOBBY


async def test_unchanged_account(sim: Simulator, carson: Carson) -> None:
    first = await carson.get_account()
    assert await carson.get_account() is first
    sim.state.buildings["501"].doors[0].name = "Main Door"
    changed = await carson.get_account()
    assert changed is not first
    assert changed.buildings[0].doors[0].name == "Main Door"
    assert await carson.get_account() is changed


async def test_what_has_not_changed_in_a_changed_account_stays_the_same_object(sim: Simulator, carson: Carson) -> None:
    first = await carson.get_account()
    sim.state.buildings["501"].doors[0].name = "Main Door"
    changed = await carson.get_account()
    before, after = first.buildings[0], changed.buildings[0]
    assert [door for door in after.doors if not any(door is other for other in before.doors)] == [after.doors[0]]
    for items in ("cameras", "units"):
        pairs = zip(getattr(before, items), getattr(after, items), strict=True)
        assert all(one is other for one, other in pairs)
    # The decoded response is kept once.
    rows = after.raw["doors"]
    assert all(any(door.raw is row for row in rows) for door in after.doors)
    assert changed.raw["properties"][0] is after.raw


async def test_value_that_python_takes_for_equal_is_a_change(sim: Simulator, carson: Carson) -> None:
    await carson.get_account()
    sim.state.buildings["501"].doors[0].overrides["order"] = True
    changed = await carson.get_account()
    assert changed.buildings[0].raw["doors"][0]["order"] is True
    assert next(door for door in changed.buildings[0].doors if door.id == "7001").order is None


async def test_building_that_has_not_changed_in_a_changed_account_stays_the_same_object(
    sim: Simulator, make_carson: MakeCarson
) -> None:
    carson = make_carson(email="two@example.com", password="two buildings")
    harbor, mill = (await carson.get_account()).buildings
    sim.state.buildings["502"].doors[0].name = "Main Door"
    account = await carson.get_account()
    assert account.buildings[0] is harbor
    assert account.buildings[1] is not mill
    assert account.raw["properties"][0] is harbor.raw


@pytest.mark.parametrize(("one", "other"), [(1, True), (None, False), ([], None), ("5", 5)])
async def test_change_of_a_building_alone(sim: Simulator, carson: Carson, one: object, other: object) -> None:
    sim.state.buildings["501"].overrides["accessControl"] = one
    before = await carson.get_account()
    sim.state.buildings["501"].overrides["accessControl"] = other
    after = await carson.get_account()
    assert [repr(account.buildings[0].access_control) for account in (before, after)] == [repr(one), repr(other)]
    assert after.buildings[0].doors == before.buildings[0].doors


async def test_building_whose_doors_can_no_longer_be_read(sim: Simulator, carson: Carson) -> None:
    before = await carson.get_account()
    sim.state.buildings["501"].doors[0].overrides["id"] = None
    after = await carson.get_account()
    assert before.buildings[0].doors_complete
    assert not after.buildings[0].doors_complete


async def test_account_that_changes_back(sim: Simulator, carson: Carson) -> None:
    first = await carson.get_account()
    sim.state.buildings["501"].doors[0].name = "Main Door"
    await carson.get_account()
    sim.state.buildings["501"].doors[0].name = "Front Door"
    again = await carson.get_account()
    assert again is not first
    assert again == first


async def test_error_between_two_equal_responses(sim: Simulator, carson: Carson) -> None:
    first = await carson.get_account()
    sim.faults.add("me", "status", status=500, times=3)
    with pytest.raises(Exception, match="500"):
        await carson.get_account()
    assert await carson.get_account() is first


async def test_unchanged_devices(sim: Simulator, harbor: EagleEye) -> None:
    first = await harbor.list_devices()
    assert await harbor.list_devices() is first
    sim.set_status(LOBBY, Status.OFFLINE)
    assert await harbor.list_devices() is not first


async def test_cameras_of_a_new_building_are_known_by_their_carson_ids(sim: Simulator, carson: Carson) -> None:
    """The ids are taught whether or not the account was parsed anew."""
    account = await carson.get_account()
    await carson.get_account()
    camera = account.buildings[0].eagle_eye_cameras[0]
    assert (await carson.eagle_eye("501").get_still(camera.id)).content.startswith(b"\xff\xd8")
