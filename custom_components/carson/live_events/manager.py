"""Live events of an account: motion and the status of cameras as they happen, while somebody wants them.

A building's events are wanted while a motion entity of one of its cameras is enabled, or does not exist yet. They are
received over one connection for each building.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial

from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback, split_entity_id
from homeassistant.helpers import entity_registry as er

from ..aiocarson import BuildingCamera, CameraEvent, Still
from ..aiocarson.eagle_eye.event_ways import EventWay
from ..camera_traffic import CameraTraffic
from ..const import CONF_LIVE_EVENTS, DEFAULT_LIVE_EVENTS, DOMAIN
from ..coordinator import CameraCoordinator
from ..identifiers import MOTION, MOTION_EVENT, camera_unique_id
from ..listeners import KeyedListeners
from .building import BuildingEvents, EventsState
from .motion import MOTION_CODES, CameraMotion
from .previews import NewPreviews
from .turns import Turns

# The most connections of an account at once, and the length of a turn if more buildings want one.
MAX_CONNECTIONS = 50
TURN_SECONDS = 300

# The most buildings whose previews are received at once; residents look at one.
MAX_PREVIEW_CONNECTIONS = 10

MOTION_ENTITIES = ((Platform.BINARY_SENSOR, MOTION), (Platform.EVENT, MOTION_EVENT))
"""The platforms and keys of the entities that want live events."""


class LiveEvents:
    """Receives the live events of an account's cameras.

    Attributes:
        is_enabled: Whether the user wants live events.
        buildings: What is received of each building that has cameras, by its id.
    """

    def __init__(self, hass: HomeAssistant, cameras: CameraCoordinator, traffic: CameraTraffic) -> None:
        """Initialize; nothing is requested before the start."""
        self.is_enabled: bool = cameras.config_entry.options.get(CONF_LIVE_EVENTS, DEFAULT_LIVE_EVENTS)
        self.buildings: dict[str, BuildingEvents] = {}
        self._hass = hass
        self._cameras = cameras
        self._traffic = traffic
        self._turns = Turns(MAX_CONNECTIONS, TURN_SECONDS)
        self._motions: defaultdict[str, CameraMotion] = defaultdict(partial(CameraMotion, hass))
        self._listeners = KeyedListeners()
        self._offer_listeners: list[CALLBACK_TYPE] = []
        self._last_cameras: object = None
        self._previews: dict[str, NewPreviews] = {}
        self._is_closed = False
        self._update: asyncio.Handle | None = None

    def motion(self, camera_id: str) -> CameraMotion:
        """Return the motion in front of a camera, which all its entities share."""
        return self._motions[camera_id]

    def is_offered(self, camera: BuildingCamera) -> bool:
        """Return whether Eagle Eye accepts the subscription of the building, and does not deny the camera."""
        building = self.buildings.get(camera.building_id)
        if building is None or not building.was_accepted:
            return False
        return camera.in_eagle_eye and camera.id not in building.denied

    def is_received(self, camera: BuildingCamera) -> bool:
        """Return whether the events of a camera are received; during an interruption as well."""
        return self.is_offered(camera) and camera.id in self.buildings[camera.building_id].cameras

    @callback
    def async_has_newer_still(self, camera_id: str, still: Still) -> bool | None:
        """Return whether a camera that is watched has sent a newer preview; None if that is unknown."""
        camera = self._cameras.data.by_id.get(camera_id)
        building = None if camera is None else self.buildings.get(camera.building_id)
        if camera is None or building is None or building.way is not EventWay.WEBSOCKET or self._is_closed:
            return None
        if (previews := self._previews.get(camera.building_id)) is None:
            if sum(bool(one.cameras) for one in self._previews.values()) >= MAX_PREVIEW_CONNECTIONS:
                return None
            previews = NewPreviews(self._hass, self._cameras.client.eagle_eye(camera.building_id))
            self._previews[camera.building_id] = previews
        return previews.async_has_newer(camera_id, still)

    @callback
    def async_add_listener(self, camera_id: str, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call the listener when events of a camera are received, or no longer. Return a function that removes it."""
        return self._listeners.async_add(camera_id, listener)

    @callback
    def async_add_offer_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call the listener when the events of a building are offered. Return a function that removes it."""
        self._offer_listeners.append(listener)
        return lambda: self._offer_listeners.remove(listener)

    @callback
    def async_start(self) -> None:
        """Receive the events that are wanted, until the account is unloaded."""
        entry = self._cameras.config_entry
        if not self.is_enabled:
            return

        @callback
        def may_be_ours(event: er.EventEntityRegistryUpdatedData) -> bool:
            return split_entity_id(event["entity_id"])[0] in {platform for platform, _ in MOTION_ENTITIES}

        @callback
        def handle_registry(_: Event[er.EventEntityRegistryUpdatedData]) -> None:
            self._schedule_update()

        @callback
        def handle_cameras() -> None:
            cameras = {(camera.id, camera.building_id) for camera in self._listed_cameras()}
            if cameras != self._last_cameras:
                self._last_cameras = cameras
                self._schedule_update()

        @callback
        def handle_update() -> None:
            for building_id, building in self.buildings.items():
                if self._cameras.update_status(building_id).error is None:
                    building.async_note_list()

        handle_cameras()
        for unsubscribe in (
            self._hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, handle_registry, event_filter=may_be_ours),
            self._cameras.async_add_listener(handle_cameras),
            self._cameras.async_add_update_listener(handle_update),
            self._traffic.async_add_any_listener(self._schedule_update),
        ):
            entry.async_on_unload(unsubscribe)

    async def async_close(self) -> None:
        """End all connections."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._update is not None:
            self._update.cancel()
        await asyncio.gather(*(building.async_close() for building in self.buildings.values()))
        await asyncio.gather(*(previews.async_close() for previews in self._previews.values()))
        for motion in self._motions.values():
            motion.async_set_known(is_known=False)

    def _listed_cameras(self) -> Iterator[BuildingCamera]:
        return (camera for camera in self._cameras.data.by_id.values() if camera.in_eagle_eye)

    @callback
    def _schedule_update(self) -> None:
        """Update what is received; all changes of one moment count as one."""
        if self._update is None and not self._is_closed:
            self._update = self._hass.loop.call_soon(self._update_buildings)

    @callback
    def _update_buildings(self) -> None:
        self._update = None
        wanted: defaultdict[str, set[str]] = defaultdict(set)
        registry = er.async_get(self._hass)
        for camera in self._listed_cameras():
            if self._traffic.is_on(camera.id) and self._is_wanted(registry, camera):
                wanted[camera.building_id].add(camera.id)
        for building_id in wanted.keys() - self.buildings.keys():
            self.buildings[building_id] = self._create(building_id)
        for building_id, building in self.buildings.items():
            previous = building.cameras
            building.async_set_cameras(frozenset(wanted[building_id]))
            self._update_cameras(building, previous ^ building.cameras)

    def _is_wanted(self, registry: er.EntityRegistry, camera: BuildingCamera) -> bool:
        account_id = self._cameras.account_id
        entity_ids = [
            registry.async_get_entity_id(platform, DOMAIN, camera_unique_id(account_id, camera.id, key))
            for platform, key in MOTION_ENTITIES
        ]
        entries = [None if entity_id is None else registry.async_get(entity_id) for entity_id in entity_ids]
        # One that is not registered is created once Eagle Eye accepts the subscription, and disabled for staff only.
        return any(entry is not None and not entry.disabled for entry in entries) or (
            None in entries and not camera.staff_only
        )

    def _create(self, building_id: str) -> BuildingEvents:
        return BuildingEvents(
            self._hass,
            self._cameras.client.eagle_eye(building_id),
            self._turns,
            on_event=partial(self._handle_event, building_id),
            on_state=partial(self._handle_state, building_id),
        )

    @callback
    def _handle_event(self, building_id: str, way: EventWay | None, event: CameraEvent) -> None:
        if event.status is not None:
            self._cameras.async_set_status(building_id, event.camera_id, event.status)
        elif event.event in MOTION_CODES:
            self._motions[event.camera_id].async_handle(event)
        elif way is EventWay.POLL:
            # The websocket sends the status itself.
            self._cameras.async_request_refresh_of(building_id)

    @callback
    def _handle_state(self, building_id: str, previous: EventsState) -> None:
        building = self.buildings[building_id]
        was_flowing, is_flowing = (state is EventsState.FLOWING for state in (previous, building.state))
        self._cameras.async_set_flowing(building_id, is_flowing=is_flowing)
        if (is_flowing and building.connections > 1) or (was_flowing and not is_flowing):
            # What has happened is unknown.
            self._cameras.async_request_refresh_of(building_id)
        if building.state is previous:
            return
        self._update_cameras(building, building.cameras)
        if is_flowing:
            for listener in tuple(self._offer_listeners):
                listener()

    def _update_cameras(self, building: BuildingEvents, camera_ids: Iterable[str]) -> None:
        """Tell the entities of cameras whether their events are received."""
        is_flowing = building.state is EventsState.FLOWING
        for camera_id in camera_ids:
            self._motions[camera_id].async_set_known(is_known=is_flowing and camera_id in building.cameras)
            self._listeners.async_call([camera_id])
