"""`raw`."""

import sys
from typing import Annotated

import typer

from ..context import Context
from ..output import as_json_text


async def raw(
    context: Context,
    path: Annotated[str, typer.Argument(help="Path below the version of the API, like me or visitors.")],
) -> None:
    """Print a response of Carson's API as JSON. Nothing is changed."""
    response = await (await context.client()).raw_get(f"{path.strip('/')}/")
    sys.stdout.write(f"{as_json_text(response, indent=2)}\n")
