"""Why a request has no usable response."""

from dataclasses import dataclass

import aiohttp

from ..errors import CannotConnectError, CarsonError, InvalidResponseError, OutcomeUnclearError
from .redirects import RedirectNotAllowedError
from .request import Request


class SessionClosedError(aiohttp.ClientError):
    """The session was closed by its owner."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request has no usable response.

    Attributes:
        text: The text of the error.
        sent: False if the request was certainly not sent.
        has_response: Whether a response arrived, at least in part.
        readable: False if the response cannot be used.
    """

    text: str
    sent: bool = True
    has_response: bool = False
    readable: bool = True

    def read_error(self) -> CannotConnectError:
        """Return the error for a request that changes nothing."""
        return CannotConnectError(self.text) if self.readable else InvalidResponseError(self.text)

    def command_error(self) -> CarsonError:
        """Return the error for a request that changes something."""
        if self.sent:
            return OutcomeUnclearError(self.text, has_response=self.has_response)
        return CannotConnectError(self.text)


def describe_failure(err: Exception, request: Request) -> Failure:
    """Return the failure that an exception stands for.

    The exception itself must not be chained: its request information holds headers with secrets.
    """
    brand, description = request.cloud.brand, request.description
    if isinstance(err, RedirectNotAllowedError):
        return Failure(f"{brand} responded to {description} with {err}", readable=False)
    if isinstance(err, aiohttp.ConnectionTimeoutError | aiohttp.ClientConnectorError | aiohttp.InvalidURL):
        return Failure(f"Failed to connect to {brand} ({type(err).__name__})", sent=False)
    if isinstance(err, SessionClosedError):
        return Failure("The HTTP session is closed", sent=False)
    if isinstance(err, TimeoutError):
        return Failure(f"{brand} did not respond to {description} in time")
    return Failure(f"The connection to {brand} was lost during {description} ({type(err).__name__})")
