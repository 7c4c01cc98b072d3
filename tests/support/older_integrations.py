"""Home Assistant's storage with an account of an older integration, as it leaves it.

The user has changed entity ids, names, areas, labels and icons. Written from the facts of the four integrations.
"""

from dataclasses import dataclass
import hashlib
from typing import Any

ENTRY_ID = "01j0olderentry000000000000"
EMAIL = "resident@example.com"
WRITTEN = "2024-08-11T17:03:22.123456+00:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """One of the older integrations.

    Attributes:
        name: Whose it is.
        domain: Its domain.
        has_options: Whether its users have set the option for all cameras of Eagle Eye.
        token_only: Whether its users may have a token and no password.
    """

    name: str
    domain: str
    has_options: bool = True
    token_only: bool = False


FORKS = (
    Fork(name="rado0x54", domain="carson", has_options=False),
    Fork(name="justanz", domain="carson"),
    Fork(name="pbrink231", domain="carson_living"),
    Fork(name="lowlydba", domain="carson_living", token_only=True),
)

LOCK = "lock.haustuer"
GARAGE = "lock.garage_gate"
CAMERA = "camera.eingang"
HIDDEN_CAMERA = "camera.garage"
COURTYARD = "camera.courtyard_east_03"
NO_ID = "camera.loading_dock"


def entity(entity_id: str, unique_id: str, original_name: str, **changed: object) -> dict[str, Any]:
    """Return an entry of the entity registry, of minor version 15."""
    return {
        "aliases": [],
        "area_id": None,
        "capabilities": None,
        "categories": {},
        "config_entry_id": ENTRY_ID,
        "created_at": WRITTEN,
        "device_class": None,
        "device_id": None,
        "disabled_by": None,
        "entity_category": None,
        "entity_id": entity_id,
        "has_entity_name": False,
        "hidden_by": None,
        "icon": None,
        "id": hashlib.md5(entity_id.encode()).hexdigest(),
        "labels": [],
        "modified_at": WRITTEN,
        "name": None,
        "options": {},
        "original_device_class": None,
        "original_icon": None,
        "original_name": original_name,
        "platform": "carson",
        "previous_unique_id": None,
        "supported_features": 1,
        "translation_key": None,
        "unique_id": unique_id,
        "unit_of_measurement": None,
        **changed,
    }


def storage(
    token: str, *, domain: str = "carson", password: str = "correct horse", all_cameras: bool | None = True
) -> dict[str, dict[str, Any]]:
    """Return the files in `.storage` by name."""
    entry = {
        "created_at": WRITTEN,
        "data": {"username": EMAIL, "password": password, "token": token},
        "disabled_by": None,
        "discovery_keys": {},
        "domain": domain,
        "entry_id": ENTRY_ID,
        "minor_version": 1,
        "modified_at": WRITTEN,
        "options": {} if all_cameras is None else {"list_from_eagle_eye": all_cameras},
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "title": EMAIL,
        "unique_id": EMAIL,
        "version": 1,
    }
    area: dict[str, Any] = {"aliases": [], "floor_id": None, "icon": None, "labels": [], "picture": None}
    entities = [
        entity(
            LOCK,
            "carson_door_7001",
            "Front Door",
            area_id="flur",
            icon="mdi:door-closed",
            labels=["wichtig"],
            name="Haustür",
            aliases=["Vordertür"],
        ),
        entity(GARAGE, "carson_door_7002", "Garage Gate"),
        entity("lock.staff_entrance", "carson_door_7004", "Staff Entrance"),
        entity("lock.old_cellar", "carson_door_6999", "Old Cellar", area_id="flur"),
        entity(CAMERA, "eagleeye_camera_1000a001", "Lobby", name="Eingang", supported_features=2),
        entity(HIDDEN_CAMERA, "eagleeye_camera_1000a002", "Garage", hidden_by="user", supported_features=2),
        entity("camera.gym", "eagleeye_camera_1000a005", "Gym", disabled_by="user", supported_features=2),
        # They showed Eagle Eye's name, which may differ from Carson's.
        entity(COURTYARD, "eagleeye_camera_1000a003", "Courtyard East 03", supported_features=2),
        entity(NO_ID, "eagleeye_camera_None", "Loading Dock", supported_features=2),
    ]
    for row in entities:
        row["platform"] = domain
    return {
        "core.config_entries": _file("core.config_entries", 1, 4, {"entries": [entry]}),
        "core.area_registry": _file(
            "core.area_registry",
            1,
            7,
            {"areas": [{**area, "id": "flur", "name": "Flur", "created_at": WRITTEN, "modified_at": WRITTEN}]},
        ),
        "core.label_registry": _file(
            "core.label_registry",
            1,
            2,
            {
                "labels": [
                    {
                        "color": "red",
                        "created_at": WRITTEN,
                        "description": None,
                        "icon": None,
                        "label_id": "wichtig",
                        "modified_at": WRITTEN,
                        "name": "wichtig",
                    }
                ]
            },
        ),
        "core.device_registry": _file("core.device_registry", 1, 8, {"devices": [], "deleted_devices": []}),
        "core.entity_registry": _file("core.entity_registry", 1, 15, {"entities": entities, "deleted_entities": []}),
    }


def _file(key: str, version: int, minor_version: int, data: dict[str, Any]) -> dict[str, Any]:
    return {"version": version, "minor_version": minor_version, "key": key, "data": data}
