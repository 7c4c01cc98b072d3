"""The base of all coordinators: what happens when an update fails, and whom it concerns when something has changed."""

from abc import abstractmethod
import asyncio
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
import logging
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .absences import CONFIRMED_AFTER, Absences
from .aiocarson import Carson, CarsonError, RateLimitError
from .const import DOMAIN
from .errors import translated_error
from .listeners import KeyedListeners
from .update_status import UpdateStatus

_LOGGER = logging.getLogger(__name__)

_CONFIRMATION_INTERVAL = CONFIRMED_AFTER + timedelta(seconds=1)


class CarsonCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """Base coordinator: the last data are used until more consecutive updates have failed than are tolerated.

    A single failed request must not make entities unavailable.

    Attributes:
        status: How the updates have gone.
        absences: What the responses lack, until another one confirms it.
    """

    # Not CarsonConfigEntry: the coordinators are a part of its runtime data, and do not use it.
    config_entry: ConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, client: Carson, *, name: str, interval: timedelta
    ) -> None:
        """Initialize the coordinator."""
        name = f"{DOMAIN} {name}"
        super().__init__(hass, _LOGGER, config_entry=entry, name=name, update_interval=interval, always_update=False)
        self.client = client
        self.status = UpdateStatus()
        self.absences = Absences()
        self._interval = interval
        self._update_listeners: list[CALLBACK_TYPE] = []
        self._device_listeners = KeyedListeners()
        # The data that the listeners of devices have seen; None if all of them are to look again.
        self._seen: DataT | None = None
        self._was_successful = False

    @callback
    @override
    def async_add_listener(self, update_callback: CALLBACK_TYPE, context: str | None = None) -> CALLBACK_TYPE:
        """Call a listener when the data have changed, or are no longer, or again, known. Return how to end this.

        Args:
            update_callback: The listener.
            context: The identifier of a device: then the listener is called only when that device has changed.
        """
        if context is None:
            return super().async_add_listener(update_callback)
        if self._device_listeners.is_empty:
            # With a first listener, the base class begins to poll.
            self._remove_device_listeners = super().async_add_listener(self._call_device_listeners)
        return partial(self._remove_device_listener, self._device_listeners.async_add(context, update_callback))

    def _remove_device_listener(self, remove: CALLBACK_TYPE) -> None:
        remove()
        if self._device_listeners.is_empty:
            self._remove_device_listeners()

    @callback
    def _call_device_listeners(self) -> None:
        seen, self._seen = self._seen, self.data
        was_successful, self._was_successful = self._was_successful, self.last_update_success
        if seen is None or was_successful is not self.last_update_success:
            self._device_listeners.async_call_all()
        elif seen is not self.data:
            self._device_listeners.async_call(self._changed_devices(seen))

    @callback
    def async_update_all_listeners(self) -> None:
        """Call all listeners: something else that they show has changed."""
        self._seen = None
        self.async_update_listeners()

    @abstractmethod
    def _changed_devices(self, earlier: DataT) -> Iterable[str]:
        """Return the identifiers of the devices that have changed since earlier data."""

    @callback
    def async_add_update_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call the listener after each update, failed or not, changed or not; return a function that removes it."""
        self._update_listeners.append(listener)
        return lambda: self._update_listeners.remove(listener)

    @abstractmethod
    async def _fetch(self) -> DataT:
        """Return new data; raise CarsonError if there are none at all."""

    @override
    async def _async_update_data(self) -> DataT:
        """Return new data, or the last ones while failures are tolerated."""
        try:
            return await self._async_fetch_or_keep()
        finally:
            self.update_interval = self._next_interval()
            # Not before the base class has stored the result.
            self.config_entry.async_create_task(
                self.hass, self._async_notify(), f"{self.name} update listeners", eager_start=False
            )

    async def _async_notify(self) -> None:
        """Call one listener in each turn of the event loop: with a large account, each of them takes its time."""
        for listener in tuple(self._update_listeners):
            if listener in self._update_listeners:
                listener()
            await asyncio.sleep(0)

    async def _async_fetch_or_keep(self) -> DataT:
        try:
            data = await self._fetch()
        except CarsonError as err:
            return self._handle_failure(err)
        self.status.record_success()
        return data

    def _handle_failure(self, error: CarsonError) -> DataT:
        """Return the last data if the failure is tolerated, otherwise raise UpdateFailed."""
        is_first = self.status.record_failure(error)
        if self.status.has_current_data:
            _LOGGER.debug("Failed to update %s (%d), keeping the last data: %s", self.name, self.status.failures, error)
            return self.data
        # The error that is raised, and logged by the base class, is meant for users.
        _LOGGER.log(logging.WARNING if is_first else logging.DEBUG, "Failed to update %s: %s", self.name, error)
        failed = translated_error(error, self.config_entry.title, UpdateFailed)
        failed.retry_after = self._retry_after_failure(error)
        raise failed from error

    def _next_interval(self) -> timedelta:
        """Return the time until the next update: what is missing is to be confirmed soon."""
        return (
            min(self._interval, _CONFIRMATION_INTERVAL)
            if self.absences.is_pending(dt_util.utcnow())
            else self._interval
        )

    def _retry_after_failure(self, error: CarsonError) -> float | None:
        """Return the seconds until the next update after a failure; None for the usual interval."""
        return error.retry_after if isinstance(error, RateLimitError) else None
