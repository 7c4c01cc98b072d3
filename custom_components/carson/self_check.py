"""The self-check of an account: run when an admin asks for it, its report kept for the diagnostics."""

import asyncio
from typing import TYPE_CHECKING, Any

from homeassistant import const
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from homeassistant.util.hass_dict import HassKey

from .client import async_create_client, async_create_session
from .const import CONF_EMAIL, CONF_PASSWORD, CONF_TOKEN, DOMAIN
from .data import CarsonConfigEntry
from .errors import action_failed, invalid_input

if TYPE_CHECKING:
    from .aiocarson.probe.check import SelfCheckOptions

_REPORTS: HassKey[dict[str, dict[str, Any]]] = HassKey(f"{DOMAIN}_self_checks")
_RUNNING: HassKey[set[str]] = HassKey(f"{DOMAIN}_self_checks_running")


def async_last_report(hass: HomeAssistant, entry: CarsonConfigEntry) -> dict[str, Any] | None:
    """Return the last report of an account since Home Assistant was started."""
    return hass.data.get(_REPORTS, {}).get(entry.entry_id)


def async_forget_report(hass: HomeAssistant, entry_id: str) -> None:
    """Forget the report of an account that is removed."""
    hass.data.get(_REPORTS, {}).pop(entry_id, None)


async def async_self_check(hass: HomeAssistant, entry: CarsonConfigEntry, *, live: bool) -> dict[str, Any]:
    """Run the self-check of an account, which need not be set up, and return its report.

    It goes on if nobody waits for it any more, and ends when the account is unloaded.
    """
    running = hass.data.setdefault(_RUNNING, set())
    if entry.entry_id in running:
        raise invalid_input("self_check_running", name=entry.title)
    running.add(entry.entry_id)
    name = f"{DOMAIN} self-check"
    task = entry.async_create_background_task(hass, _async_run(hass, entry, live=live), name)
    task.add_done_callback(lambda _: running.discard(entry.entry_id))
    await asyncio.wait([task])
    if task.cancelled():
        raise action_failed("self_check_ended", name=entry.title)
    return task.result()


async def _async_run(hass: HomeAssistant, entry: CarsonConfigEntry, *, live: bool) -> dict[str, Any]:
    secrets = (*(entry.data.get(key) for key in (CONF_EMAIL, CONF_PASSWORD, CONF_TOKEN)), entry.title)
    options = await hass.async_add_import_executor_job(_create_options, live, secrets)
    if entry.state is ConfigEntryState.LOADED:
        report = await entry.runtime_data.client.self_check(options)
    else:
        report = await _async_check_stored(hass, entry, options)
    integration = await async_get_integration(hass, DOMAIN)
    versions = {"version": str(integration.version), "home_assistant": const.__version__}
    report = hass.data.setdefault(_REPORTS, {})[entry.entry_id] = {**versions, **report}
    return report


def _create_options(live: bool, secrets: tuple[str | None, ...]) -> SelfCheckOptions:
    """Return the options of a self-check. It is imported here because it is large, and most accounts never need it."""
    from .aiocarson.probe.check import SelfCheckOptions  # noqa: PLC0415

    return SelfCheckOptions(live=live, secrets=secrets)


async def _async_check_stored(
    hass: HomeAssistant, entry: CarsonConfigEntry, options: SelfCheckOptions
) -> dict[str, Any]:
    """Run the self-check with the stored token, while the account is not set up."""
    session = async_create_session(hass, auto_cleanup=False)
    client = async_create_client(session, token=entry.data.get(CONF_TOKEN), options=entry.options)
    try:
        return await client.self_check(options)
    finally:
        await client.close()
        session.detach()
