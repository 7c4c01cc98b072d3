"""Names for the log: it says which building by the name that users know, but never an address."""

from collections.abc import Iterator, Mapping
import re
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .aiocarson import Building
from .const import DOMAIN
from .identifiers import building_identifier
from .text import shortened

# What follows or precedes the name of a street. Words that are as common in names of buildings, such as court and
# plaza, are left out: without a number, they make no address.
_STREET_WORDS = frozenset(
    {
        *("alley", "av", "ave", "avenue", "blvd", "boulevard", "broadway", "cir", "circle", "close", "dr", "drive"),
        *("highway", "hwy", "lane", "ln", "parkway", "pkwy", "rd", "road", "st", "str", "street", "streets", "way"),
        *("allée", "avenida", "chemin", "gasse", "quai", "rua", "rue", "viale", "weg"),
    }
)
_STREET_ENDINGS = ("allee", "gasse", "straat", "strasse", "straße", "weg")
_NUMBERS = frozenset(
    {
        *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
        *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty"),
        *("forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand"),
    }
)
_WORD = re.compile(r"[^\W_]+")
_ADDRESS_FIELDS = ("address", "city", "postal", "street", "zip")
_MIN_ADDRESS_LENGTH = 3


@callback
def building_log_name(hass: HomeAssistant, entry_id: str, account_id: str, building: Building) -> str:
    """Return how the log names a building: as the device registry does, but by its id where that may be an address.

    Many buildings are named by their street and number. In doubt, a name is taken for an address.
    """
    identifier = (DOMAIN, building_identifier(account_id, building.id))
    device = dr.async_get(hass).async_get_device_by_identifier(identifier, entry_id)
    names = (building.name,) if device is None else (device.name_by_user, device.name)
    known = [" ".join(words) for text in _address_texts(building.raw) if (words := _words(text))]
    for name in names:
        if name and name.isprintable() and not _may_be_address(name, known):
            return shortened(name) or building.id
    return building.id


def _may_be_address(name: str, known: list[str]) -> bool:
    words = _words(name)
    if not words or "@" in name or any(character.isnumeric() for character in name):
        return True
    if any(word in _STREET_WORDS or word in _NUMBERS or word.endswith(_STREET_ENDINGS) for word in words):
        return True
    text = " ".join(words)
    return any(len(part) >= _MIN_ADDRESS_LENGTH and (part in text or text in part) for part in known)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _address_texts(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts of what Carson may send as the address of a building; no such field has been seen."""
    for key, value in raw.items():
        if any(field in key.casefold() for field in _ADDRESS_FIELDS):
            parts = value.values() if isinstance(value, Mapping) else (value,)
            yield from (part for part in parts if isinstance(part, str))
