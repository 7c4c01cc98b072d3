"""`raw`: what Carson itself says."""

import json
import sys
from typing import Annotated

import typer

from ..app import command
from ..context import Run


@command("raw")
async def raw(
    run: Run,
    path: Annotated[str, typer.Argument(help="Path below the version, like me or visitors")],
) -> None:
    """Read any path of Carson's API, and print what it says as JSON. Nothing is changed by that."""
    answer = await (await run.carson()).raw_get(f"{path.strip('/')}/")
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
