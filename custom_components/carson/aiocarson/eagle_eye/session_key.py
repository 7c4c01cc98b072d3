"""The session key of a building, as Eagle Eye accepts it (Protocol B.1)."""

from dataclasses import dataclass, field
import re

from yarl import URL

# What a cookie value may hold (RFC 6265); `c000~` and 32 characters in practice.
_COOKIE_VALUE = re.compile(r"[!#-+\--:<-\[\]-~]{1,4096}", re.ASCII)


def is_cookie_value(text: str) -> bool:
    """Whether a text can be sent as the value of a cookie."""
    return _COOKIE_VALUE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, eq=False)
class SessionKey:
    """A key and the host it belongs to, told apart by identity: Carson may hand out the same key again."""

    auth_key: str = field(repr=False)
    base: URL

    @property
    def cookie(self) -> str:
        """The `Cookie` header that carries it."""
        return f"auth_key={self.auth_key}"
