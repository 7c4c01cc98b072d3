"""Whether the traffic of each camera is switched on here, for all entities of the camera."""

from collections.abc import Awaitable, Callable

from homeassistant.core import CALLBACK_TYPE, callback

from .listeners import KeyedListeners

type ApplyTraffic = Callable[[bool], Awaitable[None]]
"""Ends or resumes the traffic of a camera."""


class CameraTraffic:
    """The cameras whose traffic is switched off. The camera itself, which belongs to the building, stays on."""

    def __init__(self) -> None:
        """Initialize with all cameras switched on."""
        self._off: set[str] = set()
        self._apply: dict[str, ApplyTraffic] = {}
        self._listeners = KeyedListeners()
        self._any_listeners: list[CALLBACK_TYPE] = []

    def is_on(self, camera_id: str) -> bool:
        """Return whether the traffic of a camera is switched on."""
        return camera_id not in self._off

    @callback
    def async_restore(self, camera_id: str, is_on: bool) -> None:
        """Set whether the traffic is switched on, without any effect on traffic that is under way."""
        (self._off.discard if is_on else self._off.add)(camera_id)
        self._listeners.async_call([camera_id])
        for listener in tuple(self._any_listeners):
            listener()

    async def async_switch(self, camera_id: str, is_on: bool) -> None:
        """Switch the traffic of a camera on or off."""
        self.async_restore(camera_id, is_on)
        if (apply := self._apply.get(camera_id)) is not None:
            await apply(is_on)

    @callback
    def async_add_listener(self, camera_id: str, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call the listener after each change of a camera. Return a function that removes it."""
        return self._listeners.async_add(camera_id, listener)

    @callback
    def async_add_any_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call the listener after each change of any camera. Return a function that removes it."""
        self._any_listeners.append(listener)
        return lambda: self._any_listeners.remove(listener)

    @callback
    def async_control(self, camera_id: str, apply: ApplyTraffic) -> CALLBACK_TYPE:
        """Let a function end or resume the traffic of a camera. Return a function that ends this."""
        self._apply[camera_id] = apply

        def remove() -> None:
            if self._apply.get(camera_id) is apply:
                del self._apply[camera_id]

        return remove
