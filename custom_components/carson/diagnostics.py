"""Diagnostics, without secrets.

They contain no token, password, e-mail address, address, intercom or session key: these are left out by
name, and the rest is searched for them, since the names of doors may contain anything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
import re
from typing import Any

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util

from .aiocarson import Account, Building, BuildingCamera, Camera, CarsonError, Door
from .aiocarson.defaults import API_VERSION, DEFAULT_API_URL, DEFAULT_EAGLE_EYE_URL
from .base_coordinator import CarsonCoordinator
from .const import CONF_API_VERSION, CONF_EMAIL, CONF_PASSWORD, CONF_TOKEN
from .data import CarsonConfigEntry, CarsonData
from .endpoints import Endpoints, endpoints_from_environment
from .identifiers import building_identifier, camera_identifier, device_identifiers, door_identifier
from .live_events.building import EventsState
from .self_check import async_last_report

_TO_REDACT = {CONF_EMAIL, CONF_PASSWORD, CONF_TOKEN}

# Patterns of secrets that are removed wherever they are found: e-mail addresses, tokens, session keys.
_SECRET_PATTERNS = re.compile(
    r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+|eyJ[\w-]{5,}\.[\w-]+\.[\w-]*|c[0-9]{3}~[\w~-]{8,}", re.ASCII
)
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}", re.ASCII)
# Shorter ones are parts of many words and numbers.
_MIN_SECRET_LENGTH = 3
_MIN_NUMBER_LENGTH = 6


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: CarsonConfigEntry) -> dict[str, Any]:
    """Return the diagnostics of an account."""
    if entry.state is not ConfigEntryState.LOADED:
        return _without_secrets(_entry_diagnostics(hass, entry), entry)
    data = entry.runtime_data
    account = data.account.data
    return _without_secrets(
        {
            **_common(hass, entry),
            "account": {
                "complete": account.complete,
                "contacts": len(account.contacts),
                "fields": _fields([account.raw]),
                "buildings": [_building(data, building) for building in account.buildings],
            },
            "registry": _registry(hass, entry),
        },
        entry,
    )


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: CarsonConfigEntry, device: dr.DeviceEntry
) -> dict[str, Any]:
    """Return the diagnostics of a building, door or camera."""
    if entry.state is not ConfigEntryState.LOADED:
        return _without_secrets(_entry_diagnostics(hass, entry), entry)
    data = entry.runtime_data
    return _without_secrets(
        {**_common(hass, entry), "device": _device_diagnostics(data, device_identifiers(device))}, entry
    )


def _entry_diagnostics(hass: HomeAssistant, entry: CarsonConfigEntry) -> dict[str, Any]:
    """Return what is known of an account even if it could not be set up."""
    return {
        "entry": {
            "version": f"{entry.version}.{entry.minor_version}",
            "state": entry.state.value,
            "reason": entry.error_reason_translation_key,
            "data": async_redact_data(entry.data, _TO_REDACT),
            "options": dict(entry.options),
        },
        "protocol": async_last_report(hass, entry),
    }


def _common(hass: HomeAssistant, entry: CarsonConfigEntry) -> dict[str, Any]:
    data = entry.runtime_data
    real = Endpoints(DEFAULT_API_URL, DEFAULT_EAGLE_EYE_URL)
    return {
        **_entry_diagnostics(hass, entry),
        "api": {
            "version": entry.options.get(CONF_API_VERSION, API_VERSION),
            "real_clouds": endpoints_from_environment() == real,
            "token_expires_at": _time(data.client.token_expires_at),
            "can_renew": data.client.can_renew,
            "requests": data.client.stats.as_dict(),
            "session_keys": asdict(data.client.stats.session_keys),
        },
        "polling": {
            "account": _coordinator(data.account),
            "cameras": _coordinator(data.cameras),
            "reservations": _coordinator(data.reservations),
        },
    }


def _coordinator(coordinator: CarsonCoordinator[Any]) -> dict[str, Any]:
    return {
        "last_update_success": coordinator.last_update_success,
        "interval_seconds": coordinator.update_interval and coordinator.update_interval.total_seconds(),
        "fetched_at": _time(coordinator.status.updated_at),
        "age_seconds": _age(coordinator.status.updated_at),
        "failures": coordinator.status.failures,
        "error": _kind(coordinator.status.error),
    }


def _registry(hass: HomeAssistant, entry: CarsonConfigEntry) -> dict[str, int]:
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {"devices": len(devices), "disabled": sum(device.disabled for device in devices)}


def _device_diagnostics(data: CarsonData, identifiers: set[str]) -> dict[str, Any] | None:
    """Return the diagnostics of the device with one of the identifiers; None if the account no longer has it."""
    account = data.account.data
    for building in account.buildings:
        if building_identifier(account.id, building.id) in identifiers:
            return _building(data, building)
        for door in building.doors:
            if door_identifier(account.id, door.id) in identifiers:
                return _door(data, door)
    for camera in data.cameras.data.by_id.values():
        if camera_identifier(account.id, camera.id) in identifiers:
            return _camera(data, camera)
    return None


def _building(data: CarsonData, building: Building) -> dict[str, Any]:
    status = data.cameras.update_status(building.id)
    cameras = [camera for camera in data.cameras.data.by_id.values() if camera.building_id == building.id]
    return {
        "id": building.id,
        "complete": building.complete,
        "time_zone": building.time_zone,
        "units": len(building.units),
        "fields": {
            "building": _fields([building.raw]),
            "door": _fields(door.raw for door in building.doors),
            "camera": _fields(camera.raw for camera in building.cameras),
        },
        "eagle_eye": {
            "listed": building.has_eagle_eye,
            "providers": sorted({camera.provider or "" for camera in building.cameras}),
            "not_at_eagle_eye": [
                _camera_entry(camera)
                for camera in building.cameras
                if camera.live_view_id not in data.cameras.data.by_id
            ],
            "read_at": _time(status.updated_at),
            "age_seconds": _age(status.updated_at),
            "failures": status.failures,
            "error": _kind(status.error),
            "refused_at": _time(data.cameras.refused_at(building.id)),
        },
        "live_events": _live_events(data, building.id),
        "doors": [_door(data, door) for door in building.doors],
        "cameras": [_camera(data, camera) for camera in cameras],
    }


def _live_events(data: CarsonData, building_id: str) -> dict[str, Any]:
    """Return which way of live events is in use, and why no other."""
    building = data.live_events.buildings.get(building_id)
    if building is None:
        return {"enabled": data.live_events.is_enabled, "state": EventsState.UNUSED}
    return {
        "enabled": data.live_events.is_enabled,
        "state": building.state,
        "since": _time(building.since),
        "way": building.way,
        "refused": building.refusals,
        "error": _kind(building.error),
        "cameras": len(building.cameras),
        "denied_cameras": len(building.denied),
        "connections": building.connections,
    }


def _door(data: CarsonData, door: Door) -> dict[str, Any]:
    return {
        "id": door.id,
        # A unit's door has the name of the flat, which is an address.
        "name": REDACTED if door.is_unit_door else door.name,
        "provider": door.provider,
        "refusals_by_code": dict(data.refusals.codes.get(door.id, {})),
        "usable": door.usable,
        "is_active": door.is_active,
        "available": door.available,
        "disabled": door.disabled,
        "is_unit_door": door.is_unit_door,
        "staff_only": door.staff_only,
    }


def _camera_entry(camera: Camera) -> dict[str, Any]:
    return {"id": camera.id, "live_view_id": camera.live_view_id, "provider": camera.provider}


def _camera(data: CarsonData, camera: BuildingCamera) -> dict[str, Any]:
    media = data.media.get(camera.id)
    pictures: dict[str, Any] | None = None
    if media is not None:
        still = media.snapshots.last
        taken_at = still.taken_at if still is not None else None
        pictures = {
            "frozen": media.snapshots.frozen,
            "taken_at": _time(taken_at),
            "age_seconds": _age(taken_at),
            "players": media.relay.players,
            "upstreams": media.relay.upstreams,
        }
    return {
        "id": camera.id,
        "name": camera.name,
        "carson_id": camera.carson_id,
        "staff_only": camera.staff_only,
        "status": camera.status.value,
        "state": camera.status.state,
        "pictures": pictures,
    }


def _fields(raws: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the names of the fields in responses, which describe the API better than its version does."""
    names = {name for raw in raws for name in raw}
    return sorted(name for name in names if _FIELD.fullmatch(name))


