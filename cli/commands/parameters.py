"""Options and arguments that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

BuildingOption = Annotated[str | None, typer.Option("--building", "-b", help="Only this building: name or id.")]
CameraArgument = Annotated[
    str, typer.Argument(help="Name of the camera, beginning of the name, id (ESN), or building/name.")
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="File to write; - writes to standard output.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
