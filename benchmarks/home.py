"""A Home Assistant with the integration, or with a bare one that has as many devices and entities, and no network."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
import os
from tempfile import TemporaryDirectory
from typing import Any, override

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.button import ButtonEntity
from homeassistant.components.calendar import CalendarEntity, CalendarEvent
from homeassistant.components.camera import Camera
from homeassistant.components.event import EventEntity
from homeassistant.components.image import ImageEntity
from homeassistant.components.lock import LockEntity
from homeassistant.components.sensor import SensorEntity
from homeassistant.components.switch import SwitchEntity
from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlow
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, frame
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    async_test_home_assistant,
    mock_config_flow,
    mock_integration,
    mock_platform,
)

# Before Home Assistant looks for custom integrations: ours, not those of the library for tests.
from custom_components.carson.const import DOMAIN
from custom_components.carson.live_events.building import EventsState

from .common import Clouds
from .town import EMAIL, PASSWORD

_BARE = "bare"
_SETTLE_SECONDS = 3
_EVENTS_SECONDS = 60
_CHECK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Inventory:
    """The devices and entities that an integration has, of which the bare one makes as many.

    Attributes:
        devices: Identifier, name, and identifier of the device above.
        entities: Platform, unique id, identifier of the device, name, and whether it is enabled.
    """

    devices: list[tuple[str, str | None, str | None]]
    entities: list[tuple[str, str, str, str | None, bool]]

    @classmethod
    def of(cls, hass: HomeAssistant, entry: ConfigEntry) -> Inventory:
        """Return what an entry has registered."""
        rows = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        identifiers = {row.id: next(iter(row.identifiers))[1] for row in rows}
        return cls(
            devices=[(identifiers[row.id], row.name, identifiers.get(row.via_device_id or "")) for row in rows],
            entities=[
                (row.domain, row.unique_id, identifiers[row.device_id or ""], row.original_name, not row.disabled_by)
                for row in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
            ],
        )


@asynccontextmanager
async def home_assistant() -> AsyncGenerator[HomeAssistant]:
    """Run a Home Assistant that has just started, in a folder of its own."""
    with TemporaryDirectory() as folder:
        async with async_test_home_assistant(config_dir=folder) as hass:
            frame.async_setup(hass)
            hass.data.pop(DATA_CUSTOM_COMPONENTS)
            # Nothing listens on a port, because Home Assistant's start is already over.
            assert await async_setup_component(hass, "websocket_api", {})
            try:
                yield hass
            finally:
                await hass.async_stop(force=True)
                # What was written to be stored later is not waited for.
                await asyncio.sleep(0)


async def set_up_ours(hass: HomeAssistant, cloud: Clouds, token: str, **options: object) -> MockConfigEntry:
    """Set up an account with the integration, with some options, and wait for all of it."""
    os.environ |= {"CARSON_API_URL": cloud.api_url, "CARSON_EAGLE_EYE_URL": cloud.eagle_eye_url}
    entry = MockConfigEntry(
        domain=DOMAIN,
        version=2,
        minor_version=2,
        title="Tracy Town",
        unique_id="1900",
        data={"email": EMAIL, "password": PASSWORD, "token": token},
        options=options,
    )
    await _set_up(hass, entry)
    return entry


async def set_up_bare(
    hass: HomeAssistant, inventory: Inventory, fetch: Callable[[], Awaitable[object]] | None = None
) -> MockConfigEntry:
    """Set up the bare integration, and wait for all of it; before it adds anything, it does what it is given."""

    async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        if fetch is not None:
            await fetch()
        registry = dr.async_get(hass)
        ids: dict[str, str] = {}
        for identifier, name, via in inventory.devices:
            ids[identifier] = registry.async_get_or_create(
                config_entry_id=entry.entry_id,
                identifiers={(_BARE, identifier)},
                name=name,
                via_device_id=ids.get(via or ""),
            ).id
        await hass.config_entries.async_forward_entry_setups(entry, list(_ENTITIES))
        return True

    async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        return await hass.config_entries.async_unload_platforms(entry, list(_ENTITIES))

    module = MockModule(_BARE, async_setup_entry=async_setup_entry, async_unload_entry=async_unload_entry)
    mock_integration(hass, module)
    for platform in _ENTITIES:
        mock_platform(hass, f"{_BARE}.{platform}", MockPlatform(async_setup_entry=_adder(platform, inventory)))
    mock_platform(hass, f"{_BARE}.config_flow", None)
    entry = MockConfigEntry(domain=_BARE)
    await _set_up(hass, entry)
    return entry


async def set_up_again(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set up an account that was unloaded, and wait for all of it."""
    with mock_config_flow(_BARE, ConfigFlow):
        await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED, entry.reason


async def wait_for_events(entry: MockConfigEntry) -> None:
    """Wait until the live events of all buildings arrive; there may be 50 of them at most."""
    buildings = entry.runtime_data.live_events.buildings
    async with asyncio.timeout(_EVENTS_SECONDS):
        while not buildings or any(  # noqa: ASYNC110 - there is no event
            building.state is not EventsState.FLOWING for building in buildings.values()
        ):
            await asyncio.sleep(_CHECK_SECONDS)


async def settle(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Wait until no more entities are added: those of live events appear once these arrive."""
    number = -1
    registry = er.async_get(hass)
    while (now := len(er.async_entries_for_config_entry(registry, entry.entry_id))) != number:
        number = now
        await asyncio.sleep(_SETTLE_SECONDS)
        await hass.async_block_till_done()


async def _set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    entry.add_to_hass(hass)
    await set_up_again(hass, entry)


def _adder(platform: str, inventory: Inventory) -> Callable[..., Coroutine[Any, Any, None]]:
    async def async_setup_entry(_: HomeAssistant, __: ConfigEntry, add: AddConfigEntryEntitiesCallback) -> None:
        add([_create(*row) for row in inventory.entities if row[0] == platform])

    return async_setup_entry


def _create(platform: str, unique_id: str, device: str, name: str | None, enabled: bool) -> Entity:
    entity = _ENTITIES[platform]()
    entity._attr_unique_id = unique_id  # noqa: SLF001 - what Home Assistant calls these
    entity._attr_name = name  # noqa: SLF001
    entity._attr_has_entity_name = True  # noqa: SLF001
    entity._attr_should_poll = False  # noqa: SLF001
    entity._attr_device_info = dr.DeviceInfo(identifiers={(_BARE, device)})  # noqa: SLF001
    entity._attr_entity_registry_enabled_default = enabled  # noqa: SLF001
    return entity


class _Calendar(CalendarEntity):
    @property
    @override
    def event(self) -> CalendarEvent | None:
        return None


class _Image(ImageEntity):
    def __init__(self) -> None:
        """Do without the HTTP client, which needs Home Assistant at once."""
        Entity.__init__(self)
        self.access_tokens: Any = ["0"]


class _Event(EventEntity):
    _attr_event_types = ["opened"]  # noqa: RUF012 - as in the base class


_ENTITIES: dict[str, type[Entity]] = {
    "binary_sensor": BinarySensorEntity,
    "button": ButtonEntity,
    "calendar": _Calendar,
    "camera": Camera,
    "event": _Event,
    "image": _Image,
    "lock": LockEntity,
    "sensor": SensorEntity,
    "switch": SwitchEntity,
}
