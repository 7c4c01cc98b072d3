"""What a person has to see to: raised as repairs, and cleared when it is done.

Every issue's id begins with that of its entry.
"""

from collections.abc import Callable, Iterable, Iterator

from homeassistant.components.automation import automations_with_device, automations_with_entity
from homeassistant.components.script import scripts_with_device, scripts_with_entity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CoreState, HomeAssistant, callback, split_entity_id
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.util import dt as dt_util

from .aiocarson import Building, Carson
from .aiocarson.errors import ApiVersionError, NoEagleEyeError, PermissionDeniedError
from .const import DOMAIN, TOKEN_WARNING, TOLERATED_FAILURES
from .coordinator import AccountCoordinator, CameraCoordinator, CarsonConfigEntry

VERSION_GONE = "api_version_gone"
TOKEN_EXPIRES = "token_expires"  # noqa: S105 - the name of an issue
EAGLE_EYE_REFUSED = "eagle_eye_refused"
GONE_BUT_USED = "gone_but_used"
NEWER_ENTRY = "newer_entry"

_MOST_USERS = 20


class Issues:
    """The issues of one account, looked at after each round of polling."""

    def __init__(self, hass: HomeAssistant, entry: CarsonConfigEntry, client: Carson) -> None:
        """Know the account; nothing is looked at yet."""
        self._hass = hass
        self._entry = entry
        self._client = client

    @callback
    def async_check_account(self, account: AccountCoordinator) -> None:
        """Raise and clear what concerns the account as a whole."""
        self._check_version(account)
        self._check_token()
        if self._hass.state is CoreState.running:
            # Before, automations are not there to be asked.
            async_check_removed(self._hass, self._entry)

    @callback
    def async_check_cameras(self, account: AccountCoordinator, cameras: CameraCoordinator) -> None:
        """Raise and clear what concerns the buildings' cameras."""
        buildings = {building.id: building for building in account.data.buildings if building.has_eagle_eye}
        for building in buildings.values():
            self._check_eagle_eye(building, cameras)
        for issue_id in _issue_ids(self._hass, _issue_id(self._entry, EAGLE_EYE_REFUSED, "")):
            if not any(issue_id == _issue_id(self._entry, EAGLE_EYE_REFUSED, building_id) for building_id in buildings):
                ir.async_delete_issue(self._hass, DOMAIN, issue_id)

    def _check_version(self, account: AccountCoordinator) -> None:
        issue_id = _issue_id(self._entry, VERSION_GONE)
        if account.error is None:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        elif isinstance(account.error, ApiVersionError) and (
            account.fetched_at is None or account.failures > TOLERATED_FAILURES
        ):
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                issue_id,
                is_fixable=False,
                severity=ir.IssueSeverity.ERROR,
                translation_key=VERSION_GONE,
                translation_placeholders={"title": self._entry.title},
            )

    def _check_token(self) -> None:
        issue_id = _issue_id(self._entry, TOKEN_EXPIRES)
        expires_at = self._client.token_expires_at
        now = dt_util.utcnow()
        # Once it has expired, Home Assistant itself asks for a new sign-in.
        if expires_at is None or self._client.can_renew or not now < expires_at <= now + TOKEN_WARNING:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            data={"entry_id": self._entry.entry_id},
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=TOKEN_EXPIRES,
            translation_placeholders={
                "title": self._entry.title,
                "when": dt_util.as_local(expires_at).strftime("%Y-%m-%d %H:%M"),
            },
        )

    def _check_eagle_eye(self, building: Building, cameras: CameraCoordinator) -> None:
        issue_id = _issue_id(self._entry, EAGLE_EYE_REFUSED, building.id)
        rounds = cameras.update_status(building.id)
        if rounds.error is None:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        elif isinstance(rounds.error, NoEagleEyeError | PermissionDeniedError) and rounds.failures > TOLERATED_FAILURES:
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                issue_id,
                is_fixable=False,
                severity=ir.IssueSeverity.WARNING,
                translation_key=EAGLE_EYE_REFUSED,
                translation_placeholders={"title": self._entry.title, "building": building.name},
            )


