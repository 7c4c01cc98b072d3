"""Search for doors, cameras and buildings."""

import dataclasses

from aiocarson import (
    Account,
    Building,
    Camera,
    Carson,
    Device,
    Door,
    InvalidInputError,
    find_buildings,
    find_cameras,
    find_doors,
)
from aiocarson.errors import NotFoundByNameError
from aiocarson.search import Point, pick
import pytest

from .conftest import MakeCarson

HARBOR = Point(latitude=40.7003, longitude=-74.0122)


@pytest.fixture
def two(make_carson: MakeCarson) -> Carson:
    return make_carson(email="two@example.com", password="two buildings")


@pytest.fixture
async def account(two: Carson) -> Account:
    return await two.get_account()


@pytest.fixture
async def devices(two: Carson, account: Account) -> tuple[Device, ...]:
    return await two.eagle_eye("501").get_devices()


def names(items: tuple[Building, ...] | tuple[Door, ...] | tuple[Camera, ...]) -> list[str]:
    return [item.name for item in items]


def test_search_without_criteria_returns_everything(account: Account) -> None:
    assert names(find_buildings(account)) == ["Harbor House", "Mill Lofts"]
    assert len(find_doors(account)) == 7
    assert len(find_cameras(account)) == 6
    assert find_doors(account.buildings[1]) == account.buildings[1].doors
    assert find_doors(iter(account.buildings)) == find_doors(account)


def test_search_by_id(account: Account) -> None:
    assert names(find_doors(account, id="7102")) == ["Bike Room"]
    assert names(find_doors(account, id=["7102", "7001", "none"])) == ["Front Door", "Bike Room"]
    assert names(find_buildings(account, id={"502"})) == ["Mill Lofts"]
    assert names(find_cameras(account, id="8001")) == names(find_cameras(account, id="1000a001")) == ["Lobby"]
    assert names(find_cameras(account, id=["8001", "2000a001"])) == ["Lobby", "Courtyard"]


def test_search_by_name(account: Account) -> None:
    assert names(find_doors(account, name="Front Door")) == ["Front Door"]
    assert names(find_doors(account, name=" front ")) == ["Front Door"]
    assert names(find_doors(account, name="7003")) == ["Roof Deck"]
    assert names(find_buildings(account, name="mill")) == ["Mill Lofts"]
    with pytest.raises(NotFoundByNameError) as unknown:
        find_buildings(account, name="Tower")
    assert unknown.value.candidates == ("Harbor House (501)", "Mill Lofts (502)")
    assert not unknown.value.ambiguous
    with pytest.raises(NotFoundByNameError) as unknown:
        find_doors(account, name="Cellar", provider="none")
    assert unknown.value.candidates == ()


def test_ambiguous_name_lists_the_candidates(account: Account) -> None:
    doors = [Door(id="1", name="Gate", building_id="501"), Door(id="2", name="Gate", building_id="502")]
    with pytest.raises(
        NotFoundByNameError, match=r"More than one door matches 'Gate': Gate \(1\), Gate \(2\)"
    ) as error:
        pick(doors, "Gate", kind="door")
    assert error.value.ambiguous
    with pytest.raises(NotFoundByNameError) as prefix:
        find_cameras(account, name="LO")
    assert prefix.value.candidates == ("Harbor House / Lobby (8001)", "Harbor House / Loading Dock (8003)")


def test_exact_name_takes_precedence() -> None:
    doors = [Door(id=str(n), name=name, building_id="1") for n, name in enumerate(["Gate North", "gate", "Gate"])]
    assert pick(doors, "Gate").id == "2"
    assert pick(doors, "gate").id == "1"
    assert pick(doors[:2], "GATE").id == "1"
    assert pick(doors[:1], "GATE").id == "0"
    with pytest.raises(NotFoundByNameError):
        pick(doors[:1], "  ")
    with pytest.raises(NotFoundByNameError, match="there are none"):
        pick([], "Gate")


def test_search_by_attribute(account: Account) -> None:
    assert names(find_doors(account, staff_only=True)) == ["Staff Entrance"]
    assert names(find_doors(account, unit_door=True)) == ["Unit 12B"]
    assert len(find_doors(account, staff_only=False, unit_door=False)) == 5
    assert len(find_doors(account, usable=True)) == 7
    assert find_doors(account, provider="none") == ()
    assert names(find_cameras(account, provider="doorbird")) == ["Intercom"]
    assert len(find_cameras(account, provider="eagle_eye")) == 5
    assert find_cameras(account, staff_only=True) == ()
    assert len(find_buildings(account, has_eagle_eye=True)) == 2


def test_search_by_status_and_tag(account: Account, devices: tuple[Device, ...]) -> None:
    assert names(find_cameras(account, devices=devices, tag="lobby")) == ["Lobby"]
    assert names(find_cameras(account, devices=devices, online=True)) == ["Lobby", "Garage"]
    assert names(find_cameras(account, devices=devices, recording=True)) == ["Lobby", "Garage"]
    assert "Loading Dock" in names(find_cameras(account, devices=devices, online=False))
    with pytest.raises(InvalidInputError, match="devices"):
        find_cameras(account, online=True)


def test_search_by_distance(account: Account) -> None:
    harbor, mill = account.buildings
    far = dataclasses.replace(mill, latitude=45.52, longitude=-122.68)
    nowhere = dataclasses.replace(mill, id="9", name="Nowhere", latitude=None)
    places = [far, nowhere, harbor]
    assert names(find_buildings(places, near=HARBOR)) == ["Harbor House", "Mill Lofts"]
    assert names(find_buildings(places, near=HARBOR, within=10)) == ["Harbor House"]
    assert find_doors(places, near=HARBOR)[0].name == "Front Door"
    assert find_doors(places, near=HARBOR)[-1].name == "Bike Room"
    assert find_cameras(places, near=HARBOR, within=1000) == harbor.cameras
    assert find_doors(places, near=Point(latitude=-80, longitude=0), within=1000) == ()
    assert HARBOR.distance(HARBOR) == 0
    assert HARBOR.distance(Point(latitude=45.52, longitude=-122.68)) == pytest.approx(3_930_000, rel=0.01)


def test_offset_and_limit(account: Account) -> None:
    everything = find_doors(account)
    assert find_doors(account, offset=1, limit=2) == everything[1:3]
    assert find_doors(account, offset=6) == everything[6:]
    assert find_doors(account, limit=0) == ()


def test_invalid_arguments(account: Account) -> None:
    with pytest.raises(InvalidInputError):
        find_doors(account, offset=-1)
    with pytest.raises(InvalidInputError):
        find_doors(account, limit=-1)
    with pytest.raises(InvalidInputError):
        find_doors(account, within=10)
    with pytest.raises(InvalidInputError):
        find_doors(account, near=HARBOR, within=-1)
    with pytest.raises(InvalidInputError):
        Point(latitude=91, longitude=0)
    with pytest.raises(InvalidInputError):
        Point(latitude=float("nan"), longitude=0)
