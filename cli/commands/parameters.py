"""Options and arguments that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

from ..completion import complete_building, complete_camera

BuildingOption = Annotated[
    str | None,
    typer.Option("--building", "-b", autocompletion=complete_building, help="Only this building: name or id."),
]
CameraArgument = Annotated[
    str,
    typer.Argument(
        autocompletion=complete_camera, help="Name of the camera, beginning of the name, id (ESN), or building/name."
    ),
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="File to write; - writes to standard output.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