def _kind(error: CarsonError | None) -> str | None:
    return None if error is None else type(error).__name__


def _time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _age(time: datetime | None) -> int | None:
    return None if time is None else round((dt_util.utcnow() - time).total_seconds())


def _without_secrets(content: dict[str, Any], entry: CarsonConfigEntry) -> dict[str, Any]:
    """Return the content without the account's secrets and anything that looks like one."""
    secrets = sorted(_secrets(entry), key=len, reverse=True)
    pattern = re.compile(
        "|".join([*(re.escape(secret) for secret in secrets), _SECRET_PATTERNS.pattern]), re.IGNORECASE
    )

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return pattern.sub(REDACTED, value)
        if isinstance(value, Mapping):
            return {key: clean(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [clean(inner) for inner in value]
        return value

    return {key: clean(inner) for key, inner in content.items()}


def _secrets(entry: CarsonConfigEntry) -> set[str]:
    """Return the account's secrets that are long enough to be removed from texts."""
    texts: list[Any] = [entry.data.get(key) for key in _TO_REDACT]
    if entry.state is ConfigEntryState.LOADED:
        data = entry.runtime_data
        account = data.account.data
        texts += [data.client.token, *_personal_texts(account)]
        texts += [text for building in account.buildings for text in _building_texts(building)]
    return {
        text
        for text in texts
        if isinstance(text, str) and len(text) >= (_MIN_NUMBER_LENGTH if text.isdigit() else _MIN_SECRET_LENGTH)
    }


def _personal_texts(account: Account) -> Iterable[str | None]:
    yield from (account.first_name, account.last_name, account.username, account.email, account.phone)
    yield from (account.photo_url, account.photo_thumbnail_url)
    yield from (contact.value for contact in account.contacts)


def _building_texts(building: Building) -> Iterable[str | None]:
    yield from (building.name, building.intercom_host, building.manager_name)
    yield from (unit.name for unit in building.units)
