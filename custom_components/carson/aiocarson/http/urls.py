"""Base URLs, and where session keys may be sent (Protocol B.1, D.21)."""

from dataclasses import dataclass
import re
from urllib.parse import quote

from yarl import URL

from ..errors import InvalidInputError, InvalidResponseError, SessionFormError
from .coerce import MAX_ID

PLACEHOLDER = "{subdomain}"

EAGLE_EYE_DOMAINS = ("eagleeyenetworks.com",)
"""The domains of Eagle Eye and its brands: session keys are sent nowhere else (Protocol F B.1)."""

# A host, alone or as a URL.
_HOST = re.compile(r"(?:https://)?((?:[A-Za-z0-9-]{1,63}\.){1,9}[A-Za-z0-9-]{1,63})(?::443)?/?", re.ASCII)
_DNS_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?", re.ASCII)


def parse_base_url(text: str) -> URL:
    """Return a base URL.

    Raises:
        InvalidInputError: It is not an absolute http or https URL, or it has a user, query or fragment.
    """
    try:
        url = URL(text)
    except ValueError:
        url = URL()
    if url.scheme not in {"http", "https"} or not url.raw_host or url.user or url.query_string or url.fragment:
        raise InvalidInputError("The base URL must be an absolute http or https URL without user, query and fragment")
    return url


def path_segment(value: str, kind: str) -> str:
    """Return an id, quoted as one segment of a path.

    Args:
        value: The id.
        kind: What the id belongs to, for the error.

    Raises:
        InvalidInputError: The id is empty, too long, or would change the rest of the path.
    """
    if (
        not 0 < len(value) <= MAX_ID
        or value in {".", ".."}
        or not value.isprintable()
        or any(character in value for character in "/\\?#%; ")
    ):
        raise InvalidInputError(f"The {kind} id is invalid")
    return quote(value, safe="")


@dataclass(frozen=True, slots=True)
class EagleEyeAddress:
    """The base URL of Eagle Eye, with a placeholder for the subdomain of an account.

    Raises:
        InvalidInputError: The template is not a usable URL.
    """

    template: str
    domains: tuple[str, ...] = EAGLE_EYE_DOMAINS

    def __post_init__(self) -> None:
        parse_base_url(self.template.replace(PLACEHOLDER, "c000"))

    def base(self, subdomain: str) -> URL:
        """Return the base URL for a subdomain.

        Carson might write the whole host instead, or a URL.

        Raises:
            SessionFormError: The host is not one of Eagle Eye's, so no request may be sent there.
            InvalidResponseError: The subdomain is not exactly one DNS label.
        """
        if (match := _HOST.fullmatch(subdomain)) is not None:
            host = match[1].lower()
            domain = next((domain for domain in self.domains if host.endswith(f".{domain}")), None)
            if domain is None:
                raise SessionFormError("Carson named a host that is not one of Eagle Eye's", form="host", host=host)
            subdomain = host.removesuffix(f".{domain}")
        # An encoded label ("xn--") may decode to anything, or not at all.
        if _DNS_LABEL.fullmatch(subdomain) is None or subdomain[2:4] == "--":
            raise InvalidResponseError("Carson sent an invalid Eagle Eye subdomain")
        return URL(self.template.replace(PLACEHOLDER, subdomain))

    def may_receive_key(self, url: URL, base: URL) -> bool:
        """Return whether a redirect from `base` may carry the session key to `url`.

        If the subdomain is part of the host, that is any host under the same domain with the same scheme and port.
        Otherwise (in development) it is the same origin only.
        """
        if url.user is not None or url.password is not None or url.scheme != base.scheme or url.port != base.port:
            return False
        host, own = (url.raw_host or "").lower(), (base.raw_host or "").lower()
        if host == own:
            return True
        authority = self.template.partition("://")[2].partition("/")[0]
        before, found, domain = authority.partition(f"{PLACEHOLDER}.")
        domain = domain.partition(":")[0].lower()
        return bool(found) and not before and "." in domain and host.endswith(f".{domain}")
