"""The HTTP status for each error of the client. Texts of errors are not sent: they hold details of the clouds."""

from http import HTTPStatus
import logging

from aiohttp import web

from ...aiocarson import ApiError, CarsonError, InvalidInputError, NotFoundError
from ...aiocarson.errors import OutsideRetentionError, PermissionDeniedError, TooBusyError

_LOGGER = logging.getLogger(__name__)


def error_response(error: CarsonError) -> web.Response:
    """Return the response to an error."""
    _LOGGER.debug("Failed to show a recording: %s", error)
    if isinstance(error, NotFoundError | OutsideRetentionError | InvalidInputError):
        return web.Response(status=HTTPStatus.NOT_FOUND)
    if isinstance(error, TooBusyError):
        return web.Response(status=HTTPStatus.TOO_MANY_REQUESTS, text="Too many videos at once. Try again in a minute.")
    if isinstance(error, PermissionDeniedError):
        return web.Response(status=HTTPStatus.FORBIDDEN)
    if isinstance(error, ApiError) and error.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return web.Response(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
    return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
