"""Parsing of the account (Protocol A.4)."""

import logging
from typing import Any

from aiocarson import Account
from aiocarson.carson.parsing import parse_account
from hypothesis import given, strategies as st
import pytest


def parsed(**properties: Any) -> Account:
    account = parse_account({"id": 1, **properties})
    assert account is not None
    return account


DOOR = {
    "id": 7,
    "building": 5,
    "property": 5,
    "name": "Front",
    "provider": "smartair",
    "isActive": True,
    "disabled": False,
    "isUnitDoor": False,
    "staffOnly": False,
    "defaultInBuilding": True,
    "available": True,
    "externalId": "e7",
    "order": 2,
}
CAMERA = {
    "id": 8,
    "building": 5,
    "buildingName": "House",
    "property": 5,
    "name": "Lobby",
    "provider": "eagle_eye_v2",
    "externalId": "x8",
    "liveViewId": "1000a001",
    "staffOnly": False,
    "defaultInBuilding": True,
    "available": True,
    "doors": [7, "9", None, {}],
    "order": 1,
}
BUILDING = {
    "id": 5,
    "name": "House",
    "propertyLevel": "building",
    "type": "rental",
    "accessControl": None,
    "paymentSystem": None,
    "visitorValidUntilLimitDays": 3,
    "serviceRequestsExternalUrl": "https://service.example.com",
    "cameras": [CAMERA],
    "doors": [DOOR],
    "units": [{"id": 3, "name": "12B", "propertyLevel": "unit", "building": 5, "paymentsEnabled": True, "roles": [1]}],
    "visitors": [{"v": 1}],
    "roles": [2],
    "area": {"lat": 40.7, "lon": -74, "radius": 150},
    "comelitData": {"hostAddress": "intercom.example.com", "port": 64100},
    "pmc": 11,
    "pmcName": "Managers",
    "rootDirectory": 21,
    "pmcRootDirectory": 22,
    "paymentsEnabled": True,
    "visitorInviteEnabled": True,
    "doorsAvailable": True,
    "serviceRequestsEnabled": True,
    "possibleToReceiveCalls": True,
    "visitorInvitesLeft": 10,
    "paymentsAvailability": "disabled",
    "serviceRequestsStatus": "enabled",
    "country": "US",
    "state": "NY",
    "timezone": "America/New_York",
    "amenitiesData": {"amenitiesReservationsAllowed": True, "amenitiesCount": 4},
    "brandNew": [1, 2],
}


def test_every_field_of_a_building() -> None:
    building = parsed(properties=[BUILDING]).buildings[0]

    assert (building.id, building.name, building.property_type) == ("5", "House", "rental")
    assert (building.time_zone, building.country, building.state) == ("America/New_York", "US", "NY")
    assert (building.latitude, building.longitude, building.radius) == (40.7, -74.0, 150.0)
    assert (building.amenities_allowed, building.amenities_count) == (True, 4)
    assert (building.payments_enabled, building.payments_availability) == (True, "disabled")
    assert (building.visitor_invite_enabled, building.visitor_invites_left) == (True, 10)
    assert building.visitor_valid_until_limit_days == 3
    assert (building.service_requests_enabled, building.service_requests_status) == (True, "enabled")
    assert building.service_requests_external_url == "https://service.example.com"
    assert building.possible_to_receive_calls
    assert building.doors_available
    assert (building.intercom_host, building.intercom_port) == ("intercom.example.com", 64100)
    assert (building.manager_id, building.manager_name) == ("11", "Managers")
    assert (building.root_directory, building.manager_root_directory) == ("21", "22")
    assert (building.visitors, building.roles) == (({"v": 1},), (2,))
    assert building.raw["brandNew"] == [1, 2]
    assert building.complete
    assert building.has_eagle_eye


def test_every_field_of_doors_cameras_and_units() -> None:
    building = parsed(properties=[BUILDING]).buildings[0]
    door, camera, unit = building.doors[0], building.cameras[0], building.units[0]

    assert (door.id, door.name, door.building_id, door.property_id) == ("7", "Front", "5", "5")
    assert (door.provider, door.external_id, door.order) == ("smartair", "e7", 2)
    assert (door.default_in_building, door.is_unit_door, door.staff_only) == (True, False, False)
    assert door.usable
    assert (camera.id, camera.name, camera.building_id, camera.building_name) == ("8", "Lobby", "5", "House")
    assert (camera.provider, camera.external_id, camera.live_view_id) == ("eagle_eye_v2", "x8", "1000a001")
    assert (camera.door_ids, camera.order, camera.available) == (("7", "9"), 1, True)
    assert (unit.id, unit.name, unit.building_id, unit.payments_enabled) == ("3", "12B", "5", True)
    assert (unit.property_level, unit.roles) == ("unit", ("1",))


