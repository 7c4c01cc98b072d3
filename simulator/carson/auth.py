"""Who asks Carson: the account of a request's token, and whether its app is new enough."""

from aiohttp import web

from simulator.core import Core
from simulator.responses import envelope
from simulator.routing import Call
from simulator.state.model import Account


def outdated(core: Core, call: Call) -> web.Response | None:
    """Refuse an app version that is too old, if so set (Protocol C row 19)."""
    minimum = core.settings.minimum_app_version
    if minimum is None:
        return None
    shown = call.request.headers.get("X-App-Version", "0")
    try:
        old = [int(part) for part in shown.split(".")] < [int(part) for part in minimum.split(".")]
    except ValueError:
        old = True
    if not old:
        return None
    return envelope(None, code=1426, status="UpgradeRequired", msg="Please update the app.", http=400)


def account_of(core: Core, call: Call) -> Account | None:
    """Return whose request it is; only the scheme word `JWT` counts (Protocol A.1)."""
    scheme, _, token = call.request.headers.get("Authorization", "").partition(" ")
    return core.tokens.account_of(token) if scheme == "JWT" else None
