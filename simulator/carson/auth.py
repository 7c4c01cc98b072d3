"""Authentication of requests to Carson."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from simulator.core import Core
from simulator.responses import RequestError, envelope, unauthorized
from simulator.routing import Call, Handler
from simulator.state.model import Account

type AccountHandler = Callable[[Core, Call, Account], Awaitable[web.StreamResponse]]


def authenticated(handler: AccountHandler) -> Handler:
    """Decorate a handler that needs the account of the request."""

    async def handle(core: Core, call: Call) -> web.StreamResponse:
        check_app_version(core, call)
        return await handler(core, call, authenticate(core, call))

    return handle


def check_app_version(core: Core, call: Call) -> None:
    """Check that the app is new enough (Protocol C row 19).

    Raises:
        RequestError: The version is older than the settings require.
    """
    minimum = core.settings.minimum_app_version
    if minimum is None:
        return
    version = call.request.headers.get("X-App-Version", "0")
    try:
        is_outdated = [int(part) for part in version.split(".")] < [int(part) for part in minimum.split(".")]
    except ValueError:
        is_outdated = True
    if is_outdated:
        raise RequestError(envelope(None, code=1426, status="UpgradeRequired", msg="Please update the app.", http=400))


def authenticate(core: Core, call: Call) -> Account:
    """Return the account of a request's token; the scheme must be `JWT` (Protocol A.1).

    Raises:
        RequestError: There is no valid token.
    """
    scheme, _, token = call.request.headers.get("Authorization", "").partition(" ")
    account = core.tokens.account_of(token) if scheme == "JWT" else None
    if account is None:
        raise RequestError(unauthorized(bare=core.settings.bare_401))
    return account
