"""Lists that come page by page (Protocol A.7)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from yarl import URL

from ..errors import InvalidResponseError
from ..http.coerce import as_int, as_mapping

PAGE = 100
MAX_PAGES = 50

type ReadPage = Callable[[Mapping[str, str]], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Rows:
    """All rows of a list.

    Attributes:
        count: How many there should be, if the cloud says so.
    """

    items: list[Any]
    count: int | None


async def read_pages(read: ReadPage, params: Mapping[str, str], title: str) -> Rows:
    """Read all pages, from offset to offset for as long as `next` names another page.

    `next` is read and not followed: its host is nobody we know, and its page may be shorter than what we asked for.

    Raises:
        InvalidResponseError: This is no page, or they never end.
        CarsonError: As `read` does.
    """
    items: list[Any] = []
    offset = 0
    for _ in range(MAX_PAGES):
        data = await read({**params, "limit": str(PAGE), "offset": str(offset)})
        if isinstance(data, list):  # all on one page, without its frame
            return Rows(items + data, None)
        page = as_mapping(data)
        rows = page.get("results")
        if not isinstance(rows, list):
            raise InvalidResponseError(f"Carson's list of {title} has no results")
        items += rows
        following = page.get("next")
        if not following:
            return Rows(items, as_int(page.get("count")))
        named = _offset(following)
        offset = named if named is not None and named > offset else offset + PAGE
    raise InvalidResponseError(f"Carson's list of {title} does not end")


def _offset(following: object) -> int | None:
    try:
        return as_int(URL(str(following)).query.get("offset"))
    except ValueError:
        return None
