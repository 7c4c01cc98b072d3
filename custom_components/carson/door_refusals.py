"""Doors that Carson refuses to open.

Carson lists doors that its cloud cannot open, or not for this resident: a phone opens them by Bluetooth, or the key
of the resident is yet to be synchronized (Protocol F). Nothing in the list tells them apart, only the refusals do.
"""

from collections import Counter
from collections.abc import Mapping

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .aiocarson import ApiError, NotFoundError
from .const import DOMAIN, OPENED
from .door_state import DoorOutcome
from .identifiers import DOOR_REFUSED, issue_id_of
from .text import escape_markdown

REFUSALS_IN_A_ROW = 3
"""Number of refusals after which an issue explains what they may mean."""


class DoorRefusals:
    """The refusals of one account's doors."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Initialize the refusals of an account."""
        self._hass = hass
        self._entry_id = entry_id
        self._in_a_row: Counter[str] = Counter()
        self._codes: dict[str, Counter[str]] = {}

    @property
    def codes(self) -> Mapping[str, Mapping[str, int]]:
        """How often Carson gave which code as it refused, by the id of the door."""
        return self._codes

    @callback
    def async_handle_outcome(self, door_id: str, outcome: DoorOutcome) -> None:
        """Count a refusal, and create an issue after several in a row; an opening ends them."""
        if outcome.result == OPENED:
            del self._in_a_row[door_id]
            ir.async_delete_issue(self._hass, DOMAIN, issue_id_of(self._entry_id, DOOR_REFUSED, door_id))
            return
        error = outcome.error
        if not isinstance(error, ApiError) or isinstance(error, NotFoundError) or error.code is None:
            return
        self._codes.setdefault(door_id, Counter())[str(error.code)] += 1
        self._in_a_row[door_id] += 1
        if self._in_a_row[door_id] >= REFUSALS_IN_A_ROW:
            # After it was closed, several more are needed.
            del self._in_a_row[door_id]
            self._create_issue(door_id, outcome.request.door_name, error)

    def _create_issue(self, door_id: str, name: str, error: ApiError) -> None:
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id_of(self._entry_id, DOOR_REFUSED, door_id),
            data={"entry_id": self._entry_id, "door_id": door_id},
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=DOOR_REFUSED,
            translation_placeholders={
                "name": name,
                "name_text": escape_markdown(name),
                "message": escape_markdown(error.reason or str(error.code)),
            },
        )
