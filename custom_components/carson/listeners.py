"""Listeners by key: those of a device, or of a camera, are called without looking at all others."""

from collections.abc import Iterable
from functools import partial

from homeassistant.core import CALLBACK_TYPE, callback


class KeyedListeners:
    """Functions to call about something that has a key."""

    def __init__(self) -> None:
        """Initialize without listeners."""
        # Tuples: adding and removing are rare, and most keys have few listeners.
        self._by_key: dict[str, tuple[CALLBACK_TYPE, ...]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether there are no listeners."""
        return not self._by_key

    @callback
    def async_add(self, key: str, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Add a listener. Return a function that removes it."""
        self._by_key[key] = (*self._by_key.get(key, ()), listener)
        return partial(self._remove, key, listener)

    def _remove(self, key: str, listener: CALLBACK_TYPE) -> None:
        listeners = list(self._by_key[key])
        listeners.remove(listener)
        if listeners:
            self._by_key[key] = tuple(listeners)
        else:
            del self._by_key[key]

    @callback
    def async_call(self, keys: Iterable[str]) -> None:
        """Call the listeners of some keys."""
        for key in keys:
            for listener in self._by_key.get(key, ()):
                listener()

    @callback
    def async_call_all(self) -> None:
        """Call all listeners."""
        self.async_call(tuple(self._by_key))