@callback
def async_note_removal(hass: HomeAssistant, entry: CarsonConfigEntry, device: dr.DeviceEntry) -> None:
    """Tell who uses a device that is about to be removed; to be called before it is."""
    entities = er.async_entries_for_device(er.async_get(hass), device.id, include_disabled_entities=True)
    ids = sorted({*(entity.entity_id for entity in entities), *(entity.id for entity in entities)})
    key = next((key for domain, key in device.identifiers if domain == DOMAIN), device.id)
    _tell_gone(
        hass,
        _issue_id(entry, GONE_BUT_USED, key),
        name=device.name_by_user or device.name or key,
        key=key,
        device_id=device.id,
        entity_ids=ids,
    )


@callback
def async_check_removed(hass: HomeAssistant, entry: CarsonConfigEntry) -> None:
    """Look again at what was removed while automations used it: it may be back, or used no more."""
    registry = dr.async_get(hass)
    for issue_id in _issue_ids(hass, _issue_id(entry, GONE_BUT_USED, "")):
        issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
        data = (issue.data if issue is not None else None) or {}
        key = str(data.get("key"))
        if registry.async_get_device_by_identifier((DOMAIN, key), entry.entry_id) is not None:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
            continue
        _tell_gone(
            hass,
            issue_id,
            name=str(data.get("name")),
            key=key,
            device_id=str(data.get("device_id")),
            entity_ids=str(data.get("entity_ids", "")).split(),
        )


def _tell_gone(
    hass: HomeAssistant, issue_id: str, *, name: str, key: str, device_id: str, entity_ids: Iterable[str]
) -> None:
    """Raise, renew or clear the issue of something that is gone, by who uses it now."""
    users = sorted(set(_users(hass, device_id, entity_ids)))
    if not users:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        data={"key": key, "name": name, "device_id": device_id, "entity_ids": " ".join(entity_ids)},
        is_fixable=False,
        # The device is removed once only: a restart must not forget why.
        is_persistent=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=GONE_BUT_USED,
        translation_placeholders={
            "name": name,
            "users": "\n".join(_linked(hass, user) for user in users[:_MOST_USERS]),
        },
    )


def _users(hass: HomeAssistant, device_id: str, entity_ids: Iterable[str]) -> Iterator[str]:
    """Name the automations and scripts that use a device or its entities, these by name or by registry id."""
    lookups: tuple[tuple[Callable[[HomeAssistant, str], list[str]], Iterable[str]], ...] = (
        (automations_with_device, (device_id,)),
        (scripts_with_device, (device_id,)),
        (automations_with_entity, entity_ids),
        (scripts_with_entity, entity_ids),
    )
    for find, things in lookups:
        for thing in things:
            yield from find(hass, thing)


def _linked(hass: HomeAssistant, entity_id: str) -> str:
    """Word an automation or script for the issue's text, with a link to its editor if it has one."""
    state = hass.states.get(entity_id)
    name = state.name if state is not None else entity_id
    registered = er.async_get(hass).async_get(entity_id)
    if registered is None:
        return f"- {name}"
    return f"- [{name}](/config/{split_entity_id(entity_id)[0]}/edit/{registered.unique_id})"


@callback
def async_check_newer(hass: HomeAssistant, version: int) -> None:
    """Say of which entries a newer version of this integration was the last to write."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.version > version:
            ir.async_create_issue(
                hass,
                DOMAIN,
                _issue_id(entry, NEWER_ENTRY),
                is_fixable=False,
                severity=ir.IssueSeverity.ERROR,
                translation_key=NEWER_ENTRY,
                translation_placeholders={"title": entry.title},
            )


@callback
def async_clear_issues(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget all issues of an entry that is no longer in use."""
    for issue_id in _issue_ids(hass, f"{entry.entry_id}_"):
        ir.async_delete_issue(hass, DOMAIN, issue_id)


def _issue_id(entry: ConfigEntry, kind: str, what: str | None = None) -> str:
    return f"{entry.entry_id}_{kind}" if what is None else f"{entry.entry_id}_{kind}_{what}"


def _issue_ids(hass: HomeAssistant, prefix: str) -> list[str]:
    return [
        issue_id for domain, issue_id in ir.async_get(hass).issues if domain == DOMAIN and issue_id.startswith(prefix)
    ]
