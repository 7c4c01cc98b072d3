"""Repairs that a user can make on the page itself."""

from abc import abstractmethod
from typing import override

from homeassistant.components.repairs import RepairsFlow
from homeassistant.components.repairs.const import FlowType
from homeassistant.components.repairs.issue_handler import ConfirmRepairFlow
from homeassistant.components.repairs.models import RepairsFlowResult
from homeassistant.config_entries import SOURCE_RECONFIGURE, SOURCE_USER, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
import probatio

from .const import DOMAIN
from .data import CarsonConfigEntry
from .identifiers import door_identifier
from .older_integrations import OLDER_INTEGRATION, async_check_older_integrations
from .stale_entities import async_remove_stale_entities


class ConfirmedFlow(RepairsFlow):
    """Base of the flows that ask once, with the texts of their issue."""

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Handle the first step."""
        return await self.async_step_confirm()

    @abstractmethod
    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Show the confirmation, or do what was confirmed."""

    def _show_confirmation(self) -> RepairsFlowResult:
        issue = ir.async_get(self.hass).async_get_issue(self.handler, self.issue_id)
        return self.async_show_form(
            step_id="confirm",
            data_schema=probatio.Schema({}),
            description_placeholders=None if issue is None else issue.translation_placeholders,
        )


class SignInFlow(ConfirmedFlow):
    """Flow that leads from an expiring token to signing in again."""

    def __init__(self, entry_id: str) -> None:
        """Initialize the flow."""
        self._entry_id = entry_id

    @override
    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Show a confirmation, then start the config flow; the issue stays until that is completed."""
        if user_input is None:
            return self._show_confirmation()
        if self.hass.config_entries.async_get_entry(self._entry_id) is None:
            return self.async_abort(reason="entry_gone")
        flow = await self.hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": self._entry_id}
        )
        # Home Assistant now takes the issue for fixed; it is not until the user has signed in.
        self.hass.loop.call_soon(self._check_again)
        return self.async_create_entry(data={}, next_flow=(FlowType.CONFIG_FLOW, flow["flow_id"]))

    @callback
    def _check_again(self) -> None:
        entry: CarsonConfigEntry | None = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is not None and entry.state is ConfigEntryState.LOADED:
            entry.runtime_data.issues.async_check_account(entry.runtime_data.account)


class RefusedDoorFlow(RepairsFlow):
    """Flow that offers to hide a door that Carson does not open."""

    def __init__(self, entry_id: str, door_id: str) -> None:
        """Initialize the flow."""
        self._entry_id = entry_id
        self._door_id = door_id

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Explain, and offer the choice."""
        issue = ir.async_get(self.hass).async_get_issue(self.handler, self.issue_id)
        return self.async_show_menu(
            step_id="init",
            menu_options=["hide", "keep"],
            description_placeholders=None if issue is None else issue.translation_placeholders,
        )

    async def async_step_hide(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Hide the entities of the door."""
        if not self._hide():
            return self.async_abort(reason="door_gone")
        return self.async_create_entry(data={})

    async def async_step_keep(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Leave the door as it is."""
        return self.async_create_entry(data={})

    def _hide(self) -> bool:
        """Hide the entities of the door; return whether there are any."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None or entry.unique_id is None:
            return False
        identifier = (DOMAIN, door_identifier(entry.unique_id, self._door_id))
        device = dr.async_get(self.hass).async_get_device_by_identifier(identifier, entry.entry_id)
        if device is None:
            return False
        registry = er.async_get(self.hass)
        for entity in er.async_entries_for_device(registry, device.id, include_disabled_entities=True):
            if entity.hidden_by is None:
                registry.async_update_entity(entity.entity_id, hidden_by=er.RegistryEntryHider.USER)
        return True


class TakeoverFlow(ConfirmedFlow):
    """Flow that leads to taking over an entry of the older integration."""

    @override
    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Show a confirmation, then start the config flow; the issue stays until that is completed."""
        if user_input is None:
            return self._show_confirmation()
        flow = await self.hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
        # Home Assistant now takes the issue for fixed.
        self.hass.loop.call_soon(async_check_older_integrations, self.hass)
        return self.async_create_entry(data={}, next_flow=(FlowType.CONFIG_FLOW, flow["flow_id"]))


class StaleEntitiesFlow(ConfirmedFlow):
    """Flow that removes entities of an older integration that belong to nothing any more."""

    def __init__(self, entry_id: str, registry_ids: list[str]) -> None:
        """Initialize the flow."""
        self._entry_id = entry_id
        self._registry_ids = registry_ids

    @override
    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Show the entities, then remove them."""
        if user_input is None:
            return self._show_confirmation()
        async_remove_stale_entities(self.hass, self._entry_id, self._registry_ids)
        return self.async_create_entry(data={})


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow that repairs an issue."""
    if issue_id == OLDER_INTEGRATION:
        return TakeoverFlow()
    entry_id, door_id, stale_ids = ((data or {}).get(key) for key in ("entry_id", "door_id", "stale_ids"))
    if not isinstance(entry_id, str):
        return ConfirmRepairFlow()
    if isinstance(stale_ids, str):
        return StaleEntitiesFlow(entry_id, stale_ids.split())
    return RefusedDoorFlow(entry_id, door_id) if isinstance(door_id, str) else SignInFlow(entry_id)
