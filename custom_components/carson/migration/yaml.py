"""Import of the YAML configuration that the older integrations had."""

from collections.abc import Mapping
import logging
from typing import Any

from homeassistant.config_entries import SOURCE_IMPORT
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.typing import ConfigType

from ..const import CONF_EMAIL, DOMAIN
from .takeover import CONF_TAKEN_OVER, OLDER_DOMAIN

_LOGGER = logging.getLogger(__name__)

YAML_IMPORTED = "yaml_imported"
YAML_NOT_IMPORTED = "yaml_not_imported"


@callback
def async_import_yaml(hass: HomeAssistant, config: ConfigType) -> None:
    """Import the account in the YAML configuration, unless there is an entry for it; ask to remove it from there."""
    if DOMAIN in config:
        hass.async_create_background_task(_async_import(hass, config[DOMAIN]), f"{DOMAIN} import of YAML")
    entries = hass.config_entries.async_entries(DOMAIN)
    if OLDER_DOMAIN in config and any(CONF_TAKEN_OVER in entry.data for entry in entries):
        # The older integration would add its entry again.
        _create_issue(hass, OLDER_DOMAIN, YAML_IMPORTED)


async def _async_import(hass: HomeAssistant, section: Any) -> None:
    credentials = _credentials(section)
    if credentials is None:
        _LOGGER.warning("The section %s of the YAML configuration has no username and password", DOMAIN)
        _create_issue(hass, DOMAIN, YAML_NOT_IMPORTED)
        return
    if _is_known(hass, credentials[CONF_USERNAME]):
        _create_issue(hass, DOMAIN, YAML_IMPORTED)
        return
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_IMPORT}, data=credentials)
    imported = result["type"] is FlowResultType.CREATE_ENTRY or result.get("reason") == "already_configured"
    _create_issue(hass, DOMAIN, YAML_IMPORTED if imported else YAML_NOT_IMPORTED)


def _credentials(section: Any) -> dict[str, str] | None:
    if not isinstance(section, Mapping):
        return None
    username, password = section.get(CONF_USERNAME), section.get(CONF_PASSWORD)
    # A phone number or password of digits only may be a number in YAML.
    if any(isinstance(value, bool) or not isinstance(value, str | int) or not value for value in (username, password)):
        return None
    return {CONF_USERNAME: str(username).strip(), CONF_PASSWORD: str(password)}


def _is_known(hass: HomeAssistant, username: str) -> bool:
    entries = hass.config_entries.async_entries(DOMAIN)
    names = {name for entry in entries for name in (entry.data.get(CONF_EMAIL), entry.unique_id) if name}
    return username.casefold() in {name.casefold() for name in names}


def _create_issue(hass: HomeAssistant, section: str, key: str) -> None:
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"yaml_{section}",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders={"section": section},
    )
