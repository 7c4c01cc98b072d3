"""Paths of files from a template, which can only lead below the folder that the user has chosen."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
import string

from .exit_codes import CommandError
from .output import safe_name

FIELDS = ("building", "building_id", "camera", "camera_id", "date", "time", "offset", "seconds", "format")
"""What a template can use: names and ids, the begin as 2026-11-30, 18.00.00 and -0500, the length, and mp4 or flv."""
USUAL = "{camera} {date} {time}{offset} {seconds}s.{format}"


def check_template(template: str) -> None:
    """Check a template, before anything is requested.

    Raises:
        CommandError: It uses an unknown field, does not name the camera, or leads out of the folder.
    """
    fill_template(template, dict.fromkeys(FIELDS, "x"))
    names = {name for _, name, _, _ in string.Formatter().parse(template)}
    if not names & {"camera", "camera_id"}:
        # The files of another camera would be taken for those of this one, and skipped.
        raise CommandError("The template must name the camera: add {camera} or {camera_id}")


def fill_template(template: str, values: Mapping[str, str]) -> Path:
    """Return the path for some values, each of which is made fit for the name of a file.

    Raises:
        CommandError: The template uses an unknown field, or leads out of the folder.
    """
    try:
        fields = list(string.Formatter().parse(template))
    except ValueError as err:
        raise CommandError(f"Invalid template {template!r}: {err}") from None
    text = ""
    for literal, name, form, conversion in fields:
        text += literal
        if name is None:
            continue
        if name not in FIELDS:
            known = ", ".join(f"{{{field}}}" for field in FIELDS)
            raise CommandError(f"Unknown field {{{name}}} in the template. Known fields: {known}")
        if form or conversion:
            raise CommandError(f"The field {{{name}}} takes no format")
        text += safe_name(values[name])
    path = PurePosixPath(text.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or not path.name:
        raise CommandError(f"The template {template!r} must lead to a file in the folder of --to")
    return Path(*(safe_name(part, longest=None) for part in path.parts))
