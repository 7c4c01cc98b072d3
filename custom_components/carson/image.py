"""Images: who stood at a door when it was last opened from here."""

import asyncio
from datetime import datetime
import logging
from typing import override

from homeassistant.components.image import ImageEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .aiocarson import Camera, CarsonError, Door
from .const import ATTR_SWITCHED_ON, DOMAIN, FAILED
from .data import CarsonConfigEntry, CarsonData
from .door_state import DoorOutcome
from .entity import DoorEntity
from .entity_sync import async_add_doors
from .identifiers import LAST_OPENING, camera_unique_id
from .opening_pictures import OpeningPicture

_LOGGER = logging.getLogger(__name__)

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: CarsonConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the images of an account."""
    data = entry.runtime_data
    async_add_doors(
        entry,
        async_add_entities,
        lambda _, door: LastOpeningImage(hass, data, door),
        exists_fn=lambda door: bool(data.account.index.door_cameras.get(door.id)),
    )


class LastOpeningImage(DoorEntity, ImageEntity):
    """The picture of a door's camera just after the door was opened from here."""

    __slots__ = ("_content", "_data", "_picture", "_task")

    _attr_translation_key = LAST_OPENING

    def __init__(self, hass: HomeAssistant, data: CarsonData, door: Door) -> None:
        """Initialize the image."""
        DoorEntity.__init__(self, data, door, LAST_OPENING)
        ImageEntity.__init__(self, hass)
        self._data = data
        self._picture = OpeningPicture(hass, data.account.config_entry.entry_id, door.id)
        self._content: bytes | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    @override
    def _shown(self) -> object:
        return (self.available,)

    @override
    async def async_added_to_hass(self) -> None:
        """Restore the last picture, and listen to the outcomes."""
        await super().async_added_to_hass()
        if (stored := await self.hass.async_add_executor_job(self._picture.read)) is not None:
            self._content, self._attr_image_last_updated = stored
        self.async_on_remove(self._door_state.async_add_outcome_listener(self._handle_outcome))

    @override
    async def async_removed_from_registry(self) -> None:
        """Remove the picture with the entity."""
        await self.hass.async_add_executor_job(self._picture.remove)

    @property
    @override
    def entity_picture(self) -> str | None:
        """The address of the picture; without one, pages show the icon."""
        return None if self._content is None else super().entity_picture

    @override
    async def async_image(self) -> bytes | None:
        """Return the picture."""
        return self._content

    @callback
    def _handle_outcome(self, outcome: DoorOutcome) -> None:
        """Take a picture of a door that was, or may have been, opened; nobody waits for it."""
        if outcome.result == FAILED or (self._task is not None and not self._task.done()):
            return
        self._task = self.coordinator.config_entry.async_create_background_task(
            self.hass, self._async_take(dt_util.utcnow()), f"picture of {self.entity_id}"
        )

    async def _async_take(self, opened_at: datetime) -> None:
        camera = next((camera for camera in self._cameras if self._is_in_use(camera)), None)
        if camera is None or camera.live_view_id is None:
            return
        try:
            # The first still after the opening: that shows who comes in.
            still = await self._data.client.eagle_eye(camera.building_id).get_still(
                camera.live_view_id, reference="next"
            )
            await self.hass.async_add_executor_job(self._picture.write, still.content, opened_at)
        except (CarsonError, OSError) as err:
            # A missing picture is no reason to alarm anybody: the last one stays.
            _LOGGER.debug("No picture of an opening: %s", err)
            return
        self._content = still.content
        self._attr_image_last_updated = opened_at
        self.async_write_ha_state()

    def _is_in_use(self, camera: Camera) -> bool:
        """Return whether a camera was not switched off by the user."""
        unique_id = camera_unique_id(self._data.account.data.id, str(camera.live_view_id))
        entity_id = er.async_get(self.hass).async_get_entity_id("camera", DOMAIN, unique_id)
        state = None if entity_id is None else self.hass.states.get(entity_id)
        return state is None or state.attributes.get(ATTR_SWITCHED_ON) is not False
