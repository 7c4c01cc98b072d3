"""Redirects, which are followed by hand so that secrets stay with the hosts they are meant for."""

from collections.abc import Callable

from yarl import URL

MAX_REDIRECTS = 3
REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})


class RedirectNotAllowedError(Exception):
    """A redirect that must not be followed."""


def redirect_target(url: URL, location: str, allow_redirect: Callable[[URL], bool]) -> URL:
    """Return the URL of a redirect.

    Args:
        url: The URL that redirects.
        location: The `Location` header.
        allow_redirect: Whether a URL may be followed.

    Raises:
        RedirectNotAllowedError: The URL is invalid or must not be followed.
    """
    try:
        target = url.join(URL(location)).with_fragment(None)
        # Some invalid URLs raise only when their host is read.
        allowed = bool(location and target.raw_host and allow_redirect(target))
    except ValueError:
        allowed = False
        target = URL()
    if not allowed:
        raise RedirectNotAllowedError("a redirect that is not allowed")
    # The key is sent in the cookie; an expired `A=` would take precedence over it (Protocol B.1).
    return target.without_query_params("A")
