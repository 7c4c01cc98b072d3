"""The session key of a building (Protocol B.1)."""

from dataclasses import dataclass, field
import re

from yarl import URL

# The characters of a cookie value (RFC 6265). In practice, keys are `c000~` and 32 characters.
_COOKIE_VALUE = re.compile(r"[!#-+\--:<-\[\]-~]{1,4096}", re.ASCII)


def is_cookie_value(text: str) -> bool:
    """Return whether a text can be sent as the value of a cookie."""
    return _COOKIE_VALUE.fullmatch(text) is not None


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
