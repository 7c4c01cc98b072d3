"""The simulated amenities and reservations over HTTP (Protocol A.7, C rows 16 and 17)."""

from collections.abc import Mapping
import re

from aiohttp import web

from simulator.carson import amenity_responses as responses
from simulator.carson.amenity_responses import AmenityRequest, AmenityResponse, Responder
from simulator.carson.auth import authenticated
from simulator.core import Core
from simulator.responses import envelope
from simulator.routing import Call, Handler, Route, route
from simulator.state.model import Account

VERSION = "v2.0.0"
_AMENITY = r"(?P<amenity>(?!reservations/)[^/]+)"
_STATUS = {201: "Created", 400: "ValidationError", 404: "NotFound"}

OPERATIONS: Mapping[str, tuple[str, str, Responder]] = {
    "amenities": ("GET", r"amenities/", responses.list_amenities),
    "amenity": ("GET", rf"amenities/{_AMENITY}/", responses.get_amenity),
    "reserved_dates": ("GET", rf"amenities/{_AMENITY}/reserved-dates/", responses.reserved_dates),
    "allowed_hours": ("GET", rf"amenities/{_AMENITY}/allowed-hours/", responses.allowed_hours),
    "book": ("POST", rf"amenities/{_AMENITY}/reservations/", responses.book),
    "counts": ("GET", r"amenities/reservations/counts/", responses.counts),
    "reservations": ("GET", r"amenities/reservations/", responses.list_reservations),
    "mark_seen": ("PUT", r"amenities/reservations/", responses.mark_seen),
    "cancel": ("DELETE", r"amenities/reservations/(?P<reservation>(?!counts/)[^/]+)/", responses.cancel),
}
"""Method, path and responder by the name of the operation."""


def find_operation(method: str, path: str) -> tuple[str, Responder, dict[str, str]] | None:
    """Return the operation, its responder and the parts of the path."""
    for name, (its_method, pattern, responder) in OPERATIONS.items():
        if its_method == method and (match := re.fullmatch(pattern, path)) is not None:
            return name, responder, match.groupdict()
    return None


def to_envelope(response: AmenityResponse) -> web.Response:
    """Return a response in Carson's envelope; a 204 has none."""
    if response.status == 204:
        return web.Response(status=204)
    status = "OK" if response.code == 0 else _STATUS[response.status]
    return envelope(response.data, code=response.code, status=status, msg=response.msg, http=response.status)


def _handler(responder: Responder) -> Handler:
    @authenticated
    async def handle(core: Core, call: Call, account: Account) -> web.StreamResponse:
        request = AmenityRequest(
            account=account,
            args=call.args,
            query=call.request.query,
            body=await call.request.read(),
            url=call.request.url,
        )
        return to_envelope(responder(core.reservations, core.settings.amenities, request))

    return handle


ROUTES: tuple[Route, ...] = tuple(
    route(name, method, pattern, _handler(responder)) for name, (method, pattern, responder) in OPERATIONS.items()
)