def test_every_field_of_the_account() -> None:
    account = parsed(
        firstName="Robin",
        lastName="Sample",
        username="RS01",
        contactInfo=[
            {"id": 1, "type": "email", "primary": False, "contactInfo": "second@example.com"},
            {"id": 2, "type": "email", "primary": True, "contactInfo": "first@example.com", "verified": True},
            {"id": 3, "type": "phone_number", "contactInfo": "+15550100001"},
            {"type": None, "contactInfo": "lost"},
            "junk",
        ],
        photo={"url": "https://photos.example.com/1.jpg", "thumbnailUrl": "https://photos.example.com/1s.jpg"},
        verified=True,
        isAdmin=True,
        isService=True,
        pmcRole="x",
        properties=[],
    )

    assert (account.id, account.first_name, account.last_name, account.username) == ("1", "Robin", "Sample", "RS01")
    assert (account.email, account.phone) == ("first@example.com", "+15550100001")
    assert [contact.verified for contact in account.contacts] == [False, True, False]
    assert account.photo_url == "https://photos.example.com/1.jpg"
    assert account.photo_thumbnail_url == "https://photos.example.com/1s.jpg"
    assert (account.verified, account.is_admin, account.is_service, account.manager_role) == (True, True, True, "x")
    assert account.buildings == ()
    assert account.complete


def test_account_with_an_id_only() -> None:
    account = parsed()
    assert (account.email, account.phone, account.photo_url, account.buildings) == (None, None, None, ())
    assert not account.complete, "a response without buildings must not remove them"


@pytest.mark.parametrize("account_id", [None, {}, "", True])
def test_account_without_id_is_none(account_id: object) -> None:
    assert parse_account({"id": account_id}) is None


@pytest.mark.parametrize("nothing", [None, []])
def test_null_lists_are_empty_and_complete(nothing: object) -> None:
    account = parsed(properties=[{"id": 5, "cameras": nothing, "doors": nothing, "units": nothing, "area": nothing}])
    building = account.buildings[0]
    assert (building.cameras, building.doors, building.units) == ((), (), ())
    assert account.complete
    assert not building.has_eagle_eye


def test_missing_fields_have_sensible_defaults() -> None:
    building = parsed(
        properties=[{"id": "b-5", "doors": [{"id": 7}], "cameras": [{"id": 8}], "units": [{"id": 9}]}]
    ).buildings[0]

    assert building.id == "b-5"
    assert (building.name, building.doors[0].name) == ("Building b-5", "Door 7")
    assert (building.cameras[0].name, building.units[0].name) == ("Camera 8", "Unit 9")
    assert building.doors[0].usable
    assert not building.doors[0].staff_only
    assert not building.cameras[0].is_eagle_eye
    assert building.latitude is None


@pytest.mark.parametrize(
    ("field", "usable"),
    [({"isActive": False}, False), ({"disabled": True}, False), ({"available": False}, False), ({}, True)],
)
def test_usable_door(field: dict[str, bool], usable: bool) -> None:
    door = parsed(properties=[{"id": 5, "doors": [DOOR | field]}]).buildings[0].doors[0]
    assert door.usable is usable


@pytest.mark.parametrize(
    ("provider", "ours"),
    [
        ("eagle_eye", True),
        ("eagle_eye_v2", True),
        ("eagle_eye_v3", True),
        ("doorbird", False),
        ("", False),
        (None, False),
        (3, False),
    ],
)
def test_eagle_eye_is_matched_by_the_start_of_the_provider(provider: object, ours: bool) -> None:
    building = parsed(properties=[{"id": 5, "cameras": [CAMERA | {"provider": provider}]}]).buildings[0]
    assert building.cameras[0].is_eagle_eye is ours
    assert bool(building.eagle_eye_cameras) is ours


@pytest.mark.parametrize(
    ("level", "kept"),
    [("building", True), (None, True), ("", True), ("unit", False), ("portfolio", False), ([], False), (4, False)],
)
def test_only_properties_at_building_level_are_buildings(level: object, kept: bool) -> None:
    account = parsed(properties=[{"id": 5, "propertyLevel": level}, {"id": 6}])
    assert [building.id for building in account.buildings] == (["5", "6"] if kept else ["6"])
    assert account.complete


