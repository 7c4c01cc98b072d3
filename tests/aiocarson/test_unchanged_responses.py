"""A response with the same bytes is not parsed again: the same object is returned."""

from aiocarson import Carson, EagleEye
import pytest

from simulator import Simulator, Status
from tests.support.recordings import LOBBY


@pytest.fixture
def harbor(carson: Carson) -> EagleEye:
    return carson.eagle_eye("501")


async def test_unchanged_account(sim: Simulator, carson: Carson) -> None:
    first = await carson.get_account()
    assert await carson.get_account() is first
    sim.state.buildings["501"].doors[0].name = "Main Door"
    changed = await carson.get_account()
    assert changed is not first
    assert changed.buildings[0].doors[0].name == "Main Door"
    assert await carson.get_account() is changed


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
