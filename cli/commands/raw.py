"""`raw`."""

import json
import sys
from typing import Annotated

import typer

from ..context import Context


async def raw(
    context: Context,
    path: Annotated[str, typer.Argument(help="Path below the version of the API, like me or visitors.")],
) -> None:
    """Print a response of Carson's API as JSON. Nothing is changed."""
    response = await (await context.client()).raw_get(f"{path.strip('/')}/")
    sys.stdout.write(json.dumps(response, ensure_ascii=False, indent=2) + "\n")
