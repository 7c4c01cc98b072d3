"""What was added, removed and changed between two readings: as data, and as an endless iterator.

Carson tells nobody by itself that something changed: it is found out by reading again (Protocol D.5: no oftener
than once a minute, in the long run). What Eagle Eye may tell of its cameras is in `EagleEye.events`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from .carson.models import Account, Building, Camera, Door, Unit
from .eagle_eye.models import Device
from .errors import ApiError, CannotConnectError, CarsonError, InvalidInputError, RateLimitError

DEFAULT_INTERVAL = timedelta(minutes=1)
SHORTEST_INTERVAL = timedelta(seconds=1)

# What is compared by itself, is told elsewhere, or holds the whole answer once more.
_NOT_FIELDS = frozenset(
    {"building_name", "raw", "buildings", "doors", "cameras", "units", "complete", "id", "status", "contacts"}
)


class ChangeKind(StrEnum):
    """What became of something."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between two readings.

    Attributes:
        what: `account`, `building`, `door`, `camera`, `unit`, or `device` for a device of Eagle Eye.
        name: Its newest name.
        building_id: Where it belongs, unless it is the account.
        field: Which attribute changed; None if it was added or removed.
        old: Its former value, or the whole thing that was removed.
        new: Its present value, or the whole thing that was added.
    """

    kind: ChangeKind
    what: str
    id: str
    name: str
    building_id: str | None = None
    field: str | None = None
    old: Any = dataclasses.field(default=None, repr=False)
    new: Any = dataclasses.field(default=None, repr=False)


type _Item = Building | Door | Camera | Unit | Device
type _Thing = Account | _Item


def account_changes(old: Account, new: Account) -> tuple[Change, ...]:
    """Compare two readings of an account, with its buildings and all in them.

    What the newer one lacks is only called removed if nothing had to be left out of that answer. Answers that
    differ in nothing but parts which no model names (`raw`) do not count.
    """
    return tuple(_account_changes(old, new))


def device_changes(building_id: str, old: Iterable[Device], new: Iterable[Device]) -> tuple[Change, ...]:
    """Compare two device lists of a building. An empty or invalid status changes nothing (Protocol B.3)."""
    return tuple(_compare("device", building_id, _by_id(old), _by_id(new), complete=True))


def merge_devices(old: Iterable[Device], new: Iterable[Device]) -> tuple[Device, ...]:
    """Take the newer list, but keep the former status of a device whose present one says nothing."""
    known = _by_id(old)
    return tuple(
        dataclasses.replace(device, status=known[device.id].status)
        if device.status.state is None and device.id in known
        else device
        for device in new
    )


def merge_accounts(old: Account, new: Account) -> Account:
    """Take the newer reading, but keep what it may only lack because something had to be left out of it."""
    if new.complete:
        return new
    before = _by_id(old.buildings)
    present = {building.id for building in new.buildings}
    buildings = [
        _merge_buildings(before[building.id], building) if building.id in before else building
        for building in new.buildings
    ]
    return dataclasses.replace(
        new, buildings=(*buildings, *(building for key, building in before.items() if key not in present))
    )


def _merge_buildings(old: Building, new: Building) -> Building:
    if new.complete:
        return new
    return dataclasses.replace(
        new,
        doors=_merge(old.doors, new.doors),
        cameras=_merge(old.cameras, new.cameras),
        units=_merge(old.units, new.units),
    )


def _merge[T: _Item](old: tuple[T, ...], new: tuple[T, ...]) -> tuple[T, ...]:
    present = {thing.id for thing in new}
    return (*new, *(thing for thing in old if thing.id not in present))


def _account_changes(old: Account, new: Account) -> Iterator[Change]:
    yield from _field_changes("account", None, old, new)
    before, after = _by_id(old.buildings), _by_id(new.buildings)
    yield from _compare("building", None, before, after, complete=new.complete)
    for key, now in after.items():
        if (was := before.get(key)) is None:
            continue
        kept = now.complete
        yield from _compare("door", key, _by_id(was.doors), _by_id(now.doors), complete=kept)
        yield from _compare("camera", key, _by_id(was.cameras), _by_id(now.cameras), complete=kept)
        yield from _compare("unit", key, _by_id(was.units), _by_id(now.units), complete=kept)


def _compare(
    what: str,
    building_id: str | None,
    old: Mapping[str, _Item],
    new: Mapping[str, _Item],
    *,
    complete: bool,
) -> Iterator[Change]:
    for key, thing in new.items():
        home = building_id or key
        if key not in old:
            yield Change(kind=ChangeKind.ADDED, what=what, id=key, name=thing.name, building_id=home, new=thing)
        else:
            yield from _field_changes(what, home, old[key], thing)
    for key, thing in old.items():
        if complete and key not in new:
            home = building_id or key
            yield Change(kind=ChangeKind.REMOVED, what=what, id=key, name=thing.name, building_id=home, old=thing)


# Only cameras have them; None of them is no news (Protocol B.3).
_STATUS = ("state", "is_recording")


def _field_changes(what: str, building_id: str | None, old: _Thing, new: _Thing) -> Iterator[Change]:
    name = f"Account {new.id}" if isinstance(new, Account) else new.name
    before, after = _values(old), _values(new)
    for key, value in after.items():
        if before.get(key) != value and not (value is None and key in _STATUS):
            yield Change(
                kind=ChangeKind.CHANGED,
                what=what,
                id=new.id,
                name=name,
                building_id=building_id,
                field=key,
                old=before.get(key),
                new=value,
            )


def _values(thing: _Thing) -> dict[str, Any]:
    values = {
        item.name: getattr(thing, item.name) for item in dataclasses.fields(thing) if item.name not in _NOT_FIELDS
    }
    if isinstance(thing, Device) and thing.is_camera:
        state = thing.status.state
        values |= {"state": state, "is_recording": None if state is None else thing.status.is_recording}
    return values


def _by_id[T: _Item](things: Iterable[T]) -> dict[str, T]:
    return {thing.id: thing for thing in things}


class Watcher:
    """Reads again and again, and tells what is different.

    Args:
        get_account: Reads the account.
        get_devices: Reads the device list of a building; None leaves the devices out.
        sleep: Waits, in seconds.
        interval: Time between two readings.
        on_error: Told of failures that may pass; without it they end the iterator, as every other does.

    Raises:
        InvalidInputError: The interval is too short.
    """

    def __init__(
        self,
        get_account: Callable[[], Awaitable[Account]],
        get_devices: Callable[[str], Awaitable[tuple[Device, ...]]] | None,
        *,
        sleep: Callable[[float], Awaitable[object]],
        interval: timedelta,
        on_error: Callable[[CarsonError], None] | None,
    ) -> None:
        if interval < SHORTEST_INTERVAL:
            raise InvalidInputError(f"At least {SHORTEST_INTERVAL.total_seconds():g} s lie between two readings")
        self._get_account = get_account
        self._get_devices = get_devices
        self._sleep = sleep
        self._interval = interval
        self._on_error = on_error
        self._account: Account | None = None
        self._devices: dict[str, tuple[Device, ...]] = {}

    async def __aiter__(self) -> AsyncIterator[Change]:
        """Give the changes since the first reading, without end."""
        while True:
            for change in await self._turn():
                yield change
            await self._sleep(self._interval.total_seconds())

    async def _turn(self) -> list[Change]:
        found: list[Change] = []
        try:
            account = await self._get_account()
        except (CannotConnectError, RateLimitError) as err:
            self._tell(err)
            return found
        if self._account is not None:
            found += account_changes(self._account, account)
        self._account = account if self._account is None else merge_accounts(self._account, account)
        if self._get_devices is None:
            return found
        for building in account.buildings:
            if building.has_eagle_eye:
                found += await self._device_turn(building.id, self._get_devices)
        return found

    async def _device_turn(
        self, building_id: str, get_devices: Callable[[str], Awaitable[tuple[Device, ...]]]
    ) -> tuple[Change, ...]:
        try:
            devices = await get_devices(building_id)
        except (CannotConnectError, RateLimitError, ApiError) as err:
            self._tell(err)
            return ()
        before = self._devices.get(building_id)
        self._devices[building_id] = devices if before is None else merge_devices(before, devices)
        return () if before is None else device_changes(building_id, before, devices)

    def _tell(self, err: CarsonError) -> None:
        if self._on_error is None:
            raise err
        self._on_error(err)
