"""The session key of a building (Protocol B.1)."""

from dataclasses import dataclass, field
import re

from yarl import URL

# The characters of a cookie value (RFC 6265). In practice, keys are `c000~` and 32 characters.
_COOKIE_VALUE = re.compile(r"[!#-+\--:<-\[\]-~]{1,4096}", re.ASCII)


def is_cookie_value(text: str) -> bool:
    """Return whether a text can be sent as the value of a cookie."""
    return _COOKIE_VALUE.fullmatch(text) is not None


_CLUSTER_KEY = re.compile(r"c[0-9]{3}~(.*)", re.ASCII)
_JWT = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]*", re.ASCII)


def key_form(text: str) -> str:
    """Return the form of a session key: `cNNN~32` with the length of the rest, `jwt`, or `other`.

    All keys that are known have the first form. A JWT would be one of Eagle Eye's later API (Protocol F B.14).
    """
    if (match := _CLUSTER_KEY.fullmatch(text)) is not None:
        return f"cNNN~{len(match[1])}"
    return "jwt" if _JWT.fullmatch(text) else "other"


@dataclass(frozen=True, slots=True, eq=False)
class SessionKey:
    """A session key and the host that it belongs to, compared by identity: Carson may issue the same key again.

    Attributes:
        auth_key: The key. Secret.
        base: The URL of the host, without a path.
    """

    auth_key: str = field(repr=False)
    base: URL

    @property
    def cookie(self) -> str:
        """The value of the `Cookie` header."""
        return f"auth_key={self.auth_key}"
