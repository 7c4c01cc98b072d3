"""Home Assistant's storage with an account of the older integration of the same domain, as of 2024.

The user has changed entity ids, names, areas, labels and icons.
"""

import hashlib
from typing import Any

ENTRY_ID = "01j0olderentry000000000000"
EMAIL = "Resident@example.com"
WRITTEN = "2024-08-11T17:03:22.123456+00:00"

LOCK = "lock.haustuer"
GARAGE = "lock.garage_gate"
CAMERA = "camera.eingang"
HIDDEN_CAMERA = "camera.garage"


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


def storage(token: str, *, password: str = "correct horse", all_cameras: bool = True) -> dict[str, dict[str, Any]]:
    """Return the files in `.storage` by name."""
    entry = {
        "created_at": WRITTEN,
        "data": {"username": EMAIL, "password": password, "token": token},
        "disabled_by": None,
        "discovery_keys": {},
        "domain": "carson",
        "entry_id": ENTRY_ID,
        "minor_version": 1,
        "modified_at": WRITTEN,
        "options": {"list_from_eagle_eye": all_cameras},
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "title": EMAIL,
        "unique_id": EMAIL,
        "version": 1,
    }
    area = {"aliases": [], "floor_id": None, "icon": None, "labels": [], "picture": None}
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
    ]
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
