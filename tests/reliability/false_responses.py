"""Random sequences of single false responses among right ones."""

from dataclasses import dataclass, field
import random
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.support.passing_time import pass_time

_STATUSES = (400, 402, 403, 404, 410, 412, 423, 465, 500, 503)
_ANY: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("status", {"status": status}) for status in _STATUSES),
    ("html", {}),
    ("ok_html", {}),
    ("ok_empty", {}),
    ("bare401", {}),
    ("rate_limit", {}),
    ("reset", {}),
    ("cut", {}),
    ("truncate", {}),
    ("empty_lists", {}),
    ("junk_rows", {}),
    ("junk_rows", {"share": 0.5}),
    ("redirect", {"location": "http://127.0.0.1:9/elsewhere"}),
)
_CARSON: tuple[tuple[str, dict[str, Any]], ...] = (
    *_ANY,
    ("unauthorized", {}),
    ("code", {"code": 17}),
    ("missing_key", {"key": "code"}),
    ("missing_key", {"key": "data"}),
    ("empty_values", {}),
)
FALSE: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "me": (*_CARSON, ("other_account", {}), *(("empty_lists", {"name": name}) for name in ("doors", "cameras"))),
    "session": _CARSON,
    "reservations": _CARSON,
    "login": _CARSON,
    "device_list": _ANY,
}
"""What can be false in the response to each operation that is polled, or needed for polling."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a user and other systems know of the account."""

    devices: frozenset[str]
    entities: frozenset[str]
    unavailable: frozenset[str]

    @classmethod
    def take(cls, hass: HomeAssistant, entry: MockConfigEntry) -> Snapshot:
        """Return the present snapshot."""
        entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        return cls(
            frozenset(device.id for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)),
            frozenset(entity.entity_id for entity in entities),
            frozenset(state.entity_id for state in hass.states.async_all() if state.state == STATE_UNAVAILABLE),
        )


@dataclass(slots=True, kw_only=True)
class FalseResponses:
    """One sequence; `history` tells what has happened, for a failure."""

    hass: HomeAssistant
    sim: Simulator
    entry: MockConfigEntry
    freezer: FrozenDateTimeFactory
    rng: random.Random
    history: list[str] = field(default_factory=list)

    async def run(self, steps: int) -> None:
        """Let some responses be false; nothing may be removed, and nobody may have to sign in."""
        before = Snapshot.take(self.hass, self.entry)
        for _ in range(steps):
            self._renew_something()
            operation = self.rng.choice(sorted(FALSE))
            kind, details = self.rng.choice(FALSE[operation])
            rule = self.sim.faults.add(operation, kind, times=1, **details)
            self.history.append(f"{operation}: {kind} {details}")
            for _ in range(8):
                await self._minute(before)
                if rule.is_used_up:
                    break
            self.sim.faults.clear()
            # At least one right response to everything follows.
            await self._minute(before)
            await self._poll_all()
        for _ in range(10):
            await self._minute(before)
        assert Snapshot.take(self.hass, self.entry) == before, self.history

    def _renew_something(self) -> None:
        """Let a credential expire now and then, so that responses to renewals can be false as well."""
        match self.rng.randrange(4):
            case 0:
                self.sim.tokens.revoke()
                self.history.append("token revoked")
            case 1:
                self.sim.sessions.revoke()
                self.history.append("session keys revoked")

    async def _minute(self, before: Snapshot) -> None:
        await pass_time(self.hass, self.freezer, seconds=61)
        now = Snapshot.take(self.hass, self.entry)
        assert self.entry.state is ConfigEntryState.LOADED, self.history
        assert now.devices == before.devices, self.history
        assert now.entities == before.entities, self.history
        flows = self.hass.config_entries.flow.async_progress()
        assert [flow for flow in flows if flow["context"]["source"] == SOURCE_REAUTH] == [], self.history

    async def _poll_all(self) -> None:
        data = self.entry.runtime_data
        for coordinator in (data.account, data.cameras, data.reservations):
            await coordinator.async_refresh()
        await self.hass.async_block_till_done()
