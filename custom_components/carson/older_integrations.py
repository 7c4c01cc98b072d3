"""Repairs that lead from the older integrations to this one."""

from collections.abc import Iterator, Mapping
from typing import Any

from homeassistant.components.automation import DATA_COMPONENT as AUTOMATIONS, EVENT_AUTOMATION_RELOADED
from homeassistant.components.script.const import DOMAIN as SCRIPT
from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_component import EntityComponent
from homeassistant.helpers.start import async_at_started

from .const import DOMAIN
from .issues import MAX_USERS, async_link
from .migration import OLDER_DOMAIN, async_older_entries
from .replaced_entities import async_check_replaced

OLDER_INTEGRATION = "older_integration"
OLDER_ACTIONS = "older_actions"

_MAX_DEPTH = 30


@callback
def async_watch_older_integrations(hass: HomeAssistant) -> None:
    """Create and delete the issues from now on."""

    @callback
    def handle_entry(_change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain in {DOMAIN, OLDER_DOMAIN}:
            async_check_older_integrations(hass)

    @callback
    def handle_reload(_event: Event) -> None:
        async_check_older_integrations(hass)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, handle_entry)
    hass.bus.async_listen(EVENT_AUTOMATION_RELOADED, handle_reload)
    async_at_started(hass, async_check_older_integrations)


@callback
def async_check_older_integrations(hass: HomeAssistant) -> None:
    """Create or delete the issues of entries to take over, and of actions that are gone."""
    is_there = bool(async_older_entries(hass))
    _update_issue(hass, OLDER_INTEGRATION, {} if is_there and hass.config_entries.async_entries(DOMAIN) else None)
    # As long as the older integration has an entry, its actions exist.
    users = [] if hass.config_entries.async_entries(OLDER_DOMAIN) else sorted(_users_of_older_actions(hass))
    placeholders = {"users": "\n".join(async_link(hass, user) for user in users[:MAX_USERS])}
    _update_issue(hass, OLDER_ACTIONS, placeholders if users else None)
    if hass.state is CoreState.running:
        # Earlier, the automations are not known.
        async_check_replaced(hass)


def _update_issue(hass: HomeAssistant, key: str, placeholders: dict[str, str] | None) -> None:
    if placeholders is None:
        ir.async_delete_issue(hass, DOMAIN, key)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        key,
        is_fixable=key == OLDER_INTEGRATION,
        severity=ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders=placeholders or None,
    )


def _users_of_older_actions(hass: HomeAssistant) -> Iterator[str]:
    """Yield the automations and scripts that perform actions of the older integration."""
    components: list[EntityComponent[Any]] = [hass.data[key] for key in (AUTOMATIONS, SCRIPT) if key in hass.data]
    for component in components:
        for entity in component.entities:
            if _performs_older_action(getattr(entity, "raw_config", None), _MAX_DEPTH):
                yield entity.entity_id


def _performs_older_action(config: Any, depth: int) -> bool:
    """Return whether a part of an automation's configuration performs such an action."""
    if depth == 0:
        return False
    if isinstance(config, Mapping):
        return any(
            _is_older_action(value)
            if key in {"action", "service"} and isinstance(value, str)
            else _performs_older_action(value, depth - 1)
            for key, value in config.items()
        )
    return isinstance(config, list) and any(_performs_older_action(item, depth - 1) for item in config)


def _is_older_action(action: str) -> bool:
    return action.strip().lower().startswith(f"{OLDER_DOMAIN}.")
