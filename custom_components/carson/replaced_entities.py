"""Entities that were replaced by the older ones of the same door or camera."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir

from .const import DOMAIN
from .issues import MAX_USERS, async_find_users, async_issue_ids, async_link

REPLACED_BUT_USED = "replaced_but_used"


@callback
def async_note_replaced(hass: HomeAssistant, entity: er.RegistryEntry, kept_id: str) -> None:
    """Create an issue if automations or scripts use an entity that is about to be replaced by another one."""
    _update_replaced(hass, f"{REPLACED_BUT_USED}_{entity.id}", entity.entity_id, kept_id, entity.id)


@callback
def async_check_replaced(hass: HomeAssistant) -> None:
    """Check again whether automations use entities that were replaced."""
    for issue_id in async_issue_ids(hass, f"{REPLACED_BUT_USED}_"):
        issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
        data = (issue.data if issue is not None else None) or {}
        _update_replaced(hass, issue_id, *(str(data.get(key)) for key in ("entity_id", "kept_id", "registry_id")))


def _update_replaced(hass: HomeAssistant, issue_id: str, entity_id: str, kept_id: str, registry_id: str) -> None:
    users = sorted(async_find_users(hass, [entity_id, registry_id]))
    if not users:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        data={"entity_id": entity_id, "kept_id": kept_id, "registry_id": registry_id},
        is_fixable=False,
        # The entity is replaced only once: the issue must outlast a restart.
        is_persistent=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=REPLACED_BUT_USED,
        translation_placeholders={
            "entity": entity_id,
            "kept": kept_id,
            "users": "\n".join(async_link(hass, user) for user in users[:MAX_USERS]),
        },
    )
