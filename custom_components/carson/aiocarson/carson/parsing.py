"""Parsing of the account, the response to `me/` (Protocol A.4). An invalid item does not affect the others."""

from collections.abc import Callable, Iterable, Mapping
import logging
from typing import Any

from ..http.bounds import RowBounds, RowKind, Steps, run_at_once
from ..http.coerce import as_bool, as_esn, as_float, as_id, as_int, as_list, as_mapping, clean_text
from .models import Account, Building, Camera, Contact, Door, Unit

_LOGGER = logging.getLogger(__name__)

MAX_URL = 2048
# Rows that are parsed in one step.
_STEP = 20
_NEW = Building(id="", name="")


def parse_account(data: Mapping[str, Any]) -> Account | None:
    """Return the account in a response; None if it has no id."""
    return run_at_once(account_steps(data, RowBounds()))


def account_steps(data: Mapping[str, Any], bounds: RowBounds, earlier: Account | None = None) -> Steps[Account | None]:
    """Return the steps of parsing the account in a response.

    What is in the earlier account, and has not changed, is the same object as there: buildings, doors, cameras, units.
    """
    if (account_id := as_id(data.get("id"))) is None:
        return None
    contacts = tuple(_contacts(bounds.take(RowKind.CONTACT, as_list(data.get("contactInfo")))))
    photo = as_mapping(data.get("photo"))
    rows, complete = yield from _rows(data.get("properties"), RowKind.BUILDING, bounds, wanted=_is_building)
    known = {} if earlier is None else {building.id: building for building in earlier.buildings}
    buildings: list[Building] = []
    for building_id, raw in rows.items():
        buildings.append((yield from _building(raw, building_id, bounds, known.get(building_id, _NEW))))
        yield
    # An unchanged row is kept only once.
    kept = {id(raw): building.raw for raw, building in zip(rows.values(), buildings, strict=True)}
    if kept:
        data = {**data, "properties": [kept.get(id(row), row) for row in data["properties"]]}
    buildings_complete = complete and isinstance(data.get("properties"), list)
    return Account(
        id=account_id,
        first_name=clean_text(data.get("firstName")),
        last_name=clean_text(data.get("lastName")),
        username=clean_text(data.get("username")),
        email=_main_contact(contacts, "email"),
        phone=_main_contact(contacts, "phone_number"),
        contacts=contacts,
        photo_url=clean_text(photo.get("url"), MAX_URL),
        photo_thumbnail_url=clean_text(photo.get("thumbnailUrl"), MAX_URL),
        verified=as_bool(data.get("verified")),
        is_admin=as_bool(data.get("isAdmin")),
        is_service=as_bool(data.get("isService")),
        manager_role=data.get("pmcRole"),
        buildings=tuple(buildings),
        buildings_complete=buildings_complete,
        complete=buildings_complete and all(building.complete for building in buildings),
        raw=data,
    )


def _rows(
    value: object,
    kind: RowKind,
    bounds: RowBounds,
    *,
    wanted: Callable[[Mapping[str, Any]], bool] = lambda _: True,
    known: Mapping[str, Mapping[str, Any]] | None = None,
) -> Steps[tuple[dict[str, Mapping[str, Any]], bool]]:
    """Return the objects of a list by their ids, and whether all of them could be read.

    A known row takes the place of one that is the same, so that it is kept only once.
    """
    if value is None:
        return {}, True
    if not isinstance(value, list):
        _LOGGER.debug("Carson sent a %s instead of a list of %s items", type(value).__name__, kind)
        return {}, False
    taken = bounds.take(kind, value)
    found: dict[str, Mapping[str, Any]] = {}
    complete = len(taken) == len(value)
    for position, raw in enumerate(taken):
        if position % _STEP == _STEP - 1:
            yield
        if not isinstance(raw, dict):
            _LOGGER.debug("Ignoring %s number %d: a %s, not an object", kind, position, type(raw).__name__)
            complete = False
        elif not wanted(raw):
            continue
        elif (item_id := as_id(raw.get("id"))) is None:
            _LOGGER.debug("Ignoring %s number %d without usable id", kind, position)
            complete = False
        else:
            row = None if known is None else known.get(item_id)
            if row is not None and _is_same(row, raw):
                value[position] = row
            else:
                row = raw
            found.setdefault(item_id, row)
    return found, complete


