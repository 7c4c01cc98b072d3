"""Names under which accounts, buildings, doors and cameras are registered.

Device identifiers are `<account>-account` and `<account>-<kind>-<id>`. Unique ids of entities:

    <account>-account-<key>          an entity of the account
    <account>-building-<id>-<key>    an entity of a building
    <account>-<id>                   the lock of a door, or a camera
    <account>-<id>-<key>             another entity of the door or camera

They never change: renaming one would orphan what users have registered.
"""

from enum import StrEnum

from homeassistant.helpers import device_registry as dr

from .aiocarson import Account
from .const import DOMAIN, MANUFACTURER
from .text import without_markup

LAST_OPENING = "last_opening"
"""Key of the image of a door's last opening."""

MOTION = "motion"
"""Key of the binary sensor of motion."""
MOTION_EVENT = "motion_event"
"""Key of the event of motion."""

DOOR_REFUSED = "door_refused"
"""Kind of the issue of a door that Carson keeps refusing to open."""


class DeviceKind(StrEnum):
    """Kinds of devices that belong to an account."""

    BUILDING = "building"
    DOOR = "door"
    CAMERA = "camera"


def account_identifier(account_id: str) -> str:
    """Return the identifier of the account's own device."""
    return f"{account_id}-account"


def building_identifier(account_id: str, building_id: str) -> str:
    """Return the identifier of a building's device."""
    return f"{account_id}-{DeviceKind.BUILDING}-{building_id}"


def door_identifier(account_id: str, door_id: str) -> str:
    """Return the identifier of a door's device."""
    return f"{account_id}-{DeviceKind.DOOR}-{door_id}"


def camera_identifier(account_id: str, camera_id: str) -> str:
    """Return the identifier of a camera's device."""
    return f"{account_id}-{DeviceKind.CAMERA}-{camera_id}"


def device_identifiers(device: dr.DeviceEntry) -> set[str]:
    """Return the identifiers of a registered device that this integration has made."""
    return {identifier for domain, identifier in device.identifiers if domain == DOMAIN}


def device_kind(account_id: str, identifier: str) -> DeviceKind | None:
    """Return the kind of device that an identifier belongs to; None for the account's own and for unknown ones."""
    kind = identifier.removeprefix(f"{account_id}-").partition("-")[0]
    return DeviceKind(kind) if kind in DeviceKind else None


def item_id(account_id: str, identifier: str, kind: DeviceKind) -> str | None:
    """Return the id of the building, door or camera that an identifier belongs to; None if it is of another kind."""
    prefix = f"{account_id}-{kind}-"
    return identifier.removeprefix(prefix) if identifier.startswith(prefix) else None


def account_unique_id(account_id: str, key: str) -> str:
    """Return the unique id of an entity of the account."""
    return f"{account_identifier(account_id)}-{key}"


def building_unique_id(account_id: str, building_id: str, key: str) -> str:
    """Return the unique id of an entity of a building."""
    return f"{building_identifier(account_id, building_id)}-{key}"


def calendar_unique_id(account_id: str, building_id: str) -> str:
    """Return the unique id of the calendar of a building's reservations."""
    return building_unique_id(account_id, building_id, "reservations")


def door_unique_id(account_id: str, door_id: str, key: str | None = None) -> str:
    """Return the unique id of a door's lock, or with a key that of another entity of the door."""
    return _unique_id(account_id, door_id, key)


def camera_unique_id(account_id: str, camera_id: str, key: str | None = None) -> str:
    """Return the unique id of a camera, or with a key that of another entity of the camera."""
    return _unique_id(account_id, camera_id, key)


def _unique_id(account_id: str, item_id: str, key: str | None) -> str:
    return f"{account_id}-{item_id}" if key is None else f"{account_id}-{item_id}-{key}"


def issue_id_of(entry_id: str, kind: str, subject: str | None = None) -> str:
    """Return the id of an issue of a kind; the subject tells those of the same kind apart."""
    return f"{entry_id}_{kind}" if subject is None else f"{entry_id}_{kind}_{subject}"


def account_title(account: Account) -> str:
    """Return the title of an account's entry: the resident's name, never the e-mail address, since logs hold titles.

    Home Assistant shows titles in its own repairs, as Markdown: what could be markup is left out.
    """
    name = f"{account.first_name or ''} {account.last_name or ''}"
    titles = (name, *(building.name for building in account.buildings))
    return next((title for text in titles if (title := without_markup(text))), MANUFACTURER)


def account_device_name(account: Account) -> str:
    """Return the name of the account's own device: not that of a building, whose device has it."""
    title = account_title(account)
    is_building = title.casefold() in {without_markup(building.name).casefold() for building in account.buildings}
    return MANUFACTURER if is_building else title
