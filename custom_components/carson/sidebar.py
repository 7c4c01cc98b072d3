"""The dashboard in the sidebar, for those who want it there without adding one by hand.

Its panel is two panels. A page that was open before the integration was added has not loaded the script of the
dashboard. Home Assistant loads the script of a custom panel when it is opened, so the one in the sidebar is of that
kind; its script then goes on to the hidden one, which is a regular dashboard.
"""

from typing import Any, Final, override

from homeassistant.components.frontend import (
    async_panel_exists,
    async_register_built_in_panel,
    async_remove_panel,
)
from homeassistant.components.lovelace.const import DOMAIN as LOVELACE, LOVELACE_DATA, MODE_YAML
from homeassistant.components.lovelace.dashboard import LovelaceConfig
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.json import json_bytes, json_fragment

from .const import CONF_DASHBOARD, DEFAULT_DASHBOARD, DOMAIN
from .dashboard import SCRIPT_URL

# Dashboards of users have a hyphen in their paths, so no path of theirs can be one of these.
_PATH = DOMAIN
_DASHBOARD_PATH = f"{DOMAIN}_dashboard"

_CONFIG: Final = {"strategy": {"type": f"custom:{DOMAIN}"}}


@callback
def async_update_sidebar(hass: HomeAssistant) -> None:
    """Show the dashboard in the sidebar if an enabled account wants it there."""
    if LOVELACE_DATA not in hass.data:
        return
    wanted = any(
        entry.options.get(CONF_DASHBOARD, DEFAULT_DASHBOARD)
        for entry in hass.config_entries.async_entries(DOMAIN, include_disabled=False, include_ignore=False)
    )
    dashboards = hass.data[LOVELACE_DATA].dashboards
    is_shown = isinstance(dashboards.get(_DASHBOARD_PATH), _Dashboard)
    if wanted == is_shown:
        return
    if is_shown:
        del dashboards[_DASHBOARD_PATH]
        for path in (_PATH, _DASHBOARD_PATH):
            async_remove_panel(hass, path)
    elif not (async_panel_exists(hass, _PATH) or async_panel_exists(hass, _DASHBOARD_PATH)):
        dashboards[_DASHBOARD_PATH] = _Dashboard(hass, _DASHBOARD_PATH, {"title": "Carson"})
        panel = {
            "name": "carson-panel",
            "module_url": hass.data[SCRIPT_URL],
            "embed_iframe": False,
            "trust_external": False,
        }
        async_register_built_in_panel(
            hass,
            "custom",
            sidebar_title="Carson",
            sidebar_icon="mdi:door",
            frontend_url_path=_PATH,
            config={"_panel_custom": panel, "dashboard": f"/{_DASHBOARD_PATH}"},
        )
        async_register_built_in_panel(
            hass,
            LOVELACE,
            sidebar_title="Carson",
            frontend_url_path=_DASHBOARD_PATH,
            config={"mode": MODE_YAML},
            show_in_sidebar=False,
        )


class _Dashboard(LovelaceConfig):
    """A dashboard that consists of its strategy; the page offers no editing of dashboards of this mode."""

    @property
    @override
    def mode(self) -> str:
        """The mode."""
        return MODE_YAML

    @override
    async def async_get_info(self) -> dict[str, Any]:
        """Return what the page lists about it."""
        return {"mode": self.mode, "views": 0}

    @override
    async def async_load(self, force: bool) -> dict[str, Any]:
        """Return the configuration."""
        return dict(_CONFIG)

    @override
    async def async_json(self, force: bool) -> json_fragment:
        """Return the configuration as JSON."""
        return json_fragment(json_bytes(_CONFIG))
