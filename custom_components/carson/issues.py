"""Issues that a user has to fix: created as repairs, and deleted once they are fixed.

The id of each issue begins with the id of its entry.
"""

from collections.abc import Callable, Iterable

from homeassistant.components.automation import automations_with_device, automations_with_entity
from homeassistant.components.script import scripts_with_device, scripts_with_entity
from homeassistant.core import CoreState, HomeAssistant, callback, split_entity_id
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.util import dt as dt_util

from .aiocarson import Building, CarsonError
from .aiocarson.errors import ApiVersionError, PermissionDeniedError, SessionFormError, SessionRejectedError
from .const import DOMAIN, REPOSITORY, TOKEN_WARNING
from .coordinator import AccountCoordinator, CameraCoordinator
from .identifiers import DOOR_REFUSED, device_identifiers, issue_id_of
from .media.manager import CameraMediaManager
from .text import escape_markdown

API_VERSION_GONE = "api_version_gone"
OTHER_VERSION_WORKS = "other_version_works"
TOKEN_EXPIRES = "token_expires"  # noqa: S105 - the name of an issue
EAGLE_EYE_REFUSED = "eagle_eye_refused"
EAGLE_EYE_FORBIDDEN = "eagle_eye_forbidden"
PICTURES_FORBIDDEN = "pictures_forbidden"
SESSION_REJECTED = "session_rejected"
SESSION_FORM = "session_form"
UNKNOWN_HOST = "unknown_host"
EAGLE_EYE_ISSUES = (EAGLE_EYE_REFUSED, EAGLE_EYE_FORBIDDEN, SESSION_REJECTED, SESSION_FORM, UNKNOWN_HOST)
"""Why a whole building has no cameras."""
GONE_BUT_USED = "gone_but_used"
NEWER_ENTRY = "newer_entry"
CAMERAS_REFUSED = "cameras_refused"
CAMERAS_WITHOUT_ID = "cameras_without_id"
CAMERAS_OF_OTHERS = "cameras_of_others"
CAMERA_ISSUES = (CAMERAS_REFUSED, CAMERAS_WITHOUT_ID, CAMERAS_OF_OTHERS)
"""Why cameras that Carson lists cannot be shown."""
# Those whose cause the self-check finds.
_SELF_CHECK = f"{REPOSITORY}/blob/main/docs/troubleshooting.md#self-check"
_SELF_CHECK_ISSUES = frozenset({*EAGLE_EYE_ISSUES, PICTURES_FORBIDDEN}) - {EAGLE_EYE_REFUSED}

MAX_USERS = 20
"""The most automations and scripts that an issue names."""
_MAX_NAMES = 20


class AccountIssues:
    """The issues of one account, checked after each update."""

    def __init__(self, hass: HomeAssistant, account: AccountCoordinator) -> None:
        """Initialize the issues."""
        self._hass = hass
        self._entry = account.config_entry
        self._entry_id = account.config_entry.entry_id
        self._client = account.client

    @callback
    def async_check_account(self, account: AccountCoordinator) -> None:
        """Create and delete the issues of the account as a whole."""
        self._check_api_version(account)
        self._check_token()
        if self._hass.state is CoreState.running:
            # Earlier, the automations are not known.
            async_check_removed(self._hass, self._entry_id)

    @callback
    def async_check_cameras(
        self, account: AccountCoordinator, cameras: CameraCoordinator, media: CameraMediaManager
    ) -> None:
        """Create and delete the issues of the buildings' cameras."""
        if not account.is_fetched:
            return
        checked: set[str] = set()
        for building in account.data.buildings:
            reason = _reason_without_cameras(building, cameras)
            if building.has_eagle_eye:
                checked.update(self._check_eagle_eye(building, cameras, reason))
                if reason is None and _are_pictures_forbidden(building, cameras, media):
                    checked.add(self._create_issue(PICTURES_FORBIDDEN, building))
            for key, names in _cameras_without_picture(building, cameras).items():
                if reason is not None and key == CAMERAS_REFUSED:
                    continue
                checked.add(self._create_issue(key, building, cameras=_list(names)))
        for key in (*EAGLE_EYE_ISSUES, PICTURES_FORBIDDEN, *CAMERA_ISSUES):
            for issue_id in async_issue_ids(self._hass, issue_id_of(self._entry_id, key, "")):
                if issue_id not in checked:
                    ir.async_delete_issue(self._hass, DOMAIN, issue_id)

    def _check_api_version(self, account: AccountCoordinator) -> None:
        issue_id = issue_id_of(self._entry_id, API_VERSION_GONE)
        status = account.status
        if status.error is None:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        elif isinstance(status.error, ApiVersionError) and (status.updated_at is None or not status.is_tolerable):
            other = status.error.working_version
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                issue_id,
                is_fixable=False,
                severity=ir.IssueSeverity.ERROR,
                translation_key=API_VERSION_GONE if other is None else OTHER_VERSION_WORKS,
                translation_placeholders={
                    **_placeholders(title=self._entry.title),
                    "options": f"/config/integrations/integration/{DOMAIN}",
                    **({} if other is None else {"version": other}),
                },
            )

    def _check_token(self) -> None:
        issue_id = issue_id_of(self._entry_id, TOKEN_EXPIRES)
        expires_at = self._client.token_expires_at
        now = dt_util.utcnow()
        # Once it has expired or Carson rejects it, Home Assistant itself asks the user to sign in again.
        if (
            self._client.sign_in_pace.is_refused
            or expires_at is None
            or self._client.can_renew
            or not now < expires_at <= now + TOKEN_WARNING
        ):
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            data={"entry_id": self._entry_id},
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=TOKEN_EXPIRES,
            translation_placeholders={
                **_placeholders(title=self._entry.title),
                "when": dt_util.as_local(expires_at).strftime("%Y-%m-%d %H:%M"),
            },
        )

    def _check_eagle_eye(self, building: Building, cameras: CameraCoordinator, reason: str | None) -> set[str]:
        """Create the issue of a building without cameras; return the ids of those that must stay."""
        status = cameras.update_status(building.id)
        if status.error is None:
            return set()
        kept = {issue_id_of(self._entry_id, key, building.id) for key in EAGLE_EYE_ISSUES}
        if reason is None or status.is_tolerable:
            return kept
        host = status.error.host if isinstance(status.error, SessionFormError) else None
        return {self._create_issue(reason, building, **({} if host is None else _placeholders(host=host)))}

    def _create_issue(self, key: str, building: Building, **texts: str) -> str:
        """Create the issue of a building whose cameras, or some of them, cannot be shown, and return its id."""
        issue_id = issue_id_of(self._entry_id, key, building.id)
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            learn_more_url=_SELF_CHECK if key in _SELF_CHECK_ISSUES else None,
            severity=ir.IssueSeverity.WARNING,
            translation_key=key,
            translation_placeholders={**_placeholders(title=self._entry.title, building=building.name), **texts},
        )
        return issue_id


