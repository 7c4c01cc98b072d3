"""Conversion of single JSON values from the clouds; it never raises."""

from collections.abc import Mapping
import math
import re
from typing import Any

MAX_TEXT = 255
MAX_ID = 64

# Control characters, lone surrogates, line separators and marks that change the writing direction
# must not get into names that are logged and shown.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
# E-mail addresses, tokens and session keys that a cloud may quote from the request.
_SECRETS = re.compile(
    r"[^\s\"'<>/=]+@[^\s\"'<>/]+|eyJ[\w.-]{8,}|[\w-]{1,16}~\w{8,}|\b(?:A|auth_key|token|password)=[^\s&;\"']+"
)
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}", re.ASCII)
_TRUE = frozenset({"true", "1", "yes"})
_FALSE = frozenset({"false", "0", "no"})


def clean_text(value: object, limit: int = MAX_TEXT) -> str | None:
    """Return a text without control characters, cut to a length; None if it is empty or not a text."""
    if not isinstance(value, str):
        return None
    return _UNWANTED.sub(" ", value[: 4 * limit]).strip()[:limit].strip() or None


def clean_reason(value: object, *secrets: str) -> str | None:
    """Return a cloud's explanation of an error, cleaned like other texts, without secrets that it may quote.

    Args:
        value: The explanation.
        *secrets: Secrets to remove, in addition to everything that looks like one.
    """
    if not isinstance(value, str):
        return None
    # Before it is cut to length, because half a secret is still one.
    text = _UNWANTED.sub(" ", value[: 4 * MAX_TEXT])
    for secret in secrets:
        text = text.replace(secret, "…") if secret else text
    return clean_text(_SECRETS.sub("…", text))


def as_id(value: object) -> str | None:
    """Return an id as a text; it may be sent as a number or a text (Protocol A.4)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value)[:MAX_ID]
    if isinstance(value, str) and not _UNWANTED.search(value) and 0 < len(text := value.strip()) <= MAX_ID:
        return text
    return None


def as_esn(value: object) -> str | None:
    """Return an id of Eagle Eye in lower case, None if it is not usable as an id.

    Eagle Eye's ids are hexadecimal numbers: the case does not matter (Protocol B.2).
    """
    found = as_id(value)
    return None if found is None else found.lower()


def as_int(value: object) -> int | None:
    """Return an integer, which may be sent as a text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(text := value.strip()):
        return int(text)
    return None


def as_float(value: object) -> float | None:
    """Return a finite number, which may be sent as a text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_bool(value: object, default: bool = False) -> bool:
    """Return a boolean, which may be sent as a number or a text; the default for anything else."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, int | str) else ""
    if word in _TRUE:
        return True
    return False if word in _FALSE else default


def as_mapping(value: object) -> Mapping[str, Any]:
    """Return an object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return a list; an empty one for anything else."""
    return value if isinstance(value, list) else []
