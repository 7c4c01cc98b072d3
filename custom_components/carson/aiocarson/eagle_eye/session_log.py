"""When session keys were issued, for all clients of a process."""

from dataclasses import dataclass, field

_MAX_BUILDINGS = 1000


@dataclass(slots=True)
class SessionLog:
    """Tells whether a key was rejected because somebody else had fetched one (Protocol D.3).

    Several clients may share one: accounts in the same building.
    """

    _issued: dict[str, tuple[float, object]] = field(default_factory=dict)

    def record(self, building_id: str, owner: object, now: float) -> None:
        """Record that a client was given a key."""
        if building_id in self._issued or len(self._issued) < _MAX_BUILDINGS:
            self._issued[building_id] = (now, owner)

    def was_issued_to_others(self, building_id: str, owner: object, since: float) -> bool:
        """Return whether another client was given the last key of a building after some time."""
        issued_at, last_owner = self._issued.get(building_id, (since, owner))
        return last_owner is not owner and issued_at > since