@pytest.mark.parametrize("broken", [None, 3, "door", [], {}, {"id": None}, {"id": []}, {"name": "no id"}])
@pytest.mark.parametrize("kind", ["doors", "cameras", "units"])
def test_invalid_item_does_not_affect_others(kind: str, broken: object, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    account = parsed(properties=[{"id": 5, kind: [{"id": 1}, broken, {"id": 2}]}, {"id": 6}])

    assert [item.id for item in getattr(account.buildings[0], kind)] == ["1", "2"]
    assert len(account.buildings) == 2
    assert not account.complete
    assert not account.buildings[0].complete
    assert account.buildings[1].complete
    assert caplog.text.count("Ignoring") == 1
    assert "no id" not in caplog.text.replace("no usable id", "")


@pytest.mark.parametrize("broken", [None, 3, "x", {"id": {}}])
def test_invalid_building_does_not_affect_others(broken: object) -> None:
    account = parsed(properties=[broken, BUILDING])
    assert [building.id for building in account.buildings] == ["5"]
    assert not account.complete


@pytest.mark.parametrize("wrong", ["x", 3, {}, True])
def test_invalid_list(wrong: object) -> None:
    account = parsed(properties=[{"id": 5, "doors": wrong, "units": [{"id": 1}]}])
    assert account.buildings[0].doors == ()
    assert len(account.buildings[0].units) == 1
    assert not account.complete
    assert parsed(properties=wrong).buildings == ()


def test_first_of_two_items_with_the_same_id_is_used() -> None:
    building = parsed(properties=[{"id": 5, "doors": [{"id": 1, "name": "A"}, {"id": "1", "name": "B"}]}]).buildings[0]
    assert [door.name for door in building.doors] == ["A"]


@pytest.mark.parametrize("area", [None, [], {"lat": "x", "lon": None}, {"lat": 91, "lon": 181}, {"lat": float("nan")}])
def test_invalid_coordinates(area: object) -> None:
    building = parsed(properties=[{"id": 5, "area": area}]).buildings[0]
    assert (building.latitude, building.longitude) == (None, None)


def test_names_are_cleaned() -> None:
    building = parsed(properties=[{"id": 5, "name": "Ho\x00use\n", "doors": [{"id": 1, "name": "\r\n"}]}]).buildings[0]
    assert (building.name, building.doors[0].name) == ("Ho use", "Door 1")


def test_equal_responses_give_equal_models() -> None:
    assert parsed(properties=[BUILDING]) == parsed(properties=[BUILDING])
    assert len({*parsed(properties=[BUILDING]).buildings, *parsed(properties=[BUILDING]).buildings}) == 1
    assert parsed(properties=[BUILDING]) != parsed(properties=[BUILDING | {"name": "Other"}])


def test_personal_data_is_not_in_the_repr() -> None:
    account = parsed(
        firstName="Robin",
        lastName="Sample",
        properties=[BUILDING],
        contactInfo=[{"type": "email", "contactInfo": "r@example.com"}],
    )
    shown = repr(account) + repr(account.contacts)
    for secret in ("Robin", "Sample", "r@example.com", "40.7", "intercom", "x8", "brandNew"):
        assert secret not in shown


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*BUILDING, *DOOR]), inner, max_size=6),
    max_leaves=12,
)


@given(JSON)
def test_parsing_never_raises(properties: Any) -> None:
    account = parsed(properties=[BUILDING, properties], contactInfo=properties, photo=properties)
    assert account.buildings[0].id == "5"


def test_doors_are_ordered_by_default_then_order_then_name() -> None:
    account = parse_account(
        {
            "id": 1,
            "properties": [
                {
                    "id": 2,
                    "doors": [
                        {"id": 10, "name": "No order"},
                        {"id": 11, "name": "garage", "order": 2},
                        {"id": 12, "name": "Elevator", "order": 2},
                        {"id": 13, "name": "Lobby", "order": 1},
                        {"id": 14, "name": "Favorite", "order": 9, "defaultInBuilding": True},
                        {"id": 15, "name": "Basement", "order": 0},
                    ],
                }
            ],
        }
    )
    assert account is not None
    names = [door.name for door in account.buildings[0].doors]
    assert names == ["Favorite", "Basement", "Lobby", "Elevator", "garage", "No order"]