def _list(names: list[str]) -> str:
    """Return names as a Markdown list."""
    return "\n".join(f"- {escape_markdown(name)}" for name in sorted(names)[:_MAX_NAMES])


def _reason_without_cameras(building: Building, cameras: CameraCoordinator) -> str | None:
    """Return the issue that says why none of the building's cameras can be shown, if it is known."""
    error = cameras.update_status(building.id).error
    if error is None:
        return None
    if cameras.refused_at(building.id) is not None:
        return EAGLE_EYE_REFUSED
    if isinstance(error, SessionFormError):
        return SESSION_FORM if error.host is None else UNKNOWN_HOST
    if isinstance(error, SessionRejectedError):
        return SESSION_REJECTED
    listed = {camera.live_view_id for camera in building.eagle_eye_cameras if camera.live_view_id is not None}
    errors = cameras.still_errors(building.id)
    is_forbidden = isinstance(error, PermissionDeniedError) and listed <= set(errors)
    return EAGLE_EYE_FORBIDDEN if is_forbidden and all(map(_is_forbidden, errors.values())) else None


def _are_pictures_forbidden(building: Building, cameras: CameraCoordinator, media: CameraMediaManager) -> bool:
    """Return whether Eagle Eye lists cameras and refuses the pictures of all that were looked at (Protocol F B.1)."""
    ids = [camera.id for camera in cameras.data.by_id.values() if camera.building_id == building.id]
    errors = [streams.snapshots.error for camera_id in ids if (streams := media.get(camera_id)) is not None]
    # One camera may be refused for a reason of its own.
    return len(errors) >= min(2, len(ids)) > 0 and all(map(_is_forbidden, errors))


def _is_forbidden(error: CarsonError | None) -> bool:
    return isinstance(error, PermissionDeniedError)


def _cameras_without_picture(building: Building, cameras: CameraCoordinator) -> dict[str, list[str]]:
    """Return the names of the cameras that Carson lists and nobody can show, by the issue that says why."""
    found: dict[str, list[str]] = {}
    # A refused session concerns all cameras, and has an issue of its own.
    errors = {} if cameras.refused_at(building.id) is not None else cameras.still_errors(building.id)
    for camera in building.cameras:
        if not camera.is_eagle_eye:
            found.setdefault(CAMERAS_OF_OTHERS, []).append(camera.name)
        elif camera.live_view_id is None:
            found.setdefault(CAMERAS_WITHOUT_ID, []).append(camera.name)
        elif camera.live_view_id in errors:
            found.setdefault(CAMERAS_REFUSED, []).append(camera.name)
    return found