def _items[T: (Door, Camera, Unit)](
    value: object,
    kind: RowKind,
    parse: Callable[[Mapping[str, Any], str, str], T],
    building_id: str,
    bounds: RowBounds,
    *,
    earlier: tuple[T, ...],
) -> Steps[tuple[tuple[T, ...], bool]]:
    """Return the items of a building, and whether all of them could be read."""
    known = {item.id: item for item in earlier}
    rows, complete = yield from _rows(value, kind, bounds, known={item.id: item.raw for item in earlier})
    items: list[T] = []
    for item_id, raw in rows.items():
        if len(items) % _STEP == _STEP - 1:
            yield
        item = known.get(item_id)
        items.append(item if item is not None and item.raw is raw else parse(raw, item_id, building_id))
    return tuple(items), complete


def _is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two rows hold the same values; 1 and true, which are equal in Python, are not the same."""
    return one == other and repr(one) == repr(other)


def _is_unchanged(raw: Mapping[str, Any], items: Iterable[object], readable: bool, earlier: Building) -> bool:
    """Return whether a building is the same as before, and so are its items, most of which are known to be."""
    before = (*earlier.doors, *earlier.cameras, *earlier.units)
    return (
        readable == earlier.complete
        and {id(item) for item in items} == {id(item) for item in before}
        and raw == earlier.raw
        and repr(_without_items(raw)) == repr(_without_items(earlier.raw))
    )


def _without_items(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key not in {"doors", "cameras", "units"}}


def _is_building(raw: Mapping[str, Any]) -> bool:
    """Return whether a property is a building; that is assumed if it has no level."""
    return raw.get("propertyLevel") in (None, "", "building")  # it may be unhashable


def _building(raw: Mapping[str, Any], building_id: str, bounds: RowBounds, earlier: Building) -> Steps[Building]:
    doors, doors_readable = yield from _items(
        raw.get("doors"), RowKind.DOOR, _door, building_id, bounds, earlier=earlier.doors
    )
    cameras, cameras_readable = yield from _items(
        raw.get("cameras"), RowKind.CAMERA, _camera, building_id, bounds, earlier=earlier.cameras
    )
    units, units_readable = yield from _items(
        raw.get("units"), RowKind.UNIT, _unit, building_id, bounds, earlier=earlier.units
    )
    readable = doors_readable and cameras_readable and units_readable
    if _is_unchanged(raw, (*doors, *cameras, *units), readable, earlier):
        return earlier
    area = as_mapping(raw.get("area"))
    intercom = as_mapping(raw.get("comelitData"))
    amenities = as_mapping(raw.get("amenitiesData"))
    return Building(
        id=building_id,
        name=clean_text(raw.get("name")) or f"Building {building_id}",
        property_type=clean_text(raw.get("type")),
        time_zone=clean_text(raw.get("timezone")),
        country=clean_text(raw.get("country")),
        state=clean_text(raw.get("state")),
        latitude=_within(as_float(area.get("lat")), 90),
        longitude=_within(as_float(area.get("lon")), 180),
        radius=as_float(area.get("radius")),
        doors=tuple(sorted(doors, key=lambda door: door.rank)),
        cameras=cameras,
        units=units,
        doors_complete=doors_readable and isinstance(raw.get("doors"), list),
        cameras_complete=cameras_readable and isinstance(raw.get("cameras"), list),
        complete=readable,
        amenities_allowed=as_bool(amenities.get("amenitiesReservationsAllowed")),
        amenities_count=max(0, as_int(amenities.get("amenitiesCount")) or 0),
        payments_enabled=as_bool(raw.get("paymentsEnabled")),
        payments_availability=clean_text(raw.get("paymentsAvailability")),
        visitor_invite_enabled=as_bool(raw.get("visitorInviteEnabled")),
        visitor_invites_left=as_int(raw.get("visitorInvitesLeft")),
        visitor_valid_until_limit_days=as_int(raw.get("visitorValidUntilLimitDays")),
        doors_available=as_bool(raw.get("doorsAvailable"), default=True),
        service_requests_enabled=as_bool(raw.get("serviceRequestsEnabled")),
        service_requests_status=clean_text(raw.get("serviceRequestsStatus")),
        service_requests_external_url=clean_text(raw.get("serviceRequestsExternalUrl"), MAX_URL),
        possible_to_receive_calls=as_bool(raw.get("possibleToReceiveCalls")),
        access_control=raw.get("accessControl"),
        payment_system=raw.get("paymentSystem"),
        intercom_host=clean_text(intercom.get("hostAddress")),
        intercom_port=as_int(intercom.get("port")),
        manager_id=as_id(raw.get("pmc")),
        manager_name=clean_text(raw.get("pmcName")),
        root_directory=as_id(raw.get("rootDirectory")),
        manager_root_directory=as_id(raw.get("pmcRootDirectory")),
        visitors=tuple(as_list(raw.get("visitors"))),
        roles=tuple(as_list(raw.get("roles"))),
        raw=raw,
    )


def _door(raw: Mapping[str, Any], door_id: str, building_id: str) -> Door:
    return Door(
        id=door_id,
        name=clean_text(raw.get("name")) or f"Door {door_id}",
        building_id=building_id,
        property_id=as_id(raw.get("property")),
        provider=clean_text(raw.get("provider")),
        external_id=as_id(raw.get("externalId")),
        is_active=as_bool(raw.get("isActive"), default=True),
        disabled=as_bool(raw.get("disabled")),
        is_unit_door=as_bool(raw.get("isUnitDoor")),
        staff_only=as_bool(raw.get("staffOnly")),
        default_in_building=as_bool(raw.get("defaultInBuilding")),
        available=as_bool(raw.get("available"), default=True),
        order=as_int(raw.get("order")),
        raw=raw,
    )


def _camera(raw: Mapping[str, Any], camera_id: str, building_id: str) -> Camera:
    doors = (as_id(door) for door in as_list(raw.get("doors")))
    return Camera(
        id=camera_id,
        name=clean_text(raw.get("name")) or f"Camera {camera_id}",
        building_id=building_id,
        building_name=clean_text(raw.get("buildingName")),
        property_id=as_id(raw.get("property")),
        provider=clean_text(raw.get("provider")),
        external_id=as_id(raw.get("externalId")),
        live_view_id=as_esn(raw.get("liveViewId")),
        staff_only=as_bool(raw.get("staffOnly")),
        default_in_building=as_bool(raw.get("defaultInBuilding")),
        available=as_bool(raw.get("available"), default=True),
        door_ids=tuple(door for door in doors if door is not None),
        order=as_int(raw.get("order")),
        raw=raw,
    )


def _unit(raw: Mapping[str, Any], unit_id: str, building_id: str) -> Unit:
    roles = (as_id(role) for role in as_list(raw.get("roles")))
    return Unit(
        id=unit_id,
        name=clean_text(raw.get("name")) or f"Unit {unit_id}",
        building_id=building_id,
        property_level=clean_text(raw.get("propertyLevel")),
        payments_enabled=as_bool(raw.get("paymentsEnabled")),
        roles=tuple(role for role in roles if role is not None),
        raw=raw,
    )


def _contacts(rows: Iterable[object]) -> Iterable[Contact]:
    for raw in rows:
        item = as_mapping(raw)
        kind, text = clean_text(item.get("type")), clean_text(item.get("contactInfo"))
        if kind is not None and text is not None:
            yield Contact(
                id=as_id(item.get("id")),
                kind=kind,
                value=text,
                primary=as_bool(item.get("primary")),
                verified=as_bool(item.get("verified")),
                raw=item,
            )


def _main_contact(contacts: tuple[Contact, ...], kind: str) -> str | None:
    ours = [contact for contact in contacts if contact.kind == kind]
    return next((contact.value for contact in ours if contact.primary), ours[0].value if ours else None)


def _within(value: float | None, limit: float) -> float | None:
    return value if value is not None and abs(value) <= limit else None
