"""The simulated amenities and reservations over HTTP (Protocol A.7, C rows 16 and 17)."""

from collections.abc import Mapping
import re

from aiohttp import web

from simulator.carson import amenity_responses as answers
from simulator.carson.amenity_responses import AmenityRequest, AmenityResponse, Answerer
from simulator.carson.auth import account_of, outdated
from simulator.core import Core
from simulator.responses import envelope, unauthorized
from simulator.routing import Call, Handler, Route, route

VERSION = "v2.0.0"
_AMENITY = r"(?P<amenity>(?!reservations/)[^/]+)"
_STATUS = {201: "Created", 400: "ValidationError", 404: "NotFound"}

OPERATIONS: Mapping[str, tuple[str, str, Answerer]] = {
    "amenities": ("GET", r"amenities/", answers.list_amenities),
    "amenity": ("GET", rf"amenities/{_AMENITY}/", answers.get_amenity),
    "reserved_dates": ("GET", rf"amenities/{_AMENITY}/reserved-dates/", answers.reserved_dates),
    "allowed_hours": ("GET", rf"amenities/{_AMENITY}/allowed-hours/", answers.allowed_hours),
    "book": ("POST", rf"amenities/{_AMENITY}/reservations/", answers.book),
    "counts": ("GET", r"amenities/reservations/counts/", answers.counts),
    "reservations": ("GET", r"amenities/reservations/", answers.list_reservations),
    "mark_seen": ("PUT", r"amenities/reservations/", answers.mark_seen),
    "cancel": ("DELETE", r"amenities/reservations/(?P<reservation>(?!counts/)[^/]+)/", answers.cancel),
}
"""Method, path and what answers it, by the name of the operation."""


def find_operation(method: str, path: str) -> tuple[str, Answerer, dict[str, str]] | None:
    """Return operation, what answers it, and the parts of the path."""
    for name, (its_method, pattern, answerer) in OPERATIONS.items():
        if its_method == method and (match := re.fullmatch(pattern, path)) is not None:
            return name, answerer, match.groupdict()
    return None


def to_envelope(reply: AmenityResponse) -> web.Response:
    """Put an answer into Carson's envelope; a 204 has none."""
    if reply.status == 204:
        return web.Response(status=204)
    status = "OK" if reply.code == 0 else _STATUS[reply.status]
    return envelope(reply.data, code=reply.code, status=status, msg=reply.msg, http=reply.status)


def _handler(answerer: Answerer) -> Handler:
    async def handle(core: Core, call: Call) -> web.StreamResponse:
        if (refusal := outdated(core, call)) is not None:
            return refusal
        account = account_of(core, call)
        if account is None:
            return unauthorized(bare=core.settings.bare_401)
        question = AmenityRequest(
            account=account,
            args=call.args,
            query=call.request.query,
            body=await call.request.read(),
            url=call.request.url,
        )
        return to_envelope(answerer(core.reservations, core.settings.amenities, question))

    return handle


ROUTES: tuple[Route, ...] = tuple(
    route(name, method, pattern, _handler(answerer)) for name, (method, pattern, answerer) in OPERATIONS.items()
)
