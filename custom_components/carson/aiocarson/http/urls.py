"""Where session keys may go (Protocol B.1, D.21)."""

from dataclasses import dataclass
import re
from urllib.parse import quote

from yarl import URL

from ..errors import InvalidInputError, InvalidResponseError
from .coerce import MAX_ID

PLACEHOLDER = "{subdomain}"

_DNS_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?", re.ASCII)


def parse_base_url(text: str) -> URL:
    """Read a base url.

    Raises:
        InvalidInputError: It is not an absolute http or https url, or holds a user, query or fragment.
    """
    try:
        url = URL(text)
    except ValueError:
        url = URL()
    if url.scheme not in {"http", "https"} or not url.raw_host or url.user or url.query_string or url.fragment:
        raise InvalidInputError("The base url must be an absolute http or https url without user, query and fragment")
    return url


def path_segment(value: str, what: str) -> str:
    """Quote an id for use as one segment of a path.

    Raises:
        InvalidInputError: It is empty, too long, or would reach beyond its segment.
    """
    if (
        not 0 < len(value) <= MAX_ID
        or value in {".", ".."}
        or not value.isprintable()
        or any(character in value for character in "/\\?#%; ")
    ):
        raise InvalidInputError(f"This is no id of a {what}")
    return quote(value, safe="")


@dataclass(frozen=True, slots=True)
class EagleEyeAddress:
    """The base url of Eagle Eye, with its place for the sub-domain of an account.

    Raises:
        InvalidInputError: The template is not a usable url.
    """

    template: str

    def __post_init__(self) -> None:
        parse_base_url(self.template.replace(PLACEHOLDER, "c000"))

    def base(self, subdomain: str) -> URL:
        """Put the sub-domain in, once it is sure to be one DNS label and nothing else.

        Raises:
            InvalidResponseError: It is not, so no request may go there.
        """
        # What looks like an encoded label of another script may decode to anything, or not at all.
        if _DNS_LABEL.fullmatch(subdomain) is None or subdomain[2:4] == "--":
            raise InvalidResponseError("Carson named a sub-domain of Eagle Eye that is no DNS label")
        return URL(self.template.replace(PLACEHOLDER, subdomain))

    def may_receive_key(self, url: URL, base: URL) -> bool:
        """Tell whether a redirect from `base` may take the session key to `url`.

        With the sub-domain in the host that is any host under the same domain, with scheme and port kept;
        otherwise (development) the same origin only.
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