@callback
def async_note_removal(hass: HomeAssistant, entry_id: str, device: dr.DeviceEntry) -> None:
    """Create an issue if automations or scripts use a device that is about to be removed."""
    entities = er.async_entries_for_device(er.async_get(hass), device.id, include_disabled_entities=True)
    identifier = next(iter(device_identifiers(device)), device.id)
    _update_issue(
        hass,
        issue_id_of(entry_id, GONE_BUT_USED, identifier),
        name=device.name_by_user or device.name or identifier,
        identifier=identifier,
        device_id=device.id,
        entity_ids=sorted({*(entity.entity_id for entity in entities), *(entity.id for entity in entities)}),
    )


@callback
def async_check_removed(hass: HomeAssistant, entry_id: str) -> None:
    """Check again the removed devices that automations use: they may be back, or no longer used."""
    registry = dr.async_get(hass)
    for issue_id in async_issue_ids(hass, issue_id_of(entry_id, GONE_BUT_USED, "")):
        issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
        data = (issue.data if issue is not None else None) or {}
        identifier = str(data.get("key"))
        if registry.async_get_device_by_identifier((DOMAIN, identifier), entry_id) is not None:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
            continue
        _update_issue(
            hass,
            issue_id,
            name=str(data.get("name")),
            identifier=identifier,
            device_id=str(data.get("device_id")),
            entity_ids=str(data.get("entity_ids", "")).split(),
        )


def _update_issue(
    hass: HomeAssistant, issue_id: str, *, name: str, identifier: str, device_id: str, entity_ids: Iterable[str]
) -> None:
    """Create, update or delete the issue of a removed device, depending on who uses it now."""
    users = sorted(async_find_users(hass, entity_ids, [device_id]))
    if not users:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        data={"key": identifier, "name": name, "device_id": device_id, "entity_ids": " ".join(entity_ids)},
        is_fixable=False,
        # The device is removed only once: the issue must outlast a restart.
        is_persistent=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=GONE_BUT_USED,
        translation_placeholders={
            **_placeholders(name=name),
            "users": "\n".join(async_link(hass, user) for user in users[:MAX_USERS]),
        },
    )


@callback
def async_find_users(hass: HomeAssistant, entity_ids: Iterable[str], device_ids: Iterable[str] = ()) -> set[str]:
    """Return the automations and scripts that use entities, given by entity id or registry id, or devices."""
    lookups: tuple[tuple[Callable[[HomeAssistant, str], list[str]], Iterable[str]], ...] = (
        (automations_with_device, device_ids),
        (scripts_with_device, device_ids),
        (automations_with_entity, entity_ids),
        (scripts_with_entity, entity_ids),
    )
    return {user for find_users, ids in lookups for used_id in ids for user in find_users(hass, used_id)}


@callback
def async_link(hass: HomeAssistant, entity_id: str) -> str:
    """Return a list item of an issue's text: an automation or script, linked to its editor if it has one."""
    state = hass.states.get(entity_id)
    name = state.name if state is not None else entity_id
    registered = er.async_get(hass).async_get(entity_id)
    if registered is None:
        return f"- {escape_markdown(name)}"
    return f"- [{escape_markdown(name)}](/config/{split_entity_id(entity_id)[0]}/edit/{registered.unique_id})"


@callback
def async_check_newer(hass: HomeAssistant, version: int) -> None:
    """Create an issue for each entry that a newer version of this integration has written."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.version > version:
            ir.async_create_issue(
                hass,
                DOMAIN,
                issue_id_of(entry.entry_id, NEWER_ENTRY),
                is_fixable=False,
                severity=ir.IssueSeverity.ERROR,
                translation_key=NEWER_ENTRY,
                translation_placeholders=_placeholders(title=entry.title),
            )


@callback
def async_clear_refusal(hass: HomeAssistant, entry_id: str, door_id: str) -> None:
    """Delete the issue of a refused door that is gone."""
    ir.async_delete_issue(hass, DOMAIN, issue_id_of(entry_id, DOOR_REFUSED, door_id))


@callback
def async_clear_issues(hass: HomeAssistant, entry_id: str) -> None:
    """Delete all issues of an entry that is no longer in use."""
    for issue_id in async_issue_ids(hass, f"{entry_id}_"):
        ir.async_delete_issue(hass, DOMAIN, issue_id)


def _placeholders(**texts: str) -> dict[str, str]:
    """Return texts from outside for the titles of issues, which are plain, and as `…_text` for the Markdown below."""
    return {**texts, **{f"{name}_text": escape_markdown(text) for name, text in texts.items()}}


@callback
def async_issue_ids(hass: HomeAssistant, prefix: str) -> list[str]:
    """Return the ids of our issues that begin with a prefix."""
    return [
        issue_id for domain, issue_id in ir.async_get(hass).issues if domain == DOMAIN and issue_id.startswith(prefix)
    ]
