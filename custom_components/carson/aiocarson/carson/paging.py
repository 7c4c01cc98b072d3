"""Lists that Carson sends in pages (Protocol A.7)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from yarl import URL

from ..errors import InvalidResponseError
from ..http.bounds import RowBounds, RowKind
from ..http.coerce import as_int, as_mapping

PAGE = 100
MAX_PAGES = 50

type ReadPage = Callable[[Mapping[str, str]], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Rows:
    """All rows of a list.

    Attributes:
        items: The rows.
        count: How many there should be, if Carson says so.
        complete: Whether these are all rows, not only those within the bounds.
    """

    items: list[Any]
    count: int | None
    complete: bool = True


async def read_pages(read: ReadPage, params: Mapping[str, str], name: str, kind: RowKind, bounds: RowBounds) -> Rows:
    """Return the rows of all pages.

    `next` is not followed, because its host is not verified and its page may be shorter; only the offset is used.

    Args:
        read: Fetches a page for a query.
        params: The query without limit and offset.
        name: What the list holds, for the texts of errors.
        kind: The kind of rows.
        bounds: How many of them are read.

    Raises:
        InvalidResponseError: A response is not a page, or there are too many pages.
        CarsonError: From `read`.
    """
    items: list[Any] = []
    offset = 0
    for _ in range(MAX_PAGES):
        data = await read({**params, "limit": str(PAGE), "offset": str(offset)})
        if isinstance(data, list):  # not paged
            items += bounds.take(kind, data)
            return Rows(items, None, complete=not bounds.ignored)
        page = as_mapping(data)
        rows = page.get("results")
        if not isinstance(rows, list):
            raise InvalidResponseError(f"Carson's list of {name} has no results")
        items += bounds.take(kind, rows)
        if bounds.ignored:
            return Rows(items, None, complete=False)
        next_page = page.get("next")
        if not next_page:
            return Rows(items, as_int(page.get("count")))
        next_offset = _offset(next_page)
        offset = next_offset if next_offset is not None and next_offset > offset else offset + PAGE
    raise InvalidResponseError(f"Carson's list of {name} has too many pages")


def _offset(url: object) -> int | None:
    try:
        return as_int(URL(str(url)).query.get("offset"))
    except ValueError:
        return None
