"""Lists in pages (Protocol A.7)."""

from aiocarson import (
    InvalidResponseError,
)
from aiohttp import web
import pytest

from ..conftest import MakeCarson, ScriptedServer, envelope


async def test_pages_may_be_shorter_than_the_limit(make_carson: MakeCarson, scripted: ScriptedServer) -> None:
    rows = [{"id": n, "name": f"Room {n}"} for n in range(5)]

    async def page(request: web.Request) -> web.Response:
        offset = int(request.query["offset"])
        following = f"http://elsewhere.example/?limit=2&offset={offset + 2}" if offset + 2 < len(rows) else None
        page = {"count": 5, "next": following, "previous": None, "results": rows[offset : offset + 2]}
        return envelope(page)

    scripted.then(page)
    carson = make_carson(token="any", api_url=scripted.url)
    assert [one.id for one in await carson.amenities("501").list_amenities()] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("response", "text"),
    [
        ({"count": 1, "next": None}, "no results"),
        (None, "no results"),
        ({"results": [], "next": "there is always more"}, "too many pages"),
        ({"results": [], "next": "http://[bad/?offset=3"}, "too many pages"),
    ],
)
async def test_invalid_pages(make_carson: MakeCarson, scripted: ScriptedServer, response: object, text: str) -> None:
    scripted.then(envelope(response))
    carson = make_carson(token="any", api_url=scripted.url)
    with pytest.raises(InvalidResponseError, match=text):
        await carson.amenities("501").list_amenities()


async def test_list_without_pages(make_carson: MakeCarson, scripted: ScriptedServer) -> None:
    scripted.then(envelope([{"id": 1}, {"id": 1, "name": "again"}, {"name": "no id"}, 7]))
    carson = make_carson(token="any", api_url=scripted.url)
    assert [one.name for one in await carson.amenities("501").list_amenities()] == ["Amenity 1"]
