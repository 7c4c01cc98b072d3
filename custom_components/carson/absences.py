"""What a response lacks may still exist: a single response is not believed.

Something is gone once two complete responses, at least a minute apart, agree.
"""

from collections.abc import Callable, Collection, Hashable, Iterable
from datetime import datetime, timedelta

CONFIRMED_AFTER = timedelta(minutes=1)
"""The least time between two responses that agree."""
# Home Assistant schedules updates to the second.
_TOLERANCE = timedelta(seconds=2)
# A confirmation that has not come by then will come with the usual updates.
_PENDING = timedelta(minutes=5)


class Absences:
    """Since when things have been missing from complete responses, by any key."""

    def __init__(self) -> None:
        """Initialize without any absence."""
        self._since: dict[Hashable, datetime] = {}
        self._confirmed: set[Hashable] = set()

    def is_pending(self, now: datetime) -> bool:
        """Return whether something has been missing lately, which another response should confirm soon."""
        return any(since > now - _PENDING for since in self._since.values())

    def is_confirmed(self, key: Hashable, at: datetime) -> bool:
        """Record that a complete response lacks something; return whether an earlier one did as well.

        Args:
            key: What is missing.
            at: When the response arrived.
        """
        if key in self._confirmed:
            return True
        since = min(self._since.get(key, at), at)  # the clock may have been set back
        if at - since < CONFIRMED_AFTER - _TOLERANCE:
            self._since[key] = since
            return False
        self._since.pop(key)
        self._confirmed.add(key)
        return True

    def clear(self, keys: Iterable[Hashable]) -> None:
        """Record that things are there, or that nothing more is to be known about them."""
        for key in keys:
            self._since.pop(key, None)
            self._confirmed.discard(key)

    def keep[ItemT](
        self,
        earlier: Iterable[ItemT],
        listed: Collection[Hashable],
        key: Callable[[ItemT], Hashable],
        *,
        at: datetime,
        complete: bool,
        has_device: bool = False,
    ) -> list[ItemT]:
        """Return the earlier items that a response lacks, as far as they may still exist.

        Args:
            earlier: The items that were known before.
            listed: The keys of the items in the response.
            key: Returns the key of an item.
            at: When the response arrived.
            complete: Whether everything in the response could be read. Otherwise it proves no absence.
            has_device: Whether a confirmed absence is still needed, for removing the device with the same key.
        """
        self.clear(listed)
        kept: list[ItemT] = []
        for item in earlier:
            if (item_key := key(item)) in listed:
                continue
            if not complete or not self.is_confirmed(item_key, at):
                kept.append(item)
            elif not has_device:
                self.clear([item_key])
        return kept
