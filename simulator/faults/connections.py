"""Faults of the connection: there is no response at all."""

from dataclasses import dataclass
from typing import override

from aiohttp import web

from simulator import connection
from simulator.faults.base import ReplacingFault, register


@register("reset")
@dataclass(frozen=True, kw_only=True)
class Reset(ReplacingFault):
    """Resets the connection: the client receives neither status nor body."""

    @override
    async def respond(self, request: web.Request) -> web.StreamResponse:
        connection.reset(request)
        return web.Response(status=500)


@register("silence")
@dataclass(frozen=True, kw_only=True)
class Silence(ReplacingFault):
    """Sends nothing until the client closes the connection."""

    @override
    async def respond(self, request: web.Request) -> web.StreamResponse:
        await connection.wait_until_closed(request)
        return web.Response(status=504)
