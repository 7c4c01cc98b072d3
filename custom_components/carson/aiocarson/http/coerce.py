"""Reading single values out of foreign JSON: whatever stands there, an answer and never an exception."""

from collections.abc import Mapping
import math
import re
from typing import Any

MAX_TEXT = 255
MAX_ID = 64

# Control characters, lone surrogates, line separators and the marks that turn the writing direction:
# none belongs into a name that is logged and shown.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
# E-mail addresses, tokens, session keys: what a careless cloud may quote from the request.
_SECRETS = re.compile(
    r"[^\s\"'<>/=]+@[^\s\"'<>/]+|eyJ[\w.-]{8,}|[\w-]{1,16}~\w{8,}|\b(?:A|auth_key|token|password)=[^\s&;\"']+"
)
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}", re.ASCII)
_TRUE = frozenset({"true", "1", "yes"})
_FALSE = frozenset({"false", "0", "no"})


def clean_text(value: object, limit: int = MAX_TEXT) -> str | None:
    """Clean a text of control characters and bound its length; None if it is no text or empty."""
    if not isinstance(value, str):
        return None
    return _UNWANTED.sub(" ", value[: 4 * limit]).strip()[:limit].strip() or None


def clean_reason(value: object, *secrets: str) -> str | None:
    """Clean a cloud's own words as `clean_text` does, and of the secrets that they may quote, too.

    Args:
        value: Whatever stands where a reason should stand.
        *secrets: What must not be in it besides everything that looks like a secret.
    """
    if not isinstance(value, str):
        return None
    # Before it is cut to length: a secret cut in half is one still.
    text = _UNWANTED.sub(" ", value[: 4 * MAX_TEXT])
    for secret in secrets:
        text = text.replace(secret, "…") if secret else text
    return clean_text(_SECRETS.sub("…", text))


def as_id(value: object) -> str | None:
    """Normalise an id, which may come as number or text (Protocol A.4), to a text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value)[:MAX_ID]
    if isinstance(value, str) and not _UNWANTED.search(value) and 0 < len(text := value.strip()) <= MAX_ID:
        return text
    return None


def as_int(value: object) -> int | None:
    """Read a whole number, which may come as text."""
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
    """Read a finite number, which may come as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError, OverflowError:
        return None
    return number if math.isfinite(number) else None


def as_bool(value: object, default: bool = False) -> bool:
    """Read a yes or no, which may come as number or text; anything else is the default."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, int | str) else ""
    if word in _TRUE:
        return True
    return False if word in _FALSE else default


def as_mapping(value: object) -> Mapping[str, Any]:
    """Read an object; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Read a list; anything else is an empty one."""
    return value if isinstance(value, list) else []
