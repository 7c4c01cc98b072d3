"""Differences between two accounts or device lists, and an endless iterator that polls for them.

Carson does not report changes by itself, so they are found by polling (Protocol D.5: not more often than once a
minute for long). Events that Eagle Eye reports are in `EagleEye.events`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, override

from .carson.models import Account, Building, Camera, Door, Unit
from .eagle_eye.models import Device
from .errors import ApiError, CannotConnectError, CarsonError, InvalidInputError, RateLimitError

DEFAULT_INTERVAL = timedelta(minutes=1)
SHORTEST_INTERVAL = timedelta(seconds=1)

# Fields that are compared separately, or repeat other fields.
_IGNORED_FIELDS = frozenset(
    {"building_name", "raw", "buildings", "doors", "cameras", "units", "complete", "id", "status", "contacts"}
)


class ChangeKind(StrEnum):
    """Kinds of changes."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A difference between two accounts or device lists.

    Attributes:
        what: `account`, `building`, `door`, `camera`, `unit`, or `device` for a device of Eagle Eye.
        name: The newest name.
        building_id: Id of the building; None for the account.
        field: The attribute that changed; None if the item was added or removed.
        old: The former value, or the item that was removed.
        new: The new value, or the item that was added.
    """

    kind: ChangeKind
    what: str
    id: str
    name: str
    building_id: str | None = None
    field: str | None = None
    old: Any = dataclasses.field(default=None, repr=False)
    new: Any = dataclasses.field(default=None, repr=False)

    @override
    def __str__(self) -> str:
        """Return the change as a text, such as `door Front Door: name 'Front' → 'Front Door'`."""
        if self.field is None:
            return f"{self.what} {self.name}: {self.kind}"
        return f"{self.what} {self.name}: {self.field} {self.old!r} → {self.new!r}"


type _Item = Building | Door | Camera | Unit | Device
type _Model = Account | _Item


def account_changes(old: Account, new: Account) -> tuple[Change, ...]:
    """Return the differences between two accounts, including their buildings and everything in them.

    Something that is missing from the new account was removed only if that account is complete. `raw` is not
    compared.
    """
    return tuple(_account_changes(old, new))


def device_changes(building_id: str, old: Iterable[Device], new: Iterable[Device]) -> tuple[Change, ...]:
    """Return the differences between two device lists. An empty or invalid status is no change (Protocol B.3)."""
    return tuple(_compare("device", building_id, _by_id(old), _by_id(new), complete=True))


def merge_devices(old: Iterable[Device], new: Iterable[Device]) -> tuple[Device, ...]:
    """Return the new list, with the former status of devices whose new one is empty or invalid."""
    known = _by_id(old)
    return tuple(
        dataclasses.replace(device, status=known[device.id].status)
        if device.status.state is None and device.id in known
        else device
        for device in new
    )


def merge_accounts(old: Account, new: Account) -> Account:
    """Return the new account, with what may be missing from it only because it is incomplete."""
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
    present = {item.id for item in new}
    return (*new, *(item for item in old if item.id not in present))


def _account_changes(old: Account, new: Account) -> Iterator[Change]:
    yield from _field_changes("account", None, old, new)
    before, after = _by_id(old.buildings), _by_id(new.buildings)
    yield from _compare("building", None, before, after, complete=new.complete)
    for key, now in after.items():
        if (was := before.get(key)) is None:
            continue
        complete = now.complete
        yield from _compare("door", key, _by_id(was.doors), _by_id(now.doors), complete=complete)
        yield from _compare("camera", key, _by_id(was.cameras), _by_id(now.cameras), complete=complete)
        yield from _compare("unit", key, _by_id(was.units), _by_id(now.units), complete=complete)


def _compare(
    what: str,
    building_id: str | None,
    old: Mapping[str, _Item],
    new: Mapping[str, _Item],
    *,
    complete: bool,
) -> Iterator[Change]:
    for key, item in new.items():
        belongs_to = building_id or key
        if key not in old:
            yield Change(kind=ChangeKind.ADDED, what=what, id=key, name=item.name, building_id=belongs_to, new=item)
        else:
            yield from _field_changes(what, belongs_to, old[key], item)
    for key, item in old.items():
        if complete and key not in new:
            belongs_to = building_id or key
            yield Change(kind=ChangeKind.REMOVED, what=what, id=key, name=item.name, building_id=belongs_to, old=item)


# Of cameras only; None is no change (Protocol B.3).
_STATUS_FIELDS = ("state", "is_recording")


def _field_changes(what: str, building_id: str | None, old: _Model, new: _Model) -> Iterator[Change]:
    name = f"Account {new.id}" if isinstance(new, Account) else new.name
    before, after = _values(old), _values(new)
    for key, value in after.items():
        if before.get(key) != value and not (value is None and key in _STATUS_FIELDS):
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


def _values(model: _Model) -> dict[str, Any]:
    values = {
        field.name: getattr(model, field.name)
        for field in dataclasses.fields(model)
        if field.name not in _IGNORED_FIELDS
    }
    if isinstance(model, Device) and model.is_camera:
        state = model.status.state
        values |= {"state": state, "is_recording": None if state is None else model.status.is_recording}
    return values


def _by_id[T: _Item](items: Iterable[T]) -> dict[str, T]:
    return {item.id: item for item in items}


class ChangePoller:
    """Polls the account and the devices, and yields the differences.

    Args:
        get_account: Fetches the account.
        get_devices: Fetches the device list of a building; None to poll no devices.
        sleep: Waits for a number of seconds.
        interval: Time between two polls.
        on_error: Called with temporary errors. Without it, they end the iterator like all others.

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
            raise InvalidInputError(f"The interval must be at least {SHORTEST_INTERVAL.total_seconds():g} s")
        self._get_account = get_account
        self._get_devices = get_devices
        self._sleep = sleep
        self._interval = interval
        self._on_error = on_error
        self._account: Account | None = None
        self._devices: dict[str, tuple[Device, ...]] = {}

    async def __aiter__(self) -> AsyncIterator[Change]:
        """Return an endless iterator of the changes since the first poll."""
        while True:
            for change in await self._poll():
                yield change
            await self._sleep(self._interval.total_seconds())

    async def _poll(self) -> list[Change]:
        found: list[Change] = []
        try:
            account = await self._get_account()
        except (CannotConnectError, RateLimitError) as err:
            self._handle_error(err)
            return found
        if self._account is not None:
            found += account_changes(self._account, account)
        self._account = account if self._account is None else merge_accounts(self._account, account)
        if self._get_devices is None:
            return found
        for building in account.buildings:
            if building.has_eagle_eye:
                found += await self._poll_devices(building.id, self._get_devices)
        return found

    async def _poll_devices(
        self, building_id: str, get_devices: Callable[[str], Awaitable[tuple[Device, ...]]]
    ) -> tuple[Change, ...]:
        try:
            devices = await get_devices(building_id)
        except (CannotConnectError, RateLimitError, ApiError) as err:
            self._handle_error(err)
            return ()
        before = self._devices.get(building_id)
        self._devices[building_id] = devices if before is None else merge_devices(before, devices)
        return () if before is None else device_changes(building_id, before, devices)

    def _handle_error(self, err: CarsonError) -> None:
        if self._on_error is None:
            raise err
        self._on_error(err)
