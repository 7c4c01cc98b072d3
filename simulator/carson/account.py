"""The rows of `GET /me/` (Protocol A.4)."""

from typing import Any

from simulator.state.amenities import Id
from simulator.state.model import ABSENT, Account, Building, CarsonCamera, Door, State, Unit


def render_me(account: Account, state: State) -> dict[str, Any]:
    """Return `data` of the response, with every field that has been observed and some that have not."""
    buildings = [state.buildings[key] for key in account.buildings if key in state.buildings]
    contacts: list[dict[str, Any]] = [_contact(account.id * 10, "email", account.email)]
    if account.phone is not None:
        contacts.append(_contact(account.id * 10 + 1, "phone_number", account.phone))
    photo = None
    if account.photo_url is not None:
        photo = {"url": account.photo_url, "thumbnailUrl": f"{account.photo_url}?size=small"}
    return _with(
        {
            "id": account.id,
            "firstName": account.first_name,
            "lastName": account.last_name,
            "contactInfo": contacts,
            "photo": photo,
            "verified": True,
            "isAdmin": False,
            "isService": False,
            "pmcRole": None,
            "properties": [*(render_building(building, state) for building in buildings), *account.other_properties],
            "onboarding": {"step": "done", "seen": True},
        },
        account.overrides,
    )


def _contact(number: int, kind: str, value: str) -> dict[str, Any]:
    return {
        "id": number,
        "type": kind,
        "primary": True,
        "contactInfo": value,
        "verified": True,
        "confirmationInfo": None,
    }


def _with(row: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in (row | overrides).items() if value is not ABSENT}


def render_building(building: Building, state: State) -> dict[str, Any]:
    """Return the row of a building in `properties`."""
    area = None
    if building.latitude is not None:
        area = {"lat": building.latitude, "lon": building.longitude, "radius": building.radius}
    cameras = building.cameras
    amenities = sum(one.active for one in state.amenities if one.building == building.key)
    return _with(
        {
            "id": building.id,
            "name": building.name,
            "propertyLevel": "building",
            "type": "rental",
            "accessControl": None,
            "paymentSystem": None,
            "visitorValidUntilLimitDays": None,
            "serviceRequestsExternalUrl": None,
            "cameras": None if cameras is None else [_render_camera(camera, building) for camera in cameras],
            "doors": [_render_door(door, building.id) for door in building.doors],
            "units": [_render_unit(unit, building.id) for unit in building.units],
            "visitors": [],
            "roles": [],
            "area": area,
            "comelitData": {"hostAddress": "intercom.example.com", "port": 64100},
            "pmc": 11,
            "pmcName": "Sample Management",
            "rootDirectory": 21,
            "pmcRootDirectory": 22,
            "paymentsEnabled": False,
            "visitorInviteEnabled": True,
            "doorsAvailable": bool(building.doors),
            "serviceRequestsEnabled": True,
            "possibleToReceiveCalls": True,
            "visitorInvitesLeft": 10,
            "paymentsAvailability": "disabled",
            "serviceRequestsStatus": "enabled",
            "country": building.country,
            "state": building.state,
            "timezone": building.time_zone,
            "amenitiesData": {"amenitiesReservationsAllowed": True, "amenitiesCount": amenities},
            "packageRoom": {"enabled": False, "lockers": []},
        },
        building.overrides,
    )


def _render_camera(camera: CarsonCamera, building: Building) -> dict[str, Any]:
    return _with(
        {
            "id": camera.id,
            "building": building.id,
            "property": building.id,
            "buildingName": building.name,
            "name": camera.name,
            "provider": camera.provider,
            "externalId": camera.external_id,
            "liveViewId": camera.live_view_id,
            "staffOnly": camera.staff_only,
            "defaultInBuilding": camera.default_in_building,
            "available": camera.available,
            "doors": camera.doors,
            "order": camera.order,
        },
        camera.overrides,
    )


def _render_door(door: Door, building_id: Id) -> dict[str, Any]:
    return _with(
        {
            "id": door.id,
            "building": building_id,
            "property": building_id,
            "name": door.name,
            "provider": door.provider,
            "isActive": door.is_active,
            "disabled": door.disabled,
            "isUnitDoor": door.is_unit_door,
            "staffOnly": door.staff_only,
            "defaultInBuilding": door.default_in_building,
            "available": door.available,
            "externalId": door.external_id,
            "order": door.order,
        },
        door.overrides,
    )


def _render_unit(unit: Unit, building_id: Id) -> dict[str, Any]:
    return {
        "id": unit.id,
        "name": unit.name,
        "propertyLevel": "unit",
        "building": building_id,
        "paymentsEnabled": unit.payments_enabled,
        "roles": unit.roles,
    }
