"""Faults whose response is well-formed and wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
import json
from typing import Any, override

from aiohttp import web

from simulator.faults.base import AlteringFault, register

_JUNK: tuple[Any, ...] = ("junk", None, 17, {}, [])
_OTHER_ACCOUNT = 5555


@dataclass(frozen=True, kw_only=True)
class _AlteredContent(AlteringFault):
    """A JSON response with other content."""

    @override
    async def alter(self, request: web.Request, response: web.Response) -> web.StreamResponse:
        if response.content_type != "application/json" or not isinstance(response.body, bytes):
            return response
        return web.json_response(self.change(json.loads(response.body)), status=response.status)

    def change(self, body: Any) -> Any:
        """Return the altered body."""
        raise NotImplementedError


@register("empty_lists")
@dataclass(frozen=True, kw_only=True)
class EmptyLists(_AlteredContent):
    """Empties every list of things, or those with one name, such as `doors`."""

    name: str | None = None

    @override
    def change(self, body: Any) -> Any:
        return _with_lists(body, lambda name, rows: [] if self.name in {None, name} else rows)


@register("junk_rows")
@dataclass(frozen=True, kw_only=True)
class JunkRows(_AlteredContent):
    """Replaces rows of every list of doors, cameras, devices or reservations with junk."""

    share: float = 1.0
    """The share of the rows, from the first one."""

    @override
    def change(self, body: Any) -> Any:
        return _with_lists(body, self._damage)

    def _damage(self, name: str, rows: list[Any]) -> list[Any]:
        if name == "properties":
            return rows
        count = round(self.share * len(rows))
        return [*(_JUNK[position % len(_JUNK)] for position in range(count)), *rows[count:]]


@register("other_account")
@dataclass(frozen=True, kw_only=True)
class OtherAccount(_AlteredContent):
    """The account of somebody else, as after a mix-up in a cache."""

    @override
    def change(self, body: Any) -> Any:
        data = body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, dict):
            return body
        data["id"] = _OTHER_ACCOUNT
        for building in data.get("properties") or []:
            for door in building.get("doors") or []:
                door |= {"id": f"9{door['id']}", "name": f"Other {door['name']}"}
        return body


def _with_lists(body: Any, change: Callable[[str, list[Any]], list[Any]]) -> Any:
    """Return a body whose lists of things are changed: those in the envelope, or the body itself."""
    if isinstance(body, list):
        return change("", body)
    if not isinstance(body, dict):
        return body
    data = body.get("data")
    if isinstance(data, list):
        return body | {"data": change("", data)}
    for holder in _holders(data):
        holder.update({name: change(name, value) for name, value in holder.items() if _is_list_of_things(name, value)})
    return body


def _holders(data: Any) -> Iterator[dict[str, Any]]:
    """Return the objects with lists: the data, and the buildings in it."""
    if isinstance(data, dict):
        yield from (building for building in data.get("properties") or [] if isinstance(building, dict))
        yield data


def _is_list_of_things(name: str, value: Any) -> bool:
    return isinstance(value, list) and name in {"properties", "doors", "cameras", "results"}
