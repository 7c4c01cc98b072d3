"""Responses that several requests share (Protocol A.2, B.1)."""

from typing import Any

from aiohttp import web

HTML_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class RequestError(Exception):
    """A request that gets an error response."""

    def __init__(self, response: web.Response) -> None:
        """Initialize the error with its response."""
        super().__init__(response.status)
        self.response = response


def envelope(data: Any, *, code: int = 0, status: str = "OK", msg: str | None = None, http: int = 200) -> web.Response:
    """Return a response in Carson's envelope of four keys."""
    return web.json_response({"code": code, "status": status, "data": data, "msg": msg}, status=http)


def unauthorized(*, bare: bool = False) -> web.Response:
    """Return Carson's 401: the envelope with code 1200, or an empty body."""
    if bare:
        return web.Response(status=401)
    return envelope(
        None,
        code=1200,
        status="AuthenticationError",
        msg="Authentication credentials were not provided.",
        http=401,
    )


def not_found(*, html: bool = False) -> web.Response:
    """Return Carson's 404: an envelope, or a page."""
    if html:
        return web.Response(status=404, text="<html><body><h1>Not Found</h1></body></html>", content_type="text/html")
    return envelope(None, code=1404, status="NotFound", msg="Not found.", http=404)


def plain(status: int, text: str = "") -> web.Response:
    """Return an error response of Eagle Eye: a status with a short text or nothing (Protocol B.1)."""
    return web.Response(status=status, text=text)
