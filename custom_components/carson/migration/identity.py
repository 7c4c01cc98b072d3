"""Whether an entry of an older integration and an account are the same."""

from collections.abc import Iterator
from contextlib import suppress
import re

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..aiocarson import Account, AuthenticationError
from ..aiocarson.carson.token import decode_user_id
from ..const import CONF_EMAIL, CONF_TOKEN
from .entry_data import OLDER_USERNAME
from .older_ids import OLDER_DOOR

# A phone number with or without its `+`, spaces, dashes and brackets.
_PHONE = re.compile(r"\+?[0-9 ()/.\-]{7,25}", re.ASCII)
_NOT_DIGIT = re.compile(r"[^0-9]", re.ASCII)


def belongs_to(hass: HomeAssistant, entry: ConfigEntry, account: Account) -> bool | None:
    """Return whether an entry of an older integration belongs to an account; None if that is not certain.

    It does if the account has the name that the entry was set up with: an email address, a phone number, a username or
    an id; or if the stored token was issued to the account (Protocol A.3). Otherwise, the doors that are registered
    tell, but neighbors have doors in common.
    """
    names = {normalized for name in _names_of_entry(entry) if (normalized := _normalize(name))}
    if names & {_normalize(name) for name in _names_of_account(account)}:
        return True
    user_id = _user_id(entry)
    if user_id is not None and user_id == account.id:
        return True
    known_doors = _door_ids_of_entry(hass, entry)
    if known_doors & {door.id for building in account.buildings for door in building.doors}:
        return True if user_id is None else None
    return None if user_id is None else False


def _names_of_entry(entry: ConfigEntry) -> Iterator[str]:
    for name in (entry.unique_id, entry.data.get(CONF_EMAIL), entry.data.get(OLDER_USERNAME)):
        if isinstance(name, str):
            yield name


def _names_of_account(account: Account) -> Iterator[str]:
    yield account.id
    yield from (name for name in (account.username, account.email, account.phone) if name)
    yield from (contact.value for contact in account.contacts)


def _normalize(name: str) -> str:
    name = name.strip()
    return _NOT_DIGIT.sub("", name) if _PHONE.fullmatch(name) else name.casefold()


def _user_id(entry: ConfigEntry) -> str | None:
    token = entry.data.get(CONF_TOKEN)
    if isinstance(token, str):
        with suppress(AuthenticationError):
            return decode_user_id(token)
    return None


def _door_ids_of_entry(hass: HomeAssistant, entry: ConfigEntry) -> set[str]:
    rows = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {row.unique_id.removeprefix(OLDER_DOOR) for row in rows if row.unique_id.startswith(OLDER_DOOR)}
