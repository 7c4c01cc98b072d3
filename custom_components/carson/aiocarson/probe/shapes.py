"""Descriptions of values that tell their form, never the values themselves."""

from collections import Counter
from collections.abc import Iterable, Mapping
import re
from typing import Any

from ..eagle_eye.session_key import key_form

MAX_DEPTH = 8
MAX_FIELDS = 80
MAX_ITEMS = 3000
MAX_LENGTHS = 20

_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,40}", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_]{1,24}", re.ASCII)
_ID_LIKE = re.compile(r"[0-9a-f]{8,}|.*[0-9]{4}.*", re.ASCII | re.IGNORECASE)
_FORMS = (
    ("empty", re.compile(r"\s*")),
    ("uuid", re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)),
    ("eagle_eye_time", re.compile(r"(?:[a-z]+-)?[0-9]{14}\.[0-9]{3}")),
    ("date", re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")),
    ("time_of_day", re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})?")),
    ("iso_time", re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T.{5,30}")),
    ("url", re.compile(r"[a-z]{2,6}://\S*", re.IGNORECASE)),
    ("email", re.compile(r"\S+@\S+\.\S+")),
    ("phone", re.compile(r"\+[0-9 ()./-]{6,25}")),
    ("time_zone", re.compile(r"(?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific|US|Etc)/[A-Za-z_/]+")),
)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{6,}", re.ASCII | re.IGNORECASE)


def form_of(value: object) -> str:
    """Return the form of a single value: its type, and for texts what they look like and their length."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return f"int{len(str(abs(value)))}" if abs(value) < 10**20 else "int"
    if isinstance(value, float):
        return "float"
    if isinstance(value, str):
        return _form_of_text(value)
    return "list" if isinstance(value, list) else "object"


def _form_of_text(text: str) -> str:
    if (form := key_form(text)) != "other":
        return form
    for form, pattern in _FORMS:
        if pattern.fullmatch(text):
            return form
    if _DIGITS.fullmatch(text):
        return f"digits{len(text)}"
    if _HEX.fullmatch(text):
        return f"hex{len(text)}"
    return f"str({len(text)})"


def shape_of(*values: object) -> dict[str, Any]:
    """Return the common shape of values.

    `types` counts the forms of single values, `fields` holds the shapes of an object's fields, `lengths` the lengths
    of lists and `items` the shape of what is in them. `missing` counts the objects without a field, `other_fields`
    the fields whose names may be data.
    """
    return _shape(list(values), 0)


def _shape(values: list[object], depth: int) -> dict[str, Any]:
    shape: dict[str, Any] = {}
    objects = [value for value in values if isinstance(value, dict)]
    lists = [value for value in values if isinstance(value, list)]
    single = Counter(form_of(value) for value in values if not isinstance(value, dict | list))
    if single:
        shape["types"] = dict(sorted(single.items()))
    if objects and depth < MAX_DEPTH:
        shape |= _shape_of_objects(objects, depth)
    if lists and depth < MAX_DEPTH:
        shape["lengths"] = sorted({len(value) for value in lists})[:MAX_LENGTHS]
        if items := [item for value in lists for item in value][:MAX_ITEMS]:
            shape["items"] = _shape(items, depth + 1)
    return shape


def _shape_of_objects(objects: list[dict[str, Any]], depth: int) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    names = {name: None for one in objects[:MAX_ITEMS] for name in one}
    known = [name for name in names if is_field_name(name)][:MAX_FIELDS]
    for name in known:
        found = [one[name] for one in objects[:MAX_ITEMS] if name in one]
        fields[name] = _shape(found, depth + 1)
        if missing := len(objects) - len(found):
            fields[name]["missing"] = missing
    shape: dict[str, Any] = {"fields": fields}
    if others := len(names) - len(known):
        shape["other_fields"] = others
    return shape


def is_field_name(name: object) -> bool:
    """Return whether a name is that of a field, and not an id that is used as a key."""
    return isinstance(name, str) and _FIELD.fullmatch(name) is not None and not _ID_LIKE.fullmatch(name)


def field_names(value: object) -> list[str]:
    """Return the names of an object's fields; empty for anything else."""
    return sorted(filter(is_field_name, value))[:MAX_FIELDS] if isinstance(value, dict) else []


def count_words(values: Iterable[object]) -> dict[str, int]:
    """Return how often each word occurs; what is not a short word of an enumeration is counted by its form."""
    words = Counter(
        value
        if isinstance(value, str) and _WORD.fullmatch(value) and not _ID_LIKE.fullmatch(value)
        else f"({form_of(value)})"
        for value in values
    )
    return dict(sorted(words.items())[:MAX_FIELDS])


def count_forms(values: Iterable[object]) -> dict[str, int]:
    """Return how often each form occurs; texts of any length count as one."""
    forms = (form_of(value) for value in values)
    return dict(sorted(Counter("str" if form.startswith("str(") else form for form in forms).items()))


def rows_of(value: object, name: str | None = None) -> list[Mapping[str, Any]]:
    """Return the objects in a list, or in the list in a field; empty for anything else."""
    found = value.get(name) if name is not None and isinstance(value, Mapping) else value
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
